# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A wrong hardware address is proven by frames that were seen leaving for it, and by nothing else."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.tests.unit import builders
from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, World

CLIENT, SERVER = "pod:default/client-1", "pod:default/web-b"
FAILED: Json = {"status": "fail", "outcome": "timed_out", "received": 0}
SILENT: t.Mapping[str, builders.Outcome] = {**dict.fromkeys(("tcp", "backend-tcp"), FAILED), "ping": "no_reply"}
ADDRESS = "10.244.2.4"
STRANGER, WRONG = "02:00:5e:00:53:98", "02:00:5e:00:53:97"


def _told(**rung: t.Any) -> tuple[list[str], str]:
    """node-2 has a wrong entry for the pod's address; one device saw the packets leave."""
    world = World()
    for entry in world.netns("node-2")["neighbours"]:
        if entry["address"] == ADDRESS:
            entry.update(mac=WRONG, state="PERMANENT")
    seen = {"node": "node-2", "netns": "host", "device": "cni0", "direction": "forward", "dst_mac": WRONG, **rung}
    packets = [{"label": "SYN", "what": "syn", "rungs": [seen]}]
    world.captures["ladders"] = [{"probe_id": "tcp-1", "packets": packets}]
    found = world.diagnose(CLIENT, SERVER, 8080, outcomes=SILENT)
    return found["verdict"]["root_causes"], found["verdict"]["confidence"]


def test_frames_left_for_the_wrong_address() -> None:
    assert _told() == (["neighbour-failed"], "proven")


@pytest.mark.parametrize(
    "other",
    [{"dst_mac": STRANGER}, {"direction": "reply"}, {"device": "eth0"}, {"node": "node-1"}],
    ids=["another-address", "answers", "another-device", "another-node"],
)
def test_other_frames_prove_nothing(other: dict[str, str]) -> None:
    assert _told(**other) == (["neighbour-failed"], "likely")


def test_the_frame_around_a_tunnel_counts_where_it_leaves() -> None:
    assert _told(dst_mac=STRANGER, outer_dst_mac=WRONG) == (["neighbour-failed"], "proven")
