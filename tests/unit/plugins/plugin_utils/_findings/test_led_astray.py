# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes that throw, tables that lead to devices of nobody, limits that let nothing pass; each with its look-alike."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter import _iptables_matches
from ansible_collections.podnet.diagnostics.tests.unit.builders import (
    Json,
    Outcome,
    World,
    address,
    link,
    netfilter,
    route,
    rule,
)

CLIENT, SERVER, SERVER_IP = "pod:default/client-1", "pod:default/web-b", "10.244.2.4"
NOTHING: Json = {"status": "error", "outcome": None}
SILENT: dict[str, Outcome] = {
    **dict.fromkeys(("ping", "node-pod-ping", "reverse-ping"), "no_reply"),
    "tcp": {"status": "fail", "outcome": "timed_out", "received": 0},
    **dict.fromkeys(("mtu", "reverse-mtu", "tcp-mtu"), NOTHING),
}


def _verdict(world: World, destination: str = SERVER, port: int | None = 8080) -> Json:
    protocol = "tcp" if port else "icmp"
    found = world.diagnose(CLIENT, destination, port, protocol=protocol, outcomes=SILENT)
    assert found["errors"] == []
    return t.cast(Json, found["verdict"])


def test_a_route_throws_the_packets_and_no_table_takes_them() -> None:
    world = World()
    world.netns("node-1")["routes"].append(route(f"{SERVER_IP}/32", None, type="throw"))
    verdict = _verdict(world)
    assert (verdict["root_causes"], verdict["location"]) == (["route-blackhole"], {"node": "node-1"})
    assert "throw 10.244.2.4/32" in verdict["remediation"]


def test_a_table_that_throws_to_the_main_one_is_not_the_cause_of_a_missing_route() -> None:
    world = World()
    host = world.netns("node-1")
    host["rules"].append(rule(5270, "52"))
    host["routes"].append(route("10.244.0.0/16", None, table="52", type="throw"))
    world.drop_route("node-1", "10.244.2.0/24")
    assert _verdict(world)["root_causes"] == ["route-missing"]


def _uplink(kind: str) -> World:
    """A policy rule of node-1 sends what only its default route would carry to a device without a carrier."""
    world = World()
    host = world.netns("node-1")
    host["links"].append({**link("up0", 90, kind, 1420), "carrier": False, "operstate": "DOWN"})
    host["rules"].append(rule(32764, "51820", suppress_prefix_length=None))
    host["rules"].append(rule(32763, "main", suppress_prefix_length=0))
    host["routes"].append(route("0.0.0.0/0", "up0", table="51820"))
    return world


def test_a_tunnel_that_no_program_holds_was_left_behind() -> None:
    verdict = _verdict(_uplink("tun"), "host:outside", None)
    assert (verdict["root_causes"], verdict["location"]) == (["policy-route-diverts"], {"node": "node-1"})


def test_an_uplink_whose_cable_is_out_is_what_has_to_be_mended() -> None:
    verdict = _verdict(_uplink("device"), "host:outside", None)
    assert verdict["root_causes"] == ["device-down"]
    assert verdict["location"] == {"node": "node-1", "device": "up0"}


@pytest.mark.parametrize(("label", "place"), [("mesh", {"namespace": "default", "service": "web"}), (None, None)])
def test_a_service_that_another_proxy_serves(label: str | None, place: Json | None) -> None:
    world = World()
    if label:
        metadata = world.item("services", "web")["metadata"]
        metadata["labels"] = {"service.kubernetes.io/service-proxy-name": label}
    for node in ("node-1", "node-2"):
        world.set_netfilter(node, netfilter(services=False))
    outcomes: dict[str, Outcome] = {"tcp": {"status": "fail", "outcome": "timed_out", "received": 0}}
    found = world.diagnose(CLIENT, "service:default/web", 80, outcomes=outcomes)
    verdict = found["verdict"]
    assert verdict["root_causes"] == ["kube-proxy-rules-stale"], verdict["summary"]
    if place is None:
        assert verdict["location"]["node"] == "node-1"
    else:
        assert verdict["location"] == place


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        ("--set --name DEFAULT --mask 255.255.255.255 --rsource", []),
        ("--update --seconds 30 --hitcount 6 --name DEFAULT --rsource", ["rate"]),
        ("--rcheck --name DEFAULT --rsource", ["rate"]),
    ],
)
def test_writing_down_who_came_is_no_condition(words: str, kinds: list[str]) -> None:
    assert [one.name for one in _iptables_matches.read("recent", words.split(), "ip")] == kinds


LIMITED = """\
[0:0] -A FORWARD -j user-forward
[0:0] -A user-forward -p tcp -m tcp --dport 8080 -m conntrack --ctstate NEW -m recent --set --name D --rsource
[9:540] -A user-forward -p tcp -m tcp --dport 8080 -m conntrack --ctstate NEW {limit} -j user-limit
[9:540] -A user-limit -j REJECT --reject-with icmp-port-unreachable
"""


def _limited(limit: str, location: str = "nft_do_chain") -> Json:
    """What a rule of node-2 leads to another chain is rejected there, as its kernel tells."""
    world = World()
    text = netfilter(first=LIMITED.format(limit=limit))
    world.set_netfilter("node-2", text.replace("*filter\n", "*filter\n:user-forward - [0:0]\n:user-limit - [0:0]\n", 1))
    way = {"length": 430, "packets": 3, "devices": [["flannel.1", "receive"]], "location": location}
    world.captures["kernel"] = {
        "marked": [{"id": "tcp-1", "size": 430, "sent": 3}],
        "nodes": {"node-2": {"ways": [{**way, "reason": "NETFILTER_DROP"}]}},
    }
    refused: Json = {"status": "fail", "outcome": "refused", "received": 0}
    found = world.diagnose(CLIENT, SERVER, 8080, outcomes={"tcp": refused, "tcp-mtu": NOTHING})
    assert found["errors"] == []
    return t.cast(Json, found["verdict"])


def test_a_limit_is_the_cause_of_what_the_rule_behind_it_rejects() -> None:
    verdict = _limited("-m recent --update --seconds 30 --hitcount 6 --name D --rsource")
    assert (verdict["root_causes"], verdict["confidence"]) == (["connection-limit"], "likely"), verdict["summary"]
    assert "--hitcount 6" in verdict["remediation"]


def test_a_list_of_senders_is_no_limit() -> None:
    verdict = _limited("-m recent --rcheck --name D --rsource")
    assert (verdict["root_causes"], verdict["confidence"]) == (["netfilter-reject"], "possible"), verdict["summary"]


def test_a_drop_by_the_other_back_end_says_nothing_of_a_limit() -> None:
    verdict = _limited("-m recent --update --seconds 30 --hitcount 6 --name D --rsource", "ipt_do_table")
    assert (verdict["root_causes"], verdict["confidence"]) == (["netfilter-reject"], "possible"), verdict["summary"]


def _second_bridge(own: str) -> Json:
    """web-b is a port of a second bridge of node-2, which has an address of its own."""
    world = World()
    host = world.netns("node-2")
    first = world.link("node-2", "cni0")
    second = {**link("br-pods", 91, "bridge", 1450), "bridge": first["bridge"]}
    second["addresses"] = [address(own, 24)]
    host["links"].append(second)
    host["routes"].append(route(f"{own.rpartition('.')[0]}.0/24", "br-pods", scope="link"))
    world.link("node-2", "vethwebb")["master"] = "br-pods"
    for entry in host["neighbours"]:
        if entry["address"] == SERVER_IP:
            entry.update(mac=None, state="FAILED")
    return _verdict(world)


def test_two_bridges_have_the_pods_network_and_one_route_is_used() -> None:
    verdict = _second_bridge("10.244.2.1")
    assert (verdict["root_causes"], verdict["location"]) == (["duplicate-address"], {"node": "node-2"})
    assert "br-pods (1 port)" in verdict["summary"]


def test_a_second_bridge_with_a_network_of_its_own_is_no_twin() -> None:
    assert "duplicate-address" not in _second_bridge("10.99.0.1")["root_causes"]


def _told(gateway: str) -> Json:
    """client-1 has believed a redirect: for web-b another neighbour is the better next hop."""
    world = World()
    learned = {"family": 4, "dst": SERVER_IP, "gateway": gateway, "dev": "eth0", "mtu": 0, "locked": False}
    # As the kernel tells it: once of each route by that next hop.
    world.netns("node-1", CLIENT)["path_mtus"] = [{**learned, "seconds_left": 250, "redirected": True}] * 2
    return _verdict(world)


def test_a_client_believes_a_redirect_to_a_pod_that_routes_nothing() -> None:
    verdict = _told("10.244.1.3")
    assert (verdict["root_causes"], verdict["confidence"]) == (["route-wrong"], "likely"), verdict["summary"]
    assert verdict["location"] == {"node": "node-1", "namespace": "default", "pod": "client-1"}
    assert "accept_redirects" in verdict["remediation"]


def test_a_redirect_to_the_gateway_itself_changes_nothing() -> None:
    assert _told("10.244.1.1")["result"] == "inconclusive"
