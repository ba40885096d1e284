# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Packets that a kernel makes in answer to one: ICMP errors, echo replies, resets.

Sources: RFC 792, RFC 4443, RFC 9293 section 3.5, icmp_send() and nf_send_reset() of the kernel.
"""

from __future__ import annotations

import dataclasses

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import (
    SMALL,
    Ct,
    CtState,
    Family,
    Packet,
)

# An ICMP error carries the head of what it is about, and is at most so large (RFC 1812, RFC 4443).
LARGEST_ERROR = {4: 576, 6: 1280}
HEADERS = {4: 28, 6: 48}
# iptables' names of rejects, without icmp- and icmp6-: type and code of IPv4 and of IPv6.
_KINDS: dict[str, tuple[tuple[int, int], tuple[int, int]]] = {
    "net-unreachable": ((3, 0), (1, 0)),
    "no-route": ((3, 0), (1, 0)),
    "host-unreachable": ((3, 1), (1, 3)),
    "addr-unreachable": ((3, 1), (1, 3)),
    "proto-unreachable": ((3, 2), (1, 4)),
    "port-unreachable": ((3, 3), (1, 4)),
    "net-prohibited": ((3, 9), (1, 1)),
    "host-prohibited": ((3, 10), (1, 1)),
    "admin-prohibited": ((3, 13), (1, 1)),
    "adm-prohibited": ((3, 13), (1, 1)),
    "policy-fail": ((3, 13), (1, 5)),
    "reject-route": ((3, 13), (1, 6)),
    "too-big": ((3, 4), (2, 0)),
    "time-exceeded": ((11, 0), (3, 0)),
}
_ERRORS = {"icmp": frozenset((3, 4, 5, 11, 12)), "icmpv6": frozenset(range(1, 128))}
ECHO = {"icmp": (8, 0), "icmpv6": (128, 129)}


def is_error(packet: Packet) -> bool:
    """Whether it is an ICMP error, which is never answered by another."""
    return packet.icmp_type is not None and packet.icmp_type in _ERRORS.get(packet.protocol, ())


def icmp_error(packet: Packet, kind: str, source: str = "") -> tuple[Packet, ...]:
    """The ICMP error about a packet; none about another error. kind: as above, with or without icmp- before it."""
    kinds = _KINDS.get(kind.removeprefix("icmpx-").removeprefix("icmp6-").removeprefix("icmp-"))
    if kinds is None or is_error(packet):
        return ()
    family = packet.family
    number, code = kinds[0] if family == Family.IPV4 else kinds[1]
    size = min(packet.size + HEADERS[family], LARGEST_ERROR[family])
    about = dataclasses.replace(packet, inner=None)
    return (
        Packet(
            family,
            source,
            packet.src,
            "icmp" if family == Family.IPV4 else "icmpv6",
            size=size,
            icmp_type=number,
            icmp_code=code,
            ct=_attached(packet.ct),
            inner=about,
            uid=0,
            owned=False,
        ),
    )


def reset(packet: Packet) -> tuple[Packet, ...]:
    """The TCP reset that answers a segment; none answers another reset."""
    if packet.protocol != "tcp" or "rst" in packet.flags:
        return ()
    answer = backwards(packet, frozenset(("rst", "ack")))
    ct = _attached(packet.ct) or packet.ct
    size = SMALL - 20 if packet.family == Family.IPV4 else SMALL
    return (dataclasses.replace(answer, ct=ct, size=size, uid=0, owned=False),)


def _attached(ct: Ct | None) -> Ct | None:
    """nf_conntrack_attach(), of resets and ICMP errors: they belong to the connection of the packet that they answer,
    even where that is not in the table yet."""
    if ct is None or ct.state in (CtState.INVALID, CtState.UNTRACKED):
        return None
    return dataclasses.replace(ct, state=CtState.RELATED, is_reply=not ct.is_reply)


def backwards(packet: Packet, flags: frozenset[str] = frozenset(), size: int = SMALL) -> Packet:
    """A packet of the same connection, the other way."""
    return Packet(
        packet.family, packet.dst, packet.src, packet.protocol, packet.dport, packet.sport, size=size, flags=flags
    )


def rejected(packet: Packet, how: str | None) -> tuple[Packet, ...]:
    """What REJECT sends. how: tcp-reset, icmp-port-unreachable …, None for the default."""
    if how in ("tcp-reset", "tcp reset"):
        return reset(packet)
    return icmp_error(packet, how or "port-unreachable")
