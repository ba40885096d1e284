# SPDX-License-Identifier: GPL-3.0-or-later
"""Packets of the simulation as Ethernet frames, and back.

Every packet carries a number by which it is known again, whatever became of its addresses and ports: TCP in its
sequence number, UDP and ICMP echo in their payload. ICMP errors and TCP resets carry that of the packet they answer.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import struct

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet

ETHERTYPES = {4: 0x0800, 6: 0x86DD}
PROTOCOLS = {"icmp": 1, "tcp": 6, "udp": 17, "icmpv6": 58, "sctp": 132}
NAMES = {number: name for name, number in PROTOCOLS.items()}
FLAGS = {"fin": 1, "syn": 2, "rst": 4, "psh": 8, "ack": 16, "urg": 32}
ERRORS = {"icmp": (3, 4, 5, 11, 12), "icmpv6": (1, 2, 3, 4)}
MAGIC = b"judge"


@dataclasses.dataclass(frozen=True)
class Seen:
    """A packet that was seen. number: which one it is, or which it answers (answers)."""

    number: int | None
    packet: Packet
    answers: bool = False


def checksum(data: bytes) -> int:
    """The Internet checksum."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def frame(packet: Packet, number: int, src_mac: bytes, dst_mac: bytes, answers: int = 0) -> bytes:
    """A packet in its Ethernet frame. answers: the number of the packet that it acknowledges."""
    return dst_mac + src_mac + struct.pack("!H", ETHERTYPES[packet.family]) + datagram(packet, number, answers)


def datagram(packet: Packet, number: int, answers: int = 0) -> bytes:
    """A packet from its IP header on."""
    source, destination = ipaddress.ip_address(packet.src).packed, ipaddress.ip_address(packet.dst).packed
    body = _transport(packet, number, answers, source, destination)
    protocol = PROTOCOLS[packet.protocol]
    if packet.family == 6:
        first = 6 << 28 | packet.tos << 20
        return struct.pack("!IHBB", first, len(body), protocol, packet.ttl) + source + destination + body
    fragment = 0x4000 if packet.df else 0
    head = struct.pack(
        "!BBHHHBBH4s4s",
        0x45,
        packet.tos,
        20 + len(body),
        number & 0xFFFF,
        fragment,
        packet.ttl,
        protocol,
        0,
        source,
        destination,
    )
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body


def _transport(packet: Packet, number: int, answers: int, source: bytes, destination: bytes) -> bytes:
    if packet.protocol == "tcp":
        flags = sum(FLAGS[flag] for flag in packet.flags)
        ack = (answers << 8) + 1 if "ack" in packet.flags else 0
        seq = (number << 8) + (0 if "syn" in packet.flags else 1)
        body = struct.pack("!HHIIBBHHH", packet.sport or 0, packet.dport or 0, seq, ack, 5 << 4, flags, 8192, 0, 0)
        place = 16
    elif packet.protocol == "udp":
        data = MAGIC + struct.pack("!I", number)
        body = struct.pack("!HHHH", packet.sport or 0, packet.dport or 0, 8 + len(data), 0) + data
        place = 6
    else:
        data = MAGIC + struct.pack("!I", number)
        body = struct.pack("!BBHHH", packet.icmp_type or 0, packet.icmp_code or 0, 0, packet.sport or 0, 1) + data
        place = 2
    pseudo = b""
    if packet.protocol != "icmp":
        tail = struct.pack("!IHBB", len(body), 0, 0, PROTOCOLS[packet.protocol])
        pseudo = source + destination + tail
        if packet.family == 4:
            pseudo = source + destination + struct.pack("!BBH", 0, PROTOCOLS[packet.protocol], len(body))
    value = checksum(pseudo + body)
    return body[:place] + struct.pack("!H", value) + body[place + 2 :]


def size_of(packet: Packet) -> int:
    """The bytes that datagram() makes of a packet."""
    return len(datagram(packet, 0))


def parse_frame(data: bytes) -> Seen | None:
    """The packet in a frame; None for what is none of ours."""
    if len(data) < 14:
        return None
    (ethertype,) = struct.unpack("!H", data[12:14])
    if ethertype not in (0x0800, 0x86DD):
        return None
    seen = parse(data[14:])
    if seen is None:
        return None
    macs = {"dst_mac": _mac(data[:6]), "src_mac": _mac(data[6:12])}
    return dataclasses.replace(seen, packet=dataclasses.replace(seen.packet, **macs))  # type: ignore[arg-type]


def _mac(data: bytes) -> str:
    return ":".join(f"{byte:02x}" for byte in data)


def parse(data: bytes) -> Seen | None:
    """A packet from its IP header on."""
    if not data:
        return None
    family = data[0] >> 4
    if family == 4 and len(data) >= 20:
        length = (data[0] & 15) * 4
        (total,) = struct.unpack("!H", data[2:4])
        name = NAMES.get(data[9])
        base = Packet(
            4,
            str(ipaddress.ip_address(data[12:16])),
            str(ipaddress.ip_address(data[16:20])),
            name or str(data[9]),
            size=total,
            df=bool(data[6] & 0x40),
            ttl=data[8],
            tos=data[1],
        )
        body = data[length:total]
    elif family == 6 and len(data) >= 40:
        (first,) = struct.unpack("!I", data[:4])
        (payload,) = struct.unpack("!H", data[4:6])
        name = NAMES.get(data[6])
        base = Packet(
            6,
            str(ipaddress.ip_address(data[8:24])),
            str(ipaddress.ip_address(data[24:40])),
            name or str(data[6]),
            size=40 + payload,
            ttl=data[7],
            tos=first >> 20 & 0xFF,
        )
        body = data[40 : 40 + payload]
    else:
        return None
    if name is None:
        return Seen(None, base)
    return _upper(base, body)


def _upper(base: Packet, body: bytes) -> Seen | None:
    if base.protocol == "tcp" and len(body) >= 8:
        sport, dport, seq = struct.unpack("!HHI", body[:8])
        ack, flags = 0, 0
        if len(body) >= 14:
            ack, _offset, flags = struct.unpack("!IBB", body[8:14])
        names = frozenset(name for name, bit in FLAGS.items() if flags & bit)
        packet = dataclasses.replace(base, sport=sport, dport=dport, flags=names)
        if "rst" in names and "ack" in names and seq == 0:
            return Seen(ack - 1 >> 8, packet, answers=True)
        return Seen(seq >> 8, packet)
    if base.protocol == "udp" and len(body) >= 8:
        sport, dport = struct.unpack("!HH", body[:4])
        return Seen(_number(body[8:]), dataclasses.replace(base, sport=sport, dport=dport))
    if base.protocol in ERRORS and len(body) >= 8:
        kind, code, _sum, ident, _sequence = struct.unpack("!BBHHH", body[:8])
        packet = dataclasses.replace(base, icmp_type=kind, icmp_code=code)
        if kind in ERRORS[base.protocol]:
            inner = parse(body[8:])
            packet = dataclasses.replace(packet, inner=inner.packet if inner else None)
            return Seen(inner.number if inner else None, packet, answers=True)
        return Seen(_number(body[8:]), dataclasses.replace(packet, sport=ident, dport=ident))
    return Seen(None, base)


def _number(data: bytes) -> int | None:
    if not data.startswith(MAGIC) or len(data) < len(MAGIC) + 4:
        return None
    (number,) = struct.unpack("!I", data[len(MAGIC) : len(MAGIC) + 4])
    return int(number)
