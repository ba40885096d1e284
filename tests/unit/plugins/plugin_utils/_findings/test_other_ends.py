# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways out of the cluster, marks of answers, entries with settings of their own; each with its look-alike."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._sockets import OpenSocket
from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, Outcome, World, netfilter, route, rule
from ansible_collections.podnet.diagnostics.tests.unit.builders import address as an_address

CLIENT, SERVER, OUTSIDE = "pod:default/client-1", "pod:default/web-b", "198.51.100.77"
GATEWAY, RIGHT, WRONG = "192.0.2.1", "0a:00:5e:00:53:01", "0a:00:5e:00:53:99"
NOTHING: Json = {"status": "error", "outcome": None}
SILENT: dict[str, Outcome] = {
    **dict.fromkeys(("ping", "node-pod-ping", "reverse-ping"), "no_reply"),
    "tcp": {"status": "fail", "outcome": "timed_out", "received": 0},
    **dict.fromkeys(("mtu", "reverse-mtu", "tcp-mtu"), NOTHING),
}


def _verdict(world: World, destination: str = OUTSIDE, port: int | None = 443, source: str = CLIENT) -> Json:
    found = world.diagnose(source, destination, port, protocol="tcp" if port else "icmp", outcomes=SILENT)
    assert found["errors"] == []
    return t.cast(Json, found["verdict"])


def _masquerading() -> World:
    world = World()
    rules = "[0:0] -A POSTROUTING -s 10.244.0.0/16 ! -d 10.244.0.0/16 -j MASQUERADE\nCOMMIT\n"
    world.set_netfilter("node-1", f"*nat\n:POSTROUTING ACCEPT [0:0]\n{rules}")
    return world


def _entry(address: str, mac: str | None, state: str, dev: str = "eth0") -> Json:
    entry: Json = {"family": 4, "address": address, "mac": mac, "dev": dev, "state": state}
    return {**entry, "router": False, "proxy": False}


@pytest.mark.parametrize(
    ("state", "others", "confidence"),
    [
        ("PERMANENT", RIGHT, "likely"),
        ("STALE", RIGHT, "possible"),
        ("PERMANENT", WRONG, None),
        ("PERMANENT", None, None),
    ],
)
def test_a_gateway_that_other_nodes_know_by_another_address(
    state: str, others: str | None, confidence: str | None
) -> None:
    world = _masquerading()
    world.netns("node-1")["neighbours"].append(_entry(GATEWAY, WRONG, state))
    if others is not None:
        world.netns("node-2")["neighbours"].append(_entry(GATEWAY, others, "REACHABLE"))
    verdict = _verdict(world)
    if confidence is None:
        assert verdict["result"] == "inconclusive"
        return
    assert (verdict["root_causes"], verdict["confidence"]) == (["neighbour-failed"], confidence), verdict["summary"]
    assert verdict["location"] == {"node": "node-1", "device": "eth0"}


@pytest.mark.parametrize("elsewhere", [True, False])
def test_a_route_before_the_one_that_other_nodes_use(elsewhere: bool) -> None:
    world = _masquerading()
    host = world.netns("node-1")
    own = next(one for one in host["routes"] if one["dst"] == "0.0.0.0/0")
    own["metric"] = 100
    host["routes"].insert(0, route("0.0.0.0/0", "eth0", "192.0.2.200", metric=50))
    host["neighbours"].append(_entry("192.0.2.200", None, "FAILED"))
    if not elsewhere:
        world.drop_route("node-2", "0.0.0.0/0")
    causes = _verdict(world)["root_causes"]
    assert (causes == ["route-wrong"]) is elsewhere, "what no other node uses may be the gateway that has failed"


@pytest.mark.parametrize("taken", ["1", "0"])
def test_answers_have_the_mark_of_what_they_answer_where_a_setting_says_so(taken: str) -> None:
    world = World()
    first = (
        "*mangle\n:PREROUTING ACCEPT [0:0]\n[0:0] -A PREROUTING -p tcp --dport 8080 -j MARK --set-mark 0x99\nCOMMIT\n"
    )
    server = world.netns("node-2", SERVER)
    server["netfilter"]["iptables"] = [
        {"backend": "nf_tables", "family": 4, "text": first, "version": "v1.8.9", "binary": "x", "origin": "host"}
    ]
    server["rules"].append(rule(99, "99", fwmark=0x99))
    server["routes"].append(route("0.0.0.0/0", None, table="99", type="blackhole"))
    server["sysctls"]["net.ipv4.tcp_fwmark_accept"] = taken
    verdict = _verdict(world, SERVER, 8080)
    assert (verdict["root_causes"] == ["policy-route-diverts"]) is (taken == "1"), verdict["summary"]


@pytest.mark.parametrize("own", [{"port": 4789}, {"vni": 7}])
def test_an_entry_of_the_tunnel_with_settings_of_its_own(own: Json) -> None:
    world = World()
    world.netns("node-1")["fdb"][0].update(own)
    verdict = _verdict(world, SERVER, None)
    assert verdict["root_causes"] == ["fdb-entry-wrong"], verdict["summary"]
    assert verdict["location"] == {"node": "node-1", "device": "flannel.1"}


def test_a_rule_that_exempts_from_being_masqueraded_is_named() -> None:
    world = World()
    nat = (
        "*nat\n:POSTROUTING ACCEPT [0:0]\n[0:0] -A POSTROUTING -d 198.51.100.0/24 -j ACCEPT\n"
        "[0:0] -A POSTROUTING -s 10.244.0.0/16 -j MASQUERADE\nCOMMIT\n"
    )
    world.set_netfilter("node-1", nat)
    verdict = _verdict(world)
    assert verdict["root_causes"] == ["snat-missing"], verdict["summary"]
    assert "198.51.100.0/24" in verdict["summary"]


def test_behind_a_filter_an_exempting_rule_is_a_second_cause() -> None:
    world = World()
    drop = "*filter\n:FORWARD ACCEPT [0:0]\n[0:0] -A FORWARD -d 198.51.100.0/24 -j DROP\nCOMMIT\n"
    masquerade = "[0:0] -A POSTROUTING -s 10.244.0.0/16 -j MASQUERADE\nCOMMIT\n"
    head = "*nat\n:POSTROUTING ACCEPT [0:0]\n"
    world.set_netfilter("node-1", f"{drop}{head}[0:0] -A POSTROUTING -d 198.51.100.0/24 -j ACCEPT\n{masquerade}")
    assert _verdict(world)["root_causes"] == ["netfilter-drop", "snat-missing"]
    world.set_netfilter("node-1", f"{drop}{head}COMMIT\n")
    assert _verdict(world)["root_causes"] == ["netfilter-drop"], "pods' addresses may be known outside"


def test_connection_tracking_shows_what_a_rule_made_of_the_packets() -> None:
    world = World()
    first = "[0:0] -A PREROUTING -d 10.96.0.20/32 -p tcp -j DNAT --to-destination 10.244.2.250:8080\n"
    head, nat, rules = netfilter().partition("*nat")
    at = rules.index("\n[") + 1
    world.set_netfilter("node-1", f"{head}{nat}{rules[:at]}{first}{rules[at:]}")
    world.netns("node-2")["neighbours"].append(_entry("10.244.2.250", None, "FAILED", "cni0"))
    before = _verdict(world, "service:default/web", 80)
    assert (before["root_causes"], before["confidence"]) == (["redirect-target-missing"], "likely"), before["summary"]
    entry = {
        "protocol": "tcp", "src": "10.244.1.2", "dst": "10.96.0.20", "sport": 40000, "dport": 80,
        "reply_src": "10.244.2.250", "reply_dst": "10.244.1.2", "reply_sport": 8080, "reply_dport": 40000,
        "status": ["CONFIRMED", "DNAT"], "state": "SYN_SENT", "seconds_left": 100, "mark": 0, "zone": 0,
    }  # fmt: skip
    world.counters = {"node-1": {"connections": [entry]}}
    assert _verdict(world, "service:default/web", 80)["confidence"] == "proven"
    world.counters = {"node-1": {"connections": [{**entry, "reply_src": "10.244.2.4"}]}}
    assert _verdict(world, "service:default/web", 80)["confidence"] == "likely"


def test_an_answer_to_a_ping_is_told_by_its_identifier() -> None:
    waiting = OpenSocket("node-1", "host", "icmp", "10.244.1.2", 77, "10.244.2.4", 77)
    answer = Packet(4, "10.244.9.9", "10.244.1.2", "icmp", 77, 77, icmp_type=0)
    assert waiting.takes("node-1", "host", answer)
    assert not waiting.takes("node-1", "host", dataclasses.replace(answer, dport=78))
    datagram = dataclasses.replace(waiting, protocol="udp")
    assert not datagram.takes("node-1", "host", dataclasses.replace(answer, protocol="udp"))


def _error(sender: str, kind: int = 3, mtu: int | None = None) -> Json:
    return {"type": kind, "code": 0, "from": sender, "mtu": mtu, "seq": None, "text": "network unreachable"}


@pytest.mark.parametrize(
    ("error", "confidence"),
    [
        (_error(GATEWAY), "proven"),
        (_error("192.0.2.7"), "likely"),
        (_error(GATEWAY, mtu=1400), "likely"),
        (_error(GATEWAY, 5), "likely"),
    ],
)
def test_a_router_that_answers_shows_where_a_rule_led_the_packets(error: Json, confidence: str) -> None:
    world = World()
    host = world.netns("node-1")
    host["rules"].append(rule(102, "202"))
    host["routes"].append(route("10.244.0.0/16", "eth0", GATEWAY, table="202"))
    tcp: Json = {"status": "fail", "outcome": "unreachable", "received": 0, "data": {"icmp_errors": [error]}}
    found = world.diagnose("node:node-1", SERVER, 8080, outcomes={**SILENT, "tcp": tcp})
    verdict = found["verdict"]
    assert verdict["root_causes"] == ["policy-route-diverts"], verdict["summary"]
    assert verdict["confidence"] == confidence


def test_each_leg_of_a_route_is_told() -> None:
    world = World()
    host = world.netns("node-1")
    legs = [{"gateway": gateway, "dev": "eth0", "weight": 1, "flags": []} for gateway in (GATEWAY, "192.0.2.99")]
    for one in host["routes"]:
        if one["dst"] == "10.244.2.0/24":
            one.update(dev=None, gateway=None, nexthops=legs)
    summary = _verdict(world, SERVER, 8080)["summary"]
    assert "by eth0 via 192.0.2.1 or by eth0 via 192.0.2.99" in summary and "None" not in summary


def test_a_connection_asks_for_its_route_again_with_its_source() -> None:
    """ip_route_connect(): the first look-up lends the source, the second one is asked with it."""
    world = _masquerading()
    pod = world.netns("node-1", CLIENT)
    pod["rules"].append({**rule(100, "main"), "from": "10.244.1.2/32", "action": "unreachable"})
    tcp: Json = {"status": "fail", "outcome": "no_route", "received": 0}
    verdict = world.diagnose(CLIENT, OUTSIDE, 443, outcomes={**SILENT, "tcp": tcp})["verdict"]
    assert verdict["root_causes"] == ["policy-route-diverts"], verdict["summary"]
    assert 'rule "100: from 10.244.1.2/32 unreachable"' in verdict["summary"]


def test_answers_from_outside_meet_the_rules_of_the_pod() -> None:
    world = _masquerading()
    drop = "*filter\n:INPUT ACCEPT [0:0]\n[4:240] -A INPUT -p tcp -m tcp --sport 443 -j DROP\nCOMMIT\n"
    world.netns("node-1", CLIENT)["netfilter"]["iptables"] = [
        {"backend": "nf_tables", "family": 4, "text": drop, "version": "v1.8.9", "binary": "x", "origin": "host"}
    ]
    verdict = _verdict(world)
    assert verdict["root_causes"] == ["netfilter-drop"], verdict["summary"]
    assert verdict["location"] == {"node": "node-1", "namespace": "default", "pod": "client-1"}


@pytest.mark.parametrize("state", ["NOARP", ""])
def test_a_device_that_asks_nobody_sends_to_itself(state: str) -> None:
    world = World()
    link = world.link("node-1", "eth0", CLIENT)
    link["flags"] = [*link["flags"], "NOARP"]
    if state:
        world.netns("node-1", CLIENT)["neighbours"] = [_entry("10.244.1.1", link["mac"], state)]
    else:
        world.netns("node-1", CLIENT)["neighbours"] = []
    verdict = _verdict(world, SERVER, None)
    assert verdict["root_causes"] == ["neighbour-failed"], verdict["summary"]
    assert verdict["location"] == {"node": "node-1", "namespace": "default", "pod": "client-1", "device": "eth0"}
    assert "NOARP" in verdict["summary"]


def test_answers_that_are_not_tracked_make_what_follows_them_invalid() -> None:
    """The handshake passes: who opened the connection sees it open, and nothing that it sends arrives."""
    world = World()
    raw = "*raw\n:PREROUTING ACCEPT [0:0]\n[0:0] -A PREROUTING -d 10.244.1.0/24 -p tcp -j CT --notrack\nCOMMIT\n"
    invalid = "*filter\n:FORWARD ACCEPT [0:0]\n[9:540] -A FORWARD -m conntrack --ctstate INVALID -j DROP\nCOMMIT\n"
    world.set_netfilter("node-1", raw + invalid)
    nothing: Json = {"status": "fail", "outcome": "no_reply", "data": {}}
    found = world.diagnose(CLIENT, SERVER, 8080, outcomes={"tcp-mtu": nothing})
    assert found["verdict"]["root_causes"] == ["conntrack-bypassed"], found["verdict"]["summary"]
    assert found["verdict"]["location"] == {"node": "node-1"}


@pytest.mark.parametrize(
    ("asked", "port", "address"), [("service:default/web", 80, "10.96.0.20"), (OUTSIDE, 443, OUTSIDE)]
)
def test_a_client_that_has_the_address_that_it_asks_for(asked: str, port: int, address: str) -> None:
    world = World() if port == 80 else _masquerading()
    pod = world.netns("node-1", CLIENT)
    world.link("node-1", "eth0", CLIENT)["addresses"].append(an_address(address, 32))
    pod["routes"].append(route(f"{address}/32", "eth0", table="local", type="local", scope="host"))
    tcp: Json = {"status": "fail", "outcome": "refused", "received": 0}
    verdict = world.diagnose(CLIENT, asked, port, outcomes={**SILENT, "tcp": tcp})["verdict"]
    assert verdict["root_causes"] == ["duplicate-address"], verdict["summary"]
    assert verdict["location"] == {"node": "node-1", "namespace": "default", "pod": "client-1", "device": "eth0"}


@pytest.mark.parametrize(("lives", "lost"), [("2", True), ("3", False)])
def test_a_router_outside_discards_what_lives_no_longer(lives: str, lost: bool) -> None:
    world = _masquerading()
    world.netns("node-1", CLIENT)["sysctls"]["net.ipv4.ip_default_ttl"] = lives
    error: Json = {"type": 11, "code": 0, "from": GATEWAY, "mtu": None, "seq": None, "text": "time exceeded"}
    tcp: Json = {"status": "fail", "outcome": "unreachable", "received": 0, "data": {"icmp_errors": [error]}}
    verdict = world.diagnose(CLIENT, OUTSIDE, 443, outcomes={**SILENT, "tcp": tcp})["verdict"]
    assert (verdict["root_causes"] == ["ttl-exceeded"]) is lost, verdict["summary"]


EXEMPT = "[0:0] -A POSTROUTING -s 10.244.0.0/16 -j ACCEPT\n"
HAIRPIN = "[0:0] -A POSTROUTING -s 10.244.1.3/32 -d 10.244.1.3/32 -j MASQUERADE\n"


@pytest.mark.parametrize("exempting", ["", EXEMPT])
def test_a_pod_that_a_service_leads_back_to_itself(exempting: str) -> None:
    world = World()
    for link in world.netns("node-1")["links"]:
        if link["bridge_port"]:
            link["bridge_port"]["hairpin"] = True
    rules, end, _rest = netfilter().rpartition("COMMIT\n")
    world.set_netfilter("node-1", f"{rules}{exempting}{HAIRPIN}{end}")
    verdict = _verdict(world, "service:default/web", 80, "pod:default/web-a")
    assert ("snat-missing" in verdict["root_causes"]) is bool(exempting), verdict["summary"]
    assert not exempting or "-s 10.244.0.0/16 -j ACCEPT" in verdict["summary"]


@pytest.mark.parametrize(
    ("sender", "code", "asked", "said"),
    [
        (GATEWAY, 0, OUTSIDE, "its routes"),
        # An error of one's own machine, and that of a host that is not there, are none of a router's routes.
        ("192.0.2.11", 0, OUTSIDE, ""),
        (GATEWAY, 1, OUTSIDE, ""),
        (GATEWAY, 13, OUTSIDE, ""),
    ],
)
def test_a_router_outside_says_that_it_has_no_route(sender: str, code: int, asked: str, said: str) -> None:
    world = _masquerading()
    error: Json = {"type": 3, "code": code, "from": sender, "mtu": None, "seq": None, "text": "network unreachable"}
    tcp: Json = {"status": "fail", "outcome": "unreachable", "received": 0, "data": {"icmp_errors": [error]}}
    verdict = world.diagnose(CLIENT, asked, 443, outcomes={**SILENT, "tcp": tcp})["verdict"]
    assert (verdict["root_causes"] == ["route-missing"]) is bool(said), verdict["summary"]
    assert not said or (verdict["confidence"] == "likely" and GATEWAY in verdict["remediation"])


def test_a_router_outside_knows_no_pods() -> None:
    error: Json = {
        "type": 3,
        "code": 0,
        "from": "198.51.100.1",
        "mtu": None,
        "seq": None,
        "text": "network unreachable",
    }
    tcp: Json = {"status": "fail", "outcome": "unreachable", "received": 0, "data": {"icmp_errors": [error]}}
    verdict = World().diagnose("host:outside", SERVER, 8080, outcomes={**SILENT, "tcp": tcp})["verdict"]
    assert verdict["root_causes"] == ["route-missing"], verdict["summary"]
    assert "node port" in verdict["remediation"]


@pytest.mark.parametrize(("detail", "confidence"), [("Operation not permitted (EPERM)", "likely"), (None, "possible")])
def test_a_question_that_the_own_kernel_refuses(detail: str | None, confidence: str) -> None:
    world = World()
    world.set_netfilter("node-1", netfilter(first="[0:0] -A OUTPUT -p udp -m udp --dport 53 -j DROP\n"))
    attempt: Json = {
        "seq": 1,
        "outcome": "unreachable",
        "detail": detail,
        "address": "10.96.0.10",
        "source_port": 40000,
    }
    server: Json = {"server": "10.96.0.10", "outcome": "unreachable", "nameserver": "10.96.0.10"}
    asked: Json = {
        "status": "fail",
        "outcome": "unreachable",
        "attempts": [attempt],
        "data": {"servers": [server], "queries": [{**server, "rcode": None}]},
    }
    name: Json = {"status": "fail", "outcome": "dns_failure"}
    found = world.diagnose(
        "node:node-1",
        "web.default.svc.cluster.local",
        80,
        outcomes={"dns-pod": asked, "dns-cluster": asked, "tcp": name, "ping": name},
    )
    verdict = found["verdict"]
    assert (verdict["root_causes"], verdict["confidence"]) == (["netfilter-drop"], confidence), verdict["summary"]
