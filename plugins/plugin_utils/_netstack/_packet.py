# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""One packet, as the kernel sees it at one moment. It never changes: use dataclasses.replace()."""

from __future__ import annotations

import dataclasses
import enum

# An IP packet of a small probe (bytes); no decision but the MTU's depends on it.
SMALL = 60

# The protocol of a packet that asks for a hardware address, or answers such a question.
ARP = "arp"
# The flag of a packet of ARP that asks: a broadcast.
ASKING = "asking"

# Of a packet whose sender says nothing else (IPDEFTTL).
LIFETIME = 64


class Family(enum.IntEnum):
    """Address families by their IP version."""

    IPV4 = 4
    IPV6 = 6


@dataclasses.dataclass(frozen=True)
class Flow:
    """The addresses of one direction of a connection. Ports are None where the protocol has none; for ICMP echo both
    are the identifier, as conntrack keeps it.
    """

    protocol: str
    src: str
    dst: str
    sport: int | None
    dport: int | None

    def reversed(self) -> Flow:
        """The flow of the answers."""
        return Flow(self.protocol, self.dst, self.src, self.dport, self.sport)


class CtState(enum.Enum):
    """Conntrack's opinion of a packet, named as -m conntrack --ctstate names it."""

    NEW = "NEW"
    ESTABLISHED = "ESTABLISHED"
    RELATED = "RELATED"
    INVALID = "INVALID"
    UNTRACKED = "UNTRACKED"


@dataclasses.dataclass(frozen=True)
class Zones:
    """Conntrack's zone of each direction; they differ where CT --zone-orig or --zone-reply is used."""

    original: int = 0
    reply: int = 0


@dataclasses.dataclass(frozen=True)
class Ct:
    """What conntrack of the namespace that the packet is in has attached to it.

    original is the flow as it first came, reply what answers to it look like here: both differ from one another's
    reverse by the NAT that was set up. status: DNAT and SNAT (an address was changed), SEEN_REPLY, ASSURED, CONFIRMED
    (it is in the table), DNAT_DONE and SNAT_DONE (the nat chains were asked). mark is None where it is not known.
    """

    state: CtState
    original: Flow
    reply: Flow
    is_reply: bool = False
    status: frozenset[str] = frozenset()
    mark: int | None = 0
    zone: int = 0
    zones: Zones = dataclasses.field(default_factory=Zones)


@dataclasses.dataclass(frozen=True)
class Packet:
    """A packet. protocol: tcp, udp, icmp, icmpv6, sctp or a number as text. size: bytes of the IP packet.

    sport and dport are None where they are not known or there are none; flags: of syn, ack, rst, fin, psh, urg, ece,
    cwr. ct is None before conntrack of this namespace saw it, and again once it has left the namespace.
    mark is None where it is not known. inner: the packet in a tunnel's packet, or the one that an ICMP error is about;
    vni: its VXLAN network; group: the group policy that its VXLAN header has, 0 for none; keys: of a packet of
    WireGuard, the public keys of its sender and of whom it is for. src is empty until the route lends an address.
    src_mac and dst_mac are of the Ethernet frame it came in, None on the way through a namespace or where not known;
    vlan: the tag of that frame. uid, gid, cgroup: of the socket that sent it, where known; owned: whether a socket of a
    program did, and not the kernel by itself. other_host: a rule marked its frame as one for another machine; to_all:
    its frame was for a group of machines; damaged: a rule wrote into its header's checksum; torn: one wrote that it is
    a fragment, and there are no others. mss: the segment size that a SYN announces, None where not known. carried:
    bytes of its connection so far in its direction, itself included, None where not known. piece: it stands for the
    fragments that it is sent in.
    """

    family: int
    src: str
    dst: str
    protocol: str
    sport: int | None = None
    dport: int | None = None
    size: int = SMALL
    df: bool = False
    ttl: int = LIFETIME
    tos: int = 0
    mark: int | None = 0
    flags: frozenset[str] = frozenset()
    icmp_type: int | None = None
    icmp_code: int | None = None
    ct: Ct | None = None
    src_mac: str | None = None
    dst_mac: str | None = None
    inner: Packet | None = None
    vni: int | None = None
    group: int = 0
    uid: int | None = None
    gid: int | None = None
    cgroup: str | None = None
    owned: bool = True
    other_host: bool = False
    damaged: bool = False
    torn: bool = False
    to_all: bool = False
    mss: int | None = None
    carried: int | None = None
    piece: bool = False
    vlan: int | None = None
    keys: tuple[str | None, str] | None = None

    @property
    def flow(self) -> Flow:
        """Its addresses and ports as they are now."""
        return Flow(self.protocol, self.src, self.dst, self.sport, self.dport)

    @property
    def average(self) -> int | None:
        """Bytes of a packet of its connection of TCP on average, in its direction and itself included: of a handshake,
        and the first data behind it; None where that is not known."""
        if self.protocol != "tcp" or self.carried is None or self.ct is None:
            return None
        handshake = 1 if self.ct.is_reply or "syn" in self.flags else 2
        return self.carried // (handshake + ("psh" in self.flags))

    @property
    def carries_data(self) -> bool:
        """Whether there is anything behind its headers: not in those that only begin or confirm a connection."""
        return self.protocol != "tcp" or "psh" in self.flags

    @property
    def tunnelled(self) -> bool:
        """Whether it carries another packet through a tunnel that marks its own ones: VXLAN or WireGuard."""
        return self.vni is not None or self.keys is not None

    def __str__(self) -> str:
        def end(address: str, port: int | None) -> str:
            if port is None:
                return address
            return f"[{address}]:{port}" if self.family == Family.IPV6 else f"{address}:{port}"

        flags = f" {'+'.join(sorted(self.flags))}" if self.flags else ""
        inner = f" ({self.inner})" if self.inner else ""
        return f"{self.protocol}{flags} {end(self.src, self.sport)} → {end(self.dst, self.dport)}{inner}"
