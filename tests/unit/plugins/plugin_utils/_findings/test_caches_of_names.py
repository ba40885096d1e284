# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod asks a cache of names on its node: what keeps the answer away, and resolvers of clouds, which look alike."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.tests.unit import builders
from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, World

CLIENT, NAME = "pod:default/client-1", "web.default.svc.cluster.local"
CACHE, OF_CLOUD = "169.254.20.10", "169.254.169.253"
NO_NAME: t.Mapping[str, builders.Outcome] = {
    "tcp": "dns_failure",
    "ping": "dns_failure",
    "tcp-mtu": {"status": "error", "outcome": "dns_failure"},
}


def _asks(server: str, held: bool, first: str = "") -> Json:
    """The verdict where client-1 asks a server, which its node holds or not; first: a rule of node-1."""
    world = World()
    pod = world.item("pods", "client-1")
    pod["spec"].update(dnsPolicy="None", dnsConfig={"nameservers": [server]})
    world.netns("node-1", CLIENT)["resolv_conf"] = f"search default.svc.cluster.local\nnameserver {server}\n"
    if held:
        host = world.netns("node-1")
        world.link("node-1", "lo")["addresses"].append(builders.address(server, 32))
        host["routes"].append(builders.route(f"{server}/32", "lo", table="local", type="local", scope="host"))
        host["sockets"].append({**builders.socket(53, server, "udp", "node-cache"), "state": "UNCONN"})
    if first:
        world.set_netfilter("node-1", builders.netfilter(first=first))
    query = {"server": server, "name": NAME, "outcome": "timed_out", "rcode": None}
    outcome = {
        "status": "fail",
        "outcome": "timed_out",
        "data": {"queries": [query], "servers": [{"server": server, "outcome": "timed_out"}]},
    }
    found = world.diagnose(CLIENT, NAME, 80, outcomes={"dns-pod": outcome, **NO_NAME})
    assert found["errors"] == []
    assert "dns-service-unreachable" not in [one["id"] for one in found["findings"]]
    return t.cast(Json, found["verdict"])


def test_a_cache_that_its_node_does_not_have() -> None:
    verdict = _asks(CACHE, held=False)
    assert (verdict["root_causes"], verdict["location"]["pod"]) == (["dns-config-wrong"], "client-1")
    assert verdict["confidence"] != "proven"


def test_a_resolver_of_the_cloud_is_on_no_node() -> None:
    assert _asks(OF_CLOUD, held=False)["root_causes"] != ["dns-config-wrong"]


def test_a_cache_that_cannot_ask_cluster_dns() -> None:
    verdict = _asks(CACHE, held=True, first="[9:756] -A OUTPUT -p udp -m udp --dport 53 -d 10.244.0.0/16 -j DROP\n")
    assert (verdict["root_causes"], verdict["location"]["node"]) == (["netfilter-drop"], "node-1")


def test_a_cache_that_is_there_and_says_nothing() -> None:
    """Why is not seen: nothing is proven."""
    assert _asks(CACHE, held=True)["confidence"] != "proven"


@pytest.mark.parametrize("option", [True, False])
def test_a_resolver_that_asks_by_tcp(option: bool) -> None:
    """The DNS Service has no port for TCP: nobody else suffers."""
    world = World()
    spec = world.item("services", "kube-dns")["spec"]
    spec["ports"] = [one for one in spec["ports"] if one.get("protocol") == "UDP"]
    if option:
        world.netns("node-1", CLIENT)["resolv_conf"] += "options use-vc\n"
    query = {"server": builders.CLUSTER_DNS, "name": NAME, "outcome": "timed_out", "rcode": None}
    outcome = {"status": "fail", "outcome": "timed_out", "data": {"queries": [query], "servers": [query]}}
    found = world.diagnose(CLIENT, NAME, 80, outcomes={"dns-pod": outcome, **NO_NAME})
    assert ("service-port-missing" in found["verdict"]["root_causes"]) is option
