# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A neighbour entry with the hardware address of all: its owner gets the frames, and takes some of them."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, Outcome, World

CLIENT, SERVER = "pod:default/client-1", "pod:default/web-b"
SILENT: t.Mapping[str, Outcome] = dict.fromkeys(("tcp", "ping"), "timed_out")


def _world(node: str, netns: str, address: str, mac: str = "ff:ff:ff:ff:ff:ff") -> World:
    world = World()
    space = world.netns(node, netns)
    device = "cni0" if address.startswith("10.") and netns == "host" else "eth0"
    kept = [one for one in space["neighbours"] if one["address"] != address]
    entry = {"family": 4, "address": address, "dev": device, "mac": mac, "state": "PERMANENT", "router": False}
    space["neighbours"] = [*kept, entry]
    return world


def _said(world: World, protocol: str, outcomes: t.Mapping[str, Outcome]) -> Json:
    port = 8080 if protocol == "tcp" else None
    found = world.diagnose(CLIENT, SERVER, port, protocol=protocol, outcomes=outcomes)
    assert found["errors"] == [] and (outcomes or found["disagreements"] == [])
    return t.cast(Json, found["verdict"])


@pytest.mark.parametrize("mac", ["ff:ff:ff:ff:ff:ff", "03:bf:0a:f4:02:04"])
def test_tcp_takes_no_frames_for_all(mac: str) -> None:
    verdict = _said(_world("node-2", "host", "10.244.2.4", mac), "tcp", {"tcp": "timed_out"})
    assert (verdict["root_causes"], verdict["location"]["node"]) == (["neighbour-failed"], "node-2"), verdict["summary"]


def test_pings_in_frames_for_all_are_answered() -> None:
    assert _said(_world("node-2", "host", "10.244.2.4"), "icmp", {})["result"] == "healthy"


def test_frames_for_all_are_not_forwarded() -> None:
    verdict = _said(_world("node-1", CLIENT, "10.244.1.1"), "tcp", SILENT)
    assert verdict["root_causes"] == ["neighbour-failed"], verdict["summary"]
    assert (verdict["location"]["node"], verdict["location"]["pod"]) == ("node-1", "client-1")


def test_a_tunnel_s_packets_are_taken_from_frames_for_all() -> None:
    assert _said(_world("node-1", "host", "192.0.2.12"), "tcp", {})["result"] == "healthy"
