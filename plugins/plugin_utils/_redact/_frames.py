# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Frames without what applications sent, and with other addresses in place of the true ones.

A frame is walked through from its outermost header inwards, also into tunnels (VXLAN, Geneve, IP in IP) and into the
packets that ICMP errors quote. Where addresses are exchanged, checksums are moved by as much (RFC 1624): one that was
right stays right, one that was wrong stays wrong. What is not understood is cut off, for it could hold an address.
"""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._packets import VXLAN_PORTS
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._pcap import Frame
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._redact._mapping import Mapping

LINK_ETHERNET, LINK_RAW, LINK_SLL, LINK_SLL2 = 1, (12, 101, 228, 229), 113, 276
IPV4, IPV6, ARP = 0x0800, 0x86DD, 0x0806
_VLANS = (0x8100, 0x88A8, 0x9100)
_BRIDGED = 0x6558
_TCP, _UDP, _ICMP, _ICMPV6, _IPIP, _IPV6_IN, _SCTP = 6, 17, 1, 58, 4, 41, 132
_HOP, _ROUTING, _FRAGMENT, _DESTINATION = 0, 43, 44, 60
GENEVE_PORT = 6081
MAX_DEPTH = 6
# Bytes of a protocol that is not known, where addresses may stay.
UNKNOWN_KEPT = 16
_MPTCP = 30
# Where the options of neighbour discovery begin (RFC 4861), by type; and where addresses stand.
_ND_OPTIONS = {133: 8, 134: 16, 135: 24, 136: 24, 137: 40}
_ND_ADDRESSES = {135: (8,), 136: (8,), 137: (8, 24), 130: (8,), 131: (8,), 132: (8,)}


class _CutError(Exception):
    """The rest of the frame cannot be kept; the argument is where it begins."""

    def __init__(self, end: int) -> None:
        super().__init__(end)
        self.end = end


class Rewriter:
    """mapping: None where addresses stay. vxlan_ports: the UDP ports to which VXLAN packets go."""

    def __init__(self, mapping: Mapping | None = None, vxlan_ports: t.Iterable[int] = ()) -> None:
        self._mapping = mapping
        self._vxlan = frozenset(VXLAN_PORTS) | frozenset(vxlan_ports)
        self._data = bytearray()

    def frame(self, frame: Frame, link_type: int) -> Frame:
        """Its headers."""
        self._data = bytearray(frame.data)
        try:
            end = self._link(link_type)
        except _CutError as exc:
            end = exc.end
        except IndexError:
            end = 0  # a header that is shorter than it says
        return frame._replace(data=bytes(self._data[: max(0, end)]))

    # -- link layer --------------------------------------------------------------------------------------------
    def _link(self, link_type: int) -> int:
        if link_type == LINK_ETHERNET:
            return self._ethernet(0, 0)
        if link_type in LINK_RAW:
            return self._ip(0, 0)
        if link_type == LINK_SLL:
            self._need(0, 16)
            if self._word(4) == 6:
                self._mac(6)
            return self._network(self._word(14), 16, 0)
        if link_type == LINK_SLL2:
            self._need(0, 20)
            if self._data[11] == 6:
                self._mac(12)
            return self._network(self._word(0), 20, 0)
        raise _CutError(self._unknown(0))

    def _ethernet(self, at: int, depth: int) -> int:
        self._need(at, 14)
        self._mac(at)
        self._mac(at + 6)
        kind, at = self._word(at + 12), at + 14
        while kind in _VLANS:
            self._need(at, 4)
            kind, at = self._word(at + 2), at + 4
        return self._network(kind, at, depth)

    def _network(self, kind: int, at: int, depth: int) -> int:
        if kind == IPV4:
            return self._ipv4(at, depth)
        if kind == IPV6:
            return self._ipv6(at, depth)
        if kind == ARP:
            return self._arp(at)
        if kind == _BRIDGED:
            return self._ethernet(at, depth + 1)
        raise _CutError(self._unknown(at))

    def _arp(self, at: int) -> int:
        self._need(at, 28)
        if bytes(self._data[at : at + 6]) != b"\x00\x01\x08\x00\x06\x04":
            raise _CutError(self._unknown(at))
        self._mac(at + 8)
        self._address4(at + 14)
        self._mac(at + 18)
        self._address4(at + 24)
        return at + 28

    # -- IP ----------------------------------------------------------------------------------------------------
    def _ip(self, at: int, depth: int) -> int:
        self._need(at, 1)
        version = self._data[at] >> 4
        if version == 4:
            return self._ipv4(at, depth)
        if version == 6:
            return self._ipv6(at, depth)
        raise _CutError(self._unknown(at))

    def _ipv4(self, at: int, depth: int) -> int:
        self._need(at, 20)
        size = (self._data[at] & 15) * 4
        if size < 20 or self._data[at] >> 4 != 4 or depth > MAX_DEPTH:
            raise _CutError(at)
        moved = self._moved(at + 12, 8, lambda: self._addresses4(at + 12))
        self._checksum(at + 10, moved, 0)
        if self._mapping is not None and size > 20:
            raise _CutError(at + 20)  # options may list routers
        if self._word(at + 6) & 0x1FFF:
            return min(at + size, len(self._data))
        return self._transport(self._data[at + 9], at + size, moved, depth)

    def _ipv6(self, at: int, depth: int) -> int:
        self._need(at, 40)
        if self._data[at] >> 4 != 6 or depth > MAX_DEPTH:
            raise _CutError(at)
        moved = self._moved(at + 8, 32, lambda: self._addresses6(at + 8))
        kind, at = self._data[at + 6], at + 40
        for _header in range(8):
            if kind == _FRAGMENT:
                self._need(at, 8)
                first = not self._word(at + 2) & 0xFFF8
                kind, at = self._data[at], at + 8
                if not first:
                    return at
            elif kind in (_HOP, _DESTINATION) or (kind == _ROUTING and self._mapping is None):
                self._need(at, 8)
                kind, at = self._data[at], at + 8 + self._data[at + 1] * 8
            else:
                break
        return self._transport(kind, at, moved, depth)

    # -- transport ---------------------------------------------------------------------------------------------
    def _transport(self, kind: int, at: int, moved: int, depth: int) -> int:
        """moved: by how much the addresses have moved the sum of the pseudo-header."""
        if at >= len(self._data):
            return len(self._data)
        if kind == _TCP:
            return self._tcp(at, moved)
        if kind == _UDP:
            return self._udp(at, moved, depth)
        if kind == _ICMP:
            return self._icmp(at, depth)
        if kind == _ICMPV6:
            return self._icmpv6(at, moved, depth)
        if kind in (_IPIP, _IPV6_IN):
            return self._ip(at, depth + 1)
        if kind == _SCTP:
            return min(at + 12, len(self._data))
        raise _CutError(self._unknown(at))

    def _tcp(self, at: int, moved: int) -> int:
        if len(self._data) < at + 18:
            return len(self._data)  # quoted by an error, or cut by the snap length
        self._checksum(at + 16, moved, 0)
        end = min(at + max(20, (self._data[at + 12] >> 4) * 4), len(self._data))
        if self._mapping is not None and _MPTCP in self._tcp_options(at + 20, end):
            return at + 20  # it announces addresses
        return end

    def _tcp_options(self, at: int, end: int) -> t.Iterator[int]:
        while at < end:
            kind = self._data[at]
            yield kind
            if kind == 0:
                return
            at += 1 if kind == 1 else max(2, self._data[at + 1]) if at + 1 < end else 2

    def _udp(self, at: int, moved: int, depth: int) -> int:
        if len(self._data) < at + 8:
            return len(self._data)
        port, begin = self._word(at + 2), at + 8
        if port in self._vxlan:
            begin += 8
        elif port == GENEVE_PORT and len(self._data) > begin + 8:
            begin += 8 + (self._data[begin] & 0x3F) * 4
        end = begin
        if begin > at + 8 and len(self._data) > begin:
            inner = [0]

            def walk() -> None:
                inner[0] = self._kept(lambda: self._ethernet(begin, depth + 1))

            moved = _add(moved, self._moved(begin, len(self._data) - begin, walk))
            end = inner[0]
        if self._word(at + 6):  # 0: there is none
            self._checksum(at + 6, moved, 0xFFFF)
        return min(end, len(self._data))

    def _icmp(self, at: int, depth: int) -> int:
        if len(self._data) < at + 8:
            return len(self._data)
        kind, end = self._data[at], [at + 8]

        def walk() -> None:
            if kind == 5:
                self._address4(at + 4)
            if kind in (3, 4, 5, 11, 12):
                end[0] = self._kept(lambda: self._ipv4(at + 8, depth + 1))

        moved = self._moved(at + 4, len(self._data) - at - 4, walk)
        self._checksum(at + 2, moved, 0)
        return end[0]

    def _icmpv6(self, at: int, moved: int, depth: int) -> int:
        if len(self._data) < at + 8:
            return len(self._data)
        kind, end = self._data[at], [at + 8]

        def walk() -> None:
            if kind in (1, 2, 3, 4):
                end[0] = self._kept(lambda: self._ipv6(at + 8, depth + 1))
            for offset in _ND_ADDRESSES.get(kind, ()):
                if len(self._data) < at + offset + 16:
                    return
                self._address6(at + offset)
                end[0] = at + offset + 16
            if kind in _ND_OPTIONS:
                end[0] = self._nd_options(at + _ND_OPTIONS[kind])

        moved = _add(moved, self._moved(at + 4, len(self._data) - at - 4, walk))
        self._checksum(at + 2, moved, 0)
        return min(end[0], len(self._data))

    def _nd_options(self, at: int) -> int:
        """The options that are understood: link-layer addresses, prefixes, MTU."""
        while at + 8 <= len(self._data):
            kind, size = self._data[at], self._data[at + 1] * 8
            if size == 0 or at + size > len(self._data):
                break
            if kind in (1, 2) and size == 8:
                self._mac(at + 2)
            elif kind == 3 and size == 32:
                self._address6(at + 16)
            elif kind != 5:
                break
            at += size
        return at

    # -- helpers -----------------------------------------------------------------------------------------------
    def _kept(self, walk: t.Callable[[], int]) -> int:
        """Where what an inner packet keeps ends; the outer headers are kept whatever it is."""
        try:
            return walk()
        except _CutError as exc:
            return exc.end

    def _need(self, at: int, size: int) -> None:
        if len(self._data) < at + size:
            # A part of a header could be a part of an address.
            raise _CutError(at if self._mapping is not None else len(self._data))

    def _unknown(self, at: int) -> int:
        return at if self._mapping is not None else at + UNKNOWN_KEPT

    def _word(self, at: int) -> int:
        return self._data[at] << 8 | self._data[at + 1]

    def _mac(self, at: int) -> None:
        if self._mapping is not None:
            self._data[at : at + 6] = self._mapping.mac(bytes(self._data[at : at + 6]))

    def _address4(self, at: int) -> None:
        if self._mapping is not None:
            self._data[at : at + 4] = self._mapping.ipv4(bytes(self._data[at : at + 4]))

    def _addresses4(self, at: int) -> None:
        """From whom, to whom."""
        self._address4(at)
        self._address4(at + 4)

    def _addresses6(self, at: int) -> None:
        self._address6(at)
        self._address6(at + 16)

    def _address6(self, at: int) -> None:
        if self._mapping is not None:
            self._data[at : at + 16] = self._mapping.ipv6(bytes(self._data[at : at + 16]))

    def _moved(self, at: int, size: int, change: t.Callable[[], None]) -> int:
        """By how much a change moves the one's complement sum of these bytes, whose place is even."""
        if self._mapping is None:
            change()
            return 0
        before = _sum(self._data[at : at + size])
        change()
        return _add(_sum(self._data[at : at + size]), before ^ 0xFFFF)

    def _checksum(self, at: int, moved: int, zero: int) -> None:
        """RFC 1624, equation 3. zero: how the protocol writes a sum of zero."""
        if self._mapping is None or len(self._data) < at + 2:
            return
        value = _add(self._word(at) ^ 0xFFFF, moved) ^ 0xFFFF
        value = zero if value in (0, 0xFFFF) else value
        self._data[at : at + 2] = value.to_bytes(2, "big")


def _sum(data: bytes | bytearray) -> int:
    total = sum(data[0::2]) << 8
    return _folded(total + sum(data[1::2]))


def _add(one: int, two: int) -> int:
    return _folded(one + two)


def _folded(total: int) -> int:
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total
