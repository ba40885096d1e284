# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ipaddress
import os
import pathlib
import shutil
import subprocess
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._capture._types import StartOptions
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._filter import (
    MAX_ADDRESSES,
    MAX_PORTS,
    FlowFilter,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._pcap import read_pcap
from ansible_collections.podnet.diagnostics.tests.unit.plugins.plugin_utils._evidence import packet_builder as build

PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
TCPDUMP = shutil.which("tcpdump", path=PATH)
needs_tcpdump = pytest.mark.skipif(TCPDUMP is None, reason="tcpdump is not installed")

A, B, OTHER, N1, N2 = "10.244.1.5", "10.244.2.7", "10.244.3.9", "192.0.2.11", "192.0.2.12"
A6, B6, OTHER6 = "fd00:1::5", "fd00:2::7", "fd00:3::9"


def flow_filter(*addresses: str, **fields: t.Any) -> FlowFilter:
    return FlowFilter(
        tuple(map(ipaddress.ip_address, addresses or (A, B, A6, B6))),
        **{"tcp_ports": (8080,), "udp_ports": (53,), **fields},
    )


def passing(text: str, frames: t.Sequence[bytes], folder: pathlib.Path, link: int = 1) -> list[int]:
    """Which frames tcpdump lets through."""
    source, target = folder / "in.pcap", folder / "out.pcap"
    source.write_bytes(build.pcap(frames, link))
    subprocess.run(
        [str(TCPDUMP), "-r", str(source), "-w", str(target), "-Z", "root", "--", text]
        if os.geteuid() == 0
        else [str(TCPDUMP), "-r", str(source), "-w", str(target), "--", text],
        check=True,
        capture_output=True,
        timeout=60,
    )
    # The time of a frame is its number.
    return [frame.time_ns // 10**9 - 1700000000 for frame in read_pcap(target.read_bytes()).frames]


def frame(packet: bytes) -> bytes:
    return build.ether(packet, 0x86DD if packet[0] >> 4 == 6 else 0x0800)


def tunnel(packet: bytes, **fields: t.Any) -> bytes:
    return build.vxlan(packet, N1, N2, kind=0x86DD if packet[0] >> 4 == 6 else 0x0800, **fields)


def tunnel6(packet: bytes) -> bytes:
    return build.vxlan(packet, "2001:db8::1", "2001:db8::2", kind=0x86DD if packet[0] >> 4 == 6 else 0x0800)


WANTED = [
    build.ping(A, B),
    build.ping(OTHER, A),
    build.ping(A6, B6),
    build.tcp(A, 40000, OTHER, 8080, 1),
    build.tcp(OTHER, 8080, B, 40000, 1, 2, "SA"),
    build.tcp(A6, 40000, B6, 8080, 1),
    build.udp(A, 5, OTHER, 53, b"x" * 20),
    build.error(OTHER, build.tcp(A, 1, B, 2, 3)),
]
FOREIGN = [
    build.ping(OTHER, N1),
    build.ping(OTHER6, "fd00:9::1"),
    build.tcp(A, 40000, B, 22, 1),
    build.udp(A, 5, B, 123, b"x" * 20),
    build.tcp(OTHER, 40000, N1, 8080, 1),
]


@needs_tcpdump
def test_finds_the_flow_plain_and_in_tunnels_and_nothing_else(tmp_path: pathlib.Path) -> None:
    frames = [frame(wrap(packet)) for wrap in (bytes, tunnel, tunnel6) for packet in WANTED]
    foreign = [frame(wrap(packet)) for wrap in (bytes, tunnel, tunnel6) for packet in FOREIGN]
    foreign += [build.ether(bytes(28), 0x0806), frame(build.udp(N1, 1, N2, 8472, b"")), build.ether(b"")]
    foreign += [frame(tunnel(build.ping(A, B), port=9999))]
    assert passing(flow_filter().text(), [*frames, *foreign], tmp_path) == list(range(len(frames)))


@needs_tcpdump
def test_inner_options_move_the_ports(tmp_path: pathlib.Path) -> None:
    segment = build.tcp(A, 40000, B, 8080, 1)[20:]
    inner = build.ipv4(A, B, 6, segment, options=b"\x94\x04\0\0" * 3)
    assert passing(flow_filter().text(), [frame(tunnel(inner)), frame(tunnel6(inner))], tmp_path) == [0, 1]


@needs_tcpdump
def test_whoever_answers_a_node_that_stands_for_the_client_is_wanted(tmp_path: pathlib.Path) -> None:
    wanted = build.udp(OTHER, 53, N1, 41000, b"x" * 20)
    others = [
        build.udp(OTHER, 53, N2, 41000, b"x"),
        build.udp(OTHER, 54, N1, 41000, b"x"),
        build.udp(N1, 5, OTHER, 53, b"x"),
    ]
    text = flow_filter(answered_to=(ipaddress.ip_address(N1),)).text()
    assert passing(text, [frame(wanted), *map(frame, others)], tmp_path) == [0]


@needs_tcpdump
def test_own_tunnel_ports(tmp_path: pathlib.Path) -> None:
    frames = [frame(tunnel(build.ping(A, B), port=port)) for port in (4789, 8472, 9999)]
    assert passing(flow_filter(vxlan_ports=(9999,)).text(), frames, tmp_path) == [2]
    assert passing(flow_filter(vxlan_ports=()).text(), frames, tmp_path) == []


@needs_tcpdump
def test_errors_about_tunnel_packets_are_wanted(tmp_path: pathlib.Path) -> None:
    frames = [
        frame(build.error("192.0.2.1", tunnel(build.ping(OTHER, A)), 3, 4, 1400)),
        frame(build.error("192.0.2.1", build.udp(N1, 5, N2, 53, b"x" * 20), 3, 4, 1400)),
    ]
    assert passing(flow_filter().text(), frames, tmp_path) == [0]


@needs_tcpdump
def test_handshake_only_leaves_out_data(tmp_path: pathlib.Path) -> None:
    text = flow_filter(handshake_only=True).text()
    packets = [
        build.tcp(src, 40000, dst, 8080, 1, 2, flags)
        for src, dst in ((A, B), (A6, B6))
        for flags in ("S", "SA", "RA", "FA", "A", "PA")
    ]
    frames = [frame(wrap(packet)) for wrap in (bytes, tunnel, tunnel6) for packet in packets]
    assert passing(text, frames, tmp_path) == [number for number in range(len(frames)) if number % 6 < 4]


@needs_tcpdump
def test_without_ethernet(tmp_path: pathlib.Path) -> None:
    assert passing(
        flow_filter().text(), [build.ping(A, B), tunnel(build.ping(A, B)), build.ping(OTHER, N1)], tmp_path, link=101
    ) == [0, 1]


@needs_tcpdump
@pytest.mark.parametrize("handshake_only", [False, True])
def test_the_largest_filter_fits_into_the_kernel(handshake_only: bool) -> None:
    half = MAX_ADDRESSES // 2
    addresses = [f"10.1.{number}.9" for number in range(half)] + [f"fd00:{number}::1" for number in range(half)]
    ports = tuple(range(1, MAX_PORTS + 1))
    text = flow_filter(*addresses, tcp_ports=ports, udp_ports=ports, handshake_only=handshake_only).text()
    compiled = subprocess.run(
        [str(TCPDUMP), "-i", "lo", "-y", "EN10MB", "-d", "--", text],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    if compiled.returncode and "permission" in compiled.stderr.lower():
        pytest.skip("tcpdump may not open a device here")
    assert compiled.returncode == 0, compiled.stderr
    assert len(compiled.stdout.splitlines()) <= 4096


def test_the_module_takes_the_text() -> None:
    options = {"run_id": "x", "devices": [{"name": "eth0"}], "filter": flow_filter(handshake_only=True).text()}
    assert StartOptions.from_dict(options).filter == options["filter"]


@pytest.mark.parametrize(
    "fields",
    [
        {"tcp_ports": (0,)},
        {"tcp_ports": (70000,)},
        {"udp_ports": ("53",)},
        {"tcp_ports": (True,)},
        {"tcp_ports": tuple(range(1, MAX_PORTS + 2))},
        {"vxlan_ports": (-1,)},
        {"tcp_ports": (), "udp_ports": (), "icmp": False},
    ],
)
def test_numbers_that_are_none_of_ports(fields: dict[str, t.Any]) -> None:
    with pytest.raises(ValueError, match="Cannot build a packet filter"):
        flow_filter(**fields).text()


def test_too_many_addresses_and_none() -> None:
    with pytest.raises(ValueError, match="more than"):
        flow_filter(*(f"10.0.0.{number}" for number in range(MAX_ADDRESSES + 1)))
    with pytest.raises(ValueError, match="capture nothing"):
        FlowFilter(())
