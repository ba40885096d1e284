# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ladders, the clocks of the nodes, and the one file in which all nodes have one clock."""

from __future__ import annotations

import base64
import gzip
import json
import pathlib
import shutil
import struct
import subprocess
import types
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._captures import (
    DeviceCapture,
    Point,
    merged_pcapng,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._clock import Crossing, clocks
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._ladder import shares
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._match import (
    CaptureEvidence,
    match,
    one_clock,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._probes import ExpectedPath, Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._heard import heard
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._ladder import draw, ladders
from ansible_collections.podnet.diagnostics.tests.unit.plugins.plugin_utils._evidence import packet_builder as build

A, B = "10.244.1.5", "10.244.2.7"
VETH_A, NIC_1, NIC_2, VETH_B = (
    Point("node-1", "veth1"),
    Point("node-1", "eth0"),
    Point("node-2", "eth0"),
    Point("node-2", "veth2"),
)
WAY = (VETH_A, NIC_1, NIC_2, VETH_B)
PATH = ExpectedPath(WAY)
MS, SECOND = 1_000_000, 1_000_000_000
START = 1_700_000_000 * SECOND
Timed = t.Sequence[tuple[int, bytes]]


def _capture(point: Point, packets: Timed) -> DeviceCapture:
    """What a device captured, with a time for each packet (ns after the start, by the node's clock)."""
    data = struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 1)
    for time, packet in sorted(packets):
        frame = build.ether(packet)
        seconds, rest = divmod(START + time, SECOND)
        data += struct.pack("<IIII", seconds, rest, len(frame), len(frame)) + frame
    pcap = base64.b64encode(gzip.compress(data)).decode()
    return DeviceCapture.from_result(point.node, {**build.result(point.device, []), "pcap": pcap})


def _match(world: dict[Point, list[tuple[int, bytes]]], probe: Probe) -> CaptureEvidence:
    return match([_capture(point, packets) for point, packets in world.items()], [probe])


def _ping(seq: int, there: int, back: int | None, ahead: int = 0) -> dict[Point, list[tuple[int, bytes]]]:
    """An echo whose request passes the four devices a millisecond apart from `there` on, and its reply from `back` on;
    the clock of node-2 is ahead."""
    world: dict[Point, list[tuple[int, bytes]]] = {point: [] for point in WAY}
    for number, point in enumerate(WAY):
        late = ahead if point.node == "node-2" else 0
        ttl = 64 if point == VETH_A else 63 if point.device == "eth0" else 62
        world[point].append((there + number * MS + late, build.ping(A, B, seq, ttl=ttl)))
    for number, point in enumerate(WAY[::-1] if back is not None else ()):
        late = ahead if point.node == "node-2" else 0
        ttl = 64 if point == VETH_B else 63 if point.device == "eth0" else 62
        world[point].append(((back or 0) + number * MS + late, build.ping(B, A, seq, reply=True, ttl=ttl)))
    return world


def _probe(**fields: t.Any) -> Probe:
    return Probe(id="ping-1", kind="icmp", token=build.TOKEN, clients=frozenset([A]), paths=(PATH,), **fields)


@pytest.mark.parametrize("ahead", [0, 2 * SECOND, -3600 * SECOND])
def test_the_offset_of_a_clock_is_estimated_and_the_times_are_in_order(ahead: int) -> None:
    evidence = _match(_ping(1, 0, 10 * MS, ahead), _probe())
    clock = evidence.clocks["node-2"]
    assert (clock.reference, clock.offset, clock.uncertainty, clock.both_ways) == ("node-1", ahead, MS, True)
    (ladder,) = evidence.ladders
    (packet,) = ladder.packets
    assert [(rung.point, rung.direction, rung.first // MS) for rung in packet.rungs] == [
        *((point, "forward", number) for number, point in enumerate(WAY)),
        *((point, "reply", 10 + number) for number, point in enumerate(WAY[::-1])),
    ]


def test_without_an_answer_the_offset_is_said_to_be_of_one_direction() -> None:
    evidence = _match(_ping(1, 0, None, 2 * SECOND), _probe())
    clock = evidence.clocks["node-2"]
    assert (clock.uncertainty, clock.both_ways) == (None, False)
    assert "by packets of one direction" in one_clock(evidence)


def test_a_node_that_shares_no_packet_has_no_known_clock() -> None:
    world = _ping(1, 0, None)
    world[NIC_2], world[VETH_B] = [], []
    evidence = _match(world, _probe())
    assert set(evidence.clocks) == {"node-1"}
    assert "No packet tells how the clock of node-2 stands" in one_clock(evidence)


def test_clocks_are_known_over_a_node_between() -> None:
    crossings = [
        Crossing("node-1", 0, "node-2", 100 + 7),
        Crossing("node-2", 200, "node-1", 100 + 7),
        Crossing("node-2", 0, "node-3", 50 + 5),
        Crossing("node-3", 100, "node-2", 50 + 5),
    ]
    found = clocks("node-1", ["node-1", "node-2", "node-3"], crossings)
    assert (found["node-3"].offset, found["node-3"].uncertainty) == (150, 12)


def _tcp_probe() -> Probe:
    request = {"id": "tcp-1", "kind": "tcp", "target": B, "port": 8080, "from": {"address": A}}
    result = {"attempts": [{"source_port": 40000, "address": B}], "local_address": A}
    return Probe.from_record(request, result, [PATH])


def _syn() -> bytes:
    return build.tcp(A, 40000, B, 8080, 4711)


def test_a_retransmission_is_told_from_a_copy() -> None:
    world = {VETH_A: [(0, _syn()), (1000 * MS, _syn())], NIC_1: [(MS, _syn()), (MS + 1000, _syn())]}
    (ladder,) = _match(world, _tcp_probe()).ladders
    seen = {rung.point: (rung.seen, rung.retransmitted, rung.copies) for rung in ladder.packets[0].rungs}
    assert seen == {VETH_A: (2, 1, 0), NIC_1: (2, 0, 1)}


def test_repetitions_that_all_arrive_tell_the_clocks_too() -> None:
    """Nobody answers, so the sender's kernel repeats its SYN: both are seen on both nodes."""
    ahead = 2 * SECOND
    world = {
        point: [(number * MS + late + again, _syn()) for again in (0, SECOND)]
        for number, point in enumerate(WAY)
        for late in [ahead if point.node == "node-2" else 0]
    }
    evidence = _match(world, _tcp_probe())
    assert evidence.clocks["node-2"].offset == ahead + MS, "the one between the nodes is taken to need no time"
    (ladder,) = evidence.ladders
    assert {rung.point: rung.retransmitted for rung in ladder.packets[0].rungs} == dict.fromkeys(WAY, 1)


def test_a_copy_made_on_the_way_does_not_hide_the_devices_behind_it() -> None:
    syn = _syn()
    world = {VETH_A: [(0, syn)], NIC_1: [(MS, syn), (MS + 9, syn)]}
    world |= {NIC_2: [(2 * MS, syn), (2 * MS + 9, syn)], VETH_B: [(3 * MS, syn), (3 * MS + 9, syn)]}
    (ladder,) = _match(world, _tcp_probe()).ladders
    assert [(rung.point, rung.copies) for rung in ladder.packets[0].rungs] == [
        (VETH_A, 0),
        (NIC_1, 1),
        (NIC_2, 1),
        (VETH_B, 1),
    ]


def test_a_repetition_that_was_lost_between_the_nodes_tells_no_clock() -> None:
    """Which of the two arrived is not to be told: a second may lie between them."""
    world = {VETH_A: [(0, _syn()), (SECOND, _syn())], NIC_1: [(MS, _syn()), (SECOND + MS, _syn())]}
    world |= {NIC_2: [(SECOND + 2 * MS, _syn())], VETH_B: []}
    assert set(_match(world, _tcp_probe()).clocks) == {"node-1"}


def test_a_second_probe_is_another_packet() -> None:
    world = _ping(1, 0, 10 * MS)
    for point, packets in _ping(2, 100 * MS, 110 * MS).items():
        world[point] += packets
    (ladder,) = _match(world, _probe()).ladders
    assert [packet.label.split(" of ")[0] for packet in ladder.packets] == ["echo 1", "echo 2"]
    assert all(rung.seen == 1 for packet in ladder.packets for rung in packet.rungs)


def test_it_is_told_how_many_of_how_many_each_device_saw() -> None:
    """Of ten packets three are lost between the last two devices, and of the answers one on the way back."""
    world: dict[Point, list[tuple[int, bytes]]] = {point: [] for point in WAY}
    for seq in range(1, 11):
        for point, packets in _ping(seq, seq * 100 * MS, seq * 100 * MS + 10 * MS if seq > 3 else None).items():
            if (seq <= 3 and point == VETH_B) or (seq == 10 and point == VETH_A):
                packets = [one for one in packets if seq == 10 and one[1][20:22] == b"\x08\x00"]
            world[point] += packets
    evidence = _match(world, _probe())
    (ladder,) = evidence.ladders
    assert [(count.direction, count.point, count.packets) for count in ladder.counts] == [
        ("forward", VETH_A, 10),
        ("forward", NIC_1, 10),
        ("forward", NIC_2, 10),
        ("forward", VETH_B, 7),
        ("reply", VETH_B, 7),
        ("reply", NIC_2, 7),
        ("reply", NIC_1, 7),
        ("reply", VETH_A, 6),
    ]
    index = json.loads(json.dumps(evidence.to_json()))
    there, back = shares(index["ladders"][0])
    assert there.startswith("of 10 packets, there: veth1 of node-1 10,") and there.endswith("veth2 of node-2 7")
    assert back.endswith("veth1 of node-1 6")
    assert ladders(index)[0].shares == (there, back)


def test_where_every_device_saw_everything_nothing_is_said_of_how_many() -> None:
    (ladder,) = _match(_ping(1, 0, 10 * MS), _probe()).ladders
    assert shares(json.loads(json.dumps(ladder.to_json()))) == []


def test_who_really_answered_is_told_by_the_mac_address() -> None:
    (ladder,) = _match(_ping(1, 0, 10 * MS), _probe()).ladders
    assert {rung.src_mac for rung in ladder.packets[0].rungs} == {build.MAC_A.hex(":")}


# -- picture -------------------------------------------------------------------------------------------------------
def test_the_picture_has_hosts_as_columns_and_a_cross_where_the_packet_was_lost() -> None:
    world = _ping(1, 0, None)
    world[VETH_B] = []
    index = json.loads(json.dumps(_match(world, _probe()).to_json()))
    (ladder,) = ladders(index)
    assert [(column.node, column.device) for column in ladder.columns] == [(one.node, one.device) for one in WAY]
    svg = draw(ladder, "x").source
    assert svg.count('class="host-name"') == 2
    assert svg.count('class="lost"') == 1 and "never seen" in svg


@pytest.mark.parametrize("index", [None, {}, {"ladders": 7}, {"ladders": [{"packets": [{"rungs": [{"first": "x"}]}]}]}])
def test_an_index_without_ladders_draws_nothing(index: t.Any) -> None:
    assert ladders(index) == []


def test_a_hostile_name_is_only_text() -> None:
    world = _ping(1, 0, None)
    index = json.loads(json.dumps(_match(world, _probe()).to_json()).replace("veth1", "<b>x</b>"))
    svg = draw(ladders(index)[0], "x").source
    assert "<b>" not in svg and "&lt;b&gt;" in svg


# -- one file ------------------------------------------------------------------------------------------------------
@pytest.fixture(name="merged")
def _merged(tmp_path: pathlib.Path) -> pathlib.Path:
    evidence = _match(_ping(1, 0, 10 * MS, 2 * SECOND), _probe())
    offsets = {node: clock.offset for node, clock in evidence.clocks.items()}
    data = merged_pcapng(evidence.captures, offsets, one_clock(evidence), {"node-1": "icmp", "node-2": "icmp"})
    assert data is not None
    path = tmp_path / "all.pcapng"
    path.write_bytes(data)
    return path


def test_another_reader_finds_every_packet_in_order_on_its_interface(merged: pathlib.Path) -> None:
    utils = pytest.importorskip("scapy.utils")
    packets = utils.rdpcap(str(merged))
    names = [f"{point.node} {point.device}" for point in WAY]
    assert [packet.sniffed_on for packet in packets] == [*names, *names[::-1]]
    times = [float(packet.time) for packet in packets]
    assert times == sorted(times) and times[-1] - times[0] < 0.05


@pytest.mark.parametrize("tool", ["tcpdump", "tshark", "capinfos"])
def test_the_usual_tools_open_it_without_a_complaint(tool: str, merged: pathlib.Path) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"there is no {tool} on this machine")
    argv = {
        "tcpdump": ["tcpdump", "-n", "-r", str(merged)],
        "tshark": ["tshark", "-n", "-r", str(merged), "-T", "fields", "-e", "frame.interface_name"],
        "capinfos": ["capinfos", "-M", str(merged)],
    }
    done = subprocess.run(argv[tool], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    if tool == "tcpdump":
        assert len(done.stdout.splitlines()) == 8
    if tool == "tshark":
        assert set(done.stdout.split("\n")[:-1]) == {f"{point.node} {point.device}" for point in WAY}


def test_a_wrong_checksum_is_told_beside_the_dot_and_one_that_is_left_to_the_device_is_not() -> None:
    wrong, right = bytearray(_syn()), bytearray(_syn())
    addresses = bytes(right[12:20]) + struct.pack("!IHH", len(right) - 20, 0, 6)
    right[36:38] = struct.pack("!H", ~build.checksum(addresses) & 0xFFFF)
    wrong[36:38] = b"\x47\x11"
    evidence = _match({VETH_A: [(0, bytes(right))], NIC_1: [(MS, bytes(wrong))]}, _tcp_probe())
    index = json.loads(json.dumps(evidence.to_json()))
    assert [rung["checksum"] for rung in index["ladders"][0]["packets"][0]["rungs"]] == ["partial", "invalid"]
    svg = draw(ladders(index)[0], "x").source
    assert svg.count(">checksum invalid<") == 1
    assert "request on veth1 of node-1, checksum left to the device" in svg
    (line,) = heard(t.cast(t.Any, types.SimpleNamespace(captures=index, probes=[], flows=lambda: [])))
    assert line.count("checksum") == 1 and line.endswith("(checksum invalid)")


def test_without_packets_there_is_no_file() -> None:
    assert merged_pcapng([_capture(VETH_A, [])], {}, "", {}) is None
