# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What became of a packet: a Trace of hops, each with the steps that were decided there, and one disposition."""

from __future__ import annotations

import dataclasses
import enum
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet


class Disposition(enum.Enum):
    """How a packet's way ends. A closed set."""

    DELIVERED = "delivered"  # to a socket, or to an echo responder
    ANSWERED = "answered"  # by the kernel in place of a socket: a TCP reset
    DROPPED = "dropped"
    REJECTED = "rejected"
    NO_ROUTE = "no_route"
    NO_NEIGHBOUR = "no_neighbour"
    NO_LISTENER = "no_listener"
    TOO_BIG = "too_big"
    TTL_EXCEEDED = "ttl_exceeded"
    NOT_FOR_US = "not_for_us"  # a frame or tunnel packet that nobody takes in
    LEFT_THE_CLUSTER = "left_the_cluster"
    UNKNOWN = "unknown"


class Stage(enum.Enum):
    """The part of the kernel that made a decision."""

    DEVICE = "device"
    BRIDGE = "bridge"
    TUNNEL = "tunnel"
    NEIGHBOUR = "neighbour"
    INGRESS = "ingress"
    RAW = "raw"
    CONNTRACK = "conntrack"
    MANGLE = "mangle"
    NAT = "nat"
    FILTER = "filter"
    SECURITY = "security"
    IPVS = "ipvs"
    ROUTING = "routing"
    RP_FILTER = "rp_filter"
    FORWARDING = "forwarding"
    MTU = "mtu"
    SOCKET = "socket"
    WIRE = "wire"
    EGRESS = "egress"


class Reason(enum.Enum):
    """Why a packet ended where it did. Findings decide by this and by Step.decided, never by a text."""

    NONE = "none"
    RULE = "rule"  # a rule of a packet filter; decided: its Rule
    POLICY = "policy"  # a base chain's policy; decided: its Chain
    CT_INVALID = "ct_invalid"
    FORWARDING_OFF = "forwarding_off"
    RP_FILTER = "rp_filter"
    MARTIAN = "martian"  # e.g. a loopback address on the wire
    NO_ROUTE = "no_route"
    BLACKHOLE = "blackhole"
    UNREACHABLE = "unreachable"
    PROHIBIT = "prohibit"
    THROW = "throw"
    NOT_LOCAL = "not_local"  # not ours, and we are the end of the wire
    LINK_DOWN = "link_down"
    LINK_MISSING = "link_missing"
    NO_CARRIER = "no_carrier"
    NEIGHBOUR_FAILED = "neighbour_failed"
    NEIGHBOUR_WRONG = "neighbour_wrong"  # resolved to a MAC address that the right owner does not have
    TAKEN_OVER = "taken_over"  # a device that stands on another one takes its frames; decided: its Link
    PORT_DETACHED = "port_detached"
    PORT_BLOCKED = "port_blocked"  # STP state, isolation, VLAN filtering, locked
    FDB_MISSING = "fdb_missing"
    FDB_WRONG = "fdb_wrong"
    HAIRPIN_OFF = "hairpin_off"
    TUNNEL_VNI = "tunnel_vni"
    TUNNEL_GROUP = "tunnel_group"  # a group policy in the header, which the other end does not know
    TUNNEL_PORT = "tunnel_port"
    TUNNEL_SOURCE = "tunnel_source"  # a point-to-point tunnel that takes packets of its remote only
    TUNNEL_MAC = "tunnel_mac"  # inner frame addressed to a MAC that the far tunnel device does not have
    NO_TUNNEL = "no_tunnel"  # nothing at the far end opens it
    WIREGUARD_PEER = "wireguard_peer"  # no peer is allowed the destination; decided: the device's Link, as of all five
    WIREGUARD_ENDPOINT = "wireguard_endpoint"  # the peer's own address is not known
    WIREGUARD_PORT = "wireguard_port"  # the far end's device takes another UDP port
    WIREGUARD_KEY = "wireguard_key"  # one end does not know the public key of the other
    WIREGUARD_SOURCE = "wireguard_source"  # the far end does not take that source from this peer
    MTU = "mtu"
    TTL = "ttl"
    CHECKSUM = "checksum"  # that of the IP header is wrong
    TORN = "torn"  # a fragment whose other ones never come
    NO_SOCKET = "no_socket"
    SOCKET_ELSEWHERE = "socket_elsewhere"  # something listens there, but on another address or family
    BACKLOG_FULL = "backlog_full"
    XFRM_BLOCK = "xfrm_block"  # an IPsec policy with action block; decided: its XfrmPolicy
    ECHO_IGNORED = "echo_ignored"
    ADDRESS_NOWHERE = "address_nowhere"  # no namespace that was read has the address
    DUPLICATE = "duplicate"  # more than one has it
    LOOP = "loop"
    BOUND = "bound"  # the simulation's own limit
    NOT_READ = "not_read"
    OPAQUE = "opaque"  # eBPF, OVS and the like
    EXTERNAL = "external"  # beyond what is managed


@dataclasses.dataclass(frozen=True)
class Place:
    """A spot: a node (or host), one of its network namespaces ("host" or "pod:NAMESPACE/NAME"), a device."""

    node: str
    netns: str
    device: str | None = None

    def __str__(self) -> str:
        inside = "" if self.netns == "host" else f" in {self.netns}"
        return f"{self.device + ' of ' if self.device else ''}{self.node}{inside}"


@dataclasses.dataclass(frozen=True)
class Step:
    """One decision.

    looked_at: what was asked ("chain ip filter FORWARD", "routing table main"). decided: the record that decided, a
    Rule, Chain, Route, Neighbour, FdbEntry, Link or Socket, None where nothing was found. fatal: it ended the packet.
    text: for people. ref: where it stands in the bundle. led: the policy rule that led to the table of a route.
    """

    stage: Stage
    place: Place
    looked_at: str
    decided: t.Any
    text: str
    reason: Reason = Reason.NONE
    fatal: bool = False
    ref: str = ""
    led: t.Any = None


@dataclasses.dataclass(frozen=True)
class Hop:
    """A packet's way through one network namespace. iif is None where it was sent, oif where it was taken in.

    devices: all that it passed there, in order: a veth and the bridge whose port it is, say.
    """

    node: str
    netns: str
    iif: str | None
    oif: str | None
    before: Packet
    after: Packet
    steps: tuple[Step, ...]
    devices: tuple[str, ...] = ()


class Doubt(enum.Enum):
    """Why something could not be known."""

    UNKNOWN = "unknown"  # a condition that is not understood, or whose data was not collected
    FABRIC = "fabric"  # the network between machines, which is not read and taken to work
    OWNER = "owner"  # who sent it: the group or cgroup of a socket
    CONTENT = "content"  # what is in it: the bytes behind the headers
    PROGRAM = "program"  # how a program is written: which address it answers from
    RATE = "rate"  # how many such packets came lately: limit, hashlimit, connlimit, quota, recent


@dataclasses.dataclass(frozen=True)
class Assumption:
    """Something that could not be known and was taken for true or false in this branch."""

    place: Place
    text: str
    taken: bool
    decided: t.Any = None
    doubt: Doubt = Doubt.UNKNOWN


@dataclasses.dataclass(frozen=True)
class Trace:
    """One way that a packet can take, to its end.

    share: the probability of this branch where the kernel throws dice, 1.0 without; assumptions: what this branch takes
    for granted, empty for a certain one. last: the step that ended it (the delivery, too).
    """

    hops: tuple[Hop, ...]
    disposition: Disposition
    reason: Reason
    place: Place
    last: Step | None
    share: float = 1.0
    assumptions: tuple[Assumption, ...] = ()

    @property
    def certain(self) -> bool:
        """Whether it takes nothing for granted."""
        return not self.assumptions

    @property
    def delivered(self) -> bool:
        """Whether something at the end got the packet."""
        return self.disposition is Disposition.DELIVERED

    @property
    def packet(self) -> Packet | None:
        """The packet as it ended."""
        return self.hops[-1].after if self.hops else None

    def steps(self) -> t.Iterator[Step]:
        """All steps in order."""
        for hop in self.hops:
            yield from hop.steps
