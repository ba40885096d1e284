# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Narrower routes, circles, entries by hand, hijacked names, ports that are a rule: each beside what looks alike."""

from __future__ import annotations

import copy
import json
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.tests.unit import builders
from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, World

CLIENT, SERVER = "pod:default/client-1", "pod:default/web-b"
NAME = "web.default.svc.cluster.local"
FAILED: Json = {"status": "fail", "outcome": "timed_out", "received": 0}
REFUSED: Json = {"status": "fail", "outcome": "refused", "received": 0}
SILENT: t.Mapping[str, builders.Outcome] = {**dict.fromkeys(("tcp", "backend-tcp"), FAILED), "ping": "no_reply"}


def _roots(found: Json) -> list[str]:
    assert found["errors"] == []
    return t.cast(list[str], found["verdict"]["root_causes"])


# -- a narrower route ----------------------------------------------------------------------------------------------
def _narrower(address: str | None, gateway: str | None) -> Json:
    world = World()
    host = world.netns("node-1")
    addresses = [builders.address(address, 25)] if address else []
    host["links"].append(builders.link("eth1", 90, "veth", 1500, mac="02:00:00:00:09:01", addresses=addresses))
    host["routes"].append(builders.route("10.244.2.0/25", "eth1", gateway))
    return world.diagnose(CLIENT, SERVER, 8080, outcomes=SILENT)


def test_a_network_of_the_node_lies_in_the_pod_network() -> None:
    assert _roots(_narrower("10.244.2.126", None)) == ["pod-cidr-overlap"]


@pytest.mark.parametrize("address", [None, "10.9.9.2"])
def test_a_narrower_route_by_a_gateway_is_a_wrong_route(address: str | None) -> None:
    found = _narrower(address, "10.9.9.1")
    assert (_roots(found), found["verdict"]["location"]) == (["route-wrong"], {"node": "node-1"})


# -- packets in a circle -------------------------------------------------------------------------------------------
VTEP = "be:75:d0:c6:f9:ae"


def _circle(*lives: int) -> Json:
    """node-1 sends to node-2's pods by node-3, which was not read; captures saw the packet leave so often."""
    world = World()
    third = copy.deepcopy(world.item("nodes", "node-2"))
    third["metadata"]["name"] = "node-3"
    third["spec"].update({"podCIDR": "10.244.3.0/24", "podCIDRs": ["10.244.3.0/24"]})
    third["status"]["addresses"] = [{"type": "InternalIP", "address": "192.0.2.13"}]
    third["metadata"]["annotations"].update(
        {
            "flannel.alpha.coreos.com/public-ip": "192.0.2.13",
            "flannel.alpha.coreos.com/backend-data": json.dumps({"VNI": 1, "VtepMAC": VTEP}),
        }
    )
    world.resources("nodes").append(third)
    world.drop_route("node-1", "10.244.2.0/24")
    host = world.netns("node-1")
    host["routes"].append(builders.route("10.244.2.0/24", "flannel.1", "10.244.3.0", onlink=True, flags=["onlink"]))
    host["neighbours"].append({**host["neighbours"][0], "address": "10.244.3.0", "mac": VTEP})
    host["fdb"].append({**host["fdb"][0], "mac": VTEP, "dst": "192.0.2.13"})
    mac = world.link("node-1", "flannel.1")["mac"]
    world.seen("tcp-1", ("node-1", "eth0"), ("node-2", "eth0"))
    rungs = [
        {"direction": "forward", "node": "node-1", "netns": "host", "device": "flannel.1", "src_mac": mac, "ttl": ttl}
        for ttl in lives
    ]
    world.captures["ladders"] = [{"probe_id": "tcp-1", "packets": [{"label": "SYN", "what": "syn", "rungs": rungs}]}]
    return world.diagnose(CLIENT, SERVER, 8080, outcomes=SILENT)


def test_packets_leave_again_and_again_and_grow_old() -> None:
    found = _circle(63, 61, 59, 57)
    assert (_roots(found), found["verdict"]["confidence"]) == (["route-wrong"], "likely")
    assert found["verdict"]["location"] == {"node": "node-1"}
    assert "4 times" in found["verdict"]["summary"]


@pytest.mark.parametrize("lives", [(63,), (63, 63, 63, 63), (63, 62)])
def test_packets_sent_anew_or_back_to_the_wire_once_are_in_no_circle(lives: tuple[int, ...]) -> None:
    assert "route-wrong" not in _roots(_circle(*lives))


# -- an entry by hand ----------------------------------------------------------------------------------------------
ROUTER, OLD = "16:49:85:3f:4e:62", "52:54:00:9c:01:7e"


def _answers(state: str = "PERMANENT", left: str = OLD, came: str = ROUTER) -> list[str]:
    """node-2 is asked, and its answers leave to a hardware address."""
    world = World()
    world.seen("tcp-1", ("node-2", "eth0"), ("node-1", "eth0"), reply=True)
    place = {"node": "node-2", "netns": "host", "device": "eth0"}
    rungs = [
        {**place, "direction": "forward", "src_mac": came, "ttl": 62},
        {**place, "direction": "reply", "dst_mac": left, "ttl": 64},
    ]
    world.captures["ladders"] = [{"probe_id": "tcp-1", "packets": [{"label": "SYN", "what": "syn", "rungs": rungs}]}]
    world.netns("node-2")["sockets"].append(builders.socket(10250))
    entry = {"family": 4, "address": "192.0.2.1", "mac": left, "dev": "eth0", "state": state}
    world.netns("node-2")["neighbours"].append({**entry, "router": False, "proxy": False})
    return _roots(world.diagnose("node:node-1", "node:node-2", 10250, outcomes=SILENT))


def test_answers_go_to_an_address_that_somebody_wrote() -> None:
    assert _answers() == ["neighbour-failed"]


@pytest.mark.parametrize(
    "other", [{"state": "REACHABLE"}, {"left": "00:00:5e:00:01:0a"}, {"left": ROUTER}], ids=["learned", "vrrp", "same"]
)
def test_entries_that_are_learned_shared_or_right(other: dict[str, str]) -> None:
    assert "neighbour-failed" not in _answers(**other)


# -- names that another server denies ------------------------------------------------------------------------------
def _hijacked(rule: str) -> Json:
    world = World()
    head, nat, rules = builders.netfilter().partition("*nat")
    at = rules.index("\n[") + 1
    world.set_netfilter("node-1", f"{head}{nat}{rules[:at]}[0:0] {rule}\n{rules[at:]}")
    server = {"nameserver": builders.CLUSTER_DNS, "outcome": "nxdomain", "rtt_ms": 1.0, "answers": []}
    denied: Json = {"status": "fail", "outcome": "nxdomain", "data": {"servers": [server]}}
    outcomes: dict[str, builders.Outcome] = {"dns-pod": denied, "dns-cluster": "nxdomain", "tcp": "dns_failure"}
    return world.diagnose(CLIENT, NAME, 80, outcomes={**outcomes, "ping": "dns_failure"})


def test_a_rule_leads_questions_to_a_server_that_knows_no_cluster() -> None:
    found = _hijacked("-A PREROUTING -i cni0 -p udp -m udp --dport 53 -j DNAT --to-destination 203.0.113.53")
    assert (_roots(found), found["verdict"]["location"]) == (["dns-answer-wrong"], {"node": "node-1"})
    assert "203.0.113.53" in found["verdict"]["summary"]


def test_a_rule_for_questions_of_others_denies_nothing() -> None:
    found = _hijacked("-A PREROUTING -i eth0 -p udp -m udp --dport 53 -j DNAT --to-destination 203.0.113.53")
    assert _roots(found) == ["dns-name-missing"]


# -- a port that is a rule alone -----------------------------------------------------------------------------------
def _forwarded(declared: bool) -> list[str]:
    """node-1's port 8000 is led to a pod that is gone; a pod with the node's addresses may declare the port."""
    world = World()
    head, nat, rules = builders.netfilter().partition("*nat")
    at = rules.index("\n[") + 1
    rule = "-A PREROUTING -d 192.0.2.11/32 -p tcp -m tcp --dport 8000 -j DNAT --to-destination 10.244.1.250:8080"
    world.set_netfilter("node-1", f"{head}{nat}{rules[:at]}[0:0] {rule}\n{rules[at:]}")
    world.netns("node-1")["neighbours"].append(
        {
            "family": 4, "address": "10.244.1.250", "mac": None, "dev": "cni0", "state": "FAILED",
            "router": False, "proxy": False,
        }
    )  # fmt: skip
    if declared:
        spec = world.item("pods", "client-2")["spec"]
        spec.update({"hostNetwork": True, "nodeName": "node-1"})
        spec["containers"][0]["ports"] = [{"containerPort": 8000}]
    return _roots(world.diagnose("node:node-2", "node:node-1", 8000, outcomes=SILENT))


def test_a_port_of_a_node_that_a_rule_alone_makes() -> None:
    assert _forwarded(declared=False) == ["redirect-target-missing"]


def test_a_port_at_which_a_pod_ought_to_listen_as_well() -> None:
    assert _forwarded(declared=True) == ["redirect-target-missing", "port-not-listening"]


# -- hardware addresses of a bridge --------------------------------------------------------------------------------
@pytest.mark.parametrize(("device", "found"), [("cni0", True), ("eth0", False)])
def test_a_bridge_with_the_hardware_address_of_a_pod(device: str, found: bool) -> None:
    world = World()
    mac = world.link("node-2", device)["mac"]
    world.snapshots["node-2"]["pods"] = [
        {"id": SERVER, "pid": 7, "inode": 1, "host_network": False, "macs": [mac], "addresses": ["10.244.2.4"]}
    ]
    assert ("duplicate-address" in _roots(world.diagnose(CLIENT, SERVER, 8080, outcomes=SILENT))) is found


# -- node ports of another node ------------------------------------------------------------------------------------
def test_the_node_that_has_the_address_decides_about_a_node_port() -> None:
    """A pod of node-1 asks node-2, which has no rules for it; node-1 only sends it there."""
    world = World()
    rules = [line for line in builders.netfilter().splitlines() if f"--dport {builders.NODE_PORT}" not in line]
    world.set_netfilter("node-2", "\n".join(rules) + "\n")
    found = world.diagnose(CLIENT, "node:node-2", builders.NODE_PORT, outcomes={"tcp": REFUSED})
    assert (_roots(found), found["verdict"]["location"]["node"]) == (["kube-proxy-rules-stale"], "node-2")


# -- a pod whose own rules lead on, as a balancer's --------------------------------------------------------------------
def _led_on(to: str, forwards: str = "1", policy: str = "ACCEPT") -> list[str]:
    """web-b leads what comes for its port to another address, and masquerades it; nothing listens in it."""
    world = World()
    balancer = world.netns("node-2", "pod:default/web-b")
    text = (
        f"*nat\n:PREROUTING ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n"
        f"[3:180] -A PREROUTING -p tcp -m tcp --dport 8080 -j DNAT --to-destination {to}\n"
        f"[3:180] -A POSTROUTING -d {to.partition(':')[0]}/32 -p tcp -j MASQUERADE\nCOMMIT\n"
        f"*filter\n:INPUT ACCEPT [0:0]\n:FORWARD {policy} [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n"
    )
    rules = {"backend": "nf_tables", "family": 4, "text": text, "version": "v1.8.9", "binary": "", "origin": "host"}
    balancer["netfilter"] = {**balancer["netfilter"], "iptables": [rules]}
    balancer["sockets"] = []
    names = ("net.ipv4.ip_forward", "net.ipv4.conf.all.forwarding", "net.ipv4.conf.eth0.forwarding")
    balancer["sysctls"].update(dict.fromkeys(names, forwards))
    return _roots(world.diagnose("pod:default/client-1", "pod:default/web-b", 8080, outcomes=SILENT))


@pytest.mark.parametrize(
    ("to", "forwards", "policy", "roots"),
    [
        ("10.244.1.3:8080", "0", "ACCEPT", ["ip-forwarding-off"]),
        ("10.244.1.3:8080", "1", "DROP", ["netfilter-drop"]),
        ("10.244.1.250:8080", "0", "ACCEPT", ["redirect-target-missing"]),
        ("10.244.1.250:8080", "1", "DROP", ["redirect-target-missing"]),
    ],
)
def test_what_stops_packets_that_a_pods_own_rule_leads_on(
    to: str, forwards: str, policy: str, roots: list[str]
) -> None:
    assert _led_on(to, forwards, policy) == roots
