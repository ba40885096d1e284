# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packets and pcap files made by hand, byte by byte, for the tests of the evidence."""

from __future__ import annotations

import base64
import gzip
import ipaddress
import struct
import typing as t

MAC_A, MAC_B = bytes.fromhex("0a0000000001"), bytes.fromhex("0a0000000002")
TOKEN = bytes.fromhex("00112233445566ff")
SYN_OPTIONS = bytes.fromhex("020405b4 0402 080a0000000100000000 01 030307")


def checksum(data: bytes) -> int:
    data += b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def pack(address: str) -> bytes:
    return ipaddress.ip_address(address).packed


def ether(
    payload: bytes, kind: int = 0x0800, vlans: t.Sequence[int] = (), src: bytes = MAC_A, dst: bytes = MAC_B
) -> bytes:
    tags = b"".join(struct.pack("!HH", 0x8100, tag) for tag in vlans)
    return dst + src + tags + struct.pack("!H", kind) + payload


def ipv4(
    src: str,
    dst: str,
    protocol: int,
    payload: bytes,
    ttl: int = 64,
    ident: int = 1,
    fragment: int = 0x4000,
    options: bytes = b"",
) -> bytes:
    header = (
        struct.pack(
            "!BBHHHBBH",
            0x45 + len(options) // 4,
            0,
            20 + len(options) + len(payload),
            ident,
            fragment,
            ttl,
            protocol,
            0,
        )
        + pack(src)
        + pack(dst)
        + options
    )
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + payload


def ipv6(
    src: str, dst: str, protocol: int, payload: bytes, ttl: int = 64, extensions: bytes = b"", first: int | None = None
) -> bytes:
    return (
        struct.pack("!IHBB", 0x60000000, len(extensions) + len(payload), protocol if first is None else first, ttl)
        + pack(src)
        + pack(dst)
        + extensions
        + payload
    )


def icmp(kind: int, code: int, rest: int, payload: bytes) -> bytes:
    data = struct.pack("!BBHI", kind, code, 0, rest) + payload
    return data[:2] + struct.pack("!H", checksum(data)) + data[4:]


def echo(
    seq: int, token: bytes = TOKEN, size: int = 56, reply: bool = False, ident: int = 77, v6: bool = False
) -> bytes:
    kind = (129 if reply else 128) if v6 else (0 if reply else 8)
    return icmp(kind, 0, ident << 16 | seq, (token + bytes(size))[:size])


def ping(src: str, dst: str, seq: int = 1, **fields: t.Any) -> bytes:
    ttl = fields.pop("ttl", 64)
    if ":" in src:
        return ipv6(src, dst, 58, echo(seq, v6=True, **fields), ttl=ttl)
    return ipv4(src, dst, 1, echo(seq, **fields), ttl=ttl)


def tcp(
    src: str,
    sport: int,
    dst: str,
    dport: int,
    seq: int,
    ack: int = 0,
    flags: str = "S",
    payload: bytes = b"",
    options: bytes | None = None,
    ttl: int = 64,
) -> bytes:
    bits = sum({"F": 1, "S": 2, "R": 4, "P": 8, "A": 16}[flag] for flag in flags)
    if options is None:
        options = SYN_OPTIONS if "S" in flags else b""
    header = struct.pack(
        "!HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, (5 + len(options) // 4) << 4, bits, 64240, 0, 0
    )
    wrap = ipv6 if ":" in src else ipv4
    return wrap(src, dst, 6, header + options + payload, ttl=ttl)


def udp(src: str, sport: int, dst: str, dport: int, payload: bytes, ttl: int = 64, ident: int = 1) -> bytes:
    data = struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload
    return ipv6(src, dst, 17, data, ttl=ttl) if ":" in src else ipv4(src, dst, 17, data, ttl=ttl, ident=ident)


def dns(ident: int, name: str, response: bool = False) -> bytes:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack("!HHHHHH", ident, 0x8180 if response else 0x0100, 1, 0, 0, 0) + labels + b"\0\0\1\0\1"


def vxlan(inner: bytes, src: str, dst: str, vni: int = 1, port: int = 8472, kind: int = 0x0800) -> bytes:
    """An IP packet in Ethernet in VXLAN in UDP in IP."""
    return udp(src, 50123, dst, port, struct.pack("!II", 0x08000000, vni << 8) + ether(inner, kind))


def error(src: str, about: bytes, kind: int = 3, code: int = 1, rest: int = 0, quote: int = 576) -> bytes:
    """An ICMP error that quotes a packet, to its sender."""
    return ipv4(src, str(ipaddress.ip_address(about[12:16])), 1, icmp(kind, code, rest, about[:quote]))


def pcap(
    frames: t.Iterable[bytes], link: int = 1, snaplen: int = 262144, order: str = "<", nano: bool = False
) -> bytes:
    magic = 0xA1B23C4D if nano else 0xA1B2C3D4
    data = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snaplen, link)
    for number, frame in enumerate(frames):
        data += struct.pack(order + "IIII", 1700000000 + number, 5, min(len(frame), snaplen), len(frame))
        data += frame[:snaplen]
    return data


def result(
    device: str, packets: t.Iterable[bytes], netns: str = "host", snaplen: int = 160, **fields: t.Any
) -> dict[str, t.Any]:
    """A capture as the module returns it, of IP packets in Ethernet frames."""
    frames = [ether(packet, 0x86DD if packet[0] >> 4 == 6 else 0x0800) for packet in packets]
    data = pcap(frames, snaplen=snaplen)
    return {
        "device": device,
        "netns": netns,
        "pcap": base64.b64encode(gzip.compress(data)).decode(),
        "snaplen": snaplen,
        "captured": len(frames),
        "received": len(frames),
        "dropped_by_kernel": 0,
        "dropped_by_interface": None,
        "truncated": False,
        "ended": "stopped",
        "error": None,
        **fields,
    }
