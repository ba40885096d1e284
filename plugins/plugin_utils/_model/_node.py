# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The network state of a node: a snapshot's own records, indexed. There is no second copy of any of them."""

from __future__ import annotations

import dataclasses
import functools
import ipaddress
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import (
    Address,
    Bridge,
    BridgePort,
    CniConfig,
    CniFile,
    ConntrackEntry,
    FdbEntry,
    FileAccess,
    InterfaceConfig,
    Link,
    Neighbour,
    NextHop,
    NexthopObject,
    PathMtu,
    PodEntry,
    PortVlan,
    ProcessUser,
    Route,
    Rule,
    Socket,
    TcFilter,
    Tunnel,
    Vxlan,
    WireGuard,
    WireGuardPeer,
    XfrmPolicy,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._records import record, records

if t.TYPE_CHECKING:
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import RuleSet

__all__ = (
    "HOST",
    "Address",
    "Bridge",
    "BridgePort",
    "CniConfig",
    "CniFile",
    "ConntrackEntry",
    "FdbEntry",
    "FileAccess",
    "JsonObject",
    "Link",
    "Namespace",
    "Neighbour",
    "NextHop",
    "NexthopObject",
    "NicConfig",
    "Node",
    "PathMtu",
    "PodEntry",
    "PortVlan",
    "ProcessUser",
    "Route",
    "Rule",
    "Socket",
    "TcFilter",
    "Tunnel",
    "Vxlan",
    "WireGuard",
    "WireGuardPeer",
    "XfrmPolicy",
    "node_from_snapshot",
)

HOST = "host"
LISTENING = ("LISTEN", "UNCONN", "BOUND", "")
RULESET = "ruleset"
# What the compiled packet filter rules are made from.
_FILTER_PARTS = frozenset(("netfilter", "iptables", "nftables"))


@dataclasses.dataclass(frozen=True)
class NicConfig:
    """What a configuration file wants of a NIC."""

    device: str | None
    path: str
    dhcp: bool
    static: bool
    addresses: tuple[str, ...]
    mtu: int | None


# Compared by identity: a namespace is too large to be compared by its parts, and what is compiled hangs on it.
@dataclasses.dataclass(frozen=True, eq=False)
class Namespace:
    """One network namespace. unread: keys of the parts that could not be read, with the reason.

    netfilter: that part of the snapshot as it is, for its parsers; iptables and nftables are cut from it. inode: by
    which the other ends of its veth pairs name it. Make another one with change(), which keeps what is costly and true.
    """

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
    inode: int | None = None
    netfilter: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    vlans: tuple[PortVlan, ...] = ()
    tc_filters: tuple[TcFilter, ...] = ()
    xfrm: tuple[XfrmPolicy, ...] = ()
    nexthops: tuple[NexthopObject, ...] = ()
    connections: tuple[ConntrackEntry, ...] = ()
    path_mtus: tuple[PathMtu, ...] = ()
    resolv_conf_access: FileAccess | None = None
    socket_counts: t.Mapping[str, int] = dataclasses.field(default_factory=dict)
    counters: t.Mapping[str, int] = dataclasses.field(default_factory=dict)
    _compiled: dict[str, t.Any] = dataclasses.field(default_factory=dict, repr=False)

    def change(self, **parts: t.Any) -> Namespace:
        """This namespace with other parts (links=…, routes=…). Compiled rules stay, unless their source changes."""
        stale = bool(_FILTER_PARTS & set(parts))
        kept = {} if stale else {key: value for key, value in self._compiled.items() if key == RULESET}
        return dataclasses.replace(self, **parts, _compiled=kept)

    def compiled(self, key: str, make: t.Callable[[Namespace], t.Any]) -> t.Any:
        """What make() builds of this namespace, built once. The namespace never changes, so it stays true."""
        if key not in self._compiled:
            self._compiled[key] = make(self)
        return self._compiled[key]

    def with_ruleset(self, ruleset: RuleSet) -> Namespace:
        """This namespace with other packet filter rules."""
        return dataclasses.replace(self, _compiled={RULESET: ruleset})

    @property
    def ipset(self) -> str | None:
        """The sets of ipset, as its own command saves them."""
        text = self.netfilter.get("ipset")
        return text if isinstance(text, str) else None

    # -- devices ---------------------------------------------------------------------------------------------
    @functools.cached_property
    def _by_index(self) -> t.Mapping[int, Link]:
        return {link.index: link for link in self.links.values()}

    @functools.cached_property
    def _by_address(self) -> t.Mapping[str, Link]:
        owners: dict[str, Link] = {}
        for link in self.links.values():
            for entry in link.addresses:
                owners.setdefault(entry.address, link)
        return owners

    @functools.cached_property
    def _ports(self) -> t.Mapping[str, tuple[Link, ...]]:
        found: dict[str, list[Link]] = {}
        for link in self.links.values():
            if link.master:
                found.setdefault(link.master, []).append(link)
        return {master: tuple(ports) for master, ports in found.items()}

    def link_by_index(self, index: int | None) -> Link | None:
        """The device with that index."""
        return self._by_index.get(index) if index is not None else None

    def owner_of(self, address: str | None) -> Link | None:
        """The device that has the address."""
        return self._by_address.get(address) if address is not None else None

    def ports_of(self, master: str) -> tuple[Link, ...]:
        """The devices that are ports of a bridge or bond."""
        return self._ports.get(master, ())

    @property
    def ethernet(self) -> Link | None:
        """A pod's own port: its first device that is not the loopback."""
        return next((link for link in self.links.values() if link.kind != "loopback"), None)

    # -- tables ----------------------------------------------------------------------------------------------
    @functools.cached_property
    def _neighbours(self) -> t.Mapping[tuple[str, str], Neighbour]:
        return {(entry.dev, entry.address): entry for entry in self.neighbours if not entry.proxy}

    @functools.cached_property
    def _fdb(self) -> t.Mapping[tuple[str, str], tuple[FdbEntry, ...]]:
        found: dict[tuple[str, str], list[FdbEntry]] = {}
        for entry in self.fdb:
            found.setdefault((entry.dev, entry.mac), []).append(entry)
        return {key: tuple(entries) for key, entries in found.items()}

    def neighbour(self, device: str, address: str) -> Neighbour | None:
        """The entry of the ARP or ND table for an address on a device."""
        return self._neighbours.get((device, address))

    def fdb_entries(self, device: str, mac: str) -> tuple[FdbEntry, ...]:
        """The entries of a device (a tunnel's, or a bridge's port's) for a MAC address in lower case."""
        return self._fdb.get((device, mac), ())

    def sysctl(self, name: str) -> str | None:
        """A kernel setting by its dotted name; None where it was not read or this kernel has none."""
        return self.sysctls.get(name)

    # -- names -----------------------------------------------------------------------------------------------
    def resolvers(self) -> list[str]:
        """The name servers of resolv.conf."""
        lines = (line.split() for line in (self.resolv_conf or "").splitlines())
        return [words[1] for words in lines if len(words) > 1 and words[0] == "nameserver"]


@dataclasses.dataclass(frozen=True, eq=False)
class Node:
    """A node, or a host outside the cluster, as its snapshot shows it. pods: all of it, read in full or not; time: of
    the snapshot by the node's own clock, as text; cni: its CNI files, None where they were not read.
    """

    name: str
    namespaces: t.Mapping[str, Namespace]
    nic_configs: tuple[NicConfig, ...]
    conntrack: JsonObject | None
    errors: tuple[str, ...]
    tools: t.Mapping[str, str | None]
    pods: tuple[PodEntry, ...] = ()
    neighbour_table: JsonObject | None = None
    time: str = ""
    cni: CniConfig | None = None

    @property
    def host(self) -> Namespace:
        """The node's own namespace."""
        return self.namespaces[HOST]

    @property
    def read(self) -> bool:
        """Whether its own namespace could be read."""
        return "netns" not in self.host.unread

    def pod_port(self, netns: str) -> Link | None:
        """The node's end of a pod's veth pair."""
        namespace = self.namespaces.get(netns)
        own = namespace.ethernet if namespace else None
        return self.host.link_by_index(own.peer_index) if own else None

    def with_namespace(self, namespace: Namespace) -> Node:
        """This node with one namespace replaced, the one of the same id."""
        return dataclasses.replace(self, namespaces={**self.namespaces, namespace.id: namespace})


# -- reading a snapshot ------------------------------------------------------------------------------------------
# Without one of these nobody can say where a packet goes in a namespace: it counts as not read at all.
_WALKED = frozenset({"links", "routes", "rules", "neighbours"})


def node_from_snapshot(snapshot: JsonObject) -> Node:
    """A snapshot (schema podnet.diagnostics/snapshot/v1) as a Node."""
    parts = _objects(snapshot.get("netns"))
    read = map(_namespace, parts)
    namespaces = {namespace.id: namespace for namespace in read if not _WALKED & set(namespace.unread)}
    namespaces.setdefault(HOST, _namespace({"id": HOST, "errors": [{"what": "netns", "text": "It was not read."}]}))
    problems = [*_objects(snapshot.get("errors")), *(item for entry in parts for item in _objects(entry.get("errors")))]
    return Node(
        name=str(snapshot["node"]),
        namespaces=namespaces,
        nic_configs=tuple(map(_nic_config, _objects(_object(snapshot.get("nic_config")).get("interfaces")))),
        conntrack=snapshot.get("conntrack"),
        neighbour_table=snapshot.get("neighbour_table"),
        errors=tuple(dict.fromkeys(str(problem.get("text")) for problem in problems)),
        tools=_object(snapshot.get("tools")),
        pods=records(PodEntry, snapshot.get("pods")),
        time=str(snapshot.get("time") or ""),
        cni=record(CniConfig, snapshot["cni_config"]) if isinstance(snapshot.get("cni_config"), dict) else None,
    )


def _namespace(data: JsonObject) -> Namespace:
    netfilter = _object(data.get("netfilter"))
    links = records(Link, data.get("links"))
    return Namespace(
        id=str(data.get("id")),
        links={link.name: link for link in links},
        routes=tuple(route for route in records(Route, data.get("routes")) if _is_network(route.dst)),
        rules=records(Rule, data.get("rules")),
        neighbours=records(Neighbour, data.get("neighbours")),
        fdb=records(FdbEntry, data.get("fdb")),
        iptables=_objects(netfilter.get("iptables")),
        nftables=_object(netfilter.get("nftables")).get("text"),
        sysctls=_object(data.get("sysctls")),
        sockets=tuple(
            socket
            for socket in records(Socket, data.get("sockets"))
            if socket.state in LISTENING and _is_network(socket.local)
        ),
        resolv_conf=data.get("resolv_conf"),
        unread={str(problem.get("what")): str(problem.get("text")) for problem in _objects(data.get("errors"))},
        inode=data.get("inode"),
        netfilter=netfilter,
        vlans=records(PortVlan, data.get("vlans")),
        tc_filters=records(TcFilter, data.get("tc_filters")),
        xfrm=records(XfrmPolicy, data.get("xfrm")),
        nexthops=records(NexthopObject, data.get("nexthops")),
        connections=records(ConntrackEntry, data.get("connections")),
        path_mtus=records(PathMtu, data.get("path_mtus")),
        resolv_conf_access=next(iter(records(FileAccess, [data.get("resolv_conf_access")])), None),
        socket_counts=_object(data.get("socket_counts")),
        counters=_object(data.get("counters")),
    )


def _nic_config(data: JsonObject) -> NicConfig:
    config = record(InterfaceConfig, data)
    return NicConfig(config.device, config.path, config.dhcp, config.static, tuple(config.addresses), config.mtu)


def _objects(value: t.Any) -> tuple[JsonObject, ...]:
    return tuple(item for item in value if isinstance(item, dict)) if isinstance(value, (list, tuple)) else ()


def _object(value: t.Any) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _is_network(text: str) -> bool:
    """Whether an address or prefix can be read: what looks at it later relies on that."""
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True
