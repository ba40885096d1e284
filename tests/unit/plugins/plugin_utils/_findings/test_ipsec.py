# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies of IPsec: which packets they take, in which order they are asked, and what has to have come encrypted."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, Outcome, World

CLIENT, PEER = "pod:default/client-1", "pod:default/client-2"
SILENT: t.Mapping[str, Outcome] = {
    **dict.fromkeys(("ping", "node-pod-ping", "reverse-ping"), "no_reply"),
    "mtu": {"status": "error", "outcome": None},
    "reverse-mtu": {"status": "error", "outcome": None},
}
BLOCK: Json = {
    "direction": "fwd",
    "src": "10.244.1.0/24",
    "dst": "10.244.2.0/24",
    "action": "block",
    "text": "src 10.244.1.0/24 dst 10.244.2.0/24 dir fwd action block",
    "templates": 0,
}
ALLOW = {**BLOCK, "action": "allow"}
WANTED = {**ALLOW, "wanted": "esp transport from 0.0.0.0 to 0.0.0.0, reqid 9", "templates": 1}


def _policies(node: str, *policies: Json, netns: str = "host") -> World:
    world = World()
    world.netns(node, netns)["xfrm"] = list(policies)
    return world


def _causes(world: World) -> tuple[list[str], Json]:
    found = world.diagnose(CLIENT, PEER, protocol="icmp", outcomes=SILENT)
    assert found["errors"] == []
    return found["verdict"]["root_causes"], found["verdict"]["location"]


def _passes(world: World) -> bool:
    found = world.diagnose(CLIENT, PEER, protocol="icmp")
    assert found["errors"] == []
    return found["verdict"]["result"] == "healthy" and not found["disagreements"]


def test_what_is_forwarded_has_to_have_come_encrypted() -> None:
    assert _causes(_policies("node-2", WANTED)) == (["xfrm-policy-block"], {"node": "node-2"})


@pytest.mark.parametrize("policy", [WANTED, BLOCK])
def test_what_a_pod_takes_has_to_have_come_encrypted(policy: Json) -> None:
    causes, place = _causes(_policies("node-2", {**policy, "direction": "in"}, netns=PEER))
    assert causes == ["xfrm-policy-block"]
    assert (place["node"], place["pod"]) == ("node-2", "client-2")


def test_what_comes_is_refused_by_default() -> None:
    last = {**BLOCK, "src": "0.0.0.0/0", "dst": "0.0.0.0/0", "priority": 1 << 32, "text": "default of dir fwd: block"}
    assert _causes(_policies("node-2", last)) == (["xfrm-policy-block"], {"node": "node-2"})
    answers = {**ALLOW, "src": "10.244.2.0/24", "dst": "10.244.1.0/24"}
    assert _passes(_policies("node-2", last, ALLOW, answers))


@pytest.mark.parametrize(
    "other",
    [
        {"protocol": "tcp"},
        {"protocol": "udp", "dport": 500},
        {"mark": [0x77, 0xFF]},
        {"interface": 5},
        {"direction": "in"},
    ],
)
def test_policies_for_other_packets(other: Json) -> None:
    assert _passes(_policies("node-2", {**BLOCK, **other}))


def test_the_protocol_that_is_asked() -> None:
    assert _causes(_policies("node-2", {**BLOCK, "protocol": "icmp"}))[0] == ["xfrm-policy-block"]


def test_the_lower_priority_is_asked_first() -> None:
    assert _passes(_policies("node-2", {**BLOCK, "priority": 90}, {**ALLOW, "priority": 10}))
    assert _causes(_policies("node-2", {**BLOCK, "priority": 10}, {**ALLOW, "priority": 90}))[0] == [
        "xfrm-policy-block"
    ]


def test_of_two_alike_the_older_one_is_asked_first() -> None:
    """The newest is listed first."""
    assert _passes(_policies("node-2", BLOCK, ALLOW))
    assert _causes(_policies("node-2", ALLOW, BLOCK))[0] == ["xfrm-policy-block"]


def test_a_device_that_minds_no_policies() -> None:
    world = _policies("node-2", BLOCK)
    world.netns("node-2")["sysctls"]["net.ipv4.conf.flannel.1.disable_policy"] = "1"
    assert _passes(world)


def test_what_is_only_used_where_it_is_there() -> None:
    assert _passes(_policies("node-2", {**ALLOW, "templates": 1}))


def test_what_asks_for_something_unknown_decides_nothing() -> None:
    found = _policies("node-2", {**BLOCK, "other": "dev eth7"}).diagnose(CLIENT, PEER, protocol="icmp", outcomes=SILENT)
    assert found["verdict"]["confidence"] != "proven"
