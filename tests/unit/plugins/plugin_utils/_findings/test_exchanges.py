# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a connection carries and no probe sends: packets that only confirm, and answers of full size."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.tests.unit import builders
from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, World
from tests.unit.plugins.plugin_utils._findings.test_intermittent import counters

CLIENT, SERVER, ADDRESS = "pod:default/client-1", "pod:default/web-b", "10.244.2.4"
ONLY_ACK = "--tcp-flags FIN,SYN,RST,PSH,ACK ACK"


def _found(rule: str) -> Json:
    world = World()
    world.set_netfilter("node-2", builders.netfilter(first=f"[0:0] -A FORWARD {rule} -j DROP\n"))
    found = world.diagnose(CLIENT, SERVER, 8080)
    assert found["errors"] == []
    return found


@pytest.mark.parametrize(
    ("rule", "what"),
    [
        (f"-d {ADDRESS}/32 -p tcp -m tcp {ONLY_ACK}", "a packet that only confirms"),
        (f"-s {ADDRESS}/32 -p tcp -m tcp {ONLY_ACK}", "a packet that only confirms"),
        (f"-s {ADDRESS}/32 -p tcp -m length --length 1000:65535", "an answer in packets of 1450 bytes"),
    ],
)
def test_what_no_probe_sends_is_lost(rule: str, what: str) -> None:
    found = _found(rule)
    verdict = found["verdict"]
    assert (verdict["root_causes"], verdict["confidence"]) == (["netfilter-drop"], "likely"), verdict["summary"]
    assert verdict["location"] == {"node": "node-2"}
    assert f"small requests pass; {what} does not" in verdict["summary"]
    assert found["disagreements"] == []


@pytest.mark.parametrize(
    "rule",
    [
        f"-s {ADDRESS}/32 -p tcp -m length --length 1451:65535",
        f"-s {ADDRESS}/32 -p udp -m length --length 1000:65535",
        f"-s {ADDRESS}/32 -p tcp -m tcp --sport 9090 {ONLY_ACK}",
        f"-s {ADDRESS}/32 -p tcp -m length --length 1000:65535 -m u32 --u32 0x0=0x0",
    ],
)
def test_other_packets_or_a_condition_that_is_not_known_are_no_fault(rule: str) -> None:
    assert _found(rule)["verdict"]["result"] == "healthy"


def test_a_rule_that_the_probes_contradict_says_nothing_of_answers() -> None:
    found = _found(f"-s {ADDRESS}/32 -p tcp")
    assert found["disagreements"] and found["verdict"]["result"] == "healthy"


SILENT: t.Final[Json] = {"status": "error", "outcome": "no_reply"}


def _datagrams(
    expression: Json, counted: int | None, priority: int = -450, outcomes: t.Mapping[str, Json] | None = None
) -> Json:
    world = World()
    world.dose = "gentle"
    head = {"family": "ip", "table": "t", "name": "c", "handle": 1, "type": "filter", "hook": "prerouting"}
    counter = [] if counted is None else [{"counter": {"packets": counted, "bytes": 0}}]
    rule = {"family": "ip", "table": "t", "chain": "c", "handle": 2, "expr": [expression, *counter, {"drop": None}]}
    items = [{"chain": {**head, "prio": priority, "policy": "accept"}}, {"rule": rule}]
    text = json.dumps({"nftables": items})
    world.netns("node-2")["netfilter"]["nftables"] = {"text": text, "tables": ["ip t"], "note": None}
    found = world.diagnose(CLIENT, "service:kube-system/kube-dns", 53, protocol="udp", outcomes=outcomes)
    assert found["errors"] == []
    return found


def _offset(mask: int) -> Json:
    field = {"payload": {"protocol": "ip", "field": "frag-off"}}
    return {"match": {"op": "!=", "left": {"&": [field, mask]}, "right": 0}}


@pytest.mark.parametrize("mask", [0x1FFF, 0x3FFF, 0x2000])
def test_a_rule_that_has_taken_fragments_forbids_the_word_healthy(mask: int) -> None:
    """Where no large datagram was sent."""
    not_sent: Json = {"status": "skipped", "outcome": None}
    verdict = _datagrams(_offset(mask), 27, outcomes={"udp-large": not_sent, "pieces": not_sent})["verdict"]
    assert verdict["result"] == "inconclusive"
    assert "of node-2 takes fragments (27 so far)" in verdict["summary"]


@pytest.mark.parametrize("counted", [27, 0, None])
def test_a_rule_that_takes_the_fragments_of_large_datagrams(counted: int | None) -> None:
    verdict = _datagrams(_offset(0x1FFF), counted, outcomes={"udp-large": SILENT})["verdict"]
    assert verdict["root_causes"] == ["netfilter-drop"], verdict["summary"]
    assert verdict["location"]["node"] == "node-2"
    assert "none of 3000 bytes" in verdict["summary"]


def test_a_port_that_answers_large_datagrams_is_well() -> None:
    lost: Json = {"status": "fail", "outcome": "no_reply"}
    assert _datagrams(_offset(0x1FFF), 27, outcomes={"pieces": lost})["verdict"]["result"] == "healthy"


def test_a_program_that_wants_no_large_datagrams_is_well() -> None:
    """The kernel of the other end answers large echoes."""
    assert _datagrams(_offset(0x1FFF), 0, -300, {"udp-large": SILENT})["verdict"]["result"] == "healthy"


def test_fragments_that_are_lost_where_nothing_is_seen() -> None:
    lost: Json = {"status": "fail", "outcome": "no_reply"}
    outcomes = {"udp-large": SILENT, "pieces": lost}
    verdict = _datagrams(_offset(0x1FFF), 0, -300, outcomes)["verdict"]
    assert verdict["result"] == "inconclusive"
    assert "travels as fragments" in verdict["summary"] or "travel as fragments" in verdict["summary"]


@pytest.mark.parametrize(
    ("expression", "counted", "priority"),
    [
        (_offset(0x1FFF), 0, -450),
        (_offset(0x1FFF), None, -450),
        (_offset(0x1FFF), 27, -300),
        (_offset(0x4000), 27, -450),
    ],
)
def test_a_rule_that_took_none_or_stands_behind_defragmentation_is_nothing(
    expression: Json, counted: int | None, priority: int
) -> None:
    assert _datagrams(expression, counted, priority)["verdict"]["result"] == "healthy"


def _shared(count: int, read: int = 0, gave: int = 0, first: str = "") -> Json:
    """Half of many datagrams are answered by the port, which so many sockets share; its pod read so many, and sent."""
    world = World()
    world.dose = "gentle"
    if first:
        world.set_netfilter("node-2", builders.netfilter(first=first))
    space = world.netns("node-2", SERVER)
    one = {**builders.socket(5353, protocol="udp"), "state": "UNCONN"}
    space["sockets"] = [*space["sockets"], *({**one, "inode": 9000 + number} for number in range(count))]
    attempts = [{"seq": number, "outcome": ("reply", "no_reply")[number % 2]} for number in range(20)]
    half: Json = {"status": "fail", "outcome": "no_reply", "sent": 20, "received": 10, "attempts": attempts}
    moved = {"UdpInDatagrams": [7, 7 + read], "UdpOutDatagrams": [7, 7 + gave]}
    told = counters(pods={SERVER: {"protocols": moved}})
    world.counters = {"node-2": told} if read else {}
    verdict: Json = world.diagnose(CLIENT, SERVER, 5353, protocol="udp", outcomes={"udp-many": half})["verdict"]
    return verdict


def test_sockets_that_share_a_port_of_which_one_is_silent() -> None:
    verdict = _shared(2)
    assert verdict["root_causes"] == ["backend-unhealthy"], verdict["summary"]
    assert verdict["location"]["pod"] == "web-b"
    assert "10 of 20 datagrams" in verdict["summary"]


def test_a_program_that_reads_all_and_answers_some_is_named() -> None:
    verdict = _shared(1, read=12, gave=7)
    assert (verdict["root_causes"], verdict["confidence"]) == (["backend-unhealthy"], "likely"), verdict["summary"]
    assert verdict["location"]["pod"] == "web-b"
    assert "read 12 datagrams and sent 7" in verdict["summary"]


@pytest.mark.parametrize(
    ("read", "gave"),
    [
        (0, 0),
        (10, 10),  # what came was answered: it was lost on the way
        (12, 10),  # others, or a chance
        (600, 300),  # more than was sent here: others'
        (20, 0),  # it answered none of what it read
    ],
)
def test_a_share_of_datagrams_without_a_reason(read: int, gave: int) -> None:
    verdict = _shared(1, read, gave)
    assert verdict["result"] == "inconclusive"
    assert "10 of 20 datagrams" in verdict["summary"]


@pytest.mark.parametrize(("match", "result"), [("--probability 0.4", "fault"), ("", "inconclusive")])
def test_a_rule_that_takes_a_share_of_datagrams_is_named(match: str, result: str) -> None:
    """One that takes all of them explains no share."""
    dice = f"-m statistic --mode random {match} " if match else ""
    verdict = _shared(1, first=f"[0:0] -A FORWARD -p udp -m udp --dport 5353 {dice}-j DROP\n")
    assert verdict["result"] == result, verdict["summary"]
    assert verdict["root_causes"] == (["netfilter-drop"] if match else [])
