# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packets that arrive in the simulation, and that the receiver's kernel drops at the socket."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, World, socket

CLIENT, SERVER, NODE = "pod:default/client-1", "pod:default/web-b", "node-2"
LENGTH, SENT = 430, 3


def _diagnosed(
    reason: str | None, dropped: int = SENT, last: tuple[str, str] = ("eth0", "receive"), world: World | None = None
) -> Json:
    world = world or World()
    port = world.netns(NODE, SERVER)["links"][1]["peer_index"]
    names = {link["index"]: link["name"] for link in world.netns(NODE)["links"]}
    devices = [["flannel.1", "receive"], ["cni0", "queue"], [names[port], "queue"], list(last)]
    way = {"length": LENGTH, "packets": dropped, "devices": devices, "location": "tcp_v4_rcv", "reason": reason}
    world.captures["kernel"] = {
        "marked": [{"id": "tcp-1", "size": LENGTH, "sent": SENT}],
        "nodes": {NODE: {"ways": [way]}},
    }
    silent: Json = {"status": "fail", "outcome": "timed_out", "received": 0}
    found = world.diagnose(CLIENT, SERVER, 8080, outcomes={"tcp": silent})
    assert found["errors"] == []
    return found


@pytest.mark.parametrize(
    ("reason", "identifier"),
    [
        ("SOCKET_FILTER", "socket-filter-drop"),
        ("TCP_MD5NOTFOUND", "tcp-signature-mismatch"),
        ("SOCKET_RCVBUFF", "process-backlog-full"),
        ("TCP_MINTTL", "socket-filter-drop"),
    ],
)
def test_the_socket_drops_them_all(reason: str, identifier: str) -> None:
    verdict = _diagnosed(reason)["verdict"]
    assert (verdict["root_causes"], verdict["confidence"]) == ([identifier], "proven"), verdict["summary"]
    assert verdict["location"] == {"node": NODE, "namespace": "default", "pod": "web-b"}


def test_the_control_group_of_a_nodes_own_program_was_not_read() -> None:
    """What drops them may be a program of the group, as systemd's IPAddressAllow= has, or the socket's own."""
    world = World()
    world.netns(NODE)["sockets"].append(socket(10250, process="kubelet"))
    way = {"length": LENGTH, "packets": SENT, "devices": [["eth0", "receive"]], "location": "tcp_v4_rcv"}
    world.captures["kernel"] = {
        "marked": [{"id": "tcp-1", "size": LENGTH, "sent": SENT}],
        "nodes": {NODE: {"ways": [{**way, "reason": "SOCKET_FILTER"}]}},
    }
    silent: Json = {"status": "fail", "outcome": "timed_out", "received": 0}
    verdict = world.diagnose("node:node-1", f"node:{NODE}", 10250, outcomes={"tcp": silent})["verdict"]
    assert (verdict["root_causes"], verdict["confidence"]) == (["bpf-program-drop"], "likely"), verdict["summary"]
    assert verdict["location"] == {"node": NODE}


@pytest.mark.parametrize("found", [("NO_SOCKET", SENT, ("eth0", "receive")), ("SOCKET_FILTER", 2, ("eth0", "receive"))])
def test_another_reason_or_some_of_them_are_no_cause(found: tuple[str, int, tuple[str, str]]) -> None:
    assert _diagnosed(*found)["verdict"]["result"] == "inconclusive"


def test_a_drop_before_the_socket_is_not_the_sockets() -> None:
    assert _diagnosed("SOCKET_FILTER", last=("cni0", "queue"))["verdict"]["result"] == "inconclusive"


def _given_up(devices: list[list[str]], dropped: int) -> Json:
    """Packets that waited on node-1 for the next hop of its NIC, whose entry was good when it was read."""
    world = World()
    way = {
        "length": LENGTH,
        "packets": dropped,
        "devices": devices,
        "location": "neigh_invalidate",
        "reason": "NEIGH_FAILED",
    }
    world.captures["kernel"] = {
        "marked": [{"id": "tcp-1", "size": LENGTH, "sent": SENT}],
        "nodes": {"node-1": {"ways": [way]}},
    }
    silent: Json = {"status": "fail", "outcome": "timed_out", "received": 0}
    found = world.diagnose(CLIENT, SERVER, 8080, outcomes={"tcp": silent})
    assert found["errors"] == []
    verdict: Json = found["verdict"]
    return verdict


def test_a_next_hop_answers_no_more() -> None:
    verdict = _given_up([["cni0", "receive"], ["flannel.1", "queue"]], 2)
    assert (verdict["root_causes"], verdict["confidence"]) == (["neighbour-failed"], "likely"), verdict["summary"]
    assert verdict["location"] == {"node": "node-1", "device": "eth0"}
    assert "192.0.2.12" in verdict["summary"]


@pytest.mark.parametrize(("last", "dropped"), [("flannel.1", 1), ("cni0", 3)])
def test_few_of_them_or_another_place_are_no_next_hop(last: str, dropped: int) -> None:
    assert _given_up([["veth0", "receive"], [last, "queue"]], dropped)["root_causes"] == []


def _filtered(text: str) -> World:
    world = World()
    world.netns(NODE, SERVER)["netfilter"]["iptables"] = [
        {"backend": "nf_tables", "family": 4, "text": text, "version": "v1.8.9", "binary": "x", "origin": "host"}
    ]
    return world


RULES = "*filter\n:INPUT ACCEPT [0:0]\n[0:0] -A INPUT -s 203.0.113.9/32 -j DROP\nCOMMIT\n"


@pytest.mark.parametrize(("text", "roots"), [("", ["bpf-program-drop"]), (RULES, [])])
def test_a_hook_without_any_rule_drops_them(text: str, roots: list[str]) -> None:
    """Where there are rules, one of them may do what was not understood."""
    verdict = _diagnosed("NETFILTER_DROP", world=_filtered(text))["verdict"]
    assert verdict["root_causes"] == roots, verdict["summary"]
    if roots:
        assert verdict["confidence"] == "likely"
        assert verdict["location"] == {"node": NODE, "namespace": "default", "pod": "web-b"}


@pytest.mark.parametrize(("attached", "roots"), [("netns", ["bpf-program-drop"]), ("tcx", [])])
def test_a_program_chooses_no_socket_though_one_listens(attached: str, roots: list[str]) -> None:
    world = World()
    world.netns(NODE, SERVER).setdefault("tc_filters", []).append(
        {
            "dev": "", "hook": "sk_lookup", "kind": "bpf", "actions": [], "direct": True, "pref": None,
            "text": "netns guard id 7", "attached": attached, "bytecode": None,
        }
    )  # fmt: skip
    verdict = _diagnosed("NO_SOCKET", world=world)["verdict"]
    assert verdict["root_causes"] == roots, verdict["summary"]
    assert not roots or "guard id 7" in verdict["summary"]
