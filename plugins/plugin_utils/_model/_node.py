# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The network state of a node, typed: what a snapshot says, in the terms that routing and findings think in."""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t

JsonObject = dict[str, t.Any]
HOST = "host"


@dataclasses.dataclass(frozen=True)
class LinkAddress:
    """An address of a device. dynamic: it has a lifetime, as a leased one."""

    family: int
    address: str
    prefix: int
    scope: str
    dynamic: bool


@dataclasses.dataclass(frozen=True)
class Vxlan:
    """What a VXLAN device sends and from where."""

    id: int | None
    local: str | None
    remote: str | None
    port: int | None
    dev: str | None


@dataclasses.dataclass(frozen=True)
class Link:
    """A network device. mtu in bytes; carrier is None where it cannot be known."""

    name: str
    index: int
    kind: str
    mtu: int
    up: bool
    carrier: bool | None
    mac: str | None
    master: str | None
    peer_index: int | None
    addresses: tuple[LinkAddress, ...]
    vxlan: Vxlan | None


@dataclasses.dataclass(frozen=True)
class Route:
    """A route. dst always has a prefix length."""

    family: int
    table: str
    type: str
    dst: str
    gateway: str | None
    dev: str | None
    metric: int

    @property
    def network(self) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
        """The destination as a network."""
        return ipaddress.ip_network(self.dst, strict=False)

    def __str__(self) -> str:
        parts = [
            self.type if self.type != "unicast" else "",
            self.dst,
            f"via {self.gateway}" if self.gateway else "",
            f"dev {self.dev}" if self.dev else "",
        ]
        return " ".join(part for part in parts if part)


@dataclasses.dataclass(frozen=True)
class Rule:
    """A policy routing rule. conditional: it has a condition that we do not evaluate, so it may or may not match."""

    priority: int
    family: int
    source: str | None
    destination: str | None
    table: str | None
    action: str
    iif: str | None
    conditional: bool


@dataclasses.dataclass(frozen=True)
class Neighbour:
    """An entry of the neighbour table."""

    address: str
    mac: str | None
    dev: str
    state: str


@dataclasses.dataclass(frozen=True)
class FdbEntry:
    """An entry of a forwarding table; dst is the address of the tunnel's other end."""

    mac: str
    dev: str
    dst: str | None


@dataclasses.dataclass(frozen=True)
class Socket:
    """A listening or bound socket."""

    protocol: str
    local: str
    port: int
    process: str | None

    @property
    def loopback(self) -> bool:
        """Whether only the own host reaches it."""
        address = ipaddress.ip_address(self.local)
        mapped = getattr(address, "ipv4_mapped", None)
        return bool((mapped or address).is_loopback)


@dataclasses.dataclass(frozen=True)
class NicConfig:
    """What a configuration file wants of a NIC."""

    device: str | None
    path: str
    dhcp: bool
    static: bool
    addresses: tuple[str, ...]
    mtu: int | None


@dataclasses.dataclass(frozen=True)
class Namespace:
    """One network namespace. unread: keys of the parts that could not be read, with the reason."""

    id: str
    links: t.Mapping[str, Link]
    routes: tuple[Route, ...]
    rules: tuple[Rule, ...]
    neighbours: tuple[Neighbour, ...]
    fdb: tuple[FdbEntry, ...]
    iptables: tuple[JsonObject, ...]
    nftables: str | None
    sysctls: t.Mapping[str, str]
    sockets: tuple[Socket, ...]
    resolv_conf: str | None
    unread: t.Mapping[str, str]

    def link_by_index(self, index: int | None) -> Link | None:
        """The device with that index."""
        return next((link for link in self.links.values() if link.index == index), None)

    def owner_of(self, address: str | None) -> Link | None:
        """The device that has the address."""
        for link in self.links.values():
            if any(entry.address == address for entry in link.addresses):
                return link
        return None

    @property
    def ethernet(self) -> Link | None:
        """A pod's own port: its first device that is not the loopback."""
        return next((link for link in self.links.values() if link.kind != "loopback"), None)

    def resolvers(self) -> list[str]:
        """The name servers of resolv.conf."""
        lines = (line.split() for line in (self.resolv_conf or "").splitlines())
        return [words[1] for words in lines if len(words) > 1 and words[0] == "nameserver"]


@dataclasses.dataclass(frozen=True)
class Node:
    """A node, or a host outside the cluster, as its snapshot shows it."""

    name: str
    namespaces: t.Mapping[str, Namespace]
    nic_configs: tuple[NicConfig, ...]
    conntrack: JsonObject | None
    errors: tuple[str, ...]
    tools: t.Mapping[str, str | None]

    @property
    def host(self) -> Namespace:
        """The node's own namespace."""
        return self.namespaces[HOST]

    def pod_port(self, netns: str) -> Link | None:
        """The node's end of a pod's veth pair."""
        namespace = self.namespaces.get(netns)
        own = namespace.ethernet if namespace else None
        return self.host.link_by_index(own.peer_index) if own else None


_Any = t.TypeVar("_Any")


def _build(cls: type[_Any], data: t.Mapping[str, t.Any], **replaced: t.Any) -> _Any:
    """A record from the fields of the same names; missing ones are None."""
    names = [field.name for field in dataclasses.fields(t.cast(t.Any, cls))]
    return cls(**{**{name: data.get(name) for name in names}, **replaced})


def _link(data: JsonObject) -> Link:
    addresses = tuple(_build(LinkAddress, entry) for entry in data.get("addresses") or [])
    vxlan = _build(Vxlan, data["vxlan"]) if data.get("vxlan") else None
    return _build(Link, data, addresses=addresses, vxlan=vxlan)


def _rule(data: JsonObject) -> Rule:
    unknown = (
        "fwmark",
        "oif",
        "protocol",
        "sport",
        "dport",
        "tos",
        "uid_range",
        "other",
        "not",
        "goto",
        "suppress_prefix_length",
    )
    return _build(
        Rule,
        data,
        source=data.get("from"),
        destination=data.get("to"),
        conditional=any(data.get(key) not in (None, False, [], "", 0) for key in unknown),
    )


def _namespace(data: JsonObject) -> Namespace:
    unread = {str(problem.get("what")): str(problem.get("text")) for problem in data.get("errors") or []}
    netfilter = data.get("netfilter") or {}
    return Namespace(
        id=data["id"],
        links={link["name"]: _link(link) for link in data.get("links") or []},
        routes=tuple(_build(Route, route, metric=route.get("metric") or 0) for route in data.get("routes") or []),
        rules=tuple(_rule(rule) for rule in data.get("rules") or []),
        neighbours=tuple(_build(Neighbour, entry) for entry in data.get("neighbours") or []),
        fdb=tuple(_build(FdbEntry, entry) for entry in data.get("fdb") or []),
        iptables=tuple(netfilter.get("iptables") or []),
        nftables=(netfilter.get("nftables") or {}).get("text"),
        sysctls=data.get("sysctls") or {},
        sockets=tuple(
            _build(Socket, entry)
            for entry in data.get("sockets") or []
            if entry.get("state") in ("LISTEN", "UNCONN", "BOUND", None)
        ),
        resolv_conf=data.get("resolv_conf"),
        unread=unread,
    )


def node_from_snapshot(snapshot: JsonObject) -> Node:
    """A snapshot (schema podnet.diagnostics/snapshot/v1) as a Node."""
    namespaces = {entry["id"]: _namespace(entry) for entry in snapshot.get("netns") or []}
    namespaces.setdefault(HOST, _namespace({"id": HOST}))
    nic_config = snapshot.get("nic_config") or {}
    configs = tuple(
        _build(
            NicConfig,
            entry,
            addresses=tuple(entry.get("addresses") or ()),
            dhcp=bool(entry.get("dhcp")),
            static=bool(entry.get("static")),
        )
        for entry in nic_config.get("interfaces") or []
    )
    problems = [
        *(snapshot.get("errors") or []),
        *(problem for entry in snapshot.get("netns") or [] for problem in entry.get("errors") or []),
    ]
    return Node(
        name=snapshot["node"],
        namespaces=namespaces,
        nic_configs=configs,
        conntrack=snapshot.get("conntrack"),
        errors=tuple(dict.fromkeys(str(problem.get("text")) for problem in problems)),
        tools=snapshot.get("tools") or {},
    )
