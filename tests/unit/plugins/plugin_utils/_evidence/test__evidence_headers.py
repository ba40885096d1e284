# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The quick look at headers: it never turns away a probe's packet, and turns away those of others."""

from __future__ import annotations

import io
import random
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._captures import FEW_FRAMES, DeviceCapture
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._headers import Interest
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._match import match
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._pcap import (
    PcapError,
    read_pcap,
    stream_frames,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._probes import Probe
from ansible_collections.podnet.diagnostics.tests.unit.plugins.plugin_utils._evidence import packet_builder as build

A, B, NAT, N1, N2 = "10.244.1.5", "10.244.2.7", "192.0.2.11", "192.0.2.11", "192.0.2.12"
TCP = Probe.from_record(
    {"id": "tcp-1", "kind": "tcp", "target": B, "port": 8080},
    {"attempts": [{"source_port": 40000, "address": B}], "local_address": A},
)
PING = Probe(id="ping-1", kind="icmp", token=build.TOKEN, clients=frozenset([A]))


def _interest(*shown: bytes) -> Interest:
    interest = Interest([TCP, PING])
    for packet in shown:
        interest.learn(build.ether(packet))
    return interest


SYN = build.tcp(A, 40000, B, 8080, 4711)
OWN = {
    "syn": SYN,
    "syn-ack": build.tcp(B, 8080, A, 40000, 9, 4712, "SA"),
    "reset": build.tcp(B, 8080, NAT, 50001, 0, 4712, "RA"),
    "data": build.tcp(A, 40000, B, 8080, 4712, 10, "PA", b"x" * 20),
    "echo": build.ping(A, B),
    "echo reply": build.ping(B, A, reply=True),
    "icmp error": build.error(B, SYN),
    "inside vxlan": build.vxlan(SYN, N1, N2),
    "another's to the server, which may be ours behind a translation": build.tcp(NAT, 50002, B, 8080, 99),
}
OTHERS = {
    "syn": build.tcp(A, 40001, "10.244.2.8", 8080, 4712),
    "data": build.tcp(A, 40001, B, 8080, 4712, 10, "PA", b"x" * 20),
    "echo": build.ipv4(A, B, 1, build.icmp(8, 0, 1, b"another token")),
    "udp": build.udp(A, 5000, B, 6000, b"hello"),
    "inside vxlan": build.vxlan(build.tcp(A, 40001, B, 8080, 4712, 10, "A"), N1, N2),
}


@pytest.mark.parametrize("name", OWN)
def test_a_packet_of_a_probe_is_wanted(name: str) -> None:
    assert _interest(SYN).wanted(build.ether(OWN[name]))


@pytest.mark.parametrize("name", OTHERS)
def test_a_packet_of_others_is_not(name: str) -> None:
    assert not _interest(SYN).wanted(build.ether(OTHERS[name]))


def test_a_connection_is_followed_through_a_translation_of_its_port() -> None:
    interest = _interest(SYN)
    data = build.ether(build.tcp(NAT, 50001, B, 8080, 4712, 10, "PA", b"x"))
    assert not interest.wanted(data)
    assert interest.wanted(build.ether(build.tcp(NAT, 50001, B, 8080, 4711)))
    assert interest.wanted(data)


@pytest.mark.parametrize(
    "frame",
    [
        build.ether(SYN, vlans=(7,)),
        build.ether(build.ipv4(A, B, 6, SYN[20:], options=b"\x94\x04\x00\x00")),
        build.ether(build.ipv4(A, B, 6, SYN[20:], fragment=0x2000)),
        build.ether(SYN)[:40],
        build.ether(
            build.ipv6("2001:db8::1", "2001:db8::2", 6, SYN[20:], extensions=b"\x06\0" + bytes(6), first=0), 0x86DD
        ),
        b"",
        b"\0" * 13,
    ],
)
def test_what_is_not_plain_is_never_turned_away(frame: bytes) -> None:
    interest = _interest(SYN)
    interest.learn(frame)
    assert interest.wanted(frame)


def test_bytes_of_any_kind_raise_nothing() -> None:
    interest, dice = _interest(SYN), random.Random(10)
    for _number in range(3000):
        start = build.ether(dice.choice(list(OWN.values())))
        frame = bytearray(start[: dice.randrange(len(start) + 1)])
        for _change in range(dice.randrange(4)):
            if frame:
                frame[dice.randrange(len(frame))] = dice.randrange(256)
        interest.learn(bytes(frame))
        interest.wanted(bytes(frame))


def test_a_large_capture_gives_what_taking_all_of_it_apart_gives() -> None:
    """Both ways over the same capture: the flows are the same."""
    dice = random.Random(3)
    noise = [
        build.tcp(A, dice.randrange(41000, 60000), B, 8080, dice.randrange(1 << 32), 7, "A") for _unused in range(200)
    ]
    packets = [dice.choice(noise) for _number in range(FEW_FRAMES + 100)]
    for number, name in enumerate(OWN):
        packets.insert(number * 500, OWN[name])
    result = build.result("eth0", packets)
    interest = _interest(SYN)
    quick = DeviceCapture.from_result("node-1", result, interest=interest)
    slow = DeviceCapture.from_result("node-1", result)
    assert len(quick.packets) < 50 < len(slow.packets)
    assert len(quick.frames) == len(slow.frames)

    def flows(capture: DeviceCapture) -> t.Any:
        return match([capture], [TCP, PING]).to_json()["flows"]

    assert flows(quick) == flows(slow)


# -- streams -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("nano", [False, True])
@pytest.mark.parametrize("order", ["<", ">"])
def test_a_stream_has_the_frames_of_the_file(order: str, nano: bool) -> None:
    few = build.pcap([build.ether(packet) for packet in OWN.values()], order=order, nano=nano)
    # More than is read at once.
    data = few[:24] + few[24:] * 2000
    assert tuple(stream_frames(io.BytesIO(data))) == read_pcap(data).frames


@pytest.mark.parametrize("cut", [30, 60, 100])
def test_a_stream_that_is_cut_off_ends_with_the_last_whole_frame(cut: int) -> None:
    data = build.pcap([build.ether(SYN)] * 3)[:-cut]
    assert tuple(stream_frames(io.BytesIO(data))) == read_pcap(data).frames


def test_a_stream_with_a_wrong_length_ends_there() -> None:
    data = build.pcap([build.ether(SYN)])
    broken = data + b"\xff" * 400
    assert len(list(stream_frames(io.BytesIO(broken)))) == 1


@pytest.mark.parametrize("data", [b"", b"\xd4\xc3", b"GET / HTTP/1.1\r\n" * 10])
def test_what_is_no_pcap_is_told(data: bytes) -> None:
    with pytest.raises(PcapError):
        list(stream_frames(io.BytesIO(data)))
