# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much is sent: amounts, absurd ones, what is tried without being asked for, rounds of watching."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._dose import (
    Amounts,
    idle_requests,
    idle_to_try,
    parse_amounts,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._watch import (
    Watched,
    dose_requests,
    is_watched,
    watch_requests,
)
from tests.unit.builders import World

Json = dict[str, t.Any]


def roles(world: World, destination: str, port: int | None) -> dict[str, list[Json]]:
    requests = world.evidence("pod:default/client-1", destination, port).plan["work"]["node-1"]["probes"]
    found: dict[str, list[Json]] = {}
    for request in requests:
        found.setdefault(request["role"], []).append(request)
    return found


def dosed(**more: t.Any) -> World:
    world = World()
    world.dose = "gentle"
    for name, value in more.items():
        setattr(world, name, value)
    return world


def test_the_dose_goes_where_the_plain_probes_go() -> None:
    found = roles(dosed(), "service:default/web", 80)
    assert [request["target"] for request in found["burst"]] == [request["target"] for request in found["ping"]]
    assert [(request["target"], request["port"]) for request in found["connections"]] == [("10.96.0.20", 80)]
    assert "dns-pairs" not in found and "idle" not in found
    identifiers = [request["id"] for requests in found.values() for request in requests]
    assert len(set(identifiers)) == len(identifiers)


def test_a_name_has_each_server_asked_in_pairs() -> None:
    asked = roles(dosed(), "web", 80)["dns-pairs"]
    assert [request.get("nameserver") for request in asked] == [None, "10.244.2.3"]
    assert {request["name"] for request in asked} == {"web.default.svc.cluster.local"}


def test_none_sends_what_is_sent_without_a_dose() -> None:
    plan = World().evidence("pod:default/client-1", "service:default/web", 80).plan
    sent = {request["role"] for work in plan["work"].values() for request in work["probes"]}
    assert not sent & {"burst", "connections", "dns-pairs", "idle"}
    assert not any(work["counters"] for work in plan["work"].values())


def test_an_idle_connection_goes_to_the_port_asked() -> None:
    (request,) = roles(dosed(idle=300), "service:default/web", 80)["idle"]
    assert (request["idle"], request["port"], request["count"]) == (300, 80, 1)


def test_many_backends_share_the_packets() -> None:
    amounts = Amounts()
    assert amounts.packets_for(1) == amounts.packets_for(5) == 180
    assert amounts.packets_for(16) * 16 <= 960
    assert amounts.packets_for(1000) == 45


@pytest.mark.parametrize("value", ["-1", "5001", "1e3", "many", "180.5", True, "٣", "9" * 30, [], {}])
def test_absurd_amounts_are_named_as_typed(value: t.Any) -> None:
    _amounts, problems = parse_amounts({"dose_packets": value})
    assert len(problems) == 1
    assert problems[0].startswith("diagnose_dose_packets ") and problems[0].endswith("is not a number from 0 to 5000")


@pytest.mark.parametrize("values", [{}, {"dose": None, "idle": None}, {"dose_packets": "", "watch": ""}])
def test_what_is_not_given_is_gentle(values: Json) -> None:
    assert parse_amounts(values) == (Amounts(), [])


def plan(**amounts: int) -> Json:
    return {"options": {"amounts": {"packets": 180, "connections": 40, "queries": 20, "idle": 0, **amounts}}}


def snapshot(value: str | None) -> Json:
    settings = {} if value is None else {"net.netfilter.nf_conntrack_tcp_timeout_established": value}
    return {"netns": [{"id": "pod:default/a", "sysctls": {}}, {"id": "host", "sysctls": settings}]}


@pytest.mark.parametrize(
    "values, tried",
    [(["86400", "5"], 7), (["20"], 22), (["21"], 0), (["86400"], 0), ([None], 0), (["x"], 0), (["0"], 0), ([], 0)],
)
def test_a_very_short_timeout_is_tried(values: list[str | None], tried: int) -> None:
    snapshots = {f"node-{number}": snapshot(value) for number, value in enumerate(values)}
    assert idle_to_try(plan(), snapshots.values()) == tried


SOURCE = {"payload": {"protocol": "ip", "field": "saddr"}}


@pytest.mark.parametrize(
    ("timeout", "statement", "tried"),
    [
        (4, {"op": "add", "elem": SOURCE, "set": "@alive"}, 6),
        (4, {"op": "update", "elem": SOURCE, "set": "@alive"}, 6),
        (None, {"op": "add", "elem": {"elem": {"val": SOURCE, "timeout": 5}}, "set": "@alive"}, 7),
        (10800, {"op": "add", "elem": SOURCE, "set": "@alive"}, 0),
        (4, {"op": "add", "elem": SOURCE, "set": "@others"}, 0),
        (4, {"op": "delete", "elem": SOURCE, "set": "@alive"}, 0),
        (None, {"op": "add", "elem": SOURCE, "set": "@alive"}, 0),
    ],
)
def test_a_set_that_rules_fill_and_that_forgets_soon_is_tried(timeout: int | None, statement: Json, tried: int) -> None:
    space = snapshot("86400")
    named = {"family": "ip", "table": "t", "name": "alive", "type": "ipv4_addr", "flags": ["timeout"]}
    named.update({"timeout": timeout} if timeout is not None else {})
    rule = {"family": "ip", "table": "t", "chain": "c", "handle": 3, "expr": [{"set": statement}, {"accept": None}]}
    text = json.dumps({"nftables": [{"metainfo": {"json_schema_version": 1}}, {"set": named}, {"rule": rule}]})
    space["netns"][1]["netfilter"] = {"nftables": {"text": text}}
    assert idle_to_try(plan(), [space]) == tried


def test_a_listing_that_cannot_be_read_is_no_reason() -> None:
    space = snapshot("86400")
    space["netns"][1]["netfilter"] = {"nftables": {"text": '"timeout" "@alive"'}}
    assert idle_to_try(plan(), [space]) == 0


def test_nothing_is_tried_against_the_users_choice() -> None:
    snapshots = {"node-1": snapshot("5")}
    assert idle_to_try(plan(idle=60), snapshots.values()) == 0
    assert idle_to_try(plan(packets=0, connections=0, queries=0), snapshots.values()) == 0
    assert idle_to_try({"options": {}}, snapshots.values()) == 0
    assert idle_requests([{"role": "tcp", "id": "tcp-1", "count": 4, "port": 80}], 7) == [
        {"role": "idle", "kind": "idle", "id": "idle-tcp-1", "idle": 7, "port": 80}
    ]
    assert idle_requests([{"role": "ping", "id": "p"}], 7) == []


def test_a_round_of_watching_is_gentler_than_the_dose() -> None:
    requests = [request for requests in roles(dosed(), "web", 80).values() for request in requests]
    gentle, whole = watch_requests(requests, 3), dose_requests(requests)
    assert {request["role"] for request in gentle} == {"burst", "connections", "dns-pairs"}
    for small, large in zip(gentle, whole):
        assert small["count"] < large["count"]
        assert small["id"].endswith("-watch-3") and large["id"].endswith("-again")


def test_what_was_sent_while_watching_is_told_from_what_was_sent_before() -> None:
    requests = [request for requests in roles(dosed(), "web", 80).values() for request in requests]
    assert not any(map(is_watched, requests))
    assert all(map(is_watched, [*watch_requests(requests, 1), *dose_requests(requests)]))


def test_watching_ends_at_the_first_failure_and_counts_all() -> None:
    watched = Watched()
    good = {"role": "burst", "target": "10.0.0.1", "sent": 40, "received": 40, "status": "pass"}
    assert not watched.add([good, {**good, "received": 39}])
    assert watched.add([{**good, "received": 31, "status": "fail"}])
    assert watched.text(600.0) == (
        "watched for 10 min: 2 rounds, 120 packets, connections and questions, "
        "9 of 40 burst to 10.0.0.1 went wrong in round 2"
    )
