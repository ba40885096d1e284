# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clocks that are wrong: with somebody who is refused for it, and without."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._clocks import offsets, wrong_clocks
from ansible_collections.podnet.diagnostics.tests.unit import builders
from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, World

CLIENT, WEB = "pod:default/client-1", "service:default/web"
REFUSED = (
    "Kubelet cannot post its status: x509: certificate has expired or is not yet valid: current time"
    " 2026-01-01T10:00:01Z is before 2026-01-01T11:55:00Z"
)


def at(world: World, **times: str) -> World:
    """The nodes' own times; the controller asks at 12:00:00 and has the answer two seconds later."""
    for node, own in times.items():
        name = node.replace("_", "-")
        world.snapshots[name]["time"] = f"2026-01-01T{own}.000000Z"
        for status, second in (("started", 0), ("done", 2)):
            world.events.append(
                {"time": f"2026-01-01T12:00:0{second}.000Z", "node": name, "phase": "snapshot", "status": status,
                 "text": "", "seconds": 0.0}
            )  # fmt: skip
    return world


def diagnose(world: World, outcomes: t.Mapping[str, builders.Outcome] | None = None) -> Json:
    found = world.diagnose(CLIENT, WEB, 80, outcomes=outcomes)
    assert found["errors"] == []
    return found


@pytest.mark.parametrize(
    ("own", "seconds"),
    [("12:00:01", 0.0), ("12:00:00", 0.0), ("12:00:02", 0.0), ("14:00:02", 7200.0), ("10:00:00", -7200.0)],
)
def test_what_lies_between_question_and_answer_is_no_offset(own: str, seconds: float) -> None:
    evidence = at(World(), node_1=own).evidence(CLIENT, WEB, 80)
    assert offsets(evidence) == {"node-1": seconds}


def test_when_all_nodes_are_off_by_the_same_the_controller_is() -> None:
    assert wrong_clocks(at(World(), node_1="14:00:02", node_2="14:00:01").evidence(CLIENT, WEB, 80)) == {}
    assert set(wrong_clocks(at(World(), node_1="14:00:02", node_2="12:00:01").evidence(CLIENT, WEB, 80))) == {"node-1"}


def test_a_clock_that_harms_nothing_is_information() -> None:
    found = diagnose(at(World(), node_1="12:00:01", node_2="10:00:01"))
    assert found["verdict"]["result"] == "healthy"
    (one,) = found["findings"]
    assert (one["id"], one["severity"], one["location"]) == ("clock-skew", "info", {"node": "node-2"})
    assert "2.0 h behind the controller's; nothing there says" in one["observed"]


def test_a_clock_that_is_a_little_off_is_not_spoken_of() -> None:
    assert diagnose(at(World(), node_1="12:00:01", node_2="12:04:00"))["findings"] == []


def unmade(world: World) -> World:
    """kube-proxy of node-1 has not heard of the Service: its rules lack it."""
    world.set_netfilter("node-1", builders.netfilter(services=False))
    return world


NO_SERVICE: dict[str, builders.Outcome] = {"tcp": "timed_out"}


def refused_on(world: World, node: str) -> World:
    """An event of the kube-proxy pod of a node."""
    about = {"kind": "Pod", "namespace": "kube-system", "name": f"kube-proxy-{node}"}
    message = f'watch of *v1.Service failed: Get "https://192.0.2.2:6443/": {REFUSED[31:]}'
    world.resources("events").append({"reason": "Unhealthy", "message": message, "involvedObject": about})
    return world


def test_rules_that_are_old_because_kube_proxy_is_refused() -> None:
    world = refused_on(unmade(at(World(), node_1="10:00:01", node_2="12:00:01")), "node-1")
    verdict = diagnose(world, NO_SERVICE)["verdict"]
    assert verdict["root_causes"] == ["clock-skew"], verdict["summary"]
    assert (verdict["location"], verdict["confidence"]) == ({"node": "node-1"}, "likely")


@pytest.mark.parametrize(
    ("clock", "refused"),
    [
        pytest.param("10:00:01", "", id="nobody is refused"),
        pytest.param("10:00:01", "node-2", id="refused on another node"),
        pytest.param("12:00:01", "node-1", id="a certificate that has really expired"),
    ],
)
def test_rules_that_are_old_for_another_reason(clock: str, refused: str) -> None:
    world = unmade(at(World(), node_1=clock, node_2="12:00:01"))
    if refused:
        refused_on(world, refused)
    verdict = diagnose(world, NO_SERVICE)["verdict"]
    assert verdict["root_causes"] == ["kube-proxy-rules-stale"], verdict["summary"]
