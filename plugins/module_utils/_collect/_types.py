# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""The parts of a node snapshot, schema podnet.diagnostics/snapshot/v1, as typed records.

Every record becomes a dictionary of plain JSON values with the field names as keys; a trailing underscore, there
because the name is a Python keyword, is dropped. Units are bytes, seconds and packets; times are UTC.
"""

from __future__ import annotations

import dataclasses
import typing as t

SCHEMA = "podnet.diagnostics/snapshot/v1"
Json = t.Dict[str, t.Any]


def plain(value: t.Any) -> t.Any:
    """A value with every record in it replaced by its dictionary."""
    if isinstance(value, Record):
        return value.to_dict()
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


@dataclasses.dataclass(frozen=True)
class Record:
    """Base of all records."""

    def to_dict(self) -> Json:
        """This record as plain JSON values."""
        return {name.rstrip("_"): plain(value) for name, value in vars(self).items()}


@dataclasses.dataclass(frozen=True)
class Problem(Record):
    """A part that could not be read. what: the key of that part in the snapshot; text: one sentence for a person."""

    what: str
    text: str


# -- links -------------------------------------------------------------------------------------------------------
@dataclasses.dataclass(frozen=True)
class Address(Record):
    """An address of a link. valid_seconds is None for ever; flags: tentative, dadfailed, deprecated and such."""

    family: int
    address: str
    prefix: int
    scope: str
    dynamic: bool
    secondary: bool
    valid_seconds: t.Optional[int]
    peer: t.Optional[str]
    flags: t.List[str]


@dataclasses.dataclass(frozen=True)
class Vxlan(Record):
    """A VXLAN device. id is None when it is given per packet (external); port: UDP destination port."""

    id: t.Optional[int]
    local: t.Optional[str]
    remote: t.Optional[str]
    port: t.Optional[int]
    dev: t.Optional[str]
    learning: t.Optional[bool]
    external: bool


@dataclasses.dataclass(frozen=True)
class Tunnel(Record):
    """An IP tunnel other than VXLAN (ipip, gre, sit …)."""

    local: t.Optional[str]
    remote: t.Optional[str]
    dev: t.Optional[str]
    ttl: t.Optional[int]
    pmtu_discovery: t.Optional[bool]


@dataclasses.dataclass(frozen=True)
class Bridge(Record):
    """A bridge. nf_call_*: its own switches beside the sysctls net.bridge.bridge-nf-call-*; ageing in seconds."""

    stp: t.Optional[bool]
    vlan_filtering: t.Optional[bool]
    nf_call_iptables: t.Optional[bool]
    nf_call_ip6tables: t.Optional[bool]
    ageing_seconds: t.Optional[float]
    forward_delay_seconds: t.Optional[float]
    group_fwd_mask: t.Optional[str]


@dataclasses.dataclass(frozen=True)
class BridgePort(Record):
    """A link as a port of its bridge. state: disabled, listening, learning, forwarding or blocking."""

    state: t.Optional[str]
    hairpin: t.Optional[bool]
    isolated: t.Optional[bool]
    learning: t.Optional[bool]
    flood: t.Optional[bool]
    locked: t.Optional[bool]
    neigh_suppress: t.Optional[bool]


@dataclasses.dataclass(frozen=True)
class Link(Record):
    """A network device.

    peer_index: the index of the other end (veth) or of the device below (vlan, macvlan), in the namespace peer_netns,
    which is known by its inode where it is this one, the node's or a pod's; peer_nsid: its id in this namespace.
    lower: the name of the device below or of the other end, where it is in this namespace.
    carrier is None while the link is set down.
    """

    name: str
    index: int
    kind: str
    mtu: int
    up: bool
    operstate: str
    carrier: t.Optional[bool]
    mac: t.Optional[str]
    master: t.Optional[str]
    lower: t.Optional[str]
    peer_index: t.Optional[int]
    peer_nsid: t.Optional[int]
    peer_netns: t.Optional[int]
    flags: t.List[str]
    qdisc: t.Optional[str]
    addresses: t.List[Address]
    vxlan: t.Optional[Vxlan]
    tunnel: t.Optional[Tunnel]
    bridge: t.Optional[Bridge]
    bridge_port: t.Optional[BridgePort]
    vlan: t.Optional[int]
    stats: t.Dict[str, int]


# -- routing -----------------------------------------------------------------------------------------------------
@dataclasses.dataclass(frozen=True)
class NextHop(Record):
    """One of several next hops of a route."""

    gateway: t.Optional[str]
    dev: t.Optional[str]
    weight: int
    flags: t.List[str]


@dataclasses.dataclass(frozen=True)
class Route(Record):
    """A route. dst has always a prefix length; flags: linkdown, dead, onlink … as the kernel shows them.

    other: names of attributes that this record does not carry (encap …): such a route does more than it says here.
    """

    family: int
    table: str
    type: str
    dst: str
    gateway: t.Optional[str]
    dev: t.Optional[str]
    metric: int
    source: t.Optional[str]
    scope: str
    protocol: str
    onlink: bool
    flags: t.List[str]
    nexthops: t.List[NextHop]
    mtu: t.Optional[int]
    other: t.List[str]


@dataclasses.dataclass(frozen=True)
class Rule(Record):
    """A policy routing rule. from and to are None for everything; ports are [first, last].

    action: lookup, blackhole, unreachable, prohibit, goto or nop. fwmark and fwmask are numbers.
    other: names of conditions that this record does not carry: such a rule matches less than it says here.
    """

    priority: int
    family: int
    from_: t.Optional[str]
    to: t.Optional[str]
    table: t.Optional[str]
    action: str
    goto: t.Optional[int]
    iif: t.Optional[str]
    oif: t.Optional[str]
    fwmark: t.Optional[int]
    fwmask: t.Optional[int]
    not_: bool
    protocol: t.Optional[str]
    sport: t.Optional[t.List[int]]
    dport: t.Optional[t.List[int]]
    tos: t.Optional[str]
    uid_range: t.Optional[t.List[int]]
    l3mdev: bool
    suppress_prefix_length: t.Optional[int]
    other: t.List[str]


@dataclasses.dataclass(frozen=True)
class Neighbour(Record):
    """An entry of the ARP or ND table. state: REACHABLE, STALE, FAILED, PERMANENT …, empty for a proxy entry."""

    family: int
    address: str
    mac: t.Optional[str]
    dev: str
    state: str
    router: bool
    proxy: bool


@dataclasses.dataclass(frozen=True)
class FdbEntry(Record):
    """An entry of a bridge's or VXLAN device's forwarding table (group addresses left out). dst: of the tunnel."""

    mac: str
    dev: str
    dst: t.Optional[str]
    state: str
    vlan: t.Optional[int]
    vni: t.Optional[int]
    port: t.Optional[int]
    via: t.Optional[str]
    self_: bool
    master: t.Optional[str]
    flags: t.List[str]


# -- netfilter ---------------------------------------------------------------------------------------------------
@dataclasses.dataclass(frozen=True)
class IptablesRules(Record):
    """The output of iptables-save -c. binary: the program; origin: host or image, whose program it was."""

    backend: str
    family: int
    text: str
    version: str
    binary: str
    origin: str


@dataclasses.dataclass(frozen=True)
class NftTable(Record):
    """An nftables table. shown_in: iptables when an entry of `iptables` has its rules, else nftables."""

    family: str
    name: str
    shown_in: str


@dataclasses.dataclass(frozen=True)
class Nftables(Record):
    """text: nft -j list of every table that no iptables entry shows; None when it could not be read or is not there.

    note: why there is no text where that is no error.
    """

    text: t.Optional[str]
    tables: t.List[NftTable]
    note: t.Optional[str]


@dataclasses.dataclass(frozen=True)
class Netfilter(Record):
    """All packet filter rules of a namespace. An empty list of iptables entries: see the errors."""

    iptables: t.List[IptablesRules]
    nftables: Nftables


# -- sockets -----------------------------------------------------------------------------------------------------
@dataclasses.dataclass(frozen=True)
class Socket(Record):
    """A listening TCP socket (state LISTEN) or a bound, unconnected UDP socket (UNCONN, as ss calls it).

    backlog: connections that wait to be accepted, of at most max_backlog. v6only is not known to /proc.
    """

    protocol: str
    family: int
    local: str
    port: int
    state: str
    inode: int
    uid: int
    process: t.Optional[str]
    backlog: t.Optional[int]
    max_backlog: t.Optional[int]
    drops: t.Optional[int]


@dataclasses.dataclass(frozen=True)
class Sockets(Record):
    """Sockets of a namespace; counts of all TCP sockets by state and of all UDP sockets as UDP."""

    sockets: t.List[Socket]
    counts: t.Dict[str, int]


# -- namespaces --------------------------------------------------------------------------------------------------
@dataclasses.dataclass(frozen=True)
class PodEntry(Record):
    """Where a pod runs; error says why it has no pid. Every pod of the node is here, read in full or not."""

    id: str
    pid: t.Optional[int]
    inode: t.Optional[int]
    host_network: bool
    error: t.Optional[str]


@dataclasses.dataclass(frozen=True)
class NetnsSnapshot(Record):
    """All that was read in one network namespace. A part that is None or empty and has an error was not read."""

    id: str
    pid: t.Optional[int]
    inode: t.Optional[int]
    links: t.List[Link]
    routes: t.List[Route]
    rules: t.List[Rule]
    neighbours: t.List[Neighbour]
    fdb: t.List[FdbEntry]
    netfilter: t.Optional[Netfilter]
    sysctls: t.Dict[str, str]
    sockets: t.List[Socket]
    socket_counts: t.Dict[str, int]
    counters: t.Dict[str, int]
    resolv_conf: t.Optional[str]
    errors: t.List[Problem]


# -- the node ----------------------------------------------------------------------------------------------------
@dataclasses.dataclass(frozen=True)
class Conntrack(Record):
    """Use of the connection tracking table, and packets it lost since boot."""

    count: int
    max: int
    drop: t.Optional[int]
    early_drop: t.Optional[int]
    insert_failed: t.Optional[int]


@dataclasses.dataclass(frozen=True)
class NeighbourTable(Record):
    """Use of the IPv4 neighbour table, which all namespaces share: entries, and the hard limit.

    A namespace that is not the first shows neither; count is then of its own entries, and gc_thresh3 None.
    """

    count: int
    gc_thresh3: t.Optional[int]


@dataclasses.dataclass(frozen=True)
class Memory(Record):
    """Bytes."""

    total: int
    available: int


@dataclasses.dataclass(frozen=True)
class ConfigFile(Record):
    """A file with the configuration of interfaces. shadowed_by: the file that is used in its place."""

    path: str
    format: str
    interfaces: t.List[str]
    shadowed_by: t.Optional[str] = None


@dataclasses.dataclass(frozen=True)
class ConfiguredRoute(Record):
    """A route as configured."""

    to: str
    via: t.Optional[str]
    metric: t.Optional[int]
    table: t.Optional[str]
    on_link: bool


@dataclasses.dataclass(frozen=True)
class InterfaceConfig(Record):
    """What the files want of one interface.

    device: None when it cannot be known from the files and the running links; name: what the files call it.
    method: dhcp where the files ask for it (also beside addresses), else static with addresses, else none.
    dhcp and static are both true for the conflict; conflict_families: address families (4, 6) that have both.
    """

    device: t.Optional[str]
    name: str
    format: str
    path: str
    method: str
    addresses: t.List[str]
    gateway: t.Optional[str]
    gateway6: t.Optional[str]
    mtu: t.Optional[int]
    mac: t.Optional[str]
    master: t.Optional[str]
    dhcp: bool
    dhcp4: bool
    dhcp6: bool
    static: bool
    conflict_families: t.List[int]
    onboot: t.Optional[bool]
    routes: t.List[ConfiguredRoute]
    raw: t.Dict[str, str]


@dataclasses.dataclass(frozen=True)
class NicConfig(Record):
    """All configured interfaces of a node."""

    files: t.List[ConfigFile]
    interfaces: t.List[InterfaceConfig]
    errors: t.List[Problem]


@dataclasses.dataclass(frozen=True)
class CniFile(Record):
    """A CNI network configuration. active: the runtime takes the first of the folder by name."""

    path: str
    name: t.Optional[str]
    type: t.Optional[str]
    plugins: t.List[str]
    active: bool
    mtu: t.Optional[int]
    bridge: t.Optional[str]
    error: t.Optional[str]


@dataclasses.dataclass(frozen=True)
class CniConfig(Record):
    """CNI files; flannel: /run/flannel/subnet.env; allocated: addresses in use per host-local network."""

    files: t.List[CniFile]
    flannel: t.Optional[t.Dict[str, str]]
    allocated: t.Dict[str, int]


@dataclasses.dataclass(frozen=True)
class NodeSnapshot(Record):
    """One look at a node."""

    schema: str
    node: str
    hostname: str
    kernel: str
    time: str
    seconds: float
    tools: t.Dict[str, t.Optional[str]]
    netns: t.List[NetnsSnapshot]
    pods: t.List[PodEntry]
    conntrack: t.Optional[Conntrack]
    neighbour_table: t.Optional[NeighbourTable]
    load: t.List[float]
    cpus: t.Optional[int]
    memory: t.Optional[Memory]
    nic_counters: t.Dict[str, t.Dict[str, int]]
    nic_config: t.Optional[NicConfig]
    cni_config: t.Optional[CniConfig]
    errors: t.List[Problem]
