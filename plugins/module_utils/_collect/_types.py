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
Json = dict[str, t.Any]


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
    valid_seconds: int | None
    peer: str | None
    flags: list[str]


@dataclasses.dataclass(frozen=True)
class Vxlan(Record):
    """A VXLAN device. id is None when it is given per packet (external); port: UDP destination port."""

    id: int | None
    local: str | None
    remote: str | None
    port: int | None
    dev: str | None
    learning: bool | None
    external: bool


@dataclasses.dataclass(frozen=True)
class Tunnel(Record):
    """An IP tunnel other than VXLAN (ipip, gre, sit …)."""

    local: str | None
    remote: str | None
    dev: str | None
    ttl: int | None
    pmtu_discovery: bool | None


@dataclasses.dataclass(frozen=True)
class Bridge(Record):
    """A bridge. nf_call_*: its own switches beside the sysctls net.bridge.bridge-nf-call-*; ageing in seconds."""

    stp: bool | None
    vlan_filtering: bool | None
    nf_call_iptables: bool | None
    nf_call_ip6tables: bool | None
    ageing_seconds: float | None
    forward_delay_seconds: float | None
    group_fwd_mask: str | None


@dataclasses.dataclass(frozen=True)
class BridgePort(Record):
    """A link as a port of its bridge. state: disabled, listening, learning, forwarding or blocking."""

    state: str | None
    hairpin: bool | None
    isolated: bool | None
    learning: bool | None
    flood: bool | None
    locked: bool | None
    neigh_suppress: bool | None


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
    carrier: bool | None
    mac: str | None
    master: str | None
    lower: str | None
    peer_index: int | None
    peer_nsid: int | None
    peer_netns: int | None
    flags: list[str]
    qdisc: str | None
    addresses: list[Address]
    vxlan: Vxlan | None
    tunnel: Tunnel | None
    bridge: Bridge | None
    bridge_port: BridgePort | None
    vlan: int | None
    stats: dict[str, int]


# -- routing -----------------------------------------------------------------------------------------------------
@dataclasses.dataclass(frozen=True)
class NextHop(Record):
    """One of several next hops of a route."""

    gateway: str | None
    dev: str | None
    weight: int
    flags: list[str]


@dataclasses.dataclass(frozen=True)
class Route(Record):
    """A route. dst has always a prefix length; flags: linkdown, dead, onlink … as the kernel shows them.

    other: names of attributes that this record does not carry (encap …): such a route does more than it says here.
    """

    family: int
    table: str
    type: str
    dst: str
    gateway: str | None
    dev: str | None
    metric: int
    source: str | None
    scope: str
    protocol: str
    onlink: bool
    flags: list[str]
    nexthops: list[NextHop]
    mtu: int | None
    other: list[str]


@dataclasses.dataclass(frozen=True)
class Rule(Record):
    """A policy routing rule. from and to are None for everything; ports are [first, last].

    action: lookup, blackhole, unreachable, prohibit, goto or nop. fwmark and fwmask are numbers.
    other: names of conditions that this record does not carry: such a rule matches less than it says here.
    """

    priority: int
    family: int
    from_: str | None
    to: str | None
    table: str | None
    action: str
    goto: int | None
    iif: str | None
    oif: str | None
    fwmark: int | None
    fwmask: int | None
    not_: bool
    protocol: str | None
    sport: list[int] | None
    dport: list[int] | None
    tos: str | None
    uid_range: list[int] | None
    l3mdev: bool
    suppress_prefix_length: int | None
    other: list[str]


@dataclasses.dataclass(frozen=True)
class Neighbour(Record):
    """An entry of the ARP or ND table. state: REACHABLE, STALE, FAILED, PERMANENT …, empty for a proxy entry."""

    family: int
    address: str
    mac: str | None
    dev: str
    state: str
    router: bool
    proxy: bool


@dataclasses.dataclass(frozen=True)
class FdbEntry(Record):
    """An entry of a bridge's or VXLAN device's forwarding table (group addresses left out). dst: of the tunnel."""

    mac: str
    dev: str
    dst: str | None
    state: str
    vlan: int | None
    vni: int | None
    port: int | None
    via: str | None
    self_: bool
    master: str | None
    flags: list[str]


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

    text: str | None
    tables: list[NftTable]
    note: str | None


@dataclasses.dataclass(frozen=True)
class Netfilter(Record):
    """All packet filter rules of a namespace. An empty list of iptables entries: see the errors.

    ipset: what ipset save prints, None where there are no sets or no program; ipvs: /proc/net/ip_vs, None without it.
    """

    iptables: list[IptablesRules]
    nftables: Nftables
    ipset: str | None = None
    ipvs: str | None = None


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
    process: str | None
    backlog: int | None
    max_backlog: int | None
    drops: int | None


@dataclasses.dataclass(frozen=True)
class Sockets(Record):
    """Sockets of a namespace; counts of all TCP sockets by state and of all UDP sockets as UDP."""

    sockets: list[Socket]
    counts: dict[str, int]


# -- namespaces --------------------------------------------------------------------------------------------------
@dataclasses.dataclass(frozen=True)
class PodEntry(Record):
    """Where a pod runs; error says why it has no pid. Every pod of the node is here, read in full or not."""

    id: str
    pid: int | None
    inode: int | None
    host_network: bool
    error: str | None


@dataclasses.dataclass(frozen=True)
class NetnsSnapshot(Record):
    """All that was read in one network namespace. A part that is None or empty and has an error was not read."""

    id: str
    pid: int | None
    inode: int | None
    links: list[Link]
    routes: list[Route]
    rules: list[Rule]
    neighbours: list[Neighbour]
    fdb: list[FdbEntry]
    netfilter: Netfilter | None
    sysctls: dict[str, str]
    sockets: list[Socket]
    socket_counts: dict[str, int]
    counters: dict[str, int]
    resolv_conf: str | None
    errors: list[Problem]


# -- the node ----------------------------------------------------------------------------------------------------
@dataclasses.dataclass(frozen=True)
class Conntrack(Record):
    """Use of the connection tracking table, and packets it lost since boot."""

    count: int
    max: int
    drop: int | None
    early_drop: int | None
    insert_failed: int | None


@dataclasses.dataclass(frozen=True)
class NeighbourTable(Record):
    """Use of the IPv4 neighbour table, which all namespaces share: entries, and the hard limit.

    A namespace that is not the first shows neither; count is then of its own entries, and gc_thresh3 None.
    """

    count: int
    gc_thresh3: int | None


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
    interfaces: list[str]
    shadowed_by: str | None = None


@dataclasses.dataclass(frozen=True)
class ConfiguredRoute(Record):
    """A route as configured."""

    to: str
    via: str | None
    metric: int | None
    table: str | None
    on_link: bool


@dataclasses.dataclass(frozen=True)
class InterfaceConfig(Record):
    """What the files want of one interface.

    device: None when it cannot be known from the files and the running links; name: what the files call it.
    method: dhcp where the files ask for it (also beside addresses), else static with addresses, else none.
    dhcp and static are both true for the conflict; conflict_families: address families (4, 6) that have both.
    """

    device: str | None
    name: str
    format: str
    path: str
    method: str
    addresses: list[str]
    gateway: str | None
    gateway6: str | None
    mtu: int | None
    mac: str | None
    master: str | None
    dhcp: bool
    dhcp4: bool
    dhcp6: bool
    static: bool
    conflict_families: list[int]
    onboot: bool | None
    routes: list[ConfiguredRoute]
    raw: dict[str, str]


@dataclasses.dataclass(frozen=True)
class NicConfig(Record):
    """All configured interfaces of a node."""

    files: list[ConfigFile]
    interfaces: list[InterfaceConfig]
    errors: list[Problem]


@dataclasses.dataclass(frozen=True)
class CniFile(Record):
    """A CNI network configuration. active: the runtime takes the first of the folder by name."""

    path: str
    name: str | None
    type: str | None
    plugins: list[str]
    active: bool
    mtu: int | None
    bridge: str | None
    error: str | None


@dataclasses.dataclass(frozen=True)
class CniConfig(Record):
    """CNI files; flannel: /run/flannel/subnet.env; allocated: addresses in use per host-local network."""

    files: list[CniFile]
    flannel: dict[str, str] | None
    allocated: dict[str, int]


@dataclasses.dataclass(frozen=True)
class NodeSnapshot(Record):
    """One look at a node."""

    schema: str
    node: str
    hostname: str
    kernel: str
    time: str
    seconds: float
    tools: dict[str, str | None]
    netns: list[NetnsSnapshot]
    pods: list[PodEntry]
    conntrack: Conntrack | None
    neighbour_table: NeighbourTable | None
    load: list[float]
    cpus: int | None
    memory: Memory | None
    nic_counters: dict[str, dict[str, int]]
    nic_config: NicConfig | None
    cni_config: CniConfig | None
    errors: list[Problem]
