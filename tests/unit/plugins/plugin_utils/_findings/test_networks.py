# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When the network between two machines is said to carry nothing: a recorded run, and the same with one thing other."""

from __future__ import annotations

import dataclasses
import pathlib
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle import Bundle
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle_parts import read_parts
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._analyse import analyse
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Verdict
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import load

recording = pytest.importorskip("podnet_accuracy.recording")
Parts = t.Any
NOBODY = "02:00:5e:00:53:01"
CUT = ("network-carries-nothing-between-nodes", "network-carries-nothing-back")


def _recorded(name: str, folder: pathlib.Path) -> Parts:
    path = recording.path_of(name, "iptables")
    if not path.exists():
        pytest.skip(f"{path.name} is not recorded")
    recording.unpack(path, folder)
    return read_parts(Bundle.open(folder))


@pytest.fixture(name="parts", params=CUT)
def cut(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> Parts:
    return _recorded(request.param, tmp_path)


def _rungs(parts: Parts) -> t.Iterator[dict[str, t.Any]]:
    for ladder in parts.captures["ladders"]:
        for packet in ladder["packets"]:
            yield from packet["rungs"]


def _verdict(parts: Parts) -> Verdict:
    names = ("plan", "cluster", "snapshots", "probes", "captures", "events", "counters", "endpoints", "counters_again")
    return analyse(load(**{name: getattr(parts, name) for name in names})).verdict


def test_nothing_passes_between_two_machines(parts: Parts) -> None:
    verdict = _verdict(parts)
    assert (verdict.root_causes, verdict.confidence) == (("network-blocked",), "proven")
    assert verdict.location.node is None and "pings between the two machines are lost, too" in verdict.summary


def test_frames_for_another_hardware_address_may_have_come_to_its_owner(parts: Parts) -> None:
    for rung in _rungs(parts):
        if rung.get("outer_dst_mac"):
            rung["outer_dst_mac"] = NOBODY
    assert "network-blocked" not in _verdict(parts).root_causes


def test_where_pings_pass_it_is_the_tunnel(parts: Parts) -> None:
    for record in parts.probes:
        if record["request"].get("role") == "node-ping":
            record["result"] = {**record["result"], "status": "pass", "outcome": "reply", "received": 2}
    assert "network-blocked" not in _verdict(parts).root_causes


def test_a_machine_that_was_not_captured_on_may_have_had_them(parts: Parts) -> None:
    for flow in parts.captures["flows"]:
        flow["lossless"] = False
    assert _verdict(dataclasses.replace(parts)).confidence != "proven"


def test_answers_leave_for_the_router_that_the_questions_came_by(tmp_path: pathlib.Path) -> None:
    parts = _recorded("router-lets-nothing-back", tmp_path)
    verdict = _verdict(parts)
    assert (verdict.root_causes, verdict.confidence) == (("network-blocked",), "proven")

    for rung in _rungs(parts):
        if (rung["node"], rung["device"], rung["direction"]) == ("outside", "eth0", "forward"):
            rung["src_mac"] = NOBODY
    verdict = _verdict(parts)
    assert (verdict.root_causes, verdict.confidence) == (("network-blocked",), "likely")


def test_what_leaves_for_a_machine_that_was_read_is_its_to_forward(tmp_path: pathlib.Path) -> None:
    parts = _recorded("router-lets-nothing-out", tmp_path)
    assert _verdict(parts).root_causes == ("network-blocked",)

    links = next(one for one in parts.snapshots["node-1"]["netns"] if one["id"] == "host")["links"]
    known = next(link["mac"] for link in links if link["name"] == "cni0")
    for rung in _rungs(parts):
        if (rung["node"], rung["device"]) == ("node-1", "eth0"):
            rung["dst_mac"] = known
    assert "network-blocked" not in _verdict(parts).root_causes
