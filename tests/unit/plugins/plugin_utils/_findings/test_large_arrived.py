# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Large segments that come to the pod and are not acknowledged, and those that are lost on the way."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.tests.unit import builders
from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, World

CLIENT, SERVER = "pod:default/client-1", "pod:default/web-b"


def _point(node: str, device: str) -> Json:
    return {"node": node, "device": device, "netns": "host"}


def _said(device: str, **of_flow: t.Any) -> Json:
    """Of two segments one is larger than what passes; both were seen last at a device of node-2."""
    world = World()
    packets = [
        {"direction": "forward", "length": length, "last_forward": _point("node-2", device), "missing_forward": None}
        for length in (576, 1450)
    ]
    requests = world.evidence(CLIENT, SERVER, 8080).sent("tcp-mtu")
    flow = {"probe_id": requests[0].id, "kind": "tcp_segment", "loss": False, "lossless": True, "ambiguous": False}
    world.captures["flows"].append({**flow, "packets": packets, "sightings": [], "notes": [], "errors": [], **of_flow})
    found = world.diagnose(CLIENT, SERVER, 8080, outcomes={"tcp-mtu": builders.sizes(720, 1450)})
    assert found["errors"] == []
    return t.cast(Json, found["verdict"])


def _port() -> str:
    port = World().evidence(CLIENT, SERVER, 8080).nodes["node-2"].pod_port("pod:default/web-b")
    assert port is not None
    return port.name


def test_segments_that_come_to_the_pod() -> None:
    verdict = _said(_port())
    assert (verdict["root_causes"], verdict["confidence"]) == (["socket-filter-drop"], "likely"), verdict["summary"]
    assert verdict["location"]["pod"] == "web-b"


@pytest.mark.parametrize(
    ("device", "of_flow"),
    [("flannel.1", {}), ("", {"lossless": False}), ("", {"ambiguous": True}), ("", {"loss": True})],
)
def test_where_nobody_saw_them_come_to_the_pod(device: str, of_flow: Json) -> None:
    verdict = _said(device or _port(), **of_flow)
    assert (verdict["root_causes"], verdict["confidence"]) == (["path-mtu-blackhole"], "possible"), verdict["summary"]
