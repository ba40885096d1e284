# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What captures saw arrive, leave and get lost between machines, each with what looks like it."""

from __future__ import annotations

import copy
import dataclasses
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._analyse import analyse
from ansible_collections.podnet.diagnostics.tests.unit import builders
from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, World

OUTSIDE = "host:outside"
ADDRESS = "203.0.113.60"
FAILED: Json = {"status": "fail", "outcome": "timed_out", "received": 0}
UNASKED: Json = {"status": "error", "outcome": "timed_out", "received": 0}
PORT: t.Mapping[str, builders.Outcome] = {"tcp": FAILED, "tcp-mtu": UNASKED, "http": FAILED, "connections": FAILED}
PASSES: Json = {"status": "pass", "outcome": "reply", "sent": 2, "received": 2}


def _verdict(found: Json) -> Json:
    assert found["errors"] == []
    return t.cast(Json, found["verdict"])


# -- a load balancer's address -------------------------------------------------------------------------------------
def _balanced(node: str, source: str, beyond: bool = False, **spec: t.Any) -> Json:
    """Packets for web's load balancer's address that a router brought to a node; beyond: they went on from there."""
    world = World()
    service = world.item("services", "web")
    service["spec"].update({"type": "LoadBalancer", **spec})
    service["status"] = {"loadBalancer": {"ingress": [{"ip": ADDRESS}]}}
    for piece in world.resources("endpointslices"):
        piece["endpoints"] = [one for one in piece["endpoints"] if one.get("nodeName") != "node-1"]
    world.seen("tcp-1", ("outside", "eth0"), (node, "cni0"))
    seen = {"netns": "host", "direction": "forward", "count": 2, "src": source, "port": 80, "outer": None}
    sightings = world.captures["flows"][-1]["sightings"]
    sightings.append({**seen, "node": node, "device": "eth0", "dst": ADDRESS})
    if beyond:
        sightings.append({**seen, "node": node, "device": "cni0", "dst": "10.244.2.3"})
    outcomes = {"tcp": FAILED, "ping": "no_reply", "backend-tcp": FAILED}
    return _verdict(world.diagnose(OUTSIDE, ADDRESS, 80, outcomes=outcomes))


def test_a_router_brings_packets_to_a_node_without_endpoint() -> None:
    verdict = _balanced("node-1", builders.OUTSIDE, externalTrafficPolicy="Local")
    assert (verdict["root_causes"], verdict["confidence"]) == (["service-external-traffic-local"], "proven")
    assert verdict["location"]["service"] == "web"


@pytest.mark.parametrize("policy", ["Local", "Cluster"])
def test_a_node_that_may_forward_them_is_not_blamed(policy: str) -> None:
    node = "node-2" if policy == "Local" else "node-1"
    assert _balanced(node, builders.OUTSIDE, externalTrafficPolicy=policy)["root_causes"] == []


def test_what_went_on_was_not_kept_out() -> None:
    assert _balanced("node-1", builders.OUTSIDE, True, externalTrafficPolicy="Local")["root_causes"] == []


@pytest.mark.parametrize(("source", "roots"), [("192.0.2.1", ["loadbalancer-source-range"]), (builders.OUTSIDE, [])])
def test_a_router_gives_clients_an_address_that_the_ranges_do_not_hold(source: str, roots: list[str]) -> None:
    verdict = _balanced("node-1", source, loadBalancerSourceRanges=[f"{builders.OUTSIDE}/32"])
    assert verdict["root_causes"] == roots
    if roots:
        assert (verdict["confidence"], "192.0.2.1" in verdict["summary"]) == ("proven", True)


# -- between machines ----------------------------------------------------------------------------------------------
def _serving_outside() -> World:
    world = World()
    world.netns("outside")["sockets"].append(builders.socket(22))
    return world


def _lost_outside(reply: bool = False, **outcomes: Json) -> Json:
    """client-1 asks a server outside; its packets, or the answers, are lost between node-1 and there."""
    world = _serving_outside()
    ends = (("outside", "eth0"), ("node-1", "eth0"))
    world.seen("tcp-1", *(ends if reply else reversed(ends)), reply=reply)
    return _verdict(world.diagnose("node:node-1", OUTSIDE, 22, outcomes={**PORT, "ping": PASSES, **outcomes}))


@pytest.mark.parametrize("reply", [False, True])
def test_a_port_is_dropped_on_the_way_to_a_machine_that_answers_pings(reply: bool) -> None:
    verdict = _lost_outside(reply)
    assert (verdict["root_causes"], verdict["confidence"]) == (["network-blocked"], "proven")
    assert ("answers" in verdict["summary"]) == reply


@pytest.mark.parametrize(("outcome", "roots"), [("refused", ["network-blocked"]), ("timed_out", [])])
def test_a_reset_of_somebody_in_between_ends_a_trace_too(outcome: str, roots: list[str]) -> None:
    """Of a port that is silent, a trace that came to it says that something passes."""
    world = _serving_outside()
    world.seen("tcp-1", ("node-1", "eth0"), ("outside", "eth0"))
    outcomes = {**{key: {**FAILED, "outcome": outcome} for key in PORT}, "tcp-mtu": UNASKED, "ping": PASSES}
    evidence = world.evidence("node:node-1", OUTSIDE, 22, outcomes=outcomes)
    asked = next(one for one in evidence.probes if one.role == "tcp")
    traced = dataclasses.replace(
        asked, request={**asked.request, "id": "tcp-1-trace", "kind": "trace", "role": "trace"}, result={**PASSES}
    )
    evidence = dataclasses.replace(evidence, probes=(*evidence.probes, traced))
    assert _verdict(analyse(evidence).to_json())["root_causes"] == roots


def test_where_pings_fail_too_the_way_itself_may_be_wrong() -> None:
    assert _lost_outside(ping={"status": "fail", "outcome": "no_reply", "received": 0})["root_causes"] == []


def test_a_port_that_answered_once_is_not_blocked() -> None:
    assert "network-blocked" not in _lost_outside(tcp={**FAILED, "sent": 4, "received": 1})["root_causes"]


def test_another_next_hop_than_that_of_pings_is_no_network_that_blocks() -> None:
    world = _serving_outside()
    host = world.netns("node-1")
    host["rules"].append(builders.rule(900, "200", protocol="tcp"))
    host["routes"].append(builders.route("0.0.0.0/0", "eth0", "192.0.2.250", table="200"))
    world.seen("tcp-1", ("node-1", "eth0"), ("outside", "eth0"))
    found = world.diagnose("node:node-1", OUTSIDE, 22, outcomes={**PORT, "ping": PASSES})
    assert "network-blocked" not in _verdict(found)["root_causes"]


# -- a node in between ---------------------------------------------------------------------------------------------
def test_a_node_in_between_that_was_not_read_is_named_and_not_blamed() -> None:
    world = _serving_outside()
    third = copy.deepcopy(world.item("nodes", "node-2"))
    third["metadata"]["name"] = "node-3"
    third["status"]["addresses"] = [{"type": "InternalIP", "address": "192.0.2.13"}]
    third["metadata"]["annotations"]["flannel.alpha.coreos.com/public-ip"] = "192.0.2.13"
    world.resources("nodes").append(third)
    host = world.netns("node-1")
    host["rules"].append(builders.rule(900, "200"))
    host["routes"].append(builders.route("198.51.100.0/24", "eth0", "192.0.2.13", table="200"))
    found = world.diagnose("node:node-1", OUTSIDE, 22, outcomes={**PORT, "ping": "no_reply"})
    verdict = _verdict(found)
    assert verdict["result"] == "inconclusive"
    assert "node-3, which was not read" in verdict["summary"]


def test_pings_of_a_service_are_pings_of_its_pods() -> None:
    verdict = _verdict(World().diagnose("pod:default/client-1", "service:default/web", protocol="icmp"))
    assert (verdict["result"], "its pods were pinged" in verdict["summary"]) == ("healthy", True)
    other = _verdict(World().diagnose("pod:default/client-1", "service:default/web", 80))
    assert "pinged" not in other["summary"]
