# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules that tell the application's packets from a probe's by their socket's owner."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, World

CLIENT, SERVER = "pod:default/client-1", "pod:default/web-b"
RULES = "*filter\n:OUTPUT ACCEPT [0:0]\n[0:0] -A OUTPUT {} -j DROP\nCOMMIT\n"


def _world(match: str, *users: Json) -> World:
    world = World()
    world.snapshots["node-1"]["pods"] = [{"id": CLIENT, "pid": 7, "inode": 1, "host_network": False, "users": users}]
    entries = world.netns("node-1", CLIENT)["netfilter"]["iptables"]
    text = RULES.format(match)
    entries[:] = [{"backend": "nf_tables", "family": 4, "text": text, "version": "", "binary": "", "origin": "host"}]
    return world


def _user(uid: int, gid: int = 0, cgroup: str | None = None) -> Json:
    return {"uid": uid, "gid": gid, "cgroup": cgroup}


def _diagnose(world: World, asked_as: Json | None = None, **outcome: t.Any) -> Json:
    told: Json = {"data": asked_as, **outcome} if asked_as else {}
    found = world.diagnose(CLIENT, SERVER, 8080, outcomes={"tcp": told} if told else {})
    assert found["errors"] == []
    return found


def test_a_second_program_of_the_pod_is_another_user() -> None:
    verdict = _diagnose(_world("-m owner --uid-owner 1000", _user(0), _user(1000)))["verdict"]
    assert verdict["root_causes"] == ["netfilter-drop"], verdict["summary"]
    assert verdict["confidence"] == "likely"
    assert verdict["location"] == {"node": "node-1", "namespace": "default", "pod": "client-1"}
    assert "run as user 1000, group 0, this probe ran as user 0, group 0, and passed" in verdict["summary"]


def test_a_probe_of_the_application_s_user_is_simulated_as_that_user() -> None:
    world = _world("-m owner --uid-owner 1000", _user(1000, 3000))
    silent = {"status": "fail", "outcome": "timed_out", "received": 0}
    verdict = _diagnose(world, {"uid": 1000, "gid": 3000}, **silent)["verdict"]
    assert verdict["root_causes"] == ["netfilter-drop"], verdict["summary"]


@pytest.mark.parametrize("match", ["-m owner --uid-owner 4242", "-m owner --gid-owner 7", "-m cgroup --path system"])
def test_a_rule_about_others_is_nothing(match: str) -> None:
    world = _world(match, _user(1000, 3000, "/kubepods/pod1"))
    found = _diagnose(world, {"uid": 1000, "gid": 3000, "cgroup": "/kubepods/agent"})
    assert found["verdict"]["result"] == "healthy", found["verdict"]["summary"]


def test_a_rule_about_root_spares_an_application_that_is_not() -> None:
    world = _world("-m owner --uid-owner 0", _user(1000, 3000))
    assert _diagnose(world, {"uid": 1000, "gid": 3000})["verdict"]["result"] == "healthy"


def test_the_cgroup_of_the_application_is_met() -> None:
    world = _world("-m cgroup --path kubepods", _user(0, 0, "/kubepods/pod1/app"))
    verdict = _diagnose(world)["verdict"]
    assert verdict["root_causes"] == ["netfilter-drop"], verdict["summary"]


@pytest.mark.parametrize("match", ["-m cgroup --path kubepods", "-m cgroup --cgroup 1048577"])
def test_where_the_cgroup_is_not_known_healthy_is_not_said(match: str) -> None:
    verdict = _diagnose(_world(match, _user(0)))["verdict"]
    assert verdict["result"] == "inconclusive"
    assert "may take the application's packets and not the probe's" in verdict["summary"]


def test_a_routing_rule_for_a_user() -> None:
    world = World()
    world.snapshots["node-1"]["pods"] = [
        {"id": CLIENT, "pid": 7, "inode": 1, "host_network": False, "users": [_user(0), _user(1000)]}
    ]
    rules = world.netns("node-1", CLIENT)["rules"]
    rules.append({**rules[-1], "priority": 40, "action": "blackhole", "table": None, "uid_range": [1000, 1000]})
    verdict = _diagnose(world)["verdict"]
    assert verdict["root_causes"] == ["policy-route-diverts"], verdict["summary"]


def test_a_rule_of_the_node_about_a_user_does_not_meet_what_it_forwards() -> None:
    world = _world("-m owner --uid-owner 4242", _user(1000, 3000))
    world.set_netfilter("node-1", RULES.format("-m owner --gid-owner 7"))
    assert _diagnose(world, {"uid": 1000, "gid": 3000})["verdict"]["result"] == "healthy"
