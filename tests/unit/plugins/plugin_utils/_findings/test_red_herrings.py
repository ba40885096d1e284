# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may take packets and cannot be read, beside what takes them for certain: the second is the cause."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, World, netfilter, route, rule, sizes

CLIENT, SERVER, SERVER_IP = "pod:default/client-1", "pod:default/web-b", "10.244.2.4"
SILENT: Json = {"status": "fail", "outcome": "timed_out", "received": 0}
NO_REPLY: Json = {"status": "fail", "outcome": "no_reply", "received": 0}
NOTHING: Json = {"status": "error", "outcome": None}
LOST: dict[str, Json] = {
    "tcp": SILENT,
    "tcp-mtu": NOTHING,
    "mtu": NOTHING,
    "reverse-mtu": NOTHING,
    **dict.fromkeys(("ping", "node-pod-ping", "reverse-ping"), NO_REPLY),
}
PROGRAM: Json = {
    "hook": "ingress",
    "kind": "bpf",
    "actions": [],
    "direct": True,
    "text": "bpf guard id 7",
    "pref": 1,
    "dev": "vethclient1",
}
UNREAD = ("-m u32 --u32 0x0=0x0", "-m string --string x --algo bm --to 65535")


def _filter(world: World, node: str, matches: str, packets: int = 0) -> None:
    world.set_netfilter(node, netfilter(first=f"[{packets}:0] -A FORWARD -d {SERVER_IP}/32 {matches} -j DROP\n"))


def _verdict(world: World, outcomes: t.Mapping[str, Json] | None = None) -> Json:
    found = world.diagnose(CLIENT, SERVER, 8080, outcomes=LOST if outcomes is None else outcomes)
    assert (found["errors"], found.get("disagreements") or []) == ([], [])
    return t.cast(Json, found["verdict"])


@pytest.mark.parametrize("matches", UNREAD)
def test_a_route_that_is_missing_and_a_rule_that_nobody_can_read(matches: str) -> None:
    world = World()
    _filter(world, "node-2", matches)
    world.drop_route("node-2", "10.244.1.0/24")
    verdict = _verdict(world)
    assert verdict["root_causes"] == ["route-missing"], verdict["summary"]
    assert verdict["confidence"] == "likely"


def test_a_rule_that_drops_and_a_program_that_may() -> None:
    world = World()
    world.netns("node-1")["tc_filters"] = [PROGRAM]
    _filter(world, "node-2", "-p tcp -m tcp --dport 8080")
    verdict = _verdict(world, {"tcp": SILENT, "tcp-mtu": NOTHING})
    assert verdict["root_causes"] == ["netfilter-drop"], verdict["summary"]
    assert verdict["location"] == {"node": "node-2"}


def test_what_may_take_them_is_possible_where_nothing_else_does() -> None:
    world = World()
    world.netns("node-1")["tc_filters"] = [PROGRAM]
    verdict = _verdict(world)
    assert (verdict["root_causes"], verdict["confidence"]) == (["bpf-program-drop"], "possible")


def test_connections_that_stand_and_data_that_nobody_confirms() -> None:
    world = World()
    _filter(world, "node-2", UNREAD[1], packets=9)
    silent: Json = {"status": "error", "outcome": "no_reply", "sent": 5, "received": 0}
    silent["data"] = {"largest": None, "smallest_failed": 576}
    verdict = _verdict(world, {"tcp-mtu": silent})
    assert (verdict["root_causes"], verdict["confidence"]) == (["netfilter-drop"], "possible"), verdict["summary"]


@pytest.mark.parametrize("packets", [0, 9])
@pytest.mark.parametrize("back", [False, True])
def test_a_rule_about_contents_that_has_taken_some(packets: int, back: bool) -> None:
    """Of what an application sends, and is sent, a probe tells nothing."""
    world = World()
    side = f"-s {SERVER_IP}/32" if back else f"-d {SERVER_IP}/32"
    text = f"[{packets}:0] -A FORWARD {side} {UNREAD[1]} -j DROP\n"
    world.set_netfilter("node-2", netfilter(first=text))
    verdict = _verdict(world, {})
    assert verdict["result"] == ("inconclusive" if packets else "healthy"), verdict["summary"]


def test_a_policy_rule_that_leaps_over_the_main_table() -> None:
    world = World()
    leap = rule(100, "main", action="goto", goto=40000, iif="cni0")
    world.netns("node-1")["rules"][1:1] = [leap]
    world.netns("node-1")["rules"].append(rule(40000, "99"))
    verdict = _verdict(world)
    assert verdict["root_causes"] == ["policy-route-diverts"], verdict["summary"]
    assert "ip rule del pref 100" in verdict["remediation"]


def test_the_server_has_the_broadcast_address_of_another_address() -> None:
    world = World()
    stray = route(SERVER_IP, "cni0", type="broadcast", table="local", scope="link")
    world.netns("node-2")["routes"].append(stray)
    verdict = _verdict(world)
    assert (verdict["root_causes"], verdict["location"]) == (["route-wrong"], {"node": "node-2"}), verdict["summary"]


def test_a_bridge_that_takes_the_servers_address_for_its_own() -> None:
    world = World()
    host = world.netns("node-2")
    mac = world.netns("node-2", SERVER)["links"][1]["mac"]
    host["fdb"].append({**host["fdb"][0], "dev": "cni0", "mac": mac, "dst": None, "master": None, "state": "permanent"})
    verdict = _verdict(world)
    assert verdict["root_causes"] == ["fdb-entry-wrong"], verdict["summary"]
    assert verdict["location"] == {"node": "node-2", "device": "cni0"}


def test_a_second_device_of_a_pod_on_the_nic_of_its_own_node() -> None:
    """As macvlan makes it: the node never reaches it, others do."""
    world, address = World(), "192.0.2.200"
    failed = {**world.netns("node-1")["neighbours"][0], "dev": "eth0", "address": address, "mac": None}
    world.netns("node-1")["neighbours"].append({**failed, "state": "FAILED"})
    pod = {"id": "pod:default/web-a", "pid": 9, "inode": 9, "host_network": False, "addresses": ["10.244.1.3", address]}
    world.snapshots["node-1"]["pods"] = [pod]
    found = world.diagnose("node:node-1", address, protocol="icmp", outcomes={"ping": NO_REPLY, "mtu": NOTHING})
    assert found["verdict"]["root_causes"] == ["neighbour-failed"], found["verdict"]["summary"]
    assert "pod:default/web-a on the same node has that address" in found["verdict"]["summary"]


def test_what_may_take_the_packet_behind_the_cause_is_told() -> None:
    world = World()
    _filter(world, "node-1", "-p tcp -m tcp --dport 8080")
    _filter(world, "node-2", f"-p tcp {UNREAD[0]}")
    found = world.diagnose(CLIENT, SERVER, 8080, outcomes={"tcp": SILENT, "tcp-mtu": NOTHING})
    assert (found["verdict"]["root_causes"], found["verdict"]["location"]) == (["netfilter-drop"], {"node": "node-1"})
    behind = [one for one in found["findings"] if one["location"].get("node") == "node-2"]
    assert [(one["id"], one["severity"], one["confidence"]) for one in behind] == [
        ("netfilter-drop", "info", "possible")
    ]


def test_data_that_is_reset_is_none_of_the_mtu() -> None:
    """A rule that rejects what has carried so much, and a network that loses large packets: who sends a reset loses
    nothing in silence."""
    world = World()
    carried = "-m connbytes --connbytes 500 --connbytes-mode bytes --connbytes-dir both"
    reject = f"[9:540] -A FORWARD -d {SERVER_IP}/32 -p tcp {carried} -j REJECT --reject-with tcp-reset\n"
    world.set_netfilter("node-2", netfilter(first=reject))
    world.netns("node-2")["sysctls"]["net.netfilter.nf_conntrack_acct"] = "1"
    data = {**sizes(1200, 1450), "outcome": "reset"}
    found = world.diagnose(CLIENT, SERVER, 8080, outcomes={"tcp-mtu": data, "mtu": sizes(1350, 1450)})
    assert found["verdict"]["root_causes"] == ["netfilter-reject", "path-mtu-blackhole"], found["verdict"]["summary"]
