# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is too little of, or too much: ports of NAT, room in a queue, hardware addresses."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.tests.unit import builders
from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, World
from ansible_collections.podnet.diagnostics.tests.unit.plugins.plugin_utils._findings.test_intermittent import (
    ask,
    burst,
    counters,
    growing,
)

NAT = "*nat\n:POSTROUTING ACCEPT [0:0]\n[0:0] -A POSTROUTING -d 10.244.2.0/24 -p tcp -j {}\nCOMMIT\n"


def _world(target: str = "", moved: int | None = None) -> World:
    world = World()
    world.dose = "gentle"
    if target:
        text = builders.netfilter().partition("*nat")[0] + NAT.format(target)
        world.set_netfilter("node-1", text)
    if moved is not None:
        world.counters = {"node-1": counters(conntrack={"insert_failed": [10, 10 + moved]})}
    return world


@pytest.mark.parametrize(
    ("target", "moved", "confidence"),
    [
        ("MASQUERADE --to-ports 1000-1001", 6, "proven"),
        ("MASQUERADE --to-ports 1000-1001", None, "likely"),
        ("SNAT --to-source 10.244.1.0:1000-1001", 6, "proven"),
    ],
)
def test_two_ports_for_five_connections_together(target: str, moved: int | None, confidence: str) -> None:
    world = _world(target, moved)
    found = ask(world, {"connections": growing("oottt", singles="ooo")})
    assert found["verdict"]["root_causes"] == ["nat-ports-exhausted"], found["verdict"]["summary"]
    assert found["verdict"]["confidence"] == confidence
    assert (
        "of 5 connections opened together 2 opened at once, and the rule has 2 port(s)" in found["verdict"]["summary"]
    )


@pytest.mark.parametrize(
    "target", ["MASQUERADE", "MASQUERADE --to-ports 1000-60000", "MASQUERADE --to-ports 1000-1003"]
)
def test_a_rule_with_ports_enough_is_not_blamed(target: str) -> None:
    found = ask(_world(target), {"connections": growing("oottt", singles="ooo")})
    assert "nat-ports-exhausted" not in found["verdict"]["root_causes"]


def test_few_ports_that_did_are_told_and_no_fault() -> None:
    found = ask(_world("MASQUERADE --to-ports 1000-1019"))
    assert found["verdict"]["result"] == "healthy"
    told = [one for one in found["findings"] if one["id"] == "nat-ports-exhausted"]
    assert [one["severity"] for one in told] == ["info"]


LARGE_LOST: t.Final = {
    "status": "fail",
    "outcome": "no_reply",
    "sent": 30,
    "received": 4,
    "data": {"largest": 576, "smallest_failed": 600, "device_mtu": 1450},
}


def test_a_queue_that_drops_large_packets_is_named() -> None:
    world = _world()
    world.counters = {"node-1": counters(qdiscs={"flannel.1 tbf 8005:": {"drops": [7, 40]}})}
    found = ask(world, {"mtu": LARGE_LOST})
    assert found["verdict"]["root_causes"] == ["nic-drops"], found["verdict"]["summary"]
    assert found["verdict"]["location"] == {"node": "node-1", "device": "flannel.1"}


@pytest.mark.parametrize(
    ("name", "drops", "more"),
    [
        ("lo tbf 1:", [7, 40], {}),
        ("flannel.1 tbf 1:", [40, 41], {}),
        ("flannel.1 tbf 1:", [7, 40], {"burst": burst(9)}),
    ],
)
def test_another_queue_or_one_at_rest_or_small_packets_lost_too(name: str, drops: list[int], more: Json) -> None:
    world = _world()
    world.counters = {"node-1": counters(qdiscs={name: {"drops": drops}})}
    found = ask(world, {"mtu": LARGE_LOST, **more})
    assert "The queue of a device drops large packets" not in [one["title"] for one in found["findings"]]


def _pods(world: World, mac: str) -> None:
    world.snapshots["node-2"]["pods"] = [
        {"id": f"pod:default/{name}", "pid": 7, "inode": number, "host_network": False, "macs": [each]}
        for number, (name, each) in enumerate({"web-b": "02:00:00:00:00:01", "other": mac}.items(), 1)
    ]


def test_two_pods_with_one_hardware_address() -> None:
    world = _world()
    _pods(world, "02:00:00:00:00:01")
    lossy = {"status": "fail", "outcome": "timed_out", "sent": 4, "received": 2}
    found = ask(world, {"tcp": lossy})
    assert found["verdict"]["root_causes"] == ["duplicate-address"], found["verdict"]["summary"]
    assert "packet-loss" in found["findings"][0]["explains"]


@pytest.mark.parametrize(("mac", "lossy"), [("02:00:00:00:00:02", True), ("02:00:00:00:00:01", False)])
def test_other_addresses_or_no_harm(mac: str, lossy: bool) -> None:
    world = _world()
    _pods(world, mac)
    outcome = {"tcp": {"status": "fail", "outcome": "timed_out", "sent": 4, "received": 2}} if lossy else {}
    assert "duplicate-address" not in ask(world, outcome)["verdict"]["root_causes"]


@pytest.mark.parametrize(("address", "found"), [("10.244.2.4", True), ("10.244.2.99", False)])
def test_two_pods_with_one_address(address: str, found: bool) -> None:
    """Addresses of networks within pods may be the same in each."""
    world = _world()
    _pods(world, "02:00:00:00:00:02")
    for pod, own in zip(world.snapshots["node-2"]["pods"], ("10.244.2.4", address)):
        pod["addresses"] = [own, "172.17.0.1"]
    outcome = {"tcp": {"status": "fail", "outcome": "refused", "sent": 4, "received": 0}}
    verdict = ask(world, outcome)["verdict"]
    assert (verdict["root_causes"] == ["duplicate-address"]) is found, verdict["summary"]
    if found:
        assert "default/other" in verdict["summary"] and verdict["location"] == {"node": "node-2"}
