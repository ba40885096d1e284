# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hardware addresses that nobody answers for, and why; packets that live too short; rules not met."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.tests.unit import builders
from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, World

CLIENT, PEER = "pod:default/client-1", "pod:default/client-2"
SILENT: t.Mapping[str, builders.Outcome] = {
    **dict.fromkeys(("ping", "node-pod-ping", "reverse-ping"), "no_reply"),
    "mtu": {"status": "error", "outcome": None},
    "reverse-mtu": {"status": "error", "outcome": None},
}


def _drop_at_input(world: World, family: str, device: str, more: list[Json]) -> None:
    """A table of node-2 whose one chain drops what comes in by a device."""
    place = {"family": family, "table": "guard"}
    chain = {**place, "name": "first", "handle": 1, "type": "filter", "hook": "input", "prio": 0, "policy": "accept"}
    match = {"match": {"op": "==", "left": {"meta": {"key": "iifname"}}, "right": device}}
    rule = {**place, "chain": "first", "handle": 2, "expr": [match, *more, {"drop": None}]}
    items = [{"table": {"family": family, "name": "guard", "handle": 1}}, {"chain": chain}, {"rule": rule}]
    world.netns("node-2")["netfilter"]["nftables"]["text"] = json.dumps({"nftables": items})


def _ping(world: World) -> Json:
    found = world.diagnose(CLIENT, PEER, protocol="icmp", outcomes=SILENT)
    assert found["errors"] == []
    return found


def _unanswered(world: World) -> str:
    """node-2 has asked for the pod on its bridge in vain; the address of the pod."""
    address = str(world.link("node-2", "eth0", PEER)["addresses"][0]["address"])
    for entry in world.netns("node-2")["neighbours"]:
        if entry["dev"] == "cni0" and entry["address"] == address:
            entry.update(mac=None, state="FAILED")
    return address


def test_a_pod_that_answers_no_question_for_its_hardware_address() -> None:
    world = World()
    _unanswered(world)
    world.netns("node-2", PEER)["sysctls"]["net.ipv4.conf.all.arp_ignore"] = "8"
    verdict = _ping(world)["verdict"]
    assert verdict["root_causes"] == ["neighbour-failed"]
    assert (verdict["location"]["node"], verdict["location"]["pod"]) == ("node-2", "client-2")


def test_a_pod_whose_device_does_no_arp() -> None:
    world = World()
    _unanswered(world)
    link = world.link("node-2", "eth0", PEER)
    link["flags"] = [*link["flags"], "NOARP"]
    verdict = _ping(world)["verdict"]
    assert (verdict["root_causes"], verdict["location"]["pod"]) == (["neighbour-failed"], "client-2")


def test_a_rule_that_drops_answers_to_the_question() -> None:
    world = World()
    _unanswered(world)
    _drop_at_input(world, "arp", "cni0", [])
    verdict = _ping(world)["verdict"]
    assert (verdict["root_causes"], verdict["location"]) == (["netfilter-drop"], {"node": "node-2"})


def test_a_rule_of_that_family_for_another_device() -> None:
    world = World()
    _unanswered(world)
    _drop_at_input(world, "arp", "docker0", [])
    assert _ping(world)["verdict"]["root_causes"] in ([], ["neighbour-failed"])


def test_a_namespace_that_sends_short_lived_packets() -> None:
    world = World()
    world.netns("node-1", CLIENT)["sysctls"]["net.ipv4.ip_default_ttl"] = "1"
    verdict = _ping(world)["verdict"]
    assert verdict["root_causes"] == ["ttl-exceeded"]
    assert (verdict["location"]["node"], verdict["location"]["pod"]) == ("node-1", "client-1")


def test_a_rule_that_shortens_the_life_of_packets() -> None:
    world = World()
    rule = "*mangle\n:FORWARD ACCEPT [0:0]\n[3:180] -A FORWARD -d 10.244.2.0/24 -j TTL --ttl-set 1\nCOMMIT\n"
    world.set_netfilter("node-1", rule)
    found = _ping(world)
    # node-1 still sends it on, and node-2 finds nothing left of its life.
    assert (found["verdict"]["root_causes"], found["verdict"]["location"]) == (["ttl-exceeded"], {"node": "node-1"})


@pytest.mark.parametrize("life", ["3", "64", "255"])
def test_packets_that_live_long_enough(life: str) -> None:
    world = World()
    world.netns("node-1", CLIENT)["sysctls"]["net.ipv4.ip_default_ttl"] = life
    assert world.diagnose(CLIENT, PEER, protocol="icmp")["verdict"]["result"] == "healthy"


def test_a_rule_whose_condition_was_not_met_is_told() -> None:
    world = World()
    rule = '*filter\n:FORWARD ACCEPT [0:0]\n[0:0] -A FORWARD -m string --string "POST" --algo bm -j DROP\nCOMMIT\n'
    world.set_netfilter("node-2", rule)
    found = world.diagnose(CLIENT, PEER, protocol="icmp")
    assert (found["errors"], found["verdict"]["result"]) == ([], "healthy")
    assert [(one["id"], one["severity"]) for one in found["findings"]] == [("netfilter-drop", "info")]
