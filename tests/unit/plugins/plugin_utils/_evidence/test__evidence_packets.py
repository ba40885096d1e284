# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pathlib
import struct
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._packets import Dissector, without_payload
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._pcap import Frame, PcapError, read_pcap
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._pcapng import Interface, write_pcapng
from ansible_collections.podnet.diagnostics.tests.unit.plugins.plugin_utils._evidence import packet_builder as build

A, B, N1, N2 = "10.244.1.5", "10.244.2.7", "192.0.2.11", "192.0.2.12"
A6, B6 = "fd00:1::5", "fd00:2::7"


def dissect(data: bytes, link: int = 1, snaplen: int = 0, ports: t.Sequence[int] = ()) -> t.Any:
    """The packet in a frame; which transport it has is for the test to say."""
    frame = Frame(0, len(data), data[:snaplen] if snaplen else data)
    dissector = Dissector(ports) if ports else Dissector()
    packet = dissector.frame(frame, link)
    if packet is None:
        pytest.fail("no packet was found in the frame")
    return packet


# -- pcap --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("nano", [False, True])
def test_pcap_of_either_byte_order_and_resolution(order: str, nano: bool) -> None:
    found = read_pcap(build.pcap([b"x" * 20, b"y" * 300], snaplen=100, order=order, nano=nano))
    assert [(frame.length, frame.data) for frame in found.frames] == [(20, b"x" * 20), (300, b"y" * 100)]
    assert [frame.time_ns for frame in found.frames] == [
        1700000000 * 10**9 + (5 if nano else 5000),
        1700000001 * 10**9 + (5 if nano else 5000),
    ]
    assert (found.link_type, found.snaplen, found.incomplete) == (1, 100, False)


def test_pcap_cut_in_the_last_record_keeps_the_others_and_says_so() -> None:
    data = build.pcap([b"x" * 20, b"y" * 30])
    for size in range(len(data) - 45, len(data)):
        found = read_pcap(data[:size])
        assert [frame.data for frame in found.frames] == [b"x" * 20]
        assert found.incomplete is (size != len(data) - 46)


def test_pcap_with_a_damaged_record_length_ends_there() -> None:
    data = build.pcap([b"x" * 20]) + struct.pack("<IIII", 1, 1, 0x7FFFFFFF, 0x7FFFFFFF) + bytes(100)
    found = read_pcap(data)
    assert len(found.frames) == 1
    assert found.incomplete


@pytest.mark.parametrize("data", [b"", b"\n\r\r\n" + bytes(60), b"short", b"x" * 500])
def test_other_data_is_no_pcap(data: bytes) -> None:
    with pytest.raises(PcapError, match="not a pcap file"):
        read_pcap(data)


def test_empty_pcap() -> None:
    assert read_pcap(build.pcap([])).frames == ()


# -- network and transport ---------------------------------------------------------------------------------------
def test_echo_over_ethernet() -> None:
    packet = dissect(build.ether(build.ping(A, B, 3, size=100)))
    assert (packet.src, packet.dst, packet.protocol, packet.length, packet.ttl) == (A, B, 1, 128, 64)
    icmp = packet.transport
    assert icmp.is_request and not icmp.is_reply and (icmp.ident, icmp.seq) == (77, 3)
    assert packet.payload.startswith(build.TOKEN) and packet.payload_length == 100
    assert (packet.src_mac, packet.dst_mac) == ("0a:00:00:00:00:01", "0a:00:00:00:00:02")
    assert packet.dont_fragment and not packet.cut and packet.outer is None


def test_vlan_tags_are_passed() -> None:
    packet = dissect(build.ether(build.ping(A, B), vlans=[7, 100]))
    assert (packet.vlans, packet.src) == ((7, 100), A)


@pytest.mark.parametrize(
    ("link", "header"),
    [(113, bytes(14) + b"\x08\0"), (276, b"\x08\0" + bytes(18)), (101, b""), (228, b""), (0, b"\2\0\0\0")],
)
def test_other_links_than_ethernet(link: int, header: bytes) -> None:
    assert dissect(header + build.ping(A, B), link).dst == B


def test_a_link_that_is_not_known_has_no_packets() -> None:
    assert Dissector().frame(Frame(0, 100, bytes(100)), 9999) is None


def test_syn_with_its_options() -> None:
    packet = dissect(build.ether(build.tcp(A, 40000, B, 80, 0xFFFFFFFF)))
    tcp = packet.transport
    assert (tcp.src_port, tcp.dst_port, tcp.seq) == (40000, 80, 0xFFFFFFFF)
    assert tcp.opens and not tcp.accepts and not tcp.resets
    assert tcp.fingerprint == (7, True, True)
    assert (packet.payload, packet.payload_length) == (b"", 0)


@pytest.mark.parametrize(
    "options", [b"\x03\x00\x07\x01", b"\x08\x0a\x00\x00", b"\x02\xff\x05\xb4", b"\x03\x01\x00\x00"]
)
def test_damaged_tcp_options_are_no_fingerprint(options: bytes) -> None:
    tcp = dissect(build.ether(build.tcp(A, 1, B, 2, 3, options=options))).transport
    assert tcp.fingerprint is None


def test_ethernet_padding_is_no_payload() -> None:
    packet = dissect(build.ether(build.tcp(A, 1, B, 2, 3, 4, "A")) + bytes(6))
    assert (packet.payload, packet.payload_length) == (b"", 0)


def test_ipv4_options_are_passed() -> None:
    packet = dissect(build.ether(build.ipv4(A, B, 1, build.echo(9), options=b"\x94\x04\0\0")))
    assert packet.transport.seq == 9


def test_a_later_fragment_has_no_transport() -> None:
    packet = dissect(build.ether(build.ipv4(A, B, 6, b"\0P\0P" * 20, fragment=185)))
    assert (packet.fragment_offset, packet.transport, packet.cut) == (1480, None, False)


@pytest.mark.parametrize(
    "extensions",
    [
        (0, bytes([58, 0]) + bytes(6)),
        (43, bytes([60, 1]) + bytes(14) + bytes([58, 0]) + bytes(6)),
        (44, bytes([58, 0, 0, 1]) + bytes(4)),
        (51, bytes([58, 4]) + bytes(22)),
    ],
)
def test_ipv6_extension_headers_are_passed(extensions: tuple[int, bytes]) -> None:
    first, data = extensions
    packet = dissect(build.ether(build.ipv6(A6, B6, 58, build.echo(4, v6=True), extensions=data, first=first), 0x86DD))
    assert packet.protocol == 58
    assert packet.transport.is_request and packet.transport.seq == 4


def test_a_later_ipv6_fragment_has_no_transport() -> None:
    data = build.ipv6(A6, B6, 6, bytes(60), extensions=bytes([6, 0, 5, 0]) + bytes(4), first=44)
    packet = dissect(build.ether(data, 0x86DD))
    assert packet.fragment_offset == 1280 and packet.transport is None


# -- VXLAN -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("port", [8472, 4789])
def test_of_a_tunnelled_packet_the_inner_one_counts_and_the_outer_header_is_noted(port: int) -> None:
    packet = dissect(build.ether(build.vxlan(build.tcp(A, 40000, B, 80, 5), N1, N2, vni=0xABCDEF, port=port)))
    assert (packet.src, packet.dst, packet.dst_port) == (A, B, 80)
    outer = packet.outer
    assert outer and (outer.src, outer.dst, outer.dst_port, outer.vni) == (N1, N2, port, 0xABCDEF)


def test_vxlan_on_a_port_of_its_own() -> None:
    frame = build.ether(build.vxlan(build.ping(A, B), N1, N2, port=9999))
    assert dissect(frame).src == N1
    assert dissect(frame, ports=[9999]).src == A


def test_ipv6_in_vxlan_over_ipv6() -> None:
    inner = build.ping(A6, B6, 2)
    packet = dissect(build.ether(build.vxlan(inner, "2001:db8::1", "2001:db8::2", kind=0x86DD), 0x86DD))
    assert (packet.src, packet.version) == (A6, 6)
    assert packet.outer and packet.outer.src == "2001:db8::1"


def test_arp_in_vxlan_is_the_outer_datagram() -> None:
    arp = struct.pack("!II", 0x08000000, 256) + build.ether(bytes(28), 0x0806)
    packet = dissect(build.ether(build.udp(N1, 1, N2, 8472, arp)))
    assert (packet.src, packet.outer, packet.dst_port) == (N1, None, 8472)


def test_a_datagram_to_the_port_that_is_no_vxlan() -> None:
    packet = dissect(build.ether(build.udp(N1, 1, N2, 8472, b"\0" * 60)))
    assert packet.outer is None and packet.payload == b"\0" * 60


def test_tunnels_in_tunnels_end_somewhere() -> None:
    inner = build.ping(A, B)
    while len(inner) < 65000:
        inner = build.vxlan(inner, N1, N2)
    assert dissect(build.ether(inner)).outer is not None


# -- errors ------------------------------------------------------------------------------------------------------
def test_an_icmp_error_quotes_the_packet_it_is_about() -> None:
    packet = dissect(build.ether(build.error("192.0.2.1", build.tcp(A, 40000, B, 80, 5), 3, 4, 1400, quote=28)))
    icmp = packet.transport
    assert icmp.is_error and icmp.mtu == 1400
    quoted = icmp.quoted
    assert (quoted.src, quoted.transport.dst_port, quoted.transport.seq, quoted.cut) == (A, 80, 5, True)


def test_an_icmp_error_about_a_tunnel_packet_quotes_the_inner_one() -> None:
    about = build.vxlan(build.ping(A, B, 6), N1, N2)
    icmp = dissect(build.ether(build.error("192.0.2.1", about, 3, 4, 1400))).transport
    quoted = icmp.quoted
    assert (quoted.src, quoted.transport.seq, quoted.outer.dst) == (A, 6, N2)


def test_packet_too_big() -> None:
    about = build.ping(A6, B6)
    data = build.ether(build.ipv6("fd00::1", A6, 58, build.icmp(2, 0, 1280, about)), 0x86DD)
    icmp = dissect(data).transport
    assert icmp.mtu == 1280 and icmp.quoted.dst == B6


# -- what is cut or damaged --------------------------------------------------------------------------------------
FRAMES = [
    build.ether(build.tcp(A, 40000, B, 80, 5)),
    build.ether(build.ping(A, B)),
    build.ether(build.vxlan(build.tcp(A, 40000, B, 80, 5), N1, N2)),
    build.ether(build.error("192.0.2.1", build.vxlan(build.ping(A, B, 6), N1, N2), 3, 4, 1400)),
    build.ether(build.ipv6(A6, B6, 58, build.echo(4, v6=True), extensions=bytes([58, 0]) + bytes(6), first=0), 0x86DD),
    build.ether(build.udp(A, 40000, B, 53, build.dns(1, "web.default.svc.cluster.local"))),
]


@pytest.mark.parametrize("frame", FRAMES)
def test_a_packet_cut_anywhere_is_no_error_and_is_not_guessed(frame: bytes) -> None:
    whole = dissect(frame)
    for size in range(len(frame)):
        packet = Dissector().frame(Frame(0, len(frame), frame[:size]), 1)
        if packet is None or packet.cut or packet.outer != whole.outer:
            continue
        assert (packet.src, packet.dst, packet.src_port, packet.dst_port) == (
            whole.src,
            whole.dst,
            whole.src_port,
            whole.dst_port,
        )
        assert packet.payload_length == whole.payload_length


@pytest.mark.parametrize("frame", FRAMES)
def test_a_damaged_packet_is_no_error(frame: bytes) -> None:
    for position in range(12, len(frame)):
        for value in (0x00, 0xFF, 0x81, frame[position] ^ 0x10):
            damaged = frame[:position] + bytes([value]) + frame[position + 1 :]
            Dissector().frame(Frame(0, len(frame), damaged), 1)


def test_a_header_cut_in_the_middle_is_told() -> None:
    frame = build.ether(build.tcp(A, 40000, B, 80, 5))
    assert dissect(frame, snaplen=14 + 20 + 4).cut
    assert dissect(frame, snaplen=14 + 20 + 12).cut
    assert not dissect(frame, snaplen=14 + 20 + 20).cut


# -- headers only ------------------------------------------------------------------------------------------------
SECRET = b"Cookie: secret" * 5
DATA = build.tcp(A, 40000, B, 80, 5, 6, "PA", SECRET)


@pytest.mark.parametrize(
    ("frame", "kept"),
    [
        (build.ether(DATA), 14 + 20 + 20),
        (build.ether(DATA, vlans=[7]), 18 + 20 + 20),
        (build.ether(build.vxlan(DATA, N1, N2)), 14 + 20 + 8 + 8 + 14 + 20 + 20),
        (build.ether(build.vxlan(DATA, N1, N2)) + bytes(9), 14 + 20 + 8 + 8 + 14 + 20 + 20),
        (build.ether(build.tcp(A, 1, B, 2, 3, 4, "A")) + bytes(6), 14 + 20 + 20),
        (build.ether(build.tcp(A6, 40000, B6, 80, 5, 6, "PA", SECRET), 0x86DD), 14 + 40 + 20),
        (build.ether(build.udp(A, 40000, B, 53, SECRET)), 14 + 20 + 8 + 16),
        (build.ether(build.ipv4(A, B, 6, SECRET, fragment=185)), 14 + 20),
        (build.ether(build.ipv4(A, B, 132, SECRET)), 14 + 20),
        (build.ether(build.ping(A, B, size=90)), 14 + 20 + 8 + 90),
        (build.ether(bytes(28), 0x0806) + SECRET, 64),
        (build.ether(build.error(N1, DATA)), 14 + 20 + 8 + 20 + 20),
        (build.ether(build.error(N1, build.ping(A, B))) + bytes(3), 14 + 20 + 8 + 84),
    ],
)
@pytest.mark.parametrize("snaplen", [160, 100])
def test_what_applications_sent_is_not_kept(frame: bytes, kept: int, snaplen: int) -> None:
    captured = Frame(0, len(frame), frame[:snaplen])
    found = without_payload(captured, Dissector().frame(captured, 1))
    assert len(found.data) == min(kept, snaplen)
    assert frame.startswith(found.data) and found.length == len(frame)


# -- against scapy -----------------------------------------------------------------------------------------------
def test_scapy_agrees() -> None:
    scapy = pytest.importorskip("scapy.all", reason="scapy is not installed")
    inner = (
        scapy.Ether()
        / scapy.IP(src=A, dst=B, ttl=61)
        / scapy.TCP(
            sport=40000, dport=80, seq=12345, flags="S", options=[("MSS", 1400), ("WScale", 7), ("SAckOK", b"")]
        )
    )
    frame = (
        scapy.Ether(src="02:00:00:00:00:09", dst="02:00:00:00:00:08")
        / scapy.Dot1Q(vlan=5)
        / scapy.IP(src=N1, dst=N2)
        / scapy.UDP(sport=50000, dport=8472)
        / scapy.VXLAN(vni=7, flags=8)
        / inner
    )
    packet = dissect(bytes(frame))
    tcp = packet.transport
    assert (packet.src, packet.dst, packet.ttl, packet.vlans) == (A, B, 61, (5,)) or packet.vlans == ()
    assert (tcp.seq, tcp.dst_port, tcp.fingerprint) == (12345, 80, (7, True, False))
    assert packet.outer and (packet.outer.src, packet.outer.vni) == (N1, 7)
    six = (
        scapy.Ether()
        / scapy.IPv6(src=A6, dst=B6)
        / scapy.IPv6ExtHdrDestOpt()
        / scapy.ICMPv6EchoRequest(id=5, seq=9, data=build.TOKEN)
    )
    found = dissect(bytes(six))
    assert (found.transport.seq, found.payload) == (9, build.TOKEN)


# -- pcapng ------------------------------------------------------------------------------------------------------
def test_pcapng_has_every_device_by_name_and_every_packet(tmp_path: pathlib.Path) -> None:
    scapy = pytest.importorskip("scapy.all", reason="scapy is not installed")
    frames = [Frame(1700000000123456000 + number, 500, build.ether(build.ping(A, B, number))) for number in range(3)]
    data = write_pcapng(
        [
            Interface("cni0", 1, 160, frames[:1], "cni0 of node-1", "icmp", received=1, dropped=0),
            Interface("eth0", 1, 160, frames[1:], "eth0 of pod:default/web on node-1"),
        ],
        "node node-1",
    )
    path = tmp_path / "x.pcapng"
    path.write_bytes(data)
    reader = scapy.RawPcapNgReader(str(path))
    packets = list(reader)
    assert [packet for packet, _meta in packets] == [frame.data for frame in frames]
    assert [meta.ifname for _packet, meta in packets] == [b"cni0", b"eth0", b"eth0"]
    assert [meta.wirelen for _packet, meta in packets] == [500] * 3
    times = [(meta.tshigh << 32) + meta.tslow for _packet, meta in packets]
    assert times == [frame.time_ns for frame in frames]


def test_pcapng_of_nothing_is_a_valid_section() -> None:
    data = write_pcapng([])
    kind, length = struct.unpack_from("<II", data)
    assert (kind, length) == (0x0A0D0D0A, len(data))
    assert struct.unpack_from("<I", data, len(data) - 4) == (len(data),)
