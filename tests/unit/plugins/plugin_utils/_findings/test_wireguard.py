# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods whose nodes encrypt what they send to one another, and ends that do not know each other as they are."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.tests.unit import builders
from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, World

CLIENT, PEER = "pod:default/client-1", "pod:default/client-2"
KEYS = {"node-1": "A" * 43 + "=", "node-2": "B" * 43 + "="}
OTHER = {"node-1": "node-2", "node-2": "node-1"}
PORT = 51820
SILENT: dict[str, builders.Outcome] = {
    **dict.fromkeys(("ping", "node-pod-ping", "reverse-ping"), "no_reply"),
    "mtu": {"status": "error", "outcome": None},
    "reverse-mtu": {"status": "error", "outcome": None},
}


def encrypted() -> World:
    """The world with wg0 in place of flannel.1."""
    world = World()
    for item in world.resources("nodes"):
        item["metadata"]["annotations"]["flannel.alpha.coreos.com/backend-type"] = "wireguard"
        item["metadata"]["annotations"]["flannel.alpha.coreos.com/backend-data"] = "{}"
    for node, other in OTHER.items():
        host = world.netns(node)
        host["links"] = [one for one in host["links"] if one["name"] != "flannel.1"]
        peer = {
            "public_key": KEYS[other],
            "endpoint": builders.NODES[other],
            "endpoint_port": PORT,
            "allowed": [builders.CIDRS[other], f"{builders.NODES[other]}/32"],
            "handshake_seconds": 40,
            "keepalive_seconds": 25,
            "rx_bytes": 1,
            "tx_bytes": 1,
        }
        wireguard = {"public_key": KEYS[node], "listen_port": PORT, "fwmark": 0, "peers": [peer]}
        own = builders.address(builders.CIDRS[node].partition("/")[0], 32)
        # The pods' own MTU: the outer packets of the largest ones are sent in fragments.
        link = builders.link("wg0", 30, "wireguard", 1450, mac=None, flags=["UP", "NOARP"], addresses=[own])
        host["links"].append({**link, "wireguard": wireguard})
        host["routes"] = [one for one in host["routes"] if one["dev"] != "flannel.1"]
        host["routes"].append(builders.route(builders.CIDRS[other], "wg0", scope="link"))
        host["routes"].append(builders.route(f"{own['address']}/32", "wg0", table="local", type="local", scope="host"))
    return world


def wireguard(world: World, node: str) -> Json:
    return t.cast(Json, world.link(node, "wg0")["wireguard"])


def ping(world: World, outcomes: dict[str, builders.Outcome] | None = None) -> Json:
    found = world.diagnose(CLIENT, PEER, protocol="icmp", outcomes=SILENT if outcomes is None else outcomes)
    assert found["errors"] == []
    return found


def test_ends_that_know_each_other() -> None:
    found = ping(encrypted(), {})
    assert (found["verdict"]["result"], found["disagreements"]) == ("healthy", [])


def _allowed(world: World) -> None:
    wireguard(world, "node-1")["peers"][0]["allowed"] = ["10.244.7.0/24"]


def _endpoint(world: World) -> None:
    wireguard(world, "node-1")["peers"][0].update(endpoint=None, endpoint_port=None)


def _source(world: World) -> None:
    wireguard(world, "node-2")["peers"][0]["allowed"] = ["10.244.1.99/32"]


def _key(world: World) -> None:
    wireguard(world, "node-1")["peers"][0]["public_key"] = "C" * 43 + "="


def _stranger(world: World) -> None:
    wireguard(world, "node-2")["peers"] = []


def _port(world: World) -> None:
    wireguard(world, "node-1")["peers"][0]["endpoint_port"] = 51999


@pytest.mark.parametrize(
    ("break_", "node", "says"),
    [
        (_allowed, "node-1", "it is allowed 10.244.7.0/24"),
        (_endpoint, "node-1", "it has no endpoint for node-2"),
        (_source, "node-2", "it is allowed 10.244.1.99/32"),
        (_key, "node-1", f"it has {'C' * 43}="),
        (_stranger, "node-2", "it has none"),
        (_port, "node-1", "sends to UDP 51999"),
    ],
)
def test_an_end_that_is_wrong_about_the_other(break_: t.Callable[[World], None], node: str, says: str) -> None:
    world = encrypted()
    break_(world)
    verdict = ping(world)["verdict"]
    assert verdict["root_causes"] == ["wireguard-peer-mismatch"], verdict["summary"]
    assert verdict["location"] == {"node": node, "device": "wg0"}
    assert says in verdict["summary"]


def test_the_port_that_all_others_agree_on_is_right() -> None:
    world = encrypted()
    wireguard(world, "node-2")["listen_port"] = 51999
    spare = builders.link("wg1", 31, "wireguard", 1420, mac=None)
    peer = {**wireguard(world, "node-1")["peers"][0], "allowed": []}
    world.netns("node-1")["links"].append(
        {**spare, "wireguard": {"public_key": "D" * 43 + "=", "listen_port": 51821, "fwmark": 0, "peers": [peer]}}
    )
    verdict = ping(world)["verdict"]
    assert verdict["root_causes"] == ["wireguard-peer-mismatch"], verdict["summary"]
    assert verdict["location"] == {"node": "node-2", "device": "wg0"}


def test_a_firewall_that_drops_the_encrypted_packets_is_the_cause() -> None:
    world = encrypted()
    world.set_netfilter("node-2", builders.netfilter(first=f"[9:999] -A INPUT -p udp -m udp --dport {PORT} -j DROP\n"))
    verdict = ping(world)["verdict"]
    assert (verdict["root_causes"], verdict["location"]["node"]) == (["netfilter-drop"], "node-2")


def test_peers_that_were_not_read_are_no_cause() -> None:
    world = encrypted()
    world.link("node-1", "wg0")["wireguard"] = None
    assert "wireguard-peer-mismatch" not in ping(world)["verdict"]["root_causes"]


def test_a_peer_for_a_network_that_no_pod_is_in() -> None:
    """An administrator's own tunnel beside those of the pods."""
    world = encrypted()
    stranger = {**wireguard(world, "node-1")["peers"][0], "public_key": "E" * 43 + "=", "allowed": ["10.99.0.0/16"]}
    wireguard(world, "node-1")["peers"].append({**stranger, "endpoint": None, "handshake_seconds": None})
    found = ping(world, {})
    assert (found["verdict"]["result"], found["findings"]) == ("healthy", [])
