# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was announced, declared or told, and differs from what is there; each with what looks like it."""

from __future__ import annotations

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
PUBLIC = "flannel.alpha.coreos.com/public-ip"


def _ping(world: World) -> Json:
    found = world.diagnose(CLIENT, PEER, protocol="icmp", outcomes=SILENT)
    assert found["errors"] == []
    return t.cast(Json, found["verdict"])


def _announced(node: str = "node-2", address: str = "10.0.2.15") -> World:
    """node-1 has followed what a node announces."""
    world = World()
    world.item("nodes", node)["metadata"]["annotations"][PUBLIC] = address
    if node == "node-2":
        world.netns("node-1")["fdb"][0]["dst"] = address
    return world


def test_a_node_announces_an_address_that_it_does_not_have() -> None:
    verdict = _ping(_announced())
    assert verdict["root_causes"] == ["tunnel-source-mismatch"]
    assert verdict["location"]["node"] == "node-2"


def test_an_address_that_was_written_by_hand_is_behind_translation() -> None:
    world = _announced()
    world.item("nodes", "node-2")["metadata"]["annotations"][f"{PUBLIC}-overwrite"] = "10.0.2.15"
    assert "tunnel-source-mismatch" not in _ping(world)["root_causes"]


def test_where_no_node_has_what_it_announces_all_are_behind_translation() -> None:
    world = _announced()
    world.item("nodes", "node-1")["metadata"]["annotations"][PUBLIC] = "10.0.2.14"
    assert "tunnel-source-mismatch" not in _ping(world)["root_causes"]


def _refused_sandbox(asked: str) -> World:
    world = World()
    world.pod_ready("client-2", False, phase="Pending")
    status = world.item("pods", "client-2")["status"]
    status.pop("podIP")
    status.pop("podIPs")
    message = f'failed to set bridge addr: "cni0" already has an IP address different from {asked}'
    about = {"kind": "Pod", "namespace": "default", "name": "client-2"}
    world.resources("events").append(
        {"reason": "FailedCreatePodSandBox", "message": message, "involvedObject": about, "metadata": {"name": "e"}}
    )
    return world


@pytest.mark.parametrize(
    ("asked", "cause"), [("10.244.9.1/24", "cni-subnet-wrong"), ("10.244.2.1/24", "bridge-address-wrong")]
)
def test_the_bridge_is_wrong_or_what_the_plugin_was_told(asked: str, cause: str) -> None:
    found = _refused_sandbox(asked).diagnose(CLIENT, PEER, protocol="icmp")
    assert (found["verdict"]["root_causes"], found["verdict"]["location"]["node"]) == ([cause], "node-2")


def _host_port(address: str | None) -> Json:
    """node-1's port 8088 is asked for, which pod web-a declares."""
    world = World()
    port = {"containerPort": 8080, "hostPort": 8088, **({"hostIP": address} if address else {})}
    world.item("pods", "web-a")["spec"]["containers"][0]["ports"].append(port)
    found = world.diagnose("host:outside", "node:node-1", port=8088, outcomes={"tcp": "refused"})
    assert found["errors"] == []
    return t.cast(Json, found["verdict"])


@pytest.mark.parametrize(
    ("address", "cause"),
    [
        ("127.0.0.1", "port-listening-on-loopback"),
        ("192.0.2.99", "port-not-listening"),
        ("0.0.0.0", "hostport-rules-missing"),
        ("192.0.2.11", "hostport-rules-missing"),
        (None, "hostport-rules-missing"),
    ],
)
def test_a_host_port_of_another_address(address: str | None, cause: str) -> None:
    verdict = _host_port(address)
    assert verdict["root_causes"] == [cause], verdict["summary"]
    assert verdict["location"].get("pod") == (None if cause == "hostport-rules-missing" else "web-a")


def _egress(gateway: str) -> Json:
    """client-1's packets to the outside go by a table of their own; nobody answers for its gateway."""
    world = World()
    host = world.netns("node-1")
    host["rules"].append(builders.rule(800, "200", **{"from": "10.244.1.77/32"}))
    host["rules"].append(builders.rule(900, "200", **{"from": "10.244.1.2/32"}))
    host["routes"].append(builders.route("0.0.0.0/0", "eth0", gateway, table="200"))
    host["neighbours"].append({"address": gateway, "dev": "eth0", "mac": None, "state": "FAILED", "family": 4})
    found = world.diagnose(CLIENT, "host:outside", protocol="icmp", outcomes=SILENT)
    assert found["errors"] == []
    return t.cast(Json, found["verdict"])


def test_a_policy_rule_leads_to_a_gateway_of_nobody() -> None:
    assert _egress("192.0.2.250")["root_causes"] == ["policy-route-diverts"]


def test_a_gateway_that_is_a_known_node_is_asked_why_it_is_silent() -> None:
    assert _egress("192.0.2.12")["root_causes"] == ["neighbour-failed"]


BACKEND = "flannel.alpha.coreos.com/backend-type"
DEAD: t.Mapping[str, builders.Outcome] = {**SILENT, "tcp": "timed_out"}


def test_an_agent_that_has_not_followed_a_tunnel_that_was_made_anew() -> None:
    """Both entries are of before: it is one cause, and its change is both."""
    world, old = World(), "02:00:00:00:00:99"
    for entry in world.netns("node-1")["neighbours"]:
        if entry["dev"] == "flannel.1":
            entry["mac"] = old
    for entry in world.netns("node-1")["fdb"]:
        if entry["dev"] == "flannel.1":
            entry["mac"] = old
    verdict = _ping(world)
    assert (verdict["root_causes"], verdict["location"]["node"]) == (["neighbour-failed"], "node-1")
    assert "has not followed what node-2 announced" in verdict["summary"]
    assert "ip neigh del" not in verdict["remediation"]


def _two_backends(announced: str = "host-gw", kept: bool = False) -> World:
    """node-2 has announced another back end, and has no tunnel any more, unless what was before is kept."""
    world = World()
    world.item("nodes", "node-2")["metadata"]["annotations"][BACKEND] = announced
    if not kept:
        space = world.netns("node-2")
        space["links"] = [link for link in space["links"] if link["name"] != "flannel.1"]
        space["routes"] = [route for route in space["routes"] if route.get("dev") != "flannel.1"]
    return world


def test_two_nodes_have_announced_different_back_ends() -> None:
    verdict = _ping(_two_backends())
    assert verdict["root_causes"] == ["cni-backend-mismatch"], verdict["summary"]
    assert "node-1 vxlan, node-2 host-gw" in verdict["summary"]


def test_a_tunnel_that_is_gone_is_no_matter_of_back_ends() -> None:
    assert _ping(_two_backends("vxlan"))["root_causes"] == ["device-missing"]


def test_what_an_earlier_back_end_left_may_serve() -> None:
    found = _two_backends(kept=True).diagnose(CLIENT, PEER, protocol="icmp")
    assert found["verdict"]["result"] == "healthy"
