# SPDX-License-Identifier: GPL-3.0-or-later
"""Random packets, and the pools of addresses, ports and marks that rules take theirs from."""

from __future__ import annotations

import dataclasses
import random
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet

from .frames import size_of

PORTS = (80, 443, 8080, 53, 5000, 30080)


class Pool:
    """Addresses of one family."""

    def __init__(self, family: int) -> None:
        self.family = family
        if family == 4:
            self.hosts = {
                name: [f"10.{n}.0.{host}" for host in (10, 11, 12)] for n, name in ((1, "ra"), (2, "rb"), (3, "rc"))
            }
            self.own = ["10.1.0.1", "10.2.0.1", "10.3.0.1"]
            self.virtual = ["10.96.0.10", "10.96.0.20"]
            self.prefixes = ["10.1.0.0/16", "10.2.0.0/16", "10.0.0.0/8", "10.2.0.8/29", "10.96.0.0/12"]
            self.networks = ["10.2.7.0/24", "10.3.7.0/24"]
        else:
            self.hosts = {
                name: [f"fd00:{n}::{host}" for host in (10, 11, 12)] for n, name in ((1, "ra"), (2, "rb"), (3, "rc"))
            }
            self.own = ["fd00:1::1", "fd00:2::1", "fd00:3::1"]
            self.virtual = ["fd00:96::10", "fd00:96::20"]
            self.prefixes = ["fd00:1::/64", "fd00:2::/64", "fd00::/16", "fd00:2::/124", "fd00:96::/64"]
            self.networks = ["fd00:2::7:0/112", "fd00:3::7:0/112"]

    def address(self, dice: random.Random) -> str:
        """Somebody's address."""
        return dice.choice([*self.hosts["ra"], *self.hosts["rb"], *self.hosts["rb"], *self.hosts["rc"]])

    def any_address(self, dice: random.Random) -> str:
        """An address, of a Service or of the router, too."""
        return dice.choice([self.address(dice), self.address(dice), dice.choice(self.virtual), dice.choice(self.own)])

    def prefix(self, dice: random.Random) -> str:
        """An address or a network."""
        return dice.choice([*self.prefixes, self.any_address(dice), self.any_address(dice)])

    def network(self, dice: random.Random) -> str:
        """A network to map to."""
        return dice.choice(self.networks)

    def span(self, dice: random.Random) -> str:
        """A range of addresses."""
        hosts = self.hosts[dice.choice(("ra", "rb"))]
        return f"{hosts[0]}-{dice.choice(hosts[1:])}"

    def port(self, dice: random.Random) -> int:
        """A port that packets have."""
        return dice.choice(PORTS)

    def mark(self, dice: random.Random) -> str:
        """A mark, perhaps with a mask."""
        return dice.choice(("0x1", "0x10", "0x4000/0x4000", "0x0/0xf", "0x11/0xff", "0x0"))


def packet(dice: random.Random, pool: Pool, number: int) -> tuple[str, Packet]:
    """A packet, and the wire that it comes by. Its source port is its own, so that connections do not meet."""
    wire = dice.choice(("ra", "ra", "ra", "rb"))
    source = dice.choice(pool.hosts[wire])
    destination = dice.choice(
        [*pool.hosts["rb" if wire == "ra" else "ra"], *pool.hosts["rc"], *pool.virtual, *pool.own[:2]]
    )
    protocol = dice.choice(("tcp", "tcp", "tcp", "udp", "udp", "icmp" if pool.family == 4 else "icmpv6"))
    ident = 20000 + number % 40000
    fields: dict[str, t.Any] = {"sport": ident, "dport": dice.choice(PORTS)}
    if protocol == "tcp":
        fields["flags"] = frozenset(dice.choice((("syn",), ("syn",), ("syn",), ("syn", "ack"), ("ack",), ("rst",))))
    if protocol in ("icmp", "icmpv6"):
        kind = dice.choice((8, 8, 8, 0)) if pool.family == 4 else dice.choice((128, 128, 129))
        fields = {"sport": ident, "dport": ident, "icmp_type": kind, "icmp_code": 0}
    made = Packet(
        pool.family,
        source,
        destination,
        protocol,
        tos=dice.choice((0, 0, 0x10, 0x08)),
        ttl=dice.choice((64, 64, 63, 2)),
        df=pool.family == 4 and dice.random() < 0.5,
        **fields,
    )
    return wire, dataclasses.replace(made, size=size_of(made))


def answer(packet: Packet) -> Packet | None:
    """What the other end would say to a packet; None where it would say nothing."""
    flipped = dataclasses.replace(
        packet, src=packet.dst, dst=packet.src, sport=packet.dport, dport=packet.sport, ttl=64, tos=0, mark=0, ct=None
    )
    if packet.protocol == "tcp":
        flags = {frozenset(("syn",)): ("syn", "ack"), frozenset(("ack",)): ("ack",)}.get(packet.flags)
        return None if flags is None else dataclasses.replace(flipped, flags=frozenset(flags))
    if packet.protocol == "icmp":
        return dataclasses.replace(flipped, icmp_type=0) if packet.icmp_type == 8 else None
    if packet.protocol == "icmpv6":
        return dataclasses.replace(flipped, icmp_type=129) if packet.icmp_type == 128 else None
    return flipped
