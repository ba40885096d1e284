# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checksums of packets, by another implementation's: scapy writes them, and this collection reads them."""

from __future__ import annotations

import random
import struct
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence import _checksum
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._packets import LINK_RAW, Dissector, Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._pcap import Frame
from ansible_collections.podnet.diagnostics.tests.unit.plugins.plugin_utils._evidence import packet_builder as build

inet = pytest.importorskip("scapy.layers.inet")
inet6 = pytest.importorskip("scapy.layers.inet6")
vxlan = pytest.importorskip("scapy.layers.vxlan")
l2 = pytest.importorskip("scapy.layers.l2")

A, B, N1, N2 = "10.244.1.5", "10.244.2.7", "192.0.2.11", "192.0.2.12"
A6, B6 = "fd00:1::5", "fd00:2::7"
CASES = [(family, kind, size) for family in (4, 6) for kind in ("tcp", "udp", "icmp") for size in (0, 1, 2, 55, 1000)]


def _packet(data: bytes, kept: int = 0) -> Packet:
    found = Dissector().frame(Frame(0, len(data), data[:kept] if kept else data), LINK_RAW)
    assert found is not None
    return found


def _scapy(family: int, kind: str, size: int, seed: int = 1) -> bytes:
    numbers = random.Random(seed)
    payload = numbers.randbytes(size)
    ip = inet.IP(src=A, dst=B, id=seed) if family == 4 else inet6.IPv6(src=A6, dst=B6)
    ports = {"sport": numbers.randrange(1, 65536), "dport": 8080}
    if kind == "tcp":
        return bytes(ip / inet.TCP(**ports, seq=numbers.randrange(1 << 32), flags="S") / payload)
    if kind == "udp":
        return bytes(ip / inet.UDP(**ports) / payload)
    echo = inet.ICMP(id=7, seq=seed) if family == 4 else inet6.ICMPv6EchoRequest(id=7, seq=seed)
    return bytes(ip / echo / payload)


def _field(family: int, kind: str) -> int:
    """Where the checksum of the transport is."""
    return (20 if family == 4 else 40) + {"tcp": 16, "udp": 6, "icmp": 2}[kind]


@pytest.mark.parametrize(("family", "kind", "size"), CASES)
def test_what_another_implementation_writes_is_valid(family: int, kind: str, size: int) -> None:
    for seed in range(1, 60):
        assert _packet(_scapy(family, kind, size, seed)).checksum == "valid"


@pytest.mark.parametrize(("family", "kind", "size"), CASES)
def test_one_wrong_bit_anywhere_behind_the_header_is_found(family: int, kind: str, size: int) -> None:
    data = _scapy(family, kind, size)
    begin = 20 if family == 4 else 40
    # Not the length of TCP's header or UDP's checksum, which say what there is to check.
    for position in range(begin, min(len(data), begin + 200)):
        if (kind, position - begin) in (("tcp", 12), ("udp", 6), ("udp", 7)):
            continue
        wrong = bytearray(data)
        wrong[position] ^= 0x10
        assert _packet(bytes(wrong)).checksum == "invalid", position


@pytest.mark.parametrize("position", [1, 3, 5, 8, 13, 19])
def test_a_wrong_ip_header_is_invalid_whatever_follows(position: int) -> None:
    wrong = bytearray(_scapy(4, "udp", 20))
    wrong[position] ^= 0x01
    assert _packet(bytes(wrong)).checksum == "invalid"


def _partial(data: bytes, family: int, kind: str) -> bytes:
    """As the kernel leaves it to the device: the sum of the pseudo-header (RFC 9293, 3.1; RFC 8200, 8.1)."""
    addresses = data[12:20] if family == 4 else data[8:40]
    length = len(data) - (20 if family == 4 else 40)
    pseudo = addresses + struct.pack("!IHH", length, 0, {"tcp": 6, "udp": 17}[kind])
    at = _field(family, kind)
    return data[:at] + struct.pack("!H", ~build.checksum(pseudo) & 0xFFFF) + data[at + 2 :]


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("kind", ["tcp", "udp"])
@pytest.mark.parametrize("kept", [0, 90])
def test_what_is_left_to_the_device_is_no_error(family: int, kind: str, kept: int) -> None:
    assert _packet(_partial(_scapy(family, kind, 300), family, kind), kept).checksum == "partial"


@pytest.mark.parametrize(("family", "kind"), [(family, kind) for family in (4, 6) for kind in ("tcp", "udp", "icmp")])
def test_of_a_packet_that_is_cut_nothing_is_claimed(family: int, kind: str) -> None:
    data = bytearray(_scapy(family, kind, 300))
    data[-1] ^= 0xFF
    assert _packet(bytes(data), 120).checksum is None


def test_udp_may_do_without_over_ipv4() -> None:
    assert _packet(build.udp(A, 4000, B, 5353, b"x")).checksum == "none"


@pytest.mark.parametrize("fragment", [0x2000, 0x2010, 0x0010])
def test_a_fragment_has_no_checksum_of_its_own(fragment: int) -> None:
    assert _packet(build.ipv4(A, B, 17, bytes(40), fragment=fragment)).checksum is None


def test_fragments_and_routing_headers_of_ipv6_are_not_judged() -> None:
    fragment = inet6.IPv6(src=A6, dst=B6) / inet6.IPv6ExtHdrFragment(m=1) / inet.UDP(sport=1, dport=2, chksum=7)
    routed = inet6.IPv6(src=A6, dst=B6) / inet6.IPv6ExtHdrRouting(addresses=["fd00:3::1"]) / inet.UDP(dport=2, chksum=7)
    assert _packet(bytes(fragment)).checksum is None and _packet(bytes(routed)).checksum is None


def test_other_extension_headers_do_not_hide_it() -> None:
    good = inet6.IPv6(src=A6, dst=B6) / inet6.IPv6ExtHdrHopByHop() / inet.TCP(sport=1, dport=2)
    assert _packet(bytes(good)).checksum == "valid"


def _tunnelled(wrong_inside: bool = False, outer_checksum: int | None = None) -> Packet:
    inner = inet.IP(src=A, dst=B) / inet.TCP(sport=40000, dport=8080, **({"chksum": 7} if wrong_inside else {}))
    told = {} if outer_checksum is None else {"chksum": outer_checksum}
    udp = inet.UDP(sport=50000, dport=8472, **told)
    return _packet(bytes(inet.IP(src=N1, dst=N2) / udp / vxlan.VXLAN(vni=1) / l2.Ether() / inner))


def _of(packet: Packet) -> tuple[str | None, str | None]:
    return packet.checksum, packet.outer.checksum if packet.outer else None


def test_a_tunnel_has_a_checksum_of_its_own() -> None:
    assert _of(_tunnelled()) == ("valid", "valid")
    assert _of(_tunnelled(outer_checksum=0)) == ("valid", "none")
    assert _of(_tunnelled(outer_checksum=7)) == ("valid", "invalid")
    assert _of(_tunnelled(wrong_inside=True)) == ("invalid", "valid")


@pytest.mark.parametrize(
    ("found", "worst"),
    [
        (("valid", "invalid", None), "invalid"),
        (("valid", "partial"), "partial"),
        (("none", "valid"), "valid"),
        ((None, "none"), "none"),
        ((None,), None),
        ((), None),
    ],
)
def test_of_several_the_worst_counts(found: t.Sequence[str | None], worst: str | None) -> None:
    assert _checksum.worst(found) == worst
