# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""The parts of a node snapshot, schema podnet.diagnostics/snapshot/v1, as typed records.

Every record becomes a dictionary of plain JSON values with the field names as keys; a trailing underscore, there
because the name is a Python keyword, is dropped. Units are bytes, seconds and packets; times are UTC. The controller
reads them back into the same records (plugin_utils/_model/_records.py), which is why what later versions added has a
default: a bundle of an earlier one does not have it.
"""

from __future__ import annotations

import dataclasses
import functools
import ipaddress
import typing as t

SCHEMA = "podnet.diagnostics/snapshot/v1"
Json = dict[str, t.Any]
Network = t.Union[ipaddress.IPv4Network, ipaddress.IPv6Network]


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
        return {field.name.rstrip("_"): plain(getattr(self, field.name)) for field in dataclasses.fields(self)}


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
    flags: t.Sequence[str]


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
    proxy: bool | None = None
    gbp: bool | None = None


@dataclasses.dataclass(frozen=True)
class Tunnel(Record):
    """An IP tunnel other than VXLAN (ipip, gre, sit …). ikey and okey: of GRE, as iproute2 prints them."""

    local: str | None
    remote: str | None
    dev: str | None
    ttl: int | None
    pmtu_discovery: bool | None
    external: bool = False
    ikey: str | None = None
    okey: str | None = None


@dataclasses.dataclass(frozen=True)
class WireGuardPeer(Record):
    """A peer of a WireGuard device. allowed: the networks that are sent to it, and whose packets are taken from it.

    handshake_seconds: how long ago the two last agreed on keys, None for never; no key but the public one is read.
    """

    public_key: str
    endpoint: str | None
    endpoint_port: int | None
    allowed: t.Sequence[str]
    handshake_seconds: int | None
    keepalive_seconds: int | None
    rx_bytes: int | None
    tx_bytes: int | None


@dataclasses.dataclass(frozen=True)
class WireGuard(Record):
    """A WireGuard device. fwmark: of the packets that it sends, 0 for none."""

    public_key: str | None
    listen_port: int | None
    fwmark: int
    peers: list[WireGuardPeer]


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
    default_pvid: int | None = None
    vlan_protocol: str | None = None


@dataclasses.dataclass(frozen=True)
class BridgePort(Record):
    """A link as a port of its bridge. state: disabled, listening, learning, forwarding or blocking.

    flood: of frames to unknown addresses; bcast_flood: of broadcast ones, so of ARP requests.
    """

    state: str | None
    hairpin: bool | None
    isolated: bool | None
    learning: bool | None
    flood: bool | None
    locked: bool | None
    neigh_suppress: bool | None
    bcast_flood: bool | None = None
    mcast_flood: bool | None = None
    proxy_arp: bool | None = None


@dataclasses.dataclass(frozen=True)
class Link(Record):
    """A network device.

    peer_index: the index of the other end (veth) or of the device below (vlan, macvlan), in the namespace peer_netns,
    which is known by its inode where it is this one, the node's or a pod's; peer_nsid: its id in this namespace.
    lower: the name of the device below or of the other end, where it is in this namespace.
    carrier is None while the link is set down. mode: of a macvlan, ipvlan or bond; parent: the bus of a real NIC;
    xdp: how an eBPF program is attached that sees each packet before the stack does. xdp_program: its name and id.
    vrf_table: of a VRF device, the routing table that it stands for. wireguard: None where it is another kind of
    device, or was not read.
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
    flags: t.Sequence[str]
    qdisc: str | None
    addresses: t.Sequence[Address]
    vxlan: Vxlan | None
    tunnel: Tunnel | None
    bridge: Bridge | None
    bridge_port: BridgePort | None
    vlan: int | None
    stats: t.Mapping[str, int] = dataclasses.field(hash=False)
    mode: str | None = None
    parent: str | None = None
    xdp: str | None = None
    xdp_program: str | None = None
    vrf_table: int | None = None
    wireguard: WireGuard | None = None


@dataclasses.dataclass(frozen=True)
class PortVlan(Record):
    """The VLANs first to last of a bridge's port, or of the bridge itself. pvid: frames without a tag belong to it;
    untagged: it leaves without one.
    """

    dev: str
    first: int
    last: int
    pvid: bool
    untagged: bool


# TcFilter.attached and TcFilter.dev of programs of control groups.
GROUP, PROBER, APPLICATION = "cgroup", "prober", "application"
# TcFilter.attached and TcFilter.hook of programs that choose the socket for what arrives in a namespace.
NETNS, LOOKUP = "netns", "sk_lookup"


@dataclasses.dataclass(frozen=True)
class TcFilter(Record):
    """A filter of traffic control that sees every packet of a device. hook: ingress or egress; kind: bpf, flower …

    actions: their kinds, and what gact does with the packet (drop, pass …); direct: the program itself decides.
    pref: its place among those of the hook, the lowest first. attached: as a program by tcx or netkit; None by tc.
    GROUP: of a control group; it sees what sockets of dev send and receive: PROBER or APPLICATION. NETNS: of the
    namespace itself, dev is empty. bytecode: of classic BPF, which can be read: code, both jumps and constant of each
    instruction; None where there is none.
    """

    dev: str
    hook: str
    kind: str
    actions: t.Sequence[str]
    direct: bool
    text: str
    pref: int | None = None
    attached: str | None = None
    bytecode: t.Sequence[t.Sequence[int]] | None = None

    @property
    def decides(self) -> bool:
        """Whether it is a program that decides; of one that only sorts packets, its actions do (tc-bpf(8))."""
        return self.kind == "bpf" and (self.direct or not self.actions)


@dataclasses.dataclass(frozen=True)
class XfrmPolicy(Record):
    """A policy of IPsec. direction: in, out or fwd; the networks of its selector; action: allow or block.

    unmet: what it wants packets to be encrypted by, where there is no state (security association) for that; None where
    there is one, or none is wanted, or the states were not read. wanted: what packets must have been encrypted by that
    come in; templates: how many it has, those too that are only used where they can be, None where that was not read.
    protocol, sport, dport, mark (value and mask) and interface (if_id) are of its selector, None where it has none;
    other: what else it asks for.
    """

    direction: str
    src: str
    dst: str
    action: str
    text: str
    unmet: str | None = None
    wanted: str | None = None
    templates: int | None = None
    priority: int = 0
    protocol: str | None = None
    sport: int | None = None
    dport: int | None = None
    mark: t.Sequence[int] | None = None
    interface: int | None = None
    other: str = ""


# -- routing -----------------------------------------------------------------------------------------------------
@dataclasses.dataclass(frozen=True)
class NextHop(Record):
    """One of several next hops of a route. weight: its share of the packets, among those of the others."""

    gateway: str | None
    dev: str | None
    weight: int
    flags: t.Sequence[str]

    def __str__(self) -> str:
        return " ".join(part for part in (f"via {self.gateway}" if self.gateway else "", f"dev {self.dev}") if part)


@dataclasses.dataclass(frozen=True)
class Route(Record):
    """A route. dst has always a prefix length; flags: linkdown, dead, onlink … as the kernel shows them.

    other: names of attributes that this record does not carry (encap …): such a route does more than it says here.
    nexthop_id: of the nexthop object that it names; from_: IPv6 routes for some sources only. program: the BPF program
    that sees what takes it, and where (in, out or xmit).
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
    flags: t.Sequence[str]
    nexthops: t.Sequence[NextHop]
    mtu: int | None
    other: t.Sequence[str]
    tos: str | None = None
    nexthop_id: int | None = None
    from_: str | None = None
    advmss: int | None = None
    hoplimit: int | None = None
    program: str | None = None

    @functools.cached_property
    def network(self) -> Network:
        """The destination as a network."""
        return ipaddress.ip_network(self.dst, strict=False)

    def __str__(self) -> str:
        parts = [
            self.type if self.type != "unicast" else "",
            self.dst,
            f"via {self.gateway}" if self.gateway else "",
            f"dev {self.dev}" if self.dev else "",
            *(f"nexthop {hop}" for hop in self.nexthops),
            f"table {self.table}" if self.table not in ("main", "") else "",
        ]
        return " ".join(part for part in parts if part)


@dataclasses.dataclass(frozen=True)
class PathMtu(Record):
    """The size in bytes that an ICMP error taught for a destination, an exception of the route that leads there.

    locked: it is the least that the kernel believes in (net.ipv4.route.min_pmtu), and forwarded packets meet it too;
    seconds_left: until it is forgotten; redirected: an ICMP redirect taught the gateway, and mtu is 0 where no size was
    learned.
    """

    family: int
    dst: str
    gateway: str | None
    dev: str | None
    mtu: int
    locked: bool
    seconds_left: int | None
    redirected: bool = False

    def __str__(self) -> str:
        left = "" if self.seconds_left is None else f", for {self.seconds_left} s more"
        if self.redirected and not self.mtu:
            return f"the next hop {self.gateway} that a redirect named for {self.dst}{left}"
        return f"the path MTU {self.mtu} that was learned for {self.dst}{left}"


@dataclasses.dataclass(frozen=True)
class NexthopObject(Record):
    """A nexthop object, or with group: several of them, by id and weight."""

    id: int
    gateway: str | None
    dev: str | None
    blackhole: bool
    group: t.Sequence[t.Sequence[int]]
    flags: t.Sequence[str]


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
    sport: t.Sequence[int] | None
    dport: t.Sequence[int] | None
    tos: str | None
    uid_range: t.Sequence[int] | None
    l3mdev: bool
    suppress_prefix_length: int | None
    other: t.Sequence[str]

    def __str__(self) -> str:
        mask = "" if self.fwmask is None else f"/{self.fwmask:#x}"
        mark = "" if self.fwmark is None else f"{self.fwmark:#x}{mask}"
        conditions = {
            "not": "" if not self.not_ else " ",
            "from": self.from_ or "all",
            "to": self.to,
            "iif": self.iif,
            "oif": self.oif,
            "fwmark": mark,
            "tos": self.tos,
            "ipproto": self.protocol,
            "sport": "-".join(map(str, self.sport or ())),
            "dport": "-".join(map(str, self.dport or ())),
            "uidrange": "-".join(map(str, self.uid_range or ())),
        }
        words = [f"{name} {value}".strip() for name, value in conditions.items() if value]
        does = f"lookup {self.table}" if self.action == "lookup" else f"{self.action} {self.goto or ''}".strip()
        if self.suppress_prefix_length is not None:
            does += f" suppress_prefixlength {self.suppress_prefix_length}"
        return " ".join([f"{self.priority}:", *words, does])


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

    def __str__(self) -> str:
        parts = (self.address, f"dev {self.dev}", f"lladdr {self.mac}" if self.mac else "", self.state)
        return " ".join(part for part in parts if part)


@dataclasses.dataclass(frozen=True)
class FdbEntry(Record):
    """An entry of a bridge's or VXLAN device's forwarding table (group addresses left out). dst: of the tunnel.

    nexthop_id: of the nexthop object that says where to, in place of dst.
    """

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
    flags: t.Sequence[str]
    nexthop_id: int | None = None

    def __str__(self) -> str:
        group = f" nhid {self.nexthop_id}" if self.nexthop_id is not None else ""
        return f"{self.mac} dev {self.dev}" + (f" dst {self.dst}" if self.dst else "") + group


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

    backlog: connections that wait to be accepted, of at most max_backlog. v6only: whether a socket of IPv6 takes no
    IPv4, None where the kernel was not asked; dev: the one device that it is bound to; mark: of what it sends
    (SO_MARK).
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
    v6only: bool | None = None
    dev: str | None = None
    mark: int = 0

    @property
    def loopback(self) -> bool:
        """Whether only the own host reaches it."""
        address = ipaddress.ip_address(self.local)
        mapped = getattr(address, "ipv4_mapped", None)
        return bool((mapped or address).is_loopback)

    def __str__(self) -> str:
        local = f"[{self.local}]" if ":" in self.local else self.local
        return f"{self.protocol} {local}:{self.port}" + (f" of {self.process}" if self.process else "")


@dataclasses.dataclass(frozen=True)
class Sockets(Record):
    """Sockets of a namespace; counts of all TCP sockets by state and of all UDP sockets as UDP."""

    sockets: list[Socket]
    counts: dict[str, int]


# -- connection tracking -----------------------------------------------------------------------------------------
@dataclasses.dataclass(frozen=True)
class ConntrackEntry(Record):
    """An entry of the connection tracking table: its first packet's addresses, and what an answer to it looks like.

    The two are one another's reverse, unless NAT was set up. Ports are None where the protocol has none; of an echo
    request both are its identifier. status: SEEN_REPLY, ASSURED, SNAT, DNAT …; state: of TCP; seconds_left: until it is
    forgotten, when no packet comes.
    """

    protocol: str
    src: str
    dst: str
    sport: int | None
    dport: int | None
    reply_src: str
    reply_dst: str
    reply_sport: int | None
    reply_dport: int | None
    status: t.Sequence[str]
    state: str | None
    seconds_left: int | None
    mark: int = 0
    zone: int = 0

    @property
    def key(self) -> tuple[t.Any, ...]:
        """What tells it from all others."""
        return self.protocol, self.src, self.sport, self.dst, self.dport, self.zone

    def __str__(self) -> str:
        there = f"{self.protocol} {_end(self.src, self.sport)} → {_end(self.dst, self.dport)}"
        seen = "" if "SEEN_REPLY" in self.status else " [UNREPLIED]"
        return f"{there}{seen}, answers from {_end(self.reply_src, self.reply_sport)}"


def _end(address: str, port: int | None) -> str:
    if port is None:
        return address
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


# -- namespaces --------------------------------------------------------------------------------------------------
@dataclasses.dataclass(frozen=True)
class ProcessUser(Record):
    """Whom a process runs as, and its cgroup of version 2 as /proc/PID/cgroup names it; None where there is none."""

    uid: int
    gid: int
    cgroup: str | None = None


@dataclasses.dataclass(frozen=True)
class PodEntry(Record):
    """Where a pod runs; error says why it has no pid. Every pod of the node is here, read in full or not.

    macs and addresses: of its devices, so that a frame can be told to be for it, or not, without reading it in full.
    users: whom its programs run as, the first program's first; of those that were read in full. name_sources: the words
    behind `hosts:` in the first program's nsswitch.conf(5), of the same; None where there is no such line.
    """

    id: str
    pid: int | None
    inode: int | None
    host_network: bool
    error: str | None
    macs: t.Sequence[str] = ()
    addresses: t.Sequence[str] = ()
    users: t.Sequence[ProcessUser] = ()
    name_sources: str | None = None


@dataclasses.dataclass(frozen=True)
class FileAccess(Record):
    """Who may read a file: its permission bits, and its owner and group by their numbers."""

    mode: int
    uid: int
    gid: int


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
    vlans: list[PortVlan] = dataclasses.field(default_factory=list)
    tc_filters: list[TcFilter] = dataclasses.field(default_factory=list)
    xfrm: list[XfrmPolicy] = dataclasses.field(default_factory=list)
    nexthops: list[NexthopObject] = dataclasses.field(default_factory=list)
    connections: list[ConntrackEntry] = dataclasses.field(default_factory=list)
    path_mtus: list[PathMtu] = dataclasses.field(default_factory=list)
    resolv_conf_access: FileAccess | None = None


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
