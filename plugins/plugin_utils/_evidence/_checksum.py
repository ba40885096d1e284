# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The Internet checksum of captured packets (RFC 1071): valid, invalid, or left to the device.

A capture on the sending host sees packets before the device has finished them. Where it computes checksums (offload),
the kernel leaves the sum of the pseudo-header in the field (CHECKSUM_PARTIAL in include/linux/skbuff.h): that is no
error there, nor between virtual devices, which never finish it.
"""

from __future__ import annotations

import struct
import typing as t

VALID, INVALID, PARTIAL, NONE = "valid", "invalid", "partial", "none"
_WORST = (INVALID, PARTIAL, VALID, NONE)
_ICMP, _TCP, _UDP, _ICMPV6 = 1, 6, 17, 58
# Where the checksum is in the header, and how long that is at least.
_FIELD: t.Mapping[int, tuple[int, int]] = {_ICMP: (2, 4), _TCP: (16, 20), _UDP: (6, 8), _ICMPV6: (2, 4)}
_ONES = 0xFFFF


def header(data: bytes) -> str:
    """Of an IPv4 header, which is all there. Devices that compute it leave it empty before."""
    if data[10:12] == b"\0\0":
        return PARTIAL
    return VALID if _sum(data) == 0 else INVALID


def transport(protocol: int, addresses: bytes, segment: bytes, length: int) -> str | None:
    """Of a TCP, UDP, ICMP or ICMPv6 packet; None where that cannot be told.

    addresses: both, as they are in the IP header. segment: what was captured behind it, of length bytes on the wire.
    """
    field = _FIELD.get(protocol)
    if field is None or len(segment) < field[1] or length < field[1]:
        return None
    told = segment[field[0] : field[0] + 2]
    if protocol == _UDP and told == b"\0\0":
        return NONE
    pseudo = 0 if protocol == _ICMP else _sum(addresses + struct.pack("!IHH", length, 0, protocol))
    whole = len(segment) >= length
    if whole and (pseudo + _sum(segment[:length])) % _ONES == 0:
        return VALID
    if protocol in (_TCP, _UDP) and int.from_bytes(told, "big") % _ONES == pseudo:
        return PARTIAL
    return INVALID if whole else None


def worst(found: t.Iterable[str | None]) -> str | None:
    """Of several headers or packets, the one that says most; None where nothing is known."""
    known = set(found)
    return next((one for one in _WORST if one in known), None)


def _sum(data: bytes) -> int:
    """The sum of all 16-bit words in one's complement: what the number leaves when divided by 65535."""
    return int.from_bytes(data + b"\0" if len(data) % 2 else data, "big") % _ONES
