# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""netplan files: /lib/netplan, /etc/netplan and /run/netplan, merged as netplan does.

Files are taken by name whatever their folder; a file in /run takes the place of one of the same name in /etc, and that
of one in /lib. Of the files together mappings are merged, lists joined, and the last scalar counts
(https://netplan.readthedocs.io/en/stable/netplan-yaml/ and netplan-generate(8)).
"""

from __future__ import annotations

import dataclasses
import fnmatch
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._nic_config import _addresses, _yaml
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import ConfiguredRoute, InterfaceConfig

FORMAT = "netplan"
# In rising precedence.
FOLDERS = ("/lib/netplan", "/etc/netplan", "/run/netplan")
PHYSICAL = frozenset(("ethernets", "wifis", "modems"))
KINDS = ("ethernets", "wifis", "modems", "bonds", "bridges", "vlans", "tunnels", "vrfs", "dummy-devices")
TRUE = frozenset(("true", "on", "yes", "y"))
FALSE = frozenset(("false", "off", "no", "n"))
KEPT = (
    "renderer",
    "dhcp4",
    "dhcp6",
    "dhcp-identifier",
    "accept-ra",
    "optional",
    "critical",
    "ignore-carrier",
    "mtu",
    "macaddress",
    "set-name",
    "gateway4",
    "gateway6",
    "activation-mode",
    "id",
    "link",
    "mode",
    "local",
    "remote",
)


@dataclasses.dataclass(frozen=True)
class Device:
    """A running device, for what a file matches."""

    name: str
    mac: str | None
    driver: str | None


class FileProblem(t.NamedTuple):
    """What is wrong in a file, at a line."""

    path: str
    line: int
    text: str


@dataclasses.dataclass
class Definition:
    """One interface of all files. values: a setting and the file it comes from; lists hold the items of all files."""

    id: str
    kind: str
    path: str
    values: dict[str, list[tuple[str, _yaml.Node]]] = dataclasses.field(default_factory=dict)


class Merger:
    """Takes files in their order, then answers what they want together."""

    def __init__(self) -> None:
        self._definitions: dict[str, Definition] = {}
        self.problems: list[FileProblem] = []

    def add(self, path: str, text: str) -> list[str]:
        """Take one file, all of it or nothing; the ids of the interfaces in it."""
        try:
            return self._take(path, _yaml.parse(text))
        except _yaml.YamlError as exc:
            self.problems.append(FileProblem(path, exc.line, exc.reason))
            return []

    def _take(self, path: str, document: _yaml.Node) -> list[str]:
        found: list[tuple[str, str, _yaml.Mapping]] = []
        network = _child(_mapping(document, "the file"), "network")
        for kind in KINDS:
            for name, node in _child(network, kind).items.items():
                if name != "renderer" or not isinstance(node, _yaml.Scalar):
                    found.append((kind, name, _mapping(node, "an interface")))
        for kind, name, settings in found:
            definition = self._definitions.setdefault(name, Definition(name, kind, path))
            definition.path = path
            for key, node in settings.items.items():
                definition.values.setdefault(key, []).append((path, node))
        return [name for _kind, name, _settings in found]

    def interfaces(self, devices: t.Sequence[Device] = ()) -> list[InterfaceConfig]:
        """An interface for each definition; several where it matches several running devices."""
        masters = self._masters()
        result: list[InterfaceConfig] = []
        for definition in self._definitions.values():
            view = _View(definition, self.problems)
            for device in _devices_of(view, definition, devices):
                result.append(_interface(view, definition, device, masters.get(definition.id)))
        return result

    def _masters(self) -> dict[str, str]:
        """The bond, bridge or VRF of each interface that is listed in one."""
        return {
            member: definition.id
            for definition in self._definitions.values()
            if definition.kind in ("bonds", "bridges", "vrfs")
            for member in _View(definition, self.problems).texts("interfaces")
        }


def _mapping(node: _yaml.Node, what: str) -> _yaml.Mapping:
    if isinstance(node, _yaml.Mapping):
        return node
    if isinstance(node, _yaml.Scalar) and node.is_null:
        return _yaml.Mapping({}, node.line)
    raise _yaml.YamlError(node.line, f"{what} is not a mapping")


def _child(node: _yaml.Mapping, key: str) -> _yaml.Mapping:
    return _mapping(node.items[key], key) if key in node.items else _yaml.Mapping({}, node.line)


# -- settings ----------------------------------------------------------------------------------------------------
class _View:
    """The settings of a definition by type; one that does not have its type is a problem, and has no value."""

    def __init__(self, definition: Definition, problems: list[FileProblem]) -> None:
        self._values = definition.values
        self._problems = problems

    def _wrong(self, path: str, node: _yaml.Node, text: str) -> None:
        problem = FileProblem(path, node.line, text)
        if problem not in self._problems:
            self._problems.append(problem)

    def text(self, key: str) -> str | None:
        """A scalar: the last one counts."""
        for path, node in reversed(self._values.get(key, [])):
            if isinstance(node, _yaml.Scalar):
                return None if node.is_null else node.text
            self._wrong(path, node, f"{key} is not a single value")
        return None

    def truth(self, key: str) -> bool | None:
        """A boolean, in netplan's spellings."""
        value = self.text(key)
        if value is None or value.lower() in TRUE | FALSE:
            return None if value is None else value.lower() in TRUE
        path, node = self._values[key][-1]
        self._wrong(path, node, f"{key} is neither true nor false")
        return None

    def number(self, key: str) -> int | None:
        """A whole number."""
        value = self.text(key)
        if value is None or (value.isascii() and value.isdigit()):
            return None if value is None else int(value)
        path, node = self._values[key][-1]
        self._wrong(path, node, f"{key} is not a number")
        return None

    def items(self, key: str) -> t.Iterator[tuple[str, _yaml.Node]]:
        """The items of a list, of all files."""
        for path, node in self._values.get(key, []):
            if isinstance(node, _yaml.Sequence):
                for item in node.items:
                    yield path, item
            elif not (isinstance(node, _yaml.Scalar) and node.is_null):
                self._wrong(path, node, f"{key} is not a list")

    def texts(self, key: str) -> list[str]:
        """The scalars of a list."""
        result: list[str] = []
        for path, item in self.items(key):
            if isinstance(item, _yaml.Scalar):
                result.append(item.text)
            else:
                self._wrong(path, item, f"an item of {key} is not a single value")
        return result

    def settings(self, key: str) -> dict[str, str]:
        """The scalars of a mapping, merged."""
        result: dict[str, str] = {}
        for path, node in self._values.get(key, []):
            if isinstance(node, _yaml.Mapping):
                result.update(
                    (name, value.text) for name, value in node.items.items() if isinstance(value, _yaml.Scalar)
                )
            elif not (isinstance(node, _yaml.Scalar) and node.is_null):
                self._wrong(path, node, f"{key} is not a mapping")
        return result

    def addresses(self) -> list[str]:
        """ADDRESS/LENGTH of each address; an item may be a mapping of it to its options (label, lifetime)."""
        result: list[str] = []
        for path, item in self.items("addresses"):
            names = (
                [item.text]
                if isinstance(item, _yaml.Scalar)
                else (list(item.items) if isinstance(item, _yaml.Mapping) else [""])
            )
            for name in names:
                try:
                    if "/" not in name:
                        raise ValueError(name)
                    address = _addresses.with_prefix(name)
                except ValueError:
                    self._wrong(path, item, "an item of addresses is not ADDRESS/PREFIX")
                    continue
                if address not in result:
                    result.append(address)
        return result

    def routes(self) -> list[ConfiguredRoute]:
        """The routes."""
        result: list[ConfiguredRoute] = []
        for path, item in self.items("routes"):
            values = (
                {name: node.text for name, node in item.items.items() if isinstance(node, _yaml.Scalar)}
                if isinstance(item, _yaml.Mapping)
                else {}
            )
            if "to" not in values:
                self._wrong(path, item, "a route has no destination (to)")
                continue
            metric = values.get("metric", "")
            result.append(
                ConfiguredRoute(
                    to=values["to"],
                    via=values.get("via"),
                    metric=int(metric) if metric.isascii() and metric.isdigit() else None,
                    table=values.get("table"),
                    on_link=values.get("on-link", "").lower() in TRUE,
                )
            )
        return result


# -- interfaces --------------------------------------------------------------------------------------------------
def _devices_of(view: _View, definition: Definition, devices: t.Sequence[Device]) -> list[str | None]:
    """The names of the devices that a definition is for; [None] when no running device matches it."""
    match = view.settings("match")
    if not match or definition.kind not in PHYSICAL:
        return [definition.id]
    new_name = view.text("set-name")
    if new_name:
        return [new_name]
    names: list[str | None] = [device.name for device in devices if _matches(match, device)]
    return names or [None]


def _matches(match: t.Mapping[str, str], device: Device) -> bool:
    return (
        ("name" not in match or fnmatch.fnmatchcase(device.name, match["name"]))
        and ("macaddress" not in match or match["macaddress"].lower() == (device.mac or "").lower())
        and (
            "driver" not in match
            or any(fnmatch.fnmatchcase(device.driver or "", pattern) for pattern in match["driver"].split())
        )
    )


def _interface(view: _View, definition: Definition, device: str | None, master: str | None) -> InterfaceConfig:
    dhcp4, dhcp6 = bool(view.truth("dhcp4")), bool(view.truth("dhcp6"))
    addresses, routes = view.addresses(), view.routes()
    match = view.settings("match")
    manual = view.text("activation-mode")
    raw = {key: value for key, value in ((key, view.text(key)) for key in KEPT if key in definition.values) if value}
    raw.update((f"match.{key}", value) for key, value in match.items() if key in ("name", "macaddress", "driver"))
    return InterfaceConfig(
        device=device,
        name=definition.id,
        format=FORMAT,
        path=definition.path,
        method=_addresses.method_of(addresses, dhcp4 or dhcp6),
        addresses=addresses,
        gateway=view.text("gateway4") or _default_gateway(routes, 4),
        gateway6=view.text("gateway6") or _default_gateway(routes, 6),
        mtu=view.number("mtu"),
        mac=(match.get("macaddress") or "").lower() or None,
        master=master,
        dhcp=dhcp4 or dhcp6,
        dhcp4=dhcp4,
        dhcp6=dhcp6,
        static=bool(addresses),
        conflict_families=_addresses.conflicts(addresses, dhcp4, dhcp6),
        onboot=manual not in ("manual", "off"),
        routes=routes,
        raw=raw,
    )


def _default_gateway(routes: t.Sequence[ConfiguredRoute], family: int) -> str | None:
    everything = ("default", "0.0.0.0/0", "::/0")
    return next(
        (
            route.via
            for route in routes
            if route.via
            and route.to in everything
            and route.table is None
            and _addresses.family_of(route.via) == family
        ),
        None,
    )
