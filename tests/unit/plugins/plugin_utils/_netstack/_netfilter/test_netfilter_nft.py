# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of nftables as nft 1.0.6 prints them in JSON: which packets they match."""

from __future__ import annotations

import dataclasses
import json
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._compile import ruleset_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Ct, CtState, Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Doubt
from ansible_collections.podnet.diagnostics.tests.unit.plugins.plugin_utils._netstack._netfilter import filters

SYN, UDP, PING, SYN6 = filters.SYN, filters.UDP, filters.PING, filters.SYN6
NEW = dataclasses.replace(SYN, ct=Ct(CtState.NEW, SYN.flow, SYN.flow.reversed()))
REPLY = dataclasses.replace(
    SYN, ct=Ct(CtState.ESTABLISHED, SYN.flow.reversed(), SYN.flow, True, frozenset(("SEEN_REPLY", "DNAT")), 0x10)
)
ASKING = frozenset(("syn", "ece", "cwr"))
DROP, PASS, BOTH = {"drop"}, {"accept"}, {"drop", "accept"}


def payload(protocol: str, field: str) -> t.Any:
    return {"payload": {"protocol": protocol, "field": field}}


def meta(key: str) -> t.Any:
    return {"meta": {"key": key}}


def match(left: t.Any, right: t.Any, op: str = "==") -> t.Any:
    return {"match": {"op": op, "left": left, "right": right}}


def prefix(address: str, length: int) -> t.Any:
    return {"prefix": {"addr": address, "len": length}}


FLAGS = payload("tcp", "flags")
STATE = {"ct": {"key": "state"}}
CASES = [
    (match(payload("ip", "saddr"), "10.244.1.5"), SYN, DROP),
    (match(payload("ip", "saddr"), prefix("10.244.0.0", 16)), SYN, DROP),
    (match(payload("ip", "saddr"), prefix("10.244.0.0", 16), "!="), SYN, PASS),
    (match(payload("ip", "saddr"), "10.244.1.5", "!="), SYN6, PASS),
    (match(payload("ip", "daddr"), {"range": ["10.244.2.1", "10.244.2.9"]}), SYN, DROP),
    (match(payload("ip", "daddr"), {"set": ["1.2.3.4", prefix("10.244.2.0", 24)]}), SYN, DROP),
    (match(payload("ip", "daddr"), {"set": ["1.2.3.4", prefix("10.244.2.0", 24)]}, "!="), SYN, PASS),
    (match(payload("tcp", "dport"), {"set": [80, {"range": [8000, 9000]}]}), SYN, DROP),
    (match(payload("tcp", "dport"), 80, "!="), UDP, PASS),
    (match(payload("th", "dport"), 53), UDP, DROP),
    (match(payload("tcp", "dport"), 8000, ">="), SYN, DROP),
    (match(payload("tcp", "dport"), 8000, "<"), SYN, PASS),
    (match(payload("tcp", "sport"), 1, "!="), dataclasses.replace(SYN, sport=None), BOTH),
    (match(FLAGS, "syn", "in"), SYN, DROP),
    (match(FLAGS, ["fin", "rst"], "!"), SYN, DROP),
    (match({"&": [FLAGS, ["syn", "ack"]]}, "syn"), SYN, DROP),
    (match({"&": [FLAGS, {"|": ["syn", "ack"]}]}, "ack"), SYN, PASS),
    (match({"&": [FLAGS, ["syn", "ecn"]]}, ["syn", "ecn"]), SYN, PASS),
    (match({"&": [FLAGS, ["syn", "ecn"]]}, ["syn", "ecn"]), dataclasses.replace(SYN, flags=ASKING), DROP),
    (match({"&": [FLAGS, ["syn", "ecn"]]}, ["syn", "ecn"], "!="), SYN, DROP),
    (match(FLAGS, "syn", "!="), SYN, PASS),
    (match(STATE, ["established", "related"], "in"), REPLY, DROP),
    (match(STATE, "new", "in"), NEW, DROP),
    (match(STATE, {"set": ["established", "new"]}), NEW, DROP),
    (match(STATE, "invalid", "!="), NEW, DROP),
    (match(STATE, "invalid", "in"), SYN, DROP),
    (match({"ct": {"key": "status"}}, "dnat", "in"), REPLY, DROP),
    (match({"ct": {"key": "direction"}}, "reply"), REPLY, DROP),
    (match({"ct": {"key": "mark"}}, 0x10), REPLY, DROP),
    (match({"ct": {"key": "mark"}}, 0x10, "!="), SYN, PASS),
    (match({"ct": {"key": "ip daddr", "dir": "original"}}, filters.CLIENT), REPLY, DROP),
    (match(meta("l4proto"), {"set": ["tcp", "udp"]}), UDP, DROP),
    (match(meta("l4proto"), "icmp"), PING, DROP),
    (match(payload("icmp", "type"), "echo-request"), PING, DROP),
    (match(meta("nfproto"), "ipv6"), SYN6, DROP),
    (match(meta("mark"), {"range": [16, 32]}), dataclasses.replace(SYN, mark=20), DROP),
    (match({"&": [meta("mark"), 0xFF]}, 0x10), dataclasses.replace(SYN, mark=0x110), DROP),
    (match({"&": [meta("mark"), 0xFF]}, 0x10), dataclasses.replace(SYN, mark=None), BOTH),
    (match(meta("iifname"), "cni*"), SYN, DROP),
    (match(meta("iifname"), {"set": ["eth*", "cni0"]}), SYN, DROP),
    (match(meta("oif"), "lo"), SYN, PASS),
    (match(meta("length"), 60, ">"), SYN, PASS),
    (match(meta("pkttype"), "broadcast"), SYN, PASS),
    (match({"fib": {"result": "type", "flags": ["daddr"]}}, "local"), SYN, PASS),
    (match({"rt": {"key": "nexthop", "family": "ip"}}, "10.244.2.0"), SYN, DROP),
    (match({"rt": {"key": "nexthop", "family": "ip"}}, "10.244.2.1"), SYN, PASS),
    (match({"rt": {"key": "nexthop", "family": "ip6"}}, "fd00::1"), SYN, PASS),
    (match({"rt": {"key": "nexthop", "family": "ip6"}}, "fd00::1"), SYN6, BOTH),
    (match({"rt": {"key": "classid"}}, 10), SYN, BOTH),
    (match({"fib": {"result": "oif", "flags": ["saddr", "iif"]}}, False), SYN, PASS),
    (match({"fib": {"result": "oif", "flags": ["saddr", "iif"]}}, "0", "!="), SYN, DROP),
    (
        match(
            {"concat": [payload("ip", "daddr"), payload("tcp", "dport")]},
            {"set": [{"concat": [prefix("10.244.0.0", 16), {"range": [8000, 9000]}]}]},
        ),
        SYN,
        DROP,
    ),
    (
        match({"concat": [payload("ip", "daddr"), payload("tcp", "dport")]}, {"set": [{"concat": ["10.244.2.4", 80]}]}),
        SYN,
        PASS,
    ),
    (match({"numgen": {"mode": "random", "mod": 10, "offset": 0}}, 3, "<"), SYN, BOTH),
    (match(meta("cgroup"), 1), SYN, PASS),
    (match(meta("cpu"), 1), SYN, BOTH),
    (match(meta("hour"), {"range": ["10:00", "11:00"]}), SYN, BOTH),
    (match({"rt": {"key": "mtu"}}, 1400, "<"), SYN, BOTH),
    (match(payload("ether", "saddr"), "02:00:00:00:00:05"), SYN, DROP),
    (match(payload("ether", "saddr"), "02:00:00:00:00:06", "!="), dataclasses.replace(SYN, src_mac=None), BOTH),
    ({"xt": {"type": "match", "name": "bpf"}}, SYN, BOTH),
    ({"nosuchstatement": {"a": 1}}, UDP, {"drop", "accept", "unknown"}),
    ({"quota": {"val": 10, "val_unit": "mbytes", "inv": True}}, SYN, BOTH),
    ({"limit": {"rate": 5, "per": "second"}}, SYN, BOTH),
    ({"ct count": {"val": 10, "inv": True}}, SYN, BOTH),
]


def _fill(operation: str, key: t.Any, name: str = "alive") -> t.Any:
    return {"set": {"op": operation, "elem": {"elem": {"val": key, "timeout": 4}}, "set": f"@{name}"}}


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        (_fill("add", payload("ip", "saddr")), PASS),
        (_fill("update", payload("ip", "saddr")), PASS),
        (_fill("delete", payload("ip", "saddr")), DROP),
        (_fill("add", payload("ip", "daddr")), DROP),
        (_fill("add", payload("ip", "saddr"), "others"), DROP),
    ],
)
def test_what_a_rule_adds_to_a_set_is_found_there(first: t.Any, expected: set[str]) -> None:
    known = [match(payload("ip", "saddr"), "@alive"), {"accept": None}]
    items: list[t.Any] = [
        {"set": {"family": "ip", "table": "t", "name": name, "type": "ipv4_addr", "flags": ["dynamic"]}}
        for name in ("alive", "others")
    ]
    head = {"family": "ip", "table": "t", "name": "c", "handle": 1, "type": "filter", "hook": "forward", "prio": 0}
    items.append({"chain": {**head, "policy": "accept"}})
    for number, each in enumerate(([first], known, [{"drop": None}]), 2):
        items.append({"rule": {"family": "ip", "table": "t", "chain": "c", "handle": number, "expr": each}})
    rules = ruleset_of([], json.dumps({"nftables": items}))
    assert filters.actions(filters.run(rules)) == expected


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ([], PASS),
        (["10.244.9.9"], PASS),
        (["10.244.9.8", "10.244.9.9"], DROP),
        (["10.244.9.8", filters.CLIENT], PASS),
        ([{"elem": {"val": "10.244.9.8", "timeout": 9, "expires": 1}}, "10.244.9.9"], BOTH),
    ],
)
def test_a_full_set_takes_no_more_and_ends_the_rule(elements: list[t.Any], expected: set[str]) -> None:
    items: list[t.Any] = [
        {"set": {"family": "ip", "table": "t", "name": "alive", "type": "ipv4_addr", "size": 2, "elem": elements}},
        {
            "chain": {
                "family": "ip",
                "table": "t",
                "name": "c",
                "handle": 1,
                "type": "filter",
                "hook": "forward",
                "prio": 0,
            }
        },
    ]
    for number, each in enumerate(([_fill("add", payload("ip", "saddr")), {"accept": None}], [{"drop": None}]), 2):
        items.append({"rule": {"family": "ip", "table": "t", "chain": "c", "handle": number, "expr": each}})
    assert filters.actions(filters.run(ruleset_of([], json.dumps({"nftables": items})))) == expected


@pytest.mark.parametrize(
    ("carried", "flags", "expected"),
    [
        (60, {"syn"}, PASS),
        (120, {"ack"}, PASS),
        (900, {"ack", "psh"}, PASS),
        (1500, {"ack", "psh"}, DROP),
        (None, {"ack"}, BOTH),
    ],
)
def test_the_average_size_of_a_connection_s_packets(carried: int | None, flags: set[str], expected: set[str]) -> None:
    condition = match({"ct": {"key": "avgpkt", "dir": "original"}}, 300, ">")
    packet = dataclasses.replace(NEW, carried=carried, flags=frozenset(flags))
    assert filters.actions(filters.run(filters.nft([condition, {"drop": None}]), packet)) == expected


@pytest.mark.parametrize(
    ("condition", "ipsec", "expected"),
    [
        (match(meta("ipsec"), False), False, DROP),
        (match(meta("secpath"), True), False, PASS),
        (match(meta("ipsec"), False), True, BOTH),
        (match({"ipsec": {"key": "reqid", "dir": "in", "spnum": 0}}, 5), False, PASS),
        (match({"ipsec": {"key": "reqid", "dir": "in", "spnum": 0}}, 5), None, BOTH),
    ],
)
def test_without_policies_of_ipsec_nothing_is_protected(condition: t.Any, ipsec: t.Any, expected: set[str]) -> None:
    assert filters.actions(filters.run(filters.nft([condition, {"drop": None}]), SYN, ipsec=ipsec)) == expected


@pytest.mark.parametrize("condition, packet, expected", CASES, ids=[json.dumps(each[0])[:90] for each in CASES])
def test_match(condition: t.Any, packet: t.Any, expected: set[str]) -> None:
    """In family inet no rule says for which IP version it is: what it asks for does."""
    rules = filters.nft([condition, {"counter": {"packets": 0, "bytes": 0}}, {"drop": None}], family="inet")
    assert filters.actions(filters.run(rules, packet)) == expected


def test_statements_are_done_in_their_order() -> None:
    rules = filters.nft(
        [{"mangle": {"key": meta("mark"), "value": {"|": [meta("mark"), 16]}}}, match(meta("mark"), 16), {"drop": None}]
    )
    assert filters.actions(filters.run(rules)) == DROP


def test_verdict_maps() -> None:
    ports = {"set": [[80, {"accept": None}], [{"range": [8000, 9000]}, {"drop": None}]]}
    rules = filters.nft([{"vmap": {"key": payload("tcp", "dport"), "data": ports}}], [{"accept": None}])
    assert filters.actions(filters.run(rules)) == DROP
    assert filters.actions(filters.run(rules, UDP)) == PASS


def test_dice_of_a_verdict_map() -> None:
    dice = {"numgen": {"mode": "random", "mod": 4, "offset": 0}}
    found = filters.run(filters.nft([{"vmap": {"key": dice, "data": {"set": [[0, {"drop": None}]]}}}]))
    assert {(result.action.value, result.share) for result in found} == {("drop", 0.25), ("accept", 0.75)}


@pytest.mark.parametrize(("of", "shares"), [("sport", {0.5}), ("dport", {1.0})])
def test_a_hash_is_dice_only_where_it_differs_between_connections(of: str, shares: set[float]) -> None:
    hashed = {"jhash": {"expr": {"concat": [payload("ip", "saddr"), payload("tcp", of)]}, "mod": 2, "offset": 0}}
    found = filters.run(filters.nft([match(hashed, 0), {"drop": None}]))
    assert filters.actions(found) == BOTH
    assert {result.share for result in found} == shares


@pytest.mark.parametrize(
    "reject, packet, kind",
    [
        ({"type": "tcp reset"}, SYN, "tcp-reset"),
        ({"type": "icmp", "expr": "host-prohibited"}, SYN, "icmp-host-prohibited"),
        ({"type": "icmpx", "expr": "admin-prohibited"}, SYN, "icmp-admin-prohibited"),
        ({"type": "icmpx", "expr": "admin-prohibited"}, SYN6, "icmp6-adm-prohibited"),
        ({"type": "icmpv6", "expr": "no-route"}, SYN6, "icmp6-no-route"),
        ({"type": "icmp", "expr": "host-prohibited"}, SYN6, None),
        (None, SYN, "icmp-port-unreachable"),
    ],
)
def test_reject_says_with_what(reject: t.Any, packet: t.Any, kind: str | None) -> None:
    (result,) = filters.run(filters.nft([{"reject": reject}], family="inet"), packet)
    assert result.reject_with == kind


def test_text_and_removal() -> None:
    rules = filters.nft([match(payload("tcp", "dport"), {"set": [80, 443]}), {"drop": None}])
    (rule,) = rules.chains["nft", "ip", "t", "c"].rules
    assert rule.text == "tcp dport { 80, 443 } drop"
    assert rule.remove == ("nft", "delete", "rule", "ip", "t", "c", "handle", "2")


def test_limits_are_told_as_rates() -> None:
    found = filters.run(filters.nft([{"limit": {"rate": 5, "per": "second", "inv": True}}, {"drop": None}]))
    assert {each.doubt for result in found for each in result.assumptions} == {Doubt.RATE}


def test_limits_by_their_names() -> None:
    """As an object of the table, or as one that a map leads to."""
    by_map = {"map": {"key": payload("ip", "saddr"), "data": "@classes"}}
    rules = filters.nft([{"limit": "slow"}, {"drop": None}])
    assert rules.chains["nft", "ip", "t", "c"].rules[0].text == "limit name slow drop"
    rules = filters.nft([{"limit": by_map}, {"drop": None}])
    assert rules.chains["nft", "ip", "t", "c"].rules[0].text == "limit name ip saddr map @classes drop"
    assert {each.doubt for result in filters.run(rules) for each in result.assumptions} == {Doubt.RATE}


def test_chains_of_a_device_see_its_packets_only() -> None:
    rules = filters.nft([{"drop": None}], family="netdev", hook="ingress", dev="eth0")
    assert filters.actions(filters.run(rules, SYN, "ingress", layer="netdev", iif="eth0")) == DROP
    assert filters.actions(filters.run(rules, SYN, "ingress", layer="netdev", iif="eth1")) == PASS


def test_a_chain_whose_device_is_not_known_is_an_assumption() -> None:
    rules = filters.nft([{"drop": None}], family="netdev", hook="ingress")
    found = filters.run(rules, SYN, "ingress", layer="netdev", iif="eth0")
    assert filters.actions(found) == BOTH and all(result.assumptions for result in found)


def test_bridge_family_sees_frames() -> None:
    rules = filters.nft([match(payload("ether", "saddr"), "02:00:00:00:00:05"), {"drop": None}], family="bridge")
    assert filters.actions(filters.run(rules, SYN, layer="bridge", iif="veth1", oif="veth2")) == DROP
    assert filters.actions(filters.run(rules, SYN)) == PASS


def test_arp_has_a_family_of_its_own() -> None:
    rules = filters.nft([match(payload("arp", "saddr ip"), "10.244.1.5"), {"drop": None}], family="arp", hook="input")
    ask = Packet(4, "10.244.1.5", "10.244.1.1", "arp", icmp_type=1)
    assert filters.actions(filters.run(rules, ask, "input", layer="arp")) == DROP


def test_dormant_tables_do_nothing() -> None:
    chain = {"family": "ip", "table": "t", "name": "c", "handle": 1, "type": "filter", "hook": "forward", "prio": 0}
    items = [{"table": {"family": "ip", "name": "t", "flags": ["dormant"]}}, {"chain": {**chain, "policy": "drop"}}]
    assert filters.actions(filters.run(ruleset_of([], json.dumps({"nftables": items})))) == PASS


def test_the_younger_chain_of_a_priority_is_asked_first() -> None:
    items: list[t.Any] = []
    for handle, (name, verdict) in enumerate((("old", "drop"), ("new", "reject")), 1):
        items.append({"table": {"family": "ip", "name": name, "handle": handle}})
        head = {"family": "ip", "table": name, "name": "c", "handle": 1, "type": "filter", "hook": "forward", "prio": 0}
        items.append({"chain": {**head, "policy": "accept"}})
        items.append({"rule": {"family": "ip", "table": name, "chain": "c", "handle": 2, "expr": [{verdict: None}]}})
    (result,) = filters.run(ruleset_of([], json.dumps({"nftables": items})))
    assert result.rule.id.table == "new"
