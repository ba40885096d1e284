# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes evidence doubtful, with real packets: checksums, copies, repetitions, captures that lose or begin late."""

from __future__ import annotations

import pathlib
import shutil
import subprocess

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._captures import Point, pcapng_of_node
from ansible_collections.podnet.diagnostics.tests.unit.plugins.plugin_utils._evidence.real_network import (
    ENVIRONMENT,
    RAW_SYN,
    WAY,
    A,
    B,
    Experiment,
    Network,
    counts,
    ends,
    outcomes,
    small_disk,
)

HEALTHY = ["pod-b eth0", None, "pod-a eth0", None]
BEHIND_THE_COPY = {("node-1", "flannel.1"), ("node-1", "eth0"), ("node-2", "eth0"), ("node-2", "flannel.1")}


# -- checksum as sent --------------------------------------------------------------------------------------------------
def test_a_checksum_that_is_left_to_the_device_is_no_error(experiment: Experiment) -> None:
    experiment("tcp", B, 8080, count=1)
    assert outcomes(experiment) == {"open"}
    assert experiment.rungs()[0]["checksum"] == "partial", "the kernel has left it to the veth, which does nothing"
    assert {rung["checksum"] for rung in experiment.rungs() + experiment.rungs("reply")} == {"partial"}


def test_what_the_kernel_computes_itself_is_valid(experiment: Experiment) -> None:
    experiment("icmp", B, count=1)
    told = {
        rung["device"] == "eth0" and rung["node"].startswith("node"): rung["checksum"] for rung in experiment.rungs()
    }
    assert told == {False: "valid", True: "partial"}, "between the nodes it is the tunnel's header that is not finished"


@pytest.mark.parametrize(("wrong", "told", "outcome"), [(0, "valid", "open"), (1, "invalid", "timed_out")])
def test_a_checksum_as_sent(
    experiment: Experiment, tmp_path: pathlib.Path, wrong: int, told: str, outcome: str
) -> None:
    flow = experiment("tcp", B, 8080, count=1, size=wrong, program=RAW_SYN)
    assert outcomes(experiment) == {outcome}
    assert {rung["checksum"] for rung in experiment.rungs() if rung["node"].startswith("pod")} == {told}
    if wrong:
        assert ends(flow) == ["pod-b eth0", None, None, "pod-b eth0"], "the server's kernel drops it"
    file = tmp_path / "pod-a.pcapng"
    file.write_bytes(pcapng_of_node("pod-a", experiment.captures) or b"")
    tcpdump = shutil.which("tcpdump", path=ENVIRONMENT["PATH"]) or "tcpdump"
    argv = [tcpdump, "-n", "-vv", "-r", str(file), f"src host {A} and tcp[tcpflags] == tcp-syn"]
    shown = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=30).stdout
    assert ("(incorrect" in shown) == bool(wrong) and ("(correct)" in shown) == (not wrong), shown


# -- copies and repetitions --------------------------------------------------------------------------------------------
def test_a_copy_is_told_on_every_device_behind_where_it_was_made(experiment: Experiment, network: Network) -> None:
    with network.rule("node-1", "FORWARD", "-d", B, "-j", "ACCEPT"), network.mirror("node-1", B, "10.244.2.0"):
        flow = experiment("icmp", B, count=1)
    assert flow["sightings"] and ends(flow) == HEALTHY
    copied = {(rung["node"], rung["device"]) for rung in experiment.rungs() if rung["copies"]}
    assert copied >= BEHIND_THE_COPY and not copied & {("pod-a", "eth0"), ("node-1", "veth-a"), ("node-1", "cni0")}
    assert not any(rung["retransmitted"] for rung in experiment.rungs()), "nobody sent it again"


def test_a_repetition_is_no_second_probe(experiment: Experiment, network: Network) -> None:
    answers = ("FORWARD", "-d", A, "-p", "tcp", "--tcp-flags", "SYN,ACK", "SYN,ACK", "-j", "DROP")
    with network.rule("node-2", *answers):
        flow = experiment("tcp", B, 8080, count=2)
    assert outcomes(experiment) == {"timed_out"}
    (ladder,) = experiment.index["ladders"]
    assert len({packet["label"] for packet in ladder["packets"]}) == 2, "two connections, from two ports"
    for number in range(2):
        first = experiment.rungs(packet=number)[0]
        assert (first["device"], first["copies"]) == ("eth0", 0)
        assert first["seen"] >= 2 and first["retransmitted"] == first["seen"] - 1  # one more on a busy machine
    assert ends(flow)[2:] == ["node-2 cni0", "node-2 flannel.1"] and flow["lossless"]


# -- captures ----------------------------------------------------------------------------------------------------------
def test_captures_that_start_two_seconds_apart_change_nothing(experiment: Experiment) -> None:
    late = tuple(point for point in WAY if point.node in ("node-2", "pod-b"))
    flow = experiment("icmp", B, count=3, late=late)
    assert ends(flow) == HEALTHY and flow["lossless"] and not flow["loss"]
    assert counts(flow, "forward") == counts(flow, "reply") == [3] * len(WAY)


def test_a_capture_that_loses_packets_proves_nothing(experiment: Experiment, network: Network) -> None:
    deaf = Point("node-2", "cni0")
    with network.rule("node-2", "FORWARD", "-d", B, "-p", "icmp", "-j", "DROP"):
        flow = experiment("icmp", B, count=1, deaf=deaf)
    (capture,) = [one for one in experiment.captures if one.point == deaf]
    assert capture.dropped_by_kernel, "more came than its buffer takes"
    assert ends(flow)[:2] == ["node-2 flannel.1", "node-2 cni0"] and flow["loss"] and not flow["lossless"]
    assert any("the capture lost" in note for note in flow["notes"])


def test_a_capture_whose_disk_is_full_proves_nothing(
    experiment: Experiment, network: Network, tmp_path: pathlib.Path
) -> None:
    with small_disk(tmp_path, 512 << 10), network.rule("node-2", "FORWARD", "-d", B, "-p", "icmp", "-j", "DROP"):
        flow = experiment("icmp", B, count=1, flooded=True)
    (capture,) = [one for one in experiment.captures if one.point == Point("node-2", "cni0")]
    assert capture.weakness == "the capture is cut off" and "is the disk full?" in str(capture.error)
    assert not flow["lossless"], "what it did not write may have passed"


def test_a_packet_that_a_capture_overlooked_is_not_lost(experiment: Experiment) -> None:
    flow = experiment("icmp", B, count=1, deaf=Point("node-2", "cni0"))
    assert outcomes(experiment) == {"reply"}
    assert not flow["loss"], "its answer came back, so it arrived"
