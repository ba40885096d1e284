# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses that are missing, foreign or not answered for; each with what looks like it and harms nothing."""

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
BLOCK = {
    "direction": "fwd",
    "src": "10.244.1.0/24",
    "dst": "10.244.2.0/24",
    "action": "block",
    "text": "src 10.244.1.0/24 dst 10.244.2.0/24 dir fwd action block",
}


def _ping(world: World) -> Json:
    return world.diagnose(CLIENT, PEER, protocol="icmp", outcomes=SILENT)


def _cause(found: Json) -> tuple[list[str], Json]:
    assert found["errors"] == []
    return found["verdict"]["root_causes"], found["verdict"]["location"]


def _quiet(found: Json) -> None:
    assert found["errors"] == []
    assert found["verdict"]["result"] == "healthy", found["verdict"]["summary"]


def test_pings_are_ignored() -> None:
    world = World()
    world.netns("node-2", PEER)["sysctls"]["net.ipv4.icmp_echo_ignore_all"] = "1"
    causes, place = _cause(_ping(world))
    assert causes == ["icmp-echo-ignored"]
    assert (place["node"], place["pod"]) == ("node-2", "client-2")


def test_pings_are_ignored_where_nobody_asks() -> None:
    world = World()
    world.netns("node-1", CLIENT)["sysctls"]["net.ipv4.icmp_echo_ignore_all"] = "1"
    _quiet(world.diagnose(CLIENT, PEER, protocol="icmp"))


def test_an_address_that_no_route_beyond_the_link_lends() -> None:
    world = World()
    for device, scope in (("eth0", "link"), ("lo", "host")):
        world.link("node-1", device, CLIENT)["addresses"][0]["scope"] = scope
    causes, place = _cause(_ping(world))
    assert causes == ["source-address-wrong"]
    assert (place["node"], place["pod"], place["device"]) == ("node-1", "client-1", "eth0")


def test_an_ipsec_policy_blocks() -> None:
    world = World()
    world.netns("node-1")["xfrm"] = [BLOCK]
    causes, place = _cause(_ping(world))
    assert (causes, place) == (["xfrm-policy-block"], {"node": "node-1"})


def test_an_ipsec_policy_blocks_others() -> None:
    world = World()
    world.netns("node-1")["xfrm"] = [{**BLOCK, "dst": "203.0.113.0/24"}, {**BLOCK, "direction": "in"}]
    _quiet(world.diagnose(CLIENT, PEER, protocol="icmp"))


def test_a_pod_has_lost_its_address() -> None:
    world = World()
    world.link("node-2", "eth0", PEER)["addresses"] = []
    world.netns("node-2", PEER)["routes"] = []
    world.netns("node-2")["neighbours"] = [
        one for one in world.netns("node-2")["neighbours"] if one.get("dev") != "cni0"
    ]
    causes, place = _cause(_ping(world))
    assert causes == ["address-missing"]
    assert (place["node"], place["pod"]) == ("node-2", "client-2")


def test_a_rule_gives_a_source_that_nobody_has() -> None:
    world = World()
    text = "[3:180] -A POSTROUTING -s 10.244.1.0/24 -d 10.244.2.0/24 -j SNAT --to-source 198.51.100.77\n"
    world.set_netfilter("node-1", _with_nat(text))
    causes, place = _cause(_ping(world))
    assert (causes, place) == (["snat-wrong"], {"node": "node-1"})


def _going_out(source: str, own: bool = False) -> Json:
    world = World()
    if own:
        world.link("node-1", "eth0")["addresses"].append(builders.address(source, 32))
    text = f"[3:180] -A POSTROUTING -s 10.244.1.0/24 ! -d 10.244.0.0/16 -j SNAT --to-source {source}\n"
    world.set_netfilter("node-1", _with_nat(text))
    silent: Json = {"status": "fail", "outcome": "timed_out", "received": 0}
    return world.diagnose(CLIENT, "198.51.100.10", 22, outcomes={"tcp": silent, "ping": "no_reply"})


def test_what_goes_out_gets_an_address_that_another_node_has() -> None:
    found = _going_out("192.0.2.12")
    causes, place = _cause(found)
    assert (causes, place) == (["snat-wrong"], {"node": "node-1"})
    assert found["verdict"]["confidence"] == "likely"
    assert "which it does not have (node-2 has it)" in found["verdict"]["summary"]


@pytest.mark.parametrize(("source", "own"), [("192.0.2.77", True), ("203.0.113.77", False)])
def test_an_address_of_the_node_or_one_that_routers_may_lead_here_is_none(source: str, own: bool) -> None:
    assert "snat-wrong" not in {one["id"] for one in _going_out(source, own)["findings"]}


def test_a_rule_gives_the_nodes_own_address() -> None:
    world = World()
    text = "[3:180] -A POSTROUTING -s 10.244.1.0/24 -d 10.244.2.0/24 -j SNAT --to-source 192.0.2.11\n"
    world.set_netfilter("node-1", _with_nat(text))
    _quiet(world.diagnose(CLIENT, PEER, protocol="icmp"))


@pytest.mark.parametrize("source", ["10.244.2.1", "192.0.2.12", "127.0.0.9"])
def test_a_rule_gives_a_source_that_the_receiver_takes_for_forged(source: str) -> None:
    """One of its own addresses, or one that comes in by no device."""
    world = World()
    text = f"[3:180] -A POSTROUTING -s 10.244.1.0/24 -d 10.244.2.0/24 -j SNAT --to-source {source}\n"
    world.set_netfilter("node-1", _with_nat(text))
    causes, place = _cause(_ping(world))
    assert (causes, place) == (["snat-wrong"], {"node": "node-1"})


def test_the_receiver_has_the_address_that_the_node_translates_to() -> None:
    """The rule is right: the address is the node's own, and the receiver's besides."""
    world = World()
    text = "[3:180] -A POSTROUTING -s 10.244.1.0/24 -d 10.244.2.0/24 -j SNAT --to-source 192.0.2.11\n"
    world.set_netfilter("node-1", _with_nat(text))
    world.link("node-2", "eth0")["addresses"].append(builders.address("192.0.2.11", 32))
    assert "snat-wrong" not in _cause(_ping(world))[0]


def _with_nat(rule: str) -> str:
    """The usual rules, with one before those of POSTROUTING."""
    text = builders.netfilter()
    start = text.index("*nat")
    first = text.index("-A ", start)
    line = text.rindex("\n", 0, first) + 1
    return text[:line] + rule + text[line:]


def test_an_address_that_is_not_taken_for_ones_own() -> None:
    world = World()
    pod = world.netns("node-2", PEER)
    address = world.link("node-2", "eth0", PEER)["addresses"][0]["address"]
    pod["routes"] = [route for route in pod["routes"] if route["dst"] != f"{address}/32"]
    causes, place = _cause(_ping(world))
    assert causes == ["address-missing"]
    assert (place["node"], place["pod"]) == ("node-2", "client-2")


def test_nothing_looks_into_the_main_table() -> None:
    world = World()
    pod = world.netns("node-2", PEER)
    pod["rules"] = [rule for rule in pod["rules"] if rule["table"] != "main"]
    causes, place = _cause(_ping(world))
    assert causes == ["route-missing"]
    assert (place["node"], place["pod"]) == ("node-2", "client-2")


def test_the_receiver_has_the_senders_address() -> None:
    world = World()
    (own,) = world.link("node-1", "eth0", CLIENT)["addresses"]
    pod = world.netns("node-2", PEER)
    world.link("node-2", "lo", PEER)["addresses"].append({**own, "prefix": 32})
    local = {**pod["routes"][0], "table": "local", "type": "local", "dst": f"{own['address']}/32", "dev": "lo"}
    pod["routes"].append({**local, "gateway": None, "scope": "host"})
    causes, place = _cause(_ping(world))
    assert causes == ["duplicate-address"]
    assert (place["node"], place["pod"], place["device"]) == ("node-2", "client-2", "lo")


PODMAN: Json = {
    "path": "/etc/cni/net.d/05-podman.conflist",
    "name": "podman",
    "type": "bridge",
    "plugins": ["bridge"],
    "active": True,
    "mtu": None,
    "bridge": "cni-podman0",
    "error": None,
}
FLANNEL: Json = {
    **PODMAN,
    "path": "/etc/cni/net.d/10-flannel.conflist",
    "name": "cbr0",
    "type": "flannel",
    "plugins": ["flannel", "portmap"],
    "active": False,
    "bridge": None,
}


def _stray(files: list[Json]) -> World:
    """client-2 got its address from another CNI configuration of its node."""
    world = World()
    status = world.item("pods", "client-2")["status"]
    status.update(podIP="10.88.0.2", podIPs=[{"ip": "10.88.0.2"}])
    world.link("node-2", "eth0", PEER)["addresses"] = [builders.address("10.88.0.2", 16)]
    inside = world.netns("node-2", PEER)
    inside["routes"] = [
        builders.route("0.0.0.0/0", "eth0", "10.88.0.1"),
        builders.route("10.88.0.0/16", "eth0", scope="link"),
        builders.route("10.88.0.2/32", "eth0", table="local", type="local", scope="host"),
    ]
    world.netns("node-2")["routes"].append(builders.route("10.88.0.0/16", "cni-podman0", scope="link"))
    world.snapshots["node-2"]["cni_config"]["files"] = files
    return world


def test_a_foreign_cni_configuration_gives_a_pod_an_address_that_no_other_node_knows() -> None:
    found = _ping(_stray([PODMAN, FLANNEL]))
    assert _cause(found) == (["cni-subnet-wrong"], {"node": "node-2"})
    assert found["verdict"]["confidence"] == "proven"
    assert PODMAN["path"] in found["verdict"]["summary"]


def test_an_address_of_a_foreign_network_whose_configuration_is_gone_is_likely() -> None:
    found = _ping(_stray([{**FLANNEL, "active": True}]))
    assert _cause(found) == (["cni-subnet-wrong"], {"node": "node-2"})
    assert found["verdict"]["confidence"] == "likely"


@pytest.mark.parametrize(("anew", "changed"), [("11:00:00", True), ("09:00:00", False)])
def test_a_node_that_was_made_anew_while_its_pod_ran_on(anew: str, changed: bool) -> None:
    """It has another pod network than the one that the pod is from."""
    world = _stray([{**FLANNEL, "active": True}])
    world.item("pods", "client-2")["metadata"]["creationTimestamp"] = "2026-11-28T10:00:00Z"
    world.item("nodes", "node-2")["metadata"]["creationTimestamp"] = f"2026-11-28T{anew}Z"
    found = _ping(world)
    assert _cause(found) == (["cni-subnet-wrong"], {"node": "node-2"})
    assert ("was made anew" in found["verdict"]["summary"]) is changed
    assert ("its former network" in found["verdict"]["remediation"]) is changed


def test_a_cni_with_pools_of_its_own_gives_such_addresses_too() -> None:
    world = _stray([PODMAN])
    for node in world.resources("nodes"):
        node["metadata"]["annotations"] = {}
    world.resources("configmaps")[:] = [
        one for one in world.resources("configmaps") if "flannel" not in one["metadata"]["name"]
    ]
    assert "cni-subnet-wrong" not in _ping(world)["verdict"]["root_causes"]


def test_on_its_own_node_such_an_address_is_known() -> None:
    found = _stray([PODMAN, FLANNEL]).diagnose("node:node-2", PEER, protocol="icmp", outcomes=SILENT)
    assert "cni-subnet-wrong" not in found["verdict"]["root_causes"], found["verdict"]["summary"]


def _lost_between_the_nodes(outer: str | None, port: int = 8472, pods: bool = True) -> Json:
    """Captures of packets that node-1 sent and node-2 never got; outer: the tunnel that carried them. port: node-2's
    own; pods: whether their namespaces were read."""
    world = World()
    world.link("node-2", "flannel.1")["vxlan"]["port"] = port
    for node in ("node-1", "node-2") if not pods else ():
        world.snapshots[node]["netns"] = [world.netns(node)]
    first, second = ({"node": node, "device": "eth0", "netns": "host"} for node in ("node-1", "node-2"))
    seen = {**first, "count": 2, "direction": "forward", "outer": outer, "src": "10.244.1.2", "dst": "10.244.2.2"}
    world.captures["flows"] = [
        {
            "probe_id": "ping-1",
            "lossless": True,
            "ambiguous": False,
            "last_forward": first,
            "missing_forward": second,
            "sightings": [seen],
            "packets": [],
        }
    ]
    outcomes = {**SILENT, "node-ping": {"status": "pass", "outcome": "reply", "received": 2}}
    return t.cast(Json, world.diagnose(CLIENT, PEER, protocol="icmp", outcomes=outcomes)["verdict"])


def test_the_network_between_the_nodes_drops_the_tunnel() -> None:
    assert _lost_between_the_nodes("192.0.2.11 > 192.0.2.12 vni 1")["root_causes"] == ["tunnel-port-blocked"]


@pytest.mark.parametrize(("port", "causes"), [(8472, ["tunnel-port-blocked"]), (8473, [])])
def test_a_node_captures_its_own_port_of_the_tunnel_alone(port: int, causes: list[str]) -> None:
    """Nothing is simulated from a pod that was not read; ends that differ do not see each other's packets."""
    assert _lost_between_the_nodes("192.0.2.11 > 192.0.2.12 vni 1", port, pods=False)["root_causes"] == causes


def test_packets_that_were_in_no_tunnel_say_nothing_of_it() -> None:
    assert _lost_between_the_nodes(None)["result"] == "inconclusive"
