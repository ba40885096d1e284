# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""A quick look at the headers of a frame: whether it may be a probe's packet, before it is taken apart.

On a busy node nearly all captured packets are somebody else's. Taking one apart costs ten times the look. What is not
of the plain kind (Ethernet, IPv4 or IPv6 without options, fragments or extensions) is never turned away here.
"""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._packets import VXLAN_PORTS
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._probes import TOKEN_KINDS, Probe

_ETHERNET, _VXLAN = 14, 8
_IPV4, _IPV6 = b"\x08\x00", b"\x86\xdd"
_SYN, _RST, _ACK = 0x02, 0x04, 0x10
_DNS = b"\x00\x35"


def _port(number: int) -> bytes:
    return number.to_bytes(2, "big")


class Interest:
    """What probes' packets look like, on any device of their way.

    A connection is followed through a translation of its port by the sequence number of its SYN, so the SYNs of all
    captures have to be shown first, with learn().
    """

    def __init__(self, probes: t.Iterable[Probe], vxlan_ports: t.Iterable[int] = VXLAN_PORTS) -> None:
        everyone = list(probes)
        self._tokens = [probe.token for probe in everyone if probe.token]
        self._all_echoes = any(probe.kind in TOKEN_KINDS and not probe.token for probe in everyone)
        self._own = {_port(port) for probe in everyone for port in probe.source_ports}
        self._servers = {
            ipaddress.ip_address(address).packed + _port(port) for probe in everyone for address, port in probe.servers
        }
        self._vxlan = {_port(port) for port in vxlan_ports}
        self._openings: set[int] = set()
        self._ports = set(self._own)

    def learn(self, data: bytes) -> None:
        """Note the sequence number of a SYN that a probe sent."""
        at = self._tcp(data)
        if at is None:
            return
        if data[at + 13] & (_SYN | _ACK | _RST) == _SYN and data[at : at + 2] in self._own:
            self._openings.add(int.from_bytes(data[at + 4 : at + 8], "big"))

    def _tcp(self, data: bytes) -> int | None:
        """Where the TCP header of a plain frame begins, also in a VXLAN packet; None without one."""
        begin = 0
        while True:
            kind = data[begin + 12 : begin + 14]
            ip = begin + _ETHERNET
            if kind == _IPV4 and data[ip : ip + 1] == b"\x45":
                protocol, at = data[ip + 9 : ip + 10], ip + 20
            elif kind == _IPV6:
                protocol, at = data[ip + 6 : ip + 7], ip + 40
            else:
                return None
            if protocol == b"\x06":
                return at if len(data) >= at + 14 else None
            if protocol != b"\x11" or data[at + 2 : at + 4] not in self._vxlan or begin > 300:
                return None
            begin = at + 8 + _VXLAN

    def wanted(self, data: bytes, begin: int = 0) -> bool:
        """Whether an Ethernet frame may be a probe's packet, an answer to one, or an error about one."""
        kind = data[begin + 12 : begin + 14]
        ip = begin + _ETHERNET
        if kind == _IPV4:
            if len(data) < ip + 28 or data[ip] != 0x45 or data[ip + 6] & 0x3F or data[ip + 7]:
                return True
            protocol, at, src, dst = data[ip + 9], ip + 20, data[ip + 12 : ip + 16], data[ip + 16 : ip + 20]
        elif kind == _IPV6:
            if len(data) < ip + 48:
                return True
            protocol, at, src, dst = data[ip + 6], ip + 40, data[ip + 8 : ip + 24], data[ip + 24 : ip + 40]
        else:
            # What is neither may be tagged; ARP and the like are nobody's packets, and cost little.
            return True
        if protocol == 6:
            return self._segment(data, at, dst)
        if protocol == 17:
            to = data[at + 2 : at + 4]
            if to in self._vxlan:
                inner = at + 8 + _VXLAN
                return len(data) < inner + _ETHERNET or self.wanted(data, inner)
            from_ = data[at : at + 2]
            if to == _DNS or from_ == _DNS or src + from_ in self._servers or dst + to in self._servers:
                return True
            return to in self._ports or from_ in self._ports or self._has_token(data, at)
        if protocol in (1, 58):
            echo = data[at] in ((0, 8) if protocol == 1 else (128, 129))
            return not echo or self._all_echoes or self._has_token(data, at)
        # An extension header of IPv6 may hide any of these.
        return kind == _IPV6 and protocol in (0, 43, 44, 51, 60, 135)

    def _segment(self, data: bytes, at: int, dst: bytes) -> bool:
        if len(data) < at + 14:
            return True
        flags, from_, to = data[at + 13], data[at : at + 2], data[at + 2 : at + 4]
        if from_ in self._ports or to in self._ports:
            return True
        if flags & _SYN and not flags & _ACK:
            if int.from_bytes(data[at + 4 : at + 8], "big") in self._openings:
                # Its port was translated: what follows has the new one.
                self._ports.add(from_)
                return True
            # Whether a probe's own could be among those of a server is a question of its own.
            return dst + to in self._servers
        if flags & (_SYN | _RST):
            return (int.from_bytes(data[at + 8 : at + 12], "big") - 1) & 0xFFFFFFFF in self._openings
        return False

    def _has_token(self, data: bytes, at: int) -> bool:
        return any(data.find(token, at) >= 0 for token in self._tokens)
