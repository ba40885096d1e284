# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ends of tunnels that nexthop objects name, group policies in headers, and programs of routes."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._experiment import (
    explain,
    lost_share,
)
from ansible_collections.podnet.diagnostics.tests.unit import builders
from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, Outcome, World

CLIENT, PEER = "pod:default/client-1", "pod:default/client-2"
SILENT: t.Mapping[str, Outcome] = {
    **dict.fromkeys(("ping", "node-pod-ping", "reverse-ping"), "no_reply"),
    "mtu": {"status": "error", "outcome": None},
    "reverse-mtu": {"status": "error", "outcome": None},
}
MARKS = "[3:180] -A FORWARD -d 10.244.2.0/24 -j MARK --set-xmark 0x64/0xff\n"


def _causes(world: World) -> tuple[list[str], Json]:
    found = world.diagnose(CLIENT, PEER, protocol="icmp", outcomes=SILENT)
    assert found["errors"] == []
    return found["verdict"]["root_causes"], found["verdict"]["location"]


def _passes(world: World) -> bool:
    found = world.diagnose(CLIENT, PEER, protocol="icmp")
    assert found["errors"] == []
    return found["verdict"]["result"] == "healthy" and not found["disagreements"]


def _object(number: int, gateway: str | None, *group: int) -> Json:
    members = [[one, 1] for one in group]
    return {"id": number, "gateway": gateway, "dev": None, "blackhole": False, "group": members, "flags": []}


def _grouped(*ends: str) -> World:
    """node-1's entry for node-2 names a group of ends."""
    world = World()
    space = world.netns("node-1")
    for entry in space["fdb"]:
        if entry["dst"] == "192.0.2.12":
            entry.update(dst=None, nexthop_id=70)
    members = [_object(71 + number, end) for number, end in enumerate(ends)]
    space["nexthops"] = [_object(70, None, *(one["id"] for one in members)), *members]
    return world


def test_a_group_of_ends_that_lead_to_nobody() -> None:
    causes, place = _causes(_grouped("192.0.2.99"))
    assert (causes, place) == (["fdb-entry-wrong"], {"node": "node-1", "device": "flannel.1"})


def test_a_group_of_ends_one_of_which_is_nobody() -> None:
    causes, place = _causes(_grouped("192.0.2.12", "192.0.2.99"))
    assert (causes, place) == (["fdb-entry-wrong"], {"node": "node-1", "device": "flannel.1"})


@pytest.mark.parametrize(("device", "lost"), [("cni0", True), ("eth0", False)])
def test_an_entry_that_leaves_by_a_device_of_its_own(device: str, lost: bool) -> None:
    world = World()
    for entry in world.netns("node-1")["fdb"]:
        if entry["dst"] == "192.0.2.12":
            entry["via"] = device
    if lost:
        assert _causes(world) == (["fdb-entry-wrong"], {"node": "node-1", "device": "flannel.1"})
    else:
        assert _passes(world)


@pytest.mark.parametrize(("ends", "lost"), [(("192.0.2.12", "192.0.2.99"), True), (("192.0.2.12",), False)])
def test_what_is_lost_whether_somebody_answers_or_not_is_certain(ends: tuple[str, ...], lost: bool) -> None:
    """Nobody knows whether a machine that is not managed has the address: either way the packet is lost."""
    evidence = _grouped(*ends).evidence(CLIENT, PEER, protocol="icmp", outcomes=SILENT)
    case = Case(evidence, explain)
    trip = case.trip(next(one for one in evidence.probes if one.role == "ping"))
    assert trip is not None
    certain, doubtful = lost_share(case, trip)
    assert (0.0 < certain < 1.0, doubtful) == (lost, 0.0)


def test_two_ends_that_announced_one_address() -> None:
    """Each takes what the other sends for its own; either one needs another address, and the other has to be told."""
    world = World()
    mac, other = (world.link(node, "flannel.1")["mac"] for node in ("node-1", "node-2"))
    world.link("node-2", "flannel.1")["mac"] = mac
    key = "flannel.alpha.coreos.com/backend-data"
    annotations = world.item("nodes", "node-2")["metadata"]["annotations"]
    annotations[key] = annotations[key].replace(other, mac)
    for entry in (*world.netns("node-1")["neighbours"], *world.netns("node-1")["fdb"]):
        if entry["mac"] == other:
            entry["mac"] = mac
    causes, place = _causes(world)
    assert (causes, place) == (["tunnel-mac-duplicate"], {"node": "node-2", "device": "flannel.1"})


NAT = "*nat\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n{}\nCOMMIT\n"


@pytest.mark.parametrize(
    ("node", "rule", "lost"),
    [
        ("node-2", "-A PREROUTING -p udp -m udp --dport 8472 -j REDIRECT --to-ports 4789", True),
        ("node-1", "-A OUTPUT -d 192.0.2.12/32 -p udp -m udp --dport 8472 -j DNAT --to-destination 192.0.2.99", True),
        ("node-2", "-A PREROUTING -p udp -m udp --dport 4789 -j REDIRECT --to-ports 8472", False),
    ],
)
def test_a_rule_that_translates_the_tunnel_itself(node: str, rule: str, lost: bool) -> None:
    world = World()
    world.set_netfilter(node, builders.netfilter(services=False) + NAT.format(f"[0:0] {rule}"))
    if lost:
        assert _causes(world) == (["redirect-target-missing"], {"node": node})
    else:
        assert _passes(world)


def test_a_group_of_one_good_end() -> None:
    assert _passes(_grouped("192.0.2.12"))


def test_a_group_that_was_not_read() -> None:
    world = _grouped("192.0.2.12")
    world.netns("node-1")["nexthops"] = []
    assert _passes(world)


def _group_policy(*nodes: str, marks: bool = True) -> World:
    world = World()
    for node in nodes:
        world.link(node, "flannel.1")["vxlan"]["gbp"] = True
    if marks:
        text = world.netns("node-1")["netfilter"]["iptables"][0]["text"]
        world.set_netfilter("node-1", f"*mangle\n:FORWARD ACCEPT [0:0]\n{MARKS}COMMIT\n{text}")
    return world


def test_a_group_policy_that_the_other_end_does_not_know() -> None:
    assert _causes(_group_policy("node-1"))[0] == ["tunnel-vni-mismatch"]


@pytest.mark.parametrize("nodes", [("node-1", "node-2"), ("node-2",)])
def test_a_group_policy_that_the_other_end_knows(nodes: tuple[str, ...]) -> None:
    assert _passes(_group_policy(*nodes))


def test_packets_without_a_mark_have_no_group_policy() -> None:
    assert _passes(_group_policy("node-1", marks=False))


def test_a_program_of_a_route_may_drop() -> None:
    world = World()
    for route in world.netns("node-1")["routes"]:
        if route["dst"] == "10.244.2.0/24":
            route["program"] = "out guard"
    found = world.diagnose(CLIENT, PEER, protocol="icmp", outcomes=SILENT)
    assert found["verdict"]["root_causes"] == ["bpf-program-drop"]
    assert found["verdict"]["confidence"] == "possible"
    assert "ip route del 10.244.2.0/24" in found["verdict"]["remediation"]
    assert _passes(world)
