# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Take packets apart: Ethernet, VLAN, Linux cooked and raw IP; IPv4, IPv6; ICMP, ICMPv6, TCP, UDP; and VXLAN.

Of a tunnelled packet the inner one is what counts, and the outer header is noted beside it. Captures are cut at
their snap length, so everything may end early; what is not there is not guessed.
"""

from __future__ import annotations

import dataclasses
import socket
import struct
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence import _checksum
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._pcap import Frame

# https://www.tcpdump.org/linktypes.html
LINK_NULL, LINK_ETHERNET, LINK_RAW, LINK_SLL, LINK_IPV4, LINK_IPV6, LINK_SLL2 = 0, 1, 101, 113, 228, 229, 276
ETHER_IPV4, ETHER_IPV6 = 0x0800, 0x86DD
ETHER_VLAN = frozenset((0x8100, 0x88A8, 0x9100))
ICMP, TCP, UDP, ICMPV6 = 1, 6, 17, 58
# IPv6 extension headers that tell the next one and their own length in 8-byte units (RFC 8200)
_EXTENSIONS = frozenset((0, 43, 60, 135))
_FRAGMENT, _AUTHENTICATION = 44, 51
_ROUTING = 43
_MORE_FRAGMENTS = 0x2000
# flannel's, which is the kernel's default, and the one of RFC 7348
VXLAN_PORTS: frozenset[int] = frozenset((8472, 4789))
VXLAN_HEADER = 8
VXLAN_VALID = 0x08
MAX_DEPTH = 3
# Bytes of a payload that are kept where only headers are: a token or the header of DNS; of a frame that is no IP, the
# addresses.
UDP_KEPT = 16
UNKNOWN_KEPT = 64
FIN, SYN, RST, PUSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10
_ICMP_ERRORS = {4: frozenset((3, 4, 5, 11, 12)), 6: frozenset((1, 2, 3, 4))}


class Tcp(t.NamedTuple):
    """fingerprint: options that no NAT touches (window scale, SACK permitted, timestamps present), None when cut."""

    src_port: int
    dst_port: int
    seq: int
    ack: int
    flags: int
    fingerprint: tuple[int | None, bool, bool] | None = None

    @property
    def opens(self) -> bool:
        """A SYN that is no answer."""
        return self.flags & (SYN | ACK | RST) == SYN

    @property
    def accepts(self) -> bool:
        """A SYN that answers one."""
        return self.flags & (SYN | ACK | RST) == SYN | ACK

    @property
    def resets(self) -> bool:
        return bool(self.flags & RST)


class Udp(t.NamedTuple):
    src_port: int
    dst_port: int


class Icmp(t.NamedTuple):
    """ident and seq: of an echo; mtu: of "fragmentation needed" and "packet too big"; quoted: of an error."""

    version: int
    type: int
    code: int
    ident: int = 0
    seq: int = 0
    mtu: int | None = None
    quoted: Packet | None = None

    @property
    def is_request(self) -> bool:
        return self.type == (8 if self.version == 4 else 128)

    @property
    def is_reply(self) -> bool:
        return self.type == (0 if self.version == 4 else 129)

    @property
    def is_error(self) -> bool:
        return self.type in _ICMP_ERRORS[self.version]


class Outer(t.NamedTuple):
    """The header that a tunnel put around a packet. checksum: see Packet."""

    src: str
    dst: str
    src_port: int
    dst_port: int
    vni: int
    src_mac: str | None = None
    dst_mac: str | None = None
    checksum: str | None = None


class Packet(t.NamedTuple):
    """One IP packet. length: of the whole IP packet in bytes; payload: what was captured behind the transport header.

    payload_length: how long that was on the wire. cut: the capture ends before the transport header does. padding:
    captured bytes behind the packet, which Ethernet fills short frames with. checksum: of its headers (see _checksum),
    None where that cannot be told.
    """

    version: int
    src: str
    dst: str
    protocol: int
    length: int
    ttl: int
    ip_id: int | None = None
    fragment_offset: int = 0
    dont_fragment: bool = False
    transport: Tcp | Udp | Icmp | None = None
    payload: bytes = b""
    payload_length: int = 0
    cut: bool = False
    outer: Outer | None = None
    src_mac: str | None = None
    dst_mac: str | None = None
    vlans: tuple[int, ...] = ()
    padding: int = 0
    checksum: str | None = None

    @property
    def src_port(self) -> int:
        """0 where the protocol has none."""
        return self.transport.src_port if isinstance(self.transport, (Tcp, Udp)) else 0

    @property
    def dst_port(self) -> int:
        """0 where the protocol has none."""
        return self.transport.dst_port if isinstance(self.transport, (Tcp, Udp)) else 0


def without_payload(frame: Frame, packet: Packet | None) -> Frame:
    """A frame with its headers only; of the payload stays what packets are recognised by."""
    if packet is None:
        return frame._replace(data=frame.data[:UNKNOWN_KEPT])
    end = len(frame.data) - packet.padding
    inside = packet
    if isinstance(packet.transport, Icmp) and packet.transport.quoted is not None:
        inside = packet.transport.quoted
        end -= inside.padding
    if not isinstance(inside.transport, Icmp):
        end -= max(0, len(inside.payload) - (UDP_KEPT if isinstance(inside.transport, Udp) else 0))
    return frame._replace(data=frame.data[:end])


class _Link(t.NamedTuple):
    src_mac: str | None = None
    dst_mac: str | None = None
    vlans: tuple[int, ...] = ()
    outer: Outer | None = None


class Dissector:
    """Takes frames apart. vxlan_ports: the UDP ports to which VXLAN packets go."""

    def __init__(self, vxlan_ports: t.Iterable[int] = VXLAN_PORTS) -> None:
        self.vxlan_ports = frozenset(vxlan_ports)

    def frame(self, frame: Frame, link_type: int) -> Packet | None:
        """The IP packet in a frame; None when it has none, or none that can be made out."""
        data = frame.data
        if link_type == LINK_ETHERNET:
            return self._ethernet(data, None, 0)
        if link_type in (LINK_RAW, LINK_IPV4, LINK_IPV6):
            return self._ip(data, _Link(), 0)
        if link_type == LINK_SLL and len(data) >= 16:
            return self._by_type(struct.unpack_from("!H", data, 14)[0], data[16:], _Link(), 0)
        if link_type == LINK_SLL2 and len(data) >= 20:
            return self._by_type(struct.unpack_from("!H", data, 0)[0], data[20:], _Link(), 0)
        if link_type == LINK_NULL:
            return self._ip(data[4:], _Link(), 0)
        return None

    # -- link ------------------------------------------------------------------------------------------------
    def _ethernet(self, data: bytes, outer: Outer | None, depth: int) -> Packet | None:
        if len(data) < 14:
            return None
        link = _Link(data[6:12].hex(":"), data[0:6].hex(":"), (), outer)
        return self._by_type(struct.unpack_from("!H", data, 12)[0], data[14:], link, depth)

    def _by_type(self, kind: int, data: bytes, link: _Link, depth: int) -> Packet | None:
        while kind in ETHER_VLAN:
            if len(data) < 4:
                return None
            tag, kind = struct.unpack_from("!HH", data)
            link = link._replace(vlans=(*link.vlans, tag & 0x0FFF))
            data = data[4:]
        return self._ip(data, link, depth) if kind in (ETHER_IPV4, ETHER_IPV6) else None

    # -- network ---------------------------------------------------------------------------------------------
    def _ip(self, data: bytes, link: _Link, depth: int) -> Packet | None:
        version = data[0] >> 4 if data else 0
        if version == 4 and len(data) >= 20:
            return self._ipv4(data, link, depth)
        if version == 6 and len(data) >= 40:
            return self._ipv6(data, link, depth)
        return None

    def _ipv4(self, data: bytes, link: _Link, depth: int) -> Packet | None:
        header = (data[0] & 0x0F) * 4
        length, ip_id, fragment = struct.unpack_from("!HHH", data, 2)
        if header < 20:
            return None
        whole = not fragment & (_MORE_FRAGMENTS | 0x1FFF)
        packet = Packet(
            4,
            socket.inet_ntop(socket.AF_INET, data[12:16]),
            socket.inet_ntop(socket.AF_INET, data[16:20]),
            data[9],
            length or len(data),
            data[8],
            ip_id,
            (fragment & 0x1FFF) * 8,
            bool(fragment & 0x4000),
            src_mac=link.src_mac,
            dst_mac=link.dst_mac,
            vlans=link.vlans,
            outer=link.outer,
            padding=max(0, len(data) - (length or len(data))),
            checksum=_checksums(data, header, length if whole else 0),
        )
        return self._transport(packet, data[header : packet.length], packet.length - header, depth)

    def _ipv6(self, data: bytes, link: _Link, depth: int) -> Packet | None:
        (payload_length,) = struct.unpack_from("!H", data, 4)
        length = payload_length + 40 if payload_length else len(data)
        extensions = _ipv6_extensions(data[:length])
        packet = Packet(
            6,
            socket.inet_ntop(socket.AF_INET6, data[8:24]),
            socket.inet_ntop(socket.AF_INET6, data[24:40]),
            extensions.protocol,
            length,
            data[7],
            None,
            extensions.fragment_offset,
            True,
            cut=extensions.cut,
            src_mac=link.src_mac,
            dst_mac=link.dst_mac,
            vlans=link.vlans,
            outer=link.outer,
            padding=max(0, len(data) - length),
            checksum=_checksum.transport(
                extensions.protocol, data[8:40], data[extensions.end : length], length - extensions.end
            )
            if payload_length and extensions.whole
            else None,
        )
        if extensions.cut:
            return packet
        return self._transport(packet, data[extensions.end : length], length - extensions.end, depth)

    # -- transport -------------------------------------------------------------------------------------------
    def _transport(self, packet: Packet, data: bytes, length: int, depth: int) -> Packet:
        """length: bytes behind the network header on the wire, of which data are those captured."""
        if packet.fragment_offset:  # a later one: the transport header was in the first
            return packet._replace(payload=data, payload_length=length)
        if packet.protocol == TCP:
            return _tcp(packet, data, length)
        if packet.protocol == UDP:
            return self._udp(packet, data, length, depth)
        if packet.protocol in (ICMP, ICMPV6):
            return self._icmp(packet, data, length, depth)
        return packet._replace(payload=data, payload_length=length)

    def _udp(self, packet: Packet, data: bytes, length: int, depth: int) -> Packet:
        if len(data) < 8:
            return packet._replace(cut=True)
        udp = Udp(*struct.unpack_from("!HH", data))
        payload = data[8:]
        if udp.dst_port in self.vxlan_ports and depth < MAX_DEPTH and len(payload) >= VXLAN_HEADER:
            inner = self._vxlan(packet, udp, payload, depth)
            if inner is not None:
                return inner
        return packet._replace(transport=udp, payload=payload, payload_length=max(0, length - 8))

    def _vxlan(self, packet: Packet, udp: Udp, payload: bytes, depth: int) -> Packet | None:
        if not payload[0] & VXLAN_VALID:
            return None
        outer = Outer(
            packet.src,
            packet.dst,
            udp.src_port,
            udp.dst_port,
            int.from_bytes(payload[4:7], "big"),
            packet.src_mac,
            packet.dst_mac,
            packet.checksum,
        )
        inner = self._ethernet(payload[VXLAN_HEADER:], outer, depth + 1)
        if inner is None:
            return None
        if inner.checksum == _checksum.PARTIAL and outer.checksum == _checksum.INVALID:
            # Computed as if the device had finished the packet inside (Documentation/networking/checksum-offloads.rst,
            # LCO): not to be told before it has.
            inner = inner._replace(outer=outer._replace(checksum=None))
        return inner._replace(padding=inner.padding + packet.padding)

    def _icmp(self, packet: Packet, data: bytes, length: int, depth: int) -> Packet:
        if len(data) < 8:
            return packet._replace(cut=True)
        kind, code, _checksum, ident, seq = struct.unpack_from("!BBHHH", data)
        icmp = Icmp(packet.version, kind, code, ident, seq)
        if icmp.is_error:
            quoted = self._ip(data[8:], _Link(), depth + 1) if depth < MAX_DEPTH else None
            icmp = icmp._replace(ident=0, seq=0, quoted=quoted, mtu=_mtu(icmp, ident, seq))
        return packet._replace(transport=icmp, payload=data[8:], payload_length=max(0, length - 8))


def _checksums(data: bytes, header: int, length: int) -> str | None:
    """Of an IPv4 packet; length: 0 where it is not known what the transport's checksum covers."""
    if len(data) < header:
        return None
    own = _checksum.header(data[:header])
    if own == _checksum.INVALID:
        return own
    behind = _checksum.transport(data[9], data[12:20], data[header:length], length - header) if length else None
    return behind if own == _checksum.VALID or behind is None else _checksum.worst((own, behind))


def _mtu(icmp: Icmp, ident: int, seq: int) -> int | None:
    """The MTU that "fragmentation needed" (RFC 1191) and "packet too big" (RFC 4443) tell; None when they do not."""
    if (icmp.version, icmp.type, icmp.code) == (4, 3, 4):
        return seq or None
    if (icmp.version, icmp.type) == (6, 2):
        return (ident << 16 | seq) or None
    return None


def _tcp(packet: Packet, data: bytes, length: int) -> Packet:
    if len(data) < 8:
        return packet._replace(cut=True)
    src_port, dst_port, seq = struct.unpack_from("!HHI", data)
    if len(data) < 14:
        # As much of it as an ICMP error has to quote.
        return packet._replace(transport=Tcp(src_port, dst_port, seq, 0, 0), cut=True)
    (ack,) = struct.unpack_from("!I", data, 8)
    header = (data[12] >> 4) * 4
    tcp = Tcp(src_port, dst_port, seq, ack, data[13] & 0x3F, _fingerprint(data, header))
    return packet._replace(transport=tcp, payload=data[header:], payload_length=max(0, length - header))


def _fingerprint(data: bytes, header: int) -> tuple[int | None, bool, bool] | None:
    if header < 20 or len(data) < header:
        return None
    scale, sack, timestamps = None, False, False
    position = 20
    while position < header:
        kind = data[position]
        if kind == 0:
            break
        if kind == 1:
            position += 1
            continue
        size = data[position + 1] if position + 1 < header else 0
        if size < 2 or position + size > header:
            return None
        if kind == 3 and size == 3:
            scale = data[position + 2]
        sack = sack or kind == 4
        timestamps = timestamps or kind == 8
        position += size
    return scale, sack, timestamps


@dataclasses.dataclass(frozen=True)
class _Extensions:
    protocol: int
    end: int
    fragment_offset: int = 0
    cut: bool = False
    whole: bool = True  # whether the transport's checksum covers what is here, with these addresses


def _ipv6_extensions(data: bytes) -> _Extensions:
    """Where the transport header of an IPv6 packet begins."""
    kind, position, offset, whole = data[6], 40, 0, True
    while kind in _EXTENSIONS or kind in (_FRAGMENT, _AUTHENTICATION):
        if position + 8 > len(data):
            return _Extensions(kind, position, offset, cut=True)
        following, size = data[position], data[position + 1]
        whole = whole and kind not in (_FRAGMENT, _ROUTING)
        if kind == _FRAGMENT:
            offset = struct.unpack_from("!H", data, position + 2)[0] & 0xFFF8
            position += 8
            if offset:
                return _Extensions(following, position, offset, whole=False)
        elif kind == _AUTHENTICATION:
            position += (size + 2) * 4
        else:
            position += (size + 1) * 8
        kind = following
    return _Extensions(kind, position, offset, position > len(data), whole)
