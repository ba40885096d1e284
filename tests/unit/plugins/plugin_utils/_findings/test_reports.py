# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What operators reported and no textbook has, each with what looks like it and is something else."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.tests.unit import builders
from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, World

CLIENT, SERVER, OUTSIDE = "pod:default/client-1", "pod:default/web-b", "203.0.113.9"
FAILED: Json = {"status": "fail", "outcome": "timed_out", "received": 0}
SILENT: t.Mapping[str, builders.Outcome] = {**dict.fromkeys(("tcp", "backend-tcp"), FAILED), "ping": "no_reply"}


def _roots(found: Json) -> list[str]:
    assert found["errors"] == []
    return t.cast(list[str], found["verdict"]["root_causes"])


# -- answers from outside ------------------------------------------------------------------------------------------
def _asked_outside(rule: str) -> Json:
    world = World()
    world.set_netfilter("node-1", builders.netfilter(first=f"[0:0] {rule}\n"))
    return world.diagnose("node:node-1", OUTSIDE, 443, outcomes=SILENT)


def test_a_rule_drops_what_comes_back_from_outside() -> None:
    found = _asked_outside(f"-A INPUT -s {OUTSIDE}/32 ! -i tun0 -j DROP")
    assert _roots(found) == ["netfilter-drop"]
    assert found["verdict"]["location"] == {"node": "node-1"}


def test_a_rule_for_another_sender_says_nothing_of_those_outside() -> None:
    assert _roots(_asked_outside("-A INPUT -s 203.0.113.77/32 -j DROP")) == []


def _answers_with(ttl: int) -> Json:
    world = World()
    masquerades = "[0:0] -A POSTROUTING -s 10.244.0.0/16 ! -d 10.244.0.0/16 -j MASQUERADE\nCOMMIT\n"
    world.set_netfilter("node-1", builders.netfilter().removesuffix("COMMIT\n") + masquerades)
    world.seen("tcp-1", ("node-1", "eth0"), ("node-1", "cni0"), reply=True)
    rung = {"direction": "reply", "node": "node-1", "netns": "host", "device": "eth0", "src": OUTSIDE, "ttl": ttl}
    world.captures["ladders"] = [{"probe_id": "tcp-1", "packets": [{"label": "SYN", "what": "syn", "rungs": [rung]}]}]
    return world.diagnose(CLIENT, OUTSIDE, 443, outcomes=SILENT)


def test_answers_live_long_enough_for_the_node_alone() -> None:
    found = _answers_with(1)
    assert (_roots(found), found["verdict"]["confidence"]) == (["ttl-exceeded"], "proven")


def test_answers_that_may_be_forwarded_are_lost_otherwise() -> None:
    assert _roots(_answers_with(2)) == []


# -- routes onto a wire where nobody is ----------------------------------------------------------------------------
def _with_bridge(network: str, address: str, uplink: bool = False) -> World:
    """node-1 with the bridge of a container engine."""
    world = World()
    host = world.netns("node-1")
    host["links"].append(
        builders.link("br-5c2e", 90, "bridge", 1500, mac="02:00:00:00:09:01", addresses=[builders.address(address, 28)])
    )
    if uplink:
        host["links"].append(builders.link("eth1", 91, "physical", 1500, mac="02:00:00:00:09:02", master="br-5c2e"))
    host["routes"].append(builders.route(network, "br-5c2e"))
    return world


def test_a_bridge_has_the_network_of_a_server_outside() -> None:
    world = _with_bridge("203.0.113.0/28", "203.0.113.1")
    found = world.diagnose(CLIENT, OUTSIDE, 443, outcomes=SILENT)
    assert _roots(found) == ["route-wrong"]
    assert found["verdict"]["location"] == {"node": "node-1", "device": "br-5c2e"}
    assert "203.0.113.1/28 of br-5c2e" in found["verdict"]["remediation"]


def test_a_bridge_that_leads_outside_may_have_the_server_behind_it() -> None:
    world = _with_bridge("203.0.113.0/28", "203.0.113.1", uplink=True)
    assert "route-wrong" not in _roots(world.diagnose(CLIENT, OUTSIDE, 443, outcomes=SILENT))


# -- a tunnel without any address ----------------------------------------------------------------------------------
def test_a_tunnel_device_lost_its_address_and_its_routes() -> None:
    world = World()
    world.link("node-1", "flannel.1")["addresses"] = []
    world.drop_route("node-1", "10.244.2.0/24")
    found = world.diagnose(CLIENT, SERVER, 8080, outcomes=SILENT)
    assert _roots(found) == ["address-missing"]
    assert found["verdict"]["location"] == {"node": "node-1", "device": "flannel.1"}


def test_a_route_alone_is_missing() -> None:
    world = World()
    world.drop_route("node-1", "10.244.2.0/24")
    assert _roots(world.diagnose(CLIENT, SERVER, 8080, outcomes=SILENT)) == ["route-missing"]


# -- Services ------------------------------------------------------------------------------------------------------
def test_a_rule_of_somebody_else_translates_a_services_address() -> None:
    portals = '-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES'
    first = (
        "-A PREROUTING -d 10.96.0.20/32 -p tcp -m tcp --dport 80 -j CNI-HOSTPORT-DNAT\n"
        "[0:0] -A CNI-HOSTPORT-DNAT -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.244.1.2:8443\n"
    )
    rules = builders.netfilter().replace(":KUBE-SVC-DNS", ":CNI-HOSTPORT-DNAT - [0:0]\n:KUBE-SVC-DNS")
    world = World()
    world.set_netfilter("node-1", rules.replace(f"[40:4499] {portals}", f"[0:0] {first}[40:4499] {portals}"))
    refused: Json = {"status": "fail", "outcome": "refused", "received": 0}
    found = world.diagnose(CLIENT, "service:default/web", 80, outcomes={"tcp": refused})
    assert _roots(found) == ["service-rules-bypassed"]
    assert found["verdict"]["location"] == {"node": "node-1"}


# -- the network between the nodes ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("lost", "roots"), [(("ping-3", "tcp-1"), ["pod-addresses-blocked"]), (("tcp-1",), ["network-blocked"])]
)
def test_the_network_carries_no_addresses_of_pods(lost: tuple[str, ...], roots: list[str]) -> None:
    """Where pings pass and one port does not, it is a firewall's port."""
    world = World()
    for item in world.resources("nodes"):
        item["metadata"]["annotations"]["flannel.alpha.coreos.com/backend-type"] = "host-gw"
    for node, other in (("node-1", "node-2"), ("node-2", "node-1")):
        world.drop_route(node, builders.CIDRS[other])
        world.netns(node)["routes"].append(builders.route(builders.CIDRS[other], "eth0", builders.NODES[other]))
    for name in lost:
        world.seen(name, ("node-1", "eth0"), ("node-2", "eth0"))
        world.captures["flows"][-1]["sightings"][0].update({"src": "10.244.1.2", "dst": "10.244.2.3"})
    passes = {"status": "pass", "outcome": "reply", "sent": 2, "received": 2}
    unasked = {"status": "error", "outcome": "timed_out", "received": 0}
    outcomes = {
        "tcp": FAILED,
        "tcp-mtu": unasked,
        "connections": FAILED,
        "node-ping": passes,
        **({"ping": "no_reply"} if "ping-3" in lost else {}),
    }
    assert _roots(world.diagnose(CLIENT, SERVER, 8080, outcomes=outcomes)) == roots


# -- DNS -----------------------------------------------------------------------------------------------------------
NAME = "web.default.svc.cluster.local"


def _two_servers(first: str, second: str, options: str) -> Json:
    """What a pod's two servers say of a Service's name."""
    world = World()
    servers = ("10.96.0.10", "203.0.113.53")
    text = "".join(f"nameserver {server}\n" for server in servers) + f"search default.svc.cluster.local\n{options}\n"
    world.netns("node-1", CLIENT)["resolv_conf"] = text
    said = [
        {"server": server, "outcome": outcome, "rcode": "noerror" if outcome == "answer" else outcome, "name": NAME}
        for server, outcome in zip(servers, (first, second))
    ]
    failed: Json = {"status": "fail", "outcome": "nxdomain", "data": {"servers": said, "queries": said}}
    return world.diagnose(CLIENT, NAME, 80, outcomes={"dns-pod": failed})


def test_a_resolver_takes_turns_between_servers_that_contradict_one_another() -> None:
    found = _two_servers("answer", "nxdomain", "options ndots:5 rotate")
    assert (_roots(found), found["verdict"]["confidence"]) == (["dns-config-wrong"], "proven")
    assert found["verdict"]["location"]["pod"] == "client-1"


def test_the_first_server_denies_the_name() -> None:
    assert _roots(_two_servers("nxdomain", "answer", "options ndots:5")) == ["dns-config-wrong"]


def test_a_second_server_that_is_never_asked_harms_nobody() -> None:
    assert _two_servers("answer", "nxdomain", "options ndots:5")["verdict"]["result"] == "healthy"
