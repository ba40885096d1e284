# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries of connection tracking that are older than the rules, and those that look like it and harm nothing."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.tests.unit import builders
from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, World

CLIENT, DNS = "pod:default/client-1", "service:kube-system/kube-dns"
SOURCE, GONE = "10.244.1.2", "10.244.2.77"
BACKEND = "10.244.2.3"
BEFORE, AFTER = "2026-01-01T00:00:00.000000Z", "2026-01-01T00:00:06.000000Z"


def entry(to: str, left: int = 25, sport: int = 40000, **parts: t.Any) -> Json:
    return {
        "protocol": "udp",
        "src": SOURCE,
        "dst": builders.CLUSTER_DNS,
        "sport": sport,
        "dport": 53,
        "reply_src": to,
        "reply_dst": SOURCE,
        "reply_sport": 53,
        "reply_dport": sport,
        "status": ["CONFIRMED", *(["DNAT"] if to != builders.CLUSTER_DNS else [])],
        "state": None,
        "seconds_left": left,
        "mark": 0,
        "zone": 0,
        **parts,
    }


def tracked(early: list[Json], late: list[Json] | None) -> World:
    """A world whose source's node has these entries in its table at both looks; None: there was no second one."""
    world = World()
    world.snapshots["node-1"]["time"] = BEFORE
    world.netns("node-1")["connections"] = early
    if late is not None:
        world.counters["node-1"] = {"before": BEFORE, "after": AFTER, "netns": {}, "connections": late}
    return world


def diagnose(world: World) -> Json:
    found = world.diagnose(CLIENT, DNS, 53, protocol="udp")
    assert found["errors"] == []
    return found


def ids(found: Json) -> list[str]:
    return [one["id"] for one in found["findings"] if one["id"] == "conntrack-stale"]


@pytest.mark.parametrize("to", [GONE, builders.CLUSTER_DNS])
def test_flow_in_use_that_the_rules_have_left(to: str) -> None:
    found = diagnose(tracked([entry(to)], [entry(to, 29)]))
    verdict = found["verdict"]
    assert (verdict["result"], verdict["root_causes"], verdict["confidence"]) == (
        "fault",
        ["conntrack-stale"],
        "proven",
    )
    assert verdict["location"] == {"node": "node-1", "service": "kube-system/kube-dns"}
    assert (
        f"conntrack -D -p udp --orig-src {SOURCE} --orig-dst {builders.CLUSTER_DNS} --sport 40000"
        in verdict["remediation"]
    )
    (finding,) = (one for one in found["findings"] if one["id"] == "conntrack-stale")
    assert f"to {BACKEND}:53" in finding["expected"]
    assert ("untranslated" in finding["observed"]) == (to == builders.CLUSTER_DNS)


@pytest.mark.parametrize(("answered", "expected"), [("answer", ["conntrack-stale"]), ("no_reply", [])])
def test_a_pod_that_was_not_read_is_where_new_flows_arrive_that_are_answered(
    answered: str, expected: list[str]
) -> None:
    world = tracked([entry(GONE)], [entry(GONE, 29)])
    snapshot = world.snapshots["node-2"]
    snapshot["netns"] = [one for one in snapshot["netns"] if "coredns" not in one["id"]]
    outcome: Json = {"status": "pass" if answered == "answer" else "error", "outcome": answered}
    assert ids(world.diagnose(CLIENT, DNS, 53, protocol="udp", outcomes={"udp": outcome})) == expected


def test_what_one_look_shows_is_no_verdict() -> None:
    found = diagnose(tracked([entry(GONE)], None))
    assert found["verdict"]["result"] == "healthy"
    assert [(one["severity"], one["confidence"]) for one in found["findings"] if one["id"] == "conntrack-stale"] == [
        ("info", "likely")
    ]


@pytest.mark.parametrize(
    ("early", "late"),
    [
        pytest.param([entry(GONE)], [entry(GONE, 19)], id="nobody sends on it any more"),
        pytest.param([entry(GONE)], [], id="it is forgotten already"),
        pytest.param([entry(BACKEND)], [entry(BACKEND, 29)], id="it leads where the rules lead"),
        pytest.param([entry(GONE, protocol="tcp")], [entry(GONE, 29, protocol="tcp")], id="tcp gives up by itself"),
        pytest.param([entry(GONE, dport=5353)], [entry(GONE, 29, dport=5353)], id="another port"),
        pytest.param([entry("10.244.2.9")], [entry("10.244.2.9", 29)], id="an endpoint that is being drained"),
    ],
)
def test_entries_that_harm_nothing(early: list[Json], late: list[Json]) -> None:
    world = tracked(early, late)
    draining = {
        "addresses": ["10.244.2.9"],
        "nodeName": "node-2",
        "conditions": {"ready": False, "serving": True, "terminating": True},
        "targetRef": {"kind": "Pod", "namespace": "kube-system", "name": "coredns-0"},
    }
    world.item("endpointslices", "kube-dns-x")["endpoints"].append(draining)
    found = diagnose(world)
    assert found["verdict"]["result"] == "healthy"
    assert ids(found) == []


def test_old_backend_that_still_answers() -> None:
    """A pod that left the Service and lives on: worth knowing, and no fault of this connection."""
    status = ["CONFIRMED", "DNAT", "SEEN_REPLY", "ASSURED"]
    found = diagnose(tracked([entry(GONE, 110, status=status)], [entry(GONE, 119, status=status)]))
    assert found["verdict"]["result"] == "healthy"
    assert ids(found) == ["conntrack-stale"]


def test_probes_that_fail_for_a_reason_that_is_not_known_do_not_meet_the_entry() -> None:
    found = tracked([entry(GONE)], [entry(GONE, 29)]).diagnose(
        CLIENT, DNS, 53, protocol="udp", outcomes={"udp": "no_reply", "ping": "no_reply"}
    )
    assert "conntrack-stale" not in found["verdict"]["root_causes"]
    assert [one["severity"] for one in found["findings"] if one["id"] == "conntrack-stale"] == ["info"]


def test_rules_that_lose_new_flows_too_are_the_cause() -> None:
    world = tracked([entry(GONE)], [entry(GONE, 29)])
    world.drop_route("node-1", "10.244.2.0/24")
    found = world.diagnose(
        CLIENT,
        DNS,
        53,
        protocol="udp",
        outcomes={**dict.fromkeys(("ping", "node-pod-ping", "reverse-ping"), "no_reply"), "udp": "no_reply"},
    )
    assert "conntrack-stale" not in found["verdict"]["root_causes"]
    assert "route-missing" in found["verdict"]["root_causes"]


def test_what_stands_behind_a_rule_that_silences_udp_is_a_cause_of_its_own() -> None:
    world = builders.World()
    world.set_netfilter("node-2", builders.netfilter(first="[3:252] -A FORWARD -p udp -m udp --dport 5399 -j DROP\n"))
    found = world.diagnose(CLIENT, "pod:default/web-b", 5399, protocol="udp", outcomes={"udp": "no_reply"})
    assert found["verdict"]["root_causes"] == ["netfilter-drop", "port-not-listening"]
