# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What somebody wants to capture, checked before anything else happens.

Every error is one sentence that names the variable as it was typed.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._options import (
    EndpointText,
    OptionError,
    parse_endpoint,
    parse_port,
    show,
)

TARGETS = ("pod", "node", "service")
# As the kernel takes names of devices; "any" is tcpdump's word for all of them, which would show a packet many times.
_DEVICE = re.compile(r"(?!-)(?!any$)[^/:\s\x00-\x20\x7f]{1,15}\Z")
_CHECK = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(/[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?)?\Z")
# Of one node and of one pod; what a node captures in all has its own limit.
MOST_DEVICES = 16
MOST_TARGETS = 64
MOST_CHECKS = 16


@dataclasses.dataclass(frozen=True)
class Trigger:
    """A probe that is sent again and again. interval and timeout: seconds; failures: how many in a row end it."""

    source: EndpointText
    destination: EndpointText
    port: int | None
    protocol: str
    interval: float
    timeout: float
    failures: int


@dataclasses.dataclass(frozen=True)
class Request:
    """All of it. probe, checks: what ends an armed capture; empty checks and no probe: the time alone."""

    targets: tuple[EndpointText, ...]
    devices: tuple[str, ...] = ()
    way: bool = False
    probe: Trigger | None = None
    checks: tuple[str, ...] = ()


def parse_request(values: t.Mapping[str, t.Any]) -> tuple[Request | None, list[str]]:
    """The request, or everything that is wrong with it."""
    problems: list[str] = []

    def checked(call: t.Callable[[], t.Any]) -> t.Any:
        try:
            return call()
        except OptionError as exc:
            problems.append(str(exc))
            return None

    targets = checked(lambda: _targets(values.get("targets") or []))
    devices = checked(lambda: _devices(values.get("devices") or []))
    probe = checked(lambda: _probe(values))
    checks = checked(lambda: _checks(values.get("check") or []))
    if problems:
        return None, problems
    return Request(targets, devices, bool(values.get("way")), probe, checks), []


def _targets(texts: t.Sequence[str]) -> tuple[EndpointText, ...]:
    texts = [str(text).strip() for text in texts if str(text).strip()]
    if not texts:
        raise OptionError("capture_targets is empty: name pods, nodes or Services")
    if len(texts) > MOST_TARGETS:
        raise OptionError(f"capture_targets has {len(texts)} entries; at most {MOST_TARGETS} are possible")
    found = [parse_endpoint("capture_targets", text) for text in dict.fromkeys(texts)]
    for target in found:
        if target.kind not in TARGETS:
            raise OptionError(
                f"capture_targets {show(target.text)} cannot be captured on:"
                " use pod:NAMESPACE/NAME, node:NAME or service:NAMESPACE/NAME"
            )
    return tuple(found)


def _devices(names: t.Sequence[str]) -> tuple[str, ...]:
    names = [str(name) for name in names if str(name)]
    for name in names:
        if not _DEVICE.match(name):
            raise OptionError(f"capture_devices {show(name)} is no name of a network device")
    if len(names) > MOST_DEVICES:
        raise OptionError(f"capture_devices has {len(names)} entries; at most {MOST_DEVICES} are possible")
    return tuple(dict.fromkeys(names))


def _probe(values: t.Mapping[str, t.Any]) -> Trigger | None:
    names = ("probe_source", "probe_destination")
    given = [name for name in names if values.get(name)]
    if not given:
        return None
    if len(given) < len(names):
        missing = next(name for name in names if name not in given)
        raise OptionError(f"capture_{missing} is missing: a probe has two ends")
    source = parse_endpoint("capture_probe_source", values["probe_source"])
    destination = parse_endpoint("capture_probe_destination", values["probe_destination"])
    if source.kind not in ("pod", "node"):
        raise OptionError(f"capture_probe_source {show(source.text)} is neither pod:NAMESPACE/NAME nor node:NAME")
    if destination.kind not in (*TARGETS, "address"):
        raise OptionError(
            f"capture_probe_destination {show(destination.text)} is no pod, node, Service or IP address of one"
        )
    port = parse_port("capture_probe_port", values.get("probe_port"))
    protocol = str(values.get("probe_protocol") or "tcp")
    if protocol != "icmp" and port is None:
        raise OptionError(f"capture_probe_port is missing: a probe by {protocol} needs one")
    return Trigger(
        source,
        destination,
        port,
        protocol,
        float(values.get("probe_interval") or 1.0),
        float(values.get("probe_timeout") or 1.0),
        int(values.get("probe_failures") or 1),
    )


def _checks(texts: t.Sequence[str]) -> tuple[str, ...]:
    texts = [str(text).strip() for text in texts if str(text).strip()]
    for text in texts:
        if not _CHECK.match(text):
            raise OptionError(f"capture_check {show(text)} is neither NAMESPACE nor NAMESPACE/NAME of checks")
    if len(texts) > MOST_CHECKS:
        raise OptionError(f"capture_check has {len(texts)} entries; at most {MOST_CHECKS} are possible")
    return tuple(dict.fromkeys(texts))


def options_json(values: t.Mapping[str, t.Any], names: t.Iterable[str]) -> JsonObject:
    """The plain options that later steps need, by name."""
    return {name: values[name] for name in names}
