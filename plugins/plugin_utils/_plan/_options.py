# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What a user asked for: parsed and checked before anything else happens.

Every error is one sentence that names the variable as the user typed it.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import re
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._dose import Amounts, parse_amounts

# RFC 1123 label and subdomain, the rules Kubernetes holds object names to.
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\Z")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\Z")
# A host name as the resolver takes it: underscores occur in real DNS names.
_HOST_NAME = re.compile(
    r"(?=.{1,253}\.?\Z)[A-Za-z0-9_]([-A-Za-z0-9_]{0,61}[A-Za-z0-9_])?"
    r"(\.[A-Za-z0-9_]([-A-Za-z0-9_]{0,61}[A-Za-z0-9_])?)*\.?\Z"
)
_THIS_NETWORK = ipaddress.IPv4Network("0.0.0.0/8")
_BROADCAST = ipaddress.IPv4Address("255.255.255.255")
_FORMS = "pod:NAMESPACE/NAME, node:NAME, service:NAMESPACE/NAME, host:INVENTORY_NAME, an IP address or a host name"


class OptionError(ValueError):
    """A value that cannot be used; the text is for the user."""


@dataclasses.dataclass(frozen=True)
class EndpointText:
    """One end as typed: kind is pod, node, service, host, address or name."""

    text: str
    kind: str
    namespace: str
    name: str


def show(value: object) -> str:
    """A value as it can stand in a one-line message: quoted, control characters escaped, at most 80 characters."""
    text = repr(str(value))
    return text if len(text) <= 80 else text[:76] + "...'"


def parse_endpoint(option: str, value: object) -> EndpointText:
    """Parse one end of the diagnosis. Raises OptionError naming the option."""
    text = str(value)
    kind, colon, rest = text.partition(":")
    address = _address(text)
    if address is not None:
        problem = _no_end(address)
        if problem:
            raise OptionError(f"{option} {show(text)} cannot be an end: it is {problem}")
        return EndpointText(text=text, kind="address", namespace="", name=address)
    if colon and kind in ("pod", "service"):
        namespace, slash, name = rest.partition("/")
        if not (slash and _LABEL.match(namespace) and _SUBDOMAIN.match(name)):
            raise OptionError(f"{option} {show(text)} is not {kind}:NAMESPACE/NAME with valid Kubernetes names")
        return EndpointText(text=text, kind=kind, namespace=namespace, name=name)
    if colon and kind == "node":
        if not _SUBDOMAIN.match(rest):
            raise OptionError(f"{option} {show(text)} is not node:NAME with a valid Kubernetes name")
        return EndpointText(text=text, kind=kind, namespace="", name=rest)
    if colon and kind == "host":
        if not rest or rest != rest.strip() or not rest.isprintable():
            raise OptionError(f"{option} {show(text)} is not host:INVENTORY_NAME")
        return EndpointText(text=text, kind=kind, namespace="", name=rest)
    if text and not colon and _HOST_NAME.match(text):
        return EndpointText(text=text, kind="name", namespace="", name=text)
    raise OptionError(f"{option} {show(text)} is not an endpoint: use {_FORMS}")


def _address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def _no_end(text: str) -> str:
    """Why no connection can start or end at an address; empty where one can."""
    address = ipaddress.ip_address(text)
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        return _no_end(str(mapped))
    if address.is_unspecified:
        return "the unspecified address, which means no host"
    if address in _THIS_NETWORK:
        return "of the network 0.0.0.0/8, which no host has (RFC 1122)"
    if address.is_multicast:
        return "a multicast address, which many hosts may have"
    if address == _BROADCAST:
        return "the broadcast address, which every host has"
    if isinstance(address, ipaddress.IPv6Address) and address.is_link_local and not address.scope_id:
        return f"link-local, so that its zone must be named, as in {address}%eth0"
    return ""


def parse_port(option: str, value: object) -> int | None:
    """A port, 1 to 65535; None when the user gave none."""
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,9}", str(value)) or not 1 <= int(str(value)) <= 65535:
        raise OptionError(f"{option} {show(value)} is not a port (1 to 65535)")
    return int(str(value))


@dataclasses.dataclass(frozen=True)
class Options:
    """The checked options of one diagnosis."""

    source: EndpointText
    destination: EndpointText
    port: int | None
    protocol: str  # tcp, udp or icmp
    access: str  # agent or ssh
    capture: str  # auto, always or never
    fail_on: str  # fault, inconclusive or never
    max_nodes: int
    also_nodes: tuple[str, ...]
    ping_count: int
    tcp_count: int
    tcp_data: str  # auto, always or never
    probe_timeout: float
    amounts: Amounts = dataclasses.field(default_factory=Amounts)
    trace_rules: bool = False

    def to_json(self) -> dict[str, t.Any]:
        """Plain values for plan.json and the report."""
        values = dataclasses.asdict(self)
        return {**values, "source": self.source.text, "destination": self.destination.text}


def parse_options(values: t.Mapping[str, t.Any]) -> tuple[Options | None, list[str]]:
    """Check all options at once: the options, or the list of everything that is wrong with them."""
    problems: list[str] = []

    def checked(call: t.Callable[..., t.Any], option: str) -> t.Any:
        try:
            return call(f"diagnose_{option}", values.get(option))
        except OptionError as exc:
            problems.append(str(exc))
            return None

    source = checked(parse_endpoint, "source")
    destination = checked(parse_endpoint, "destination")
    port = checked(parse_port, "port")
    amounts, wrong = parse_amounts(values)
    problems += wrong
    if problems:
        return None, problems
    options = Options(
        source=source,
        destination=destination,
        port=port,
        protocol=values.get("protocol", "tcp"),
        access=values.get("access", "agent"),
        capture=values.get("capture", "auto"),
        fail_on=values.get("fail_on", "never"),
        max_nodes=values.get("max_nodes", 4),
        also_nodes=tuple(dict.fromkeys(values.get("also_nodes") or ())),
        ping_count=values.get("ping_count", 4),
        tcp_count=values.get("tcp_count", 4),
        tcp_data=values.get("tcp_data", "auto"),
        probe_timeout=values.get("probe_timeout", 1.0),
        amounts=amounts,
        trace_rules=bool(values.get("trace_rules", False)),
    )
    return options, []
