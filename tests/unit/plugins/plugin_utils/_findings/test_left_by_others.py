# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runtimes, VPNs, udev and hardening leave: each with what looks like it and is something else."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.tests.unit import builders
from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, World
from ansible_collections.podnet.diagnostics.tests.unit.plugins.plugin_utils._findings.test_intermittent import growing

CLIENT, SERVER, SERVER_IP = "pod:default/client-1", "pod:default/web-b", "10.244.2.4"
VIRTUAL = "192.0.2.100"
PUBLIC = "flannel.alpha.coreos.com/public-ip"
MASQUERADES = "[0:0] -A POSTROUTING -s 10.244.0.0/16 ! -d 10.244.0.0/16 -j MASQUERADE\nCOMMIT\n"
FAILED: Json = {"status": "fail", "outcome": "timed_out", "received": 0}
REFUSED: Json = {"status": "fail", "outcome": "refused", "received": 0}
SILENT: t.Mapping[str, builders.Outcome] = {**dict.fromkeys(("tcp", "backend-tcp"), FAILED), "ping": "no_reply"}


def _roots(found: Json) -> list[str]:
    assert found["errors"] == []
    return t.cast(list[str], found["verdict"]["root_causes"])


# -- addresses that two have ---------------------------------------------------------------------------------------
def _entry(name: str, address: str) -> Json:
    return {
        "id": f"pod:default/{name}",
        "pid": 7,
        "inode": 1,
        "host_network": False,
        "macs": [f"0a:00:00:00:01:{len(name):02x}"],
        "addresses": [address],
    }


def _beside(address: str) -> Json:
    """Connections that are all refused, though single ones opened; another pod of the node has that address."""
    world = World()
    world.dose = "gentle"
    world.snapshots["node-2"]["pods"] = [_entry("web-b", SERVER_IP), _entry("younger", address)]
    return world.diagnose(CLIENT, SERVER, 8080, outcomes={"connections": growing("rrrrr")})


def test_two_pods_of_a_node_have_one_address() -> None:
    found = _beside(SERVER_IP)
    assert _roots(found) == ["duplicate-address"]
    assert found["verdict"]["location"] == {"node": "node-2"}
    assert "younger" in found["verdict"]["summary"]


def test_a_pod_with_another_address_is_no_twin_and_what_was_refused_is_not_healthy() -> None:
    found = _beside("10.244.2.77")
    assert (_roots(found), found["verdict"]["result"]) == ([], "inconclusive")


def _virtual(*nodes: str) -> Json:
    """node-1 sends from a virtual address to node-2."""
    world = World()
    for node in nodes:
        world.link(node, "eth0")["addresses"].append(builders.address(VIRTUAL, 32))
        local = builders.route(f"{VIRTUAL}/32", "eth0", table="local", type="local", scope="host", source=VIRTUAL)
        world.netns(node)["routes"].append(local)
    world.netns("node-1")["routes"].append(builders.route("192.0.2.12/32", "eth0", scope="link", source=VIRTUAL))
    return world.diagnose("node:node-1", "node:node-2", 10250, outcomes=SILENT)


def test_two_nodes_have_the_virtual_address() -> None:
    found = _virtual("node-1", "node-2")
    assert (_roots(found), found["verdict"]["location"]) == (["duplicate-address"], {})
    assert "node-1" in found["verdict"]["summary"] and "node-2" in found["verdict"]["summary"]


def test_one_node_has_the_virtual_address() -> None:
    assert "duplicate-address" not in _roots(_virtual("node-1"))


def _announced(by_hand: bool = False) -> list[str]:
    """node-2 announces an address that node-1 has, too."""
    world = World()
    world.item("nodes", "node-2")["metadata"]["annotations"][PUBLIC] = "10.0.2.15"
    if by_hand:
        world.item("nodes", "node-2")["metadata"]["annotations"][f"{PUBLIC}-overwrite"] = "10.0.2.15"
    for node in ("node-1", "node-2"):
        world.link(node, "lo")["addresses"].append(builders.address("10.0.2.15", 32))
        local = builders.route("10.0.2.15/32", "lo", table="local", type="local", scope="host", source="10.0.2.15")
        world.netns(node)["routes"].append(local)
    world.netns("node-1")["fdb"][0]["dst"] = "10.0.2.15"
    return _roots(world.diagnose(CLIENT, SERVER, protocol="icmp", outcomes=SILENT))


def test_a_node_announces_an_address_that_each_machine_has() -> None:
    assert _announced() == ["tunnel-source-mismatch"]


def test_what_a_person_announced_is_meant_and_the_second_owner_is_not() -> None:
    assert _announced(by_hand=True) == ["duplicate-address"]


# -- routes of a VPN -----------------------------------------------------------------------------------------------
def _halves(kind: str) -> Json:
    """Both halves of all addresses lead to a device without a carrier."""
    world = World()
    host = world.netns("node-1")
    host["links"].append({**builders.link("tun0", 90, kind, 1420), "carrier": False, "operstate": "DOWN"})
    host["routes"] += [builders.route(half, "tun0") for half in ("0.0.0.0/1", "128.0.0.0/1")]
    return world.diagnose(CLIENT, "host:outside", protocol="icmp", outcomes=SILENT)


def test_a_vpn_left_two_routes_that_are_narrower_than_the_default_one() -> None:
    found = _halves("tun")
    assert (_roots(found), found["verdict"]["location"]) == (["route-wrong"], {"node": "node-1"})
    assert "ip link del tun0" in found["verdict"]["remediation"]


def test_a_vpn_of_a_machine_outside_takes_what_it_answers() -> None:
    """Of a machine that is no node nobody says where packets to the cluster ought to go."""
    world = World()
    host = world.netns("outside")
    host["links"].append({**builders.link("tun0", 90, "tun", 1420), "carrier": False, "operstate": "DOWN"})
    host["routes"].append(builders.route("192.0.2.8/29", "tun0"))
    found = world.diagnose("node:node-1", "host:outside", protocol="icmp", outcomes=SILENT)
    assert (_roots(found), found["verdict"]["location"]) == (["route-wrong"], {"node": "outside"})


def test_a_cable_that_is_out_is_what_has_to_be_mended() -> None:
    assert _roots(_halves("device")) == ["device-down"]


# -- endpoints and names -------------------------------------------------------------------------------------------
def _endpoint(address: str, state: str) -> list[str]:
    """A Service without selector leads to a machine on the nodes' network."""
    world = World()
    service = world.item("services", "web")
    del service["spec"]["selector"]
    for piece in world.resources("endpointslices"):
        if piece["metadata"]["name"] == "web-x":
            piece["endpoints"] = [{"addresses": [address], "conditions": {"ready": True}}]
    rules = builders.netfilter()
    for backend in ("10.244.1.3:8080", SERVER_IP + ":8080"):
        rules = rules.replace(backend, f"{address}:8080")
    rules = rules.removesuffix("COMMIT\n") + MASQUERADES
    for node in ("node-1", "node-2"):
        world.set_netfilter(node, rules)
    world.netns("node-1")["neighbours"].append(
        {"family": 4, "address": address, "mac": None, "dev": "eth0", "state": state, "router": False, "proxy": False}
    )
    return _roots(world.diagnose(CLIENT, "service:default/web", 80, outcomes=SILENT))


@pytest.mark.parametrize("writer", ["endpointslice-controller.k8s.io", "a-person", None])
def test_a_slice_of_the_controller_that_has_not_followed(writer: str | None) -> None:
    """It mends that by itself; what a person has written a person corrects."""
    world = World()
    piece = world.item("endpointslices", "web-x")
    piece["endpoints"] = [{"addresses": ["10.244.2.77"], "conditions": {"ready": True}}]
    piece["metadata"]["labels"]["endpointslice.kubernetes.io/managed-by"] = writer
    rules = builders.netfilter()
    for backend in ("10.244.1.3:8080", SERVER_IP + ":8080"):
        rules = rules.replace(backend, "10.244.2.77:8080")
    for node in ("node-1", "node-2"):
        world.set_netfilter(node, rules)
    verdict = world.diagnose(CLIENT, "service:default/web", 80, outcomes=SILENT)["verdict"]
    assert verdict["root_causes"] == ["endpoint-address-unknown"], verdict["summary"]
    assert ("kube-controller-manager" in verdict["remediation"]) is (writer == "endpointslice-controller.k8s.io")


def test_an_endpoint_of_nobody_on_the_nodes_network() -> None:
    assert _endpoint("192.0.2.3", "FAILED") == ["endpoint-address-unknown"]


def _for_a_name(target: int) -> Json:
    """A Service of type ExternalName, whose port nobody translates."""
    world = World()
    spec = world.item("services", "web")["spec"]
    spec.update({"type": "ExternalName", "externalName": "db.example.net"})
    spec["ports"] = [{"name": "main", "port": 5432, "targetPort": target, "protocol": "TCP"}]
    for key in ("clusterIP", "clusterIPs", "selector"):
        spec.pop(key, None)
    world.set_netfilter("node-1", builders.netfilter().removesuffix("COMMIT\n") + MASQUERADES)
    asked = "web.default.svc.cluster.local"
    data = {"answers": [{"name": asked, "type": "CNAME", "value": "db.example.net"}]}
    outcomes: dict[str, builders.Outcome] = {
        "dns-pod": {"status": "pass", "outcome": "answer", "data": data},
        "tcp": {**REFUSED, "address": "203.0.113.9"},
    }
    return world.diagnose(CLIENT, "service:default/web", 5432, outcomes=outcomes)


def test_a_name_for_a_name_translates_no_port() -> None:
    found = _for_a_name(1521)
    assert (_roots(found), found["verdict"]["confidence"]) == (["service-target-port-mismatch"], "likely")
    assert found["verdict"]["location"] == {"namespace": "default", "service": "web"}


def test_a_port_that_is_the_target_needs_no_translation() -> None:
    assert _roots(_for_a_name(5432)) == []


# -- files and tables ----------------------------------------------------------------------------------------------
def _asks(access: Json | None, uid: int = 1000) -> Json:
    """A name is asked for by a pod whose program is a user."""
    world = World()
    entry = {**_entry("client-1", "10.244.1.2"), "users": [{"uid": uid, "gid": uid, "cgroup": None}]}
    world.snapshots["node-1"]["pods"] = [entry]
    world.netns("node-1", CLIENT)["resolv_conf_access"] = access
    return world.diagnose(CLIENT, "web.default.svc.cluster.local", 80)


def test_the_program_may_not_read_its_resolvers_file() -> None:
    found = _asks({"mode": 0o640, "uid": 0, "gid": 0})
    assert (_roots(found), found["verdict"]["confidence"]) == (["dns-config-wrong"], "likely")
    assert found["verdict"]["location"]["pod"] == "client-1"


@pytest.mark.parametrize(
    ("access", "uid"),
    [
        ({"mode": 0o644, "uid": 0, "gid": 0}, 1000),
        ({"mode": 0o640, "uid": 0, "gid": 0}, 0),
        ({"mode": 0o640, "uid": 0, "gid": 1000}, 1000),
        (None, 1000),
    ],
)
def test_a_file_that_the_program_may_read_or_nobody_looked_at(access: Json | None, uid: int) -> None:
    found = _asks(access, uid)
    assert found["verdict"]["result"] == "healthy", found["verdict"]["summary"]


def _looks_in(sources: str | None) -> Json:
    """A name is asked for by a pod whose nsswitch.conf says where names come from."""
    world = World()
    world.snapshots["node-1"]["pods"] = [{**_entry("client-1", "10.244.1.2"), "name_sources": sources}]
    return world.diagnose(CLIENT, "web.default.svc.cluster.local", 80)


@pytest.mark.parametrize("sources", ["files", "files [NOTFOUND=return] myhostname"])
def test_the_program_does_not_ask_dns(sources: str) -> None:
    found = _looks_in(sources)
    assert (_roots(found), found["verdict"]["confidence"]) == (["dns-config-wrong"], "likely")
    assert found["verdict"]["location"]["pod"] == "client-1"


@pytest.mark.parametrize("sources", [None, "", "files dns", "mdns4_minimal [NOTFOUND=return] dns files", "files sss"])
def test_a_program_that_asks_dns_or_somebody_else(sources: str | None) -> None:
    assert _looks_in(sources)["verdict"]["result"] == "healthy"


def _ended(illegible: bool) -> Json:
    """kube-proxy of node-1 ends whenever it is started, and its rules do not know the Service."""
    world = World()
    state = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s restarting failed container"}}
    status = world.item("pods", "kube-proxy-node-1")["status"]
    status["containerStatuses"] = [{"name": "kube-proxy", "ready": False, "restartCount": 3, "state": state}]
    text = builders.netfilter(services=False)
    world.set_netfilter("node-1", f"# Table `filter' is incompatible, use 'nft' tool.\n{text}" if illegible else text)
    return world.diagnose(CLIENT, "service:default/web", 80, outcomes={"tcp": "timed_out"})


@pytest.mark.parametrize("illegible", [True, False])
def test_kube_proxy_ends_and_iptables_reads_its_tables_or_not(illegible: bool) -> None:
    found = _ended(illegible)
    assert _roots(found) == ["kube-proxy-missing"]
    assert ("nft -a list table ip filter" in found["verdict"]["remediation"]) is illegible


# -- what a rule keeps from being learnt ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("state", "expected"), [("STALE", ["netfilter-drop"]), ("PERMANENT", ["netfilter-drop", "neighbour-failed"])]
)
def test_an_old_entry_behind_a_rule_that_drops_frames(state: str, expected: list[str]) -> None:
    """A pod's new hardware address does not pass the check of its plugin, and so nobody learns it."""
    world = World()
    head = {"family": "bridge", "table": "cni", "name": "c", "handle": 1, "type": "filter", "hook": "prerouting"}
    client = {"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "saddr"}}, "right": "10.244.1.2"}}
    rule = {"family": "bridge", "table": "cni", "chain": "c", "handle": 2, "expr": [client, {"drop": None}]}
    text = json.dumps({"nftables": [{"chain": {**head, "prio": -300, "policy": "accept"}}, {"rule": rule}]})
    world.netns("node-1")["netfilter"]["nftables"] = {"text": text, "tables": ["bridge cni"], "note": None}
    entry = next(one for one in world.netns("node-1")["neighbours"] if one["address"] == "10.244.1.2")
    entry.update({"mac": "02:00:5e:00:00:77", "state": state})
    found = world.diagnose(CLIENT, SERVER, 8080, outcomes=SILENT)
    assert sorted(_roots(found)) == sorted(expected)
