# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules that write into packets, hand them to a proxy, or look at their options."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.tests.unit import builders
from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, World

CLIENT, SERVER, ADDRESS = "pod:default/client-1", "pod:default/web-b", "10.244.2.4"
DADDR = {"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "daddr"}}, "right": ADDRESS}}


def _nft(node: str, family: str, hook: str, *statements: Json, priority: int = -5, **more: t.Any) -> World:
    world = World()
    head = {"family": family, "table": "t", "name": "c", "handle": 1, "type": "filter", "hook": hook, "prio": priority}
    rule = {"family": family, "table": "t", "chain": "c", "handle": 2, "expr": list(statements)}
    text = json.dumps({"nftables": [{"chain": {**head, "policy": "accept", **more}}, {"rule": rule}]})
    world.netns(node)["netfilter"]["nftables"] = {"text": text, "tables": [f"{family} t"], "note": None}
    return world


def _said(world: World, silent: bool = True) -> Json:
    outcomes: Json = {"tcp": "timed_out", "ping": "no_reply"} if silent else {}
    found = world.diagnose(CLIENT, SERVER, 8080, outcomes=outcomes)
    assert found["errors"] == []
    return t.cast(Json, found["verdict"])


def _set(key: Json, value: t.Any) -> Json:
    return {"mangle": {"key": key, "value": value}}


def _payload(protocol: str, field: str) -> Json:
    return {"payload": {"protocol": protocol, "field": field}}


@pytest.mark.parametrize(
    ("statement", "identifier"),
    [
        (_set(_payload("ip", "saddr"), "10.244.1.251"), "snat-wrong"),
        (_set(_payload("ip", "daddr"), "10.244.2.251"), "packet-rewritten"),
        (_set(_payload("tcp", "dport"), 9), "packet-rewritten"),
        (_set(_payload("ip", "checksum"), 1), "packet-rewritten"),
        (_set(_payload("ip", "frag-off"), 0x2000), "packet-rewritten"),
    ],
)
def test_a_rule_that_writes_into_the_packet(statement: Json, identifier: str) -> None:
    verdict = _said(_nft("node-1", "ip", "postrouting", DADDR, statement, priority=110))
    assert verdict["root_causes"] == [identifier], verdict["summary"]
    assert verdict["location"]["node"] == "node-1"


def test_a_frame_that_is_marked_as_another_machine_s() -> None:
    mark = _set({"meta": {"key": "pkttype"}}, "other")
    verdict = _said(_nft("node-2", "netdev", "ingress", mark, dev="flannel.1", priority=0))
    assert verdict["root_causes"] == ["packet-rewritten"], verdict["summary"]


_HARMLESS = [
    _set(_payload("ip", "dscp"), 8),
    _set(_payload("ip", "ttl"), 60),
    _set(_payload("ip", "id"), 1),
    _set(_payload("ip", "frag-off"), 0),
    _set({"tcp option": {"name": "timestamp", "field": "tsval"}}, 1),
]


@pytest.mark.parametrize("statement", _HARMLESS)
def test_what_arrives_all_the_same_is_nothing(statement: Json) -> None:
    assert _said(_nft("node-1", "ip", "postrouting", DADDR, statement), silent=False)["result"] == "healthy"


@pytest.mark.parametrize(("op", "size", "dropped"), [(">", 1300, True), (">", 1400, True), (">", 1460, False)])
def test_the_segment_size_that_a_handshake_announces(op: str, size: int, dropped: bool) -> None:
    option = {"match": {"op": op, "left": {"tcp option": {"name": "maxseg", "field": "size"}}, "right": size}}
    world = _nft("node-1", "inet", "forward", DADDR, option, {"drop": None})
    verdict = _said(world, silent=dropped)
    assert verdict["root_causes"] == (["netfilter-drop"] if dropped else []), verdict["summary"]


def _mangled(world: World, rule: str) -> World:
    text = builders.netfilter() + f"*mangle\n:PREROUTING ACCEPT [0:0]\n[9:540] -A PREROUTING {rule}\nCOMMIT\n"
    world.set_netfilter("node-1", text)
    return world


PROXY = f"-d {ADDRESS}/32 -p tcp -m tcp --dport 8080 -j TPROXY --on-port 15006 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0"


def test_a_transparent_proxy_that_is_gone() -> None:
    verdict = _said(_mangled(World(), PROXY))
    assert verdict["root_causes"] == ["redirect-target-missing"], verdict["summary"]
    assert "nothing listens on port 15006" in verdict["summary"]


def test_a_transparent_proxy_that_listens_is_not_called_gone() -> None:
    world = _mangled(World(), PROXY)
    sockets = world.netns("node-1")["sockets"]
    like = world.netns("node-2", "pod:default/web-b")["sockets"][0]
    sockets.append({**like, "port": 15006, "local": "0.0.0.0"})
    assert _said(world, silent=False)["result"] == "healthy"


def test_a_route_whose_packets_live_for_one_hop() -> None:
    world = World()
    for route in world.netns("node-1", CLIENT)["routes"]:
        route["hoplimit"] = 1
    found = world.diagnose(CLIENT, SERVER, 8080, outcomes={"tcp": "unreachable", "ping": "unreachable"})
    assert found["verdict"]["root_causes"] == ["ttl-exceeded"], found["verdict"]["summary"]
    assert found["verdict"]["location"]["pod"] == "client-1"


def test_the_identifier_of_pings() -> None:
    world = _nft("node-1", "ip", "postrouting", DADDR, _set(_payload("icmp", "id"), 7), priority=110)
    verdict = world.diagnose(CLIENT, SERVER, protocol="icmp", outcomes={"ping": "no_reply"})["verdict"]
    assert verdict["root_causes"] == ["packet-rewritten"], verdict["summary"]


_OPTION = {"tcp option": {"name": "timestamp", "field": "tsecr"}}


@pytest.mark.parametrize("key", [_payload("tcp", "window"), _OPTION])
def test_a_rule_that_only_writes_into_the_packets_is_no_drop(key: Json) -> None:
    verdict = _said(_nft("node-1", "ip", "postrouting", DADDR, _set(key, 0), priority=110))
    assert verdict["root_causes"] == ["packet-rewritten"] and verdict["confidence"] != "proven", verdict["summary"]
