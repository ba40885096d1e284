# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counters as other kernels print them, damaged ones, and rules of both languages."""

from __future__ import annotations

import json
import struct
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import (
    _looks,
    _netfilter,
    _rule_counters,
    _rule_watch,
    _tools,
    _volatile,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import (
    IptablesRules,
    Netfilter,
    Nftables,
    Problem,
)

SAVE = """\
*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [7:588]
:LIMITS - [0:0]
[3:252] -A FORWARD -p tcp --syn -m limit --limit 4/sec -j ACCEPT
[9:540] -A FORWARD -p tcp --syn -j DROP
[1:60] -A FORWARD -s 10.0.0.0/8 -j ACCEPT
COMMIT
"""


def look(save: str = "", nft: str | None = None) -> _rule_counters.RuleLook:
    rules = [IptablesRules("nf_tables", 4, save, "1.8.9", "iptables-save", "host")] if save else []
    return _rule_counters.look_at(Netfilter(rules, Nftables(nft, [], None)))


def test_rules_that_end_a_packet_or_pass_a_share_are_counted() -> None:
    found = {key.text: count for key, count in look(SAVE).counts.items()}
    assert set(found) == {
        "policy DROP of FORWARD",
        "-A FORWARD -p tcp --syn -m limit --limit 4/sec -j ACCEPT",
        "-A FORWARD -p tcp --syn -j DROP",
    }
    assert found["policy DROP of FORWARD"].packets == 7
    assert found["-A FORWARD -p tcp --syn -j DROP"].packets == 9


def test_what_moved_comes_first_and_a_fresh_rule_is_not_compared() -> None:
    later = SAVE.replace("[9:540]", "[14:840]") + ""
    later = later.replace("COMMIT", "[2:120] -A FORWARD -s 192.0.2.7/32 -j DROP\nCOMMIT")
    told = _rule_counters.moved(look(SAVE), look(later))
    assert (told[0]["text"], told[0]["before"], told[0]["after"]) == ("-A FORWARD -p tcp --syn -j DROP", 9, 14)
    assert all("192.0.2.7" not in rule["text"] for rule in told)
    (change,) = _rule_counters.changed(look(SAVE), look(later))
    assert change["added"] == ["-s 192.0.2.7/32 -j DROP"] and change["removed"] == []


def test_a_table_that_was_flushed_is_a_change_of_each_chain() -> None:
    changes = _rule_counters.changed(look(SAVE), look("*filter\n:FORWARD ACCEPT [0:0]\nCOMMIT\n"))
    assert {(change["chain"].split()[-1], change["rules_after"]) for change in changes} == {
        ("FORWARD", 0),
        ("INPUT", None),
        ("LIMITS", None),
    }


@pytest.mark.parametrize(("first", "second"), [(True, False), (False, True), (False, False)])
def test_rules_that_could_not_be_read_once_have_not_changed(first: bool, second: bool) -> None:
    rules = [IptablesRules("nf_tables", 4, SAVE, "1.8.9", "iptables-save", "host")]
    looks = [
        _rule_counters.look_at(Netfilter(rules if there else [], Nftables(None, [], None)), whole=there)
        for there in (first, second)
    ]
    assert _rule_counters.changed(*looks) == []
    gone = _rule_counters.look_at(Netfilter([], Nftables(None, [], None)))
    assert len(_rule_counters.changed(look(SAVE), gone)) == 3


def test_nft_is_not_asked_again_where_it_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def read(_reader: t.Any, _space: t.Any, programs: _netfilter.Programs, _modules: t.Any) -> t.Any:
        asked.append(len(programs.nft))
        return Netfilter([], Nftables(None, [], None)), [Problem("nftables", f"problem {len(asked)}")]

    monkeypatch.setattr(_netfilter, "read_netfilter", read)
    tool = _tools.Tool(("nft",), "nft", "host")
    looker = _looks.Looker("node-1", ())
    looker.programs = _netfilter.Programs({}, (tool,), None)
    looks = [looker.look(), looker.look()]
    looker.watch.close()
    assert asked == [1, 0]
    assert [[text for text in one.problems if text.startswith("problem")] for one in looks] == [["problem 1"], []]


def test_rules_that_changed_are_told_where_others_could_not_be_read() -> None:
    rules = [IptablesRules("nf_tables", 4, SAVE.replace("--limit 4/sec", "--limit 9/sec"), "1.8.9", "save", "host")]
    partly = _rule_counters.look_at(Netfilter(rules, Nftables(None, [], None)), whole=False)
    (change,) = _rule_counters.changed(look(SAVE), partly)
    assert change["chain"].endswith("FORWARD") and len(change["added"]) == len(change["removed"]) == 1


def test_rules_of_nft_are_told_in_its_words() -> None:
    rule = {
        "family": "inet",
        "table": "t",
        "chain": "c",
        "handle": 7,
        "expr": [
            {"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": 80}},
            {"limit": {"rate": 5, "burst": 5, "per": "second", "inv": True}},
            {"counter": {"packets": 4, "bytes": 240}},
            {"drop": None},
        ],
    }
    chain = {"family": "inet", "table": "t", "name": "c", "policy": "drop", "hook": "forward"}
    found = look(nft=json.dumps({"nftables": [{"chain": chain}, {"rule": rule}]})).counts
    (key,) = [key for key in found if key.number == 1]
    assert key.text == "tcp dport == 80 limit rate over 5/second burst 5 drop"
    assert (found[key].packets, found[key].ends, found[key].share, found[key].handle) == (4, True, True, 7)


@pytest.mark.parametrize(
    ("elem", "stmt", "words", "share"),
    [
        ({"payload": {"protocol": "ip", "field": "saddr"}}, [{"limit": {"rate": 5, "burst": 4, "per": "second"}}],
         "update @meters { ip saddr limit rate 5/second burst 4 } drop", True),
        ({"elem": {"val": {"meta": {"key": "mark"}}, "timeout": 60}}, None, "update @meters { meta mark } drop", False),
    ],
)  # fmt: skip
def test_a_limit_for_each_element_of_a_set_is_one(elem: t.Any, stmt: t.Any, words: str, share: bool) -> None:
    update = {"op": "update", "elem": elem, "set": "@meters", **({"stmt": stmt} if stmt else {})}
    rule = {"family": "ip", "table": "t", "chain": "c", "handle": 3, "expr": [{"set": update}, {"drop": None}]}
    found = look(nft=json.dumps({"nftables": [{"rule": rule}]})).counts
    assert [(key.text, count.share) for key, count in found.items()] == [(words, share)]


@pytest.mark.parametrize(
    ("inside", "share"),
    [([{"ct count": {"val": 3, "inv": True}}], True), ([{"limit": {"rate": 5, "per": "second"}}], True), (None, False)],
)
def test_what_counts_within_a_set_takes_a_share(inside: t.Any, share: bool) -> None:
    fill = {"op": "add", "elem": {"payload": {"protocol": "ip", "field": "saddr"}}, "set": "@clients"}
    statement = {"set": {**fill, "stmt": inside} if inside else fill}
    rule = {"family": "ip", "table": "t", "chain": "c", "expr": [statement, {"drop": None}]}
    (count,) = look(nft=json.dumps({"nftables": [{"rule": rule}]})).counts.values()
    assert count.share is share


@pytest.mark.parametrize("text", ["", "not json", "[]", '{"nftables": [null, 7, {"rule": {}}]}', '{"nftables": null}'])
def test_damaged_rules_are_no_rules(text: str) -> None:
    assert look(nft=text).counts == {}


@pytest.mark.parametrize("text", ["*filter\n[x:y] -A FORWARD -j DROP\n", ":\n[1:", "\x00\x01", "*filter\n:FORWARD\n"])
def test_damaged_lines_of_iptables_are_left_out(text: str) -> None:
    assert look(text).counts == {}


def test_tables_of_any_kernel_are_summed_over_processors() -> None:
    names = "entries  found invalid insert_failed\n"
    text = names + "00000005 00000001 00000000 00000010\n00000005 00000002 00000003 00000001\n"
    assert _looks.parse_table(text) == {"entries": 5, "found": 3, "invalid": 3, "insert_failed": 17}
    assert _looks.parse_table("entries found\nxyz\n") == {}
    assert _looks.parse_table("") == {}
    assert _looks.parse_softnet("0000000a 00000001 00000002\n0000000a 00000001\ngarbage\n") == {
        "processed": 20,
        "dropped": 2,
        "time_squeeze": 2,
    }


def test_devices_and_protocols_of_damaged_files() -> None:
    assert _looks.parse_devices("head\nhead\n eth0: 1 2 3\n x: a b\nrubbish\n")["eth0"] == {
        "rx_packets": 2,
        "rx_errs": 3,
    }
    assert _looks.parse_protocols("Ip: InHdrErrors\nIp: x\nTcp: RetransSegs\n") == {}
    assert _looks.parse_protocols("Tcp: RetransSegs MaxConn\nTcp: 7 -1\n") == {"TcpRetransSegs": 7}


def test_messages_of_the_kernel_that_are_cut_or_strange_name_nobody() -> None:
    for data in (b"", b"\xff" * 40, b"\0" * 40, message(6, b"\xff" * 9), message(15, b"\1\0\1\0")):
        assert [write.writer for write in _rule_watch.Transactions().read(data)] in ([], ["unknown"])


def message(kind: int, *attributes: bytes) -> bytes:
    """A netlink message of nf_tables, family ip."""
    body = bytes([2, 0, 0, 0]) + b"".join(attributes)
    return struct.pack("=IHHII", 16 + len(body), 10 << 8 | kind, 0, 1, 0) + body


def attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(value), kind) + value + b"\0" * (-len(value) % 4)


def written(writer: str, *rules: tuple[int, str, bytes, int]) -> bytes:
    """A transaction: kind (6 new, 8 gone), chain, what the rule compares, its packet counter."""
    parts = []
    for kind, chain, compared, counter in rules:
        expressions = b"".join(
            attribute(1, attribute(1, name + b"\0") + attribute(2, data))
            for name, data in ((b"cmp", compared), (b"counter", bytes([counter])))
        )
        names = attribute(1, b"filter\0") + attribute(2, chain.encode() + b"\0")
        parts.append(message(kind, names, attribute(4, expressions)))
    return b"".join(parts) + message(15, attribute(3, writer.encode() + b"\0"))


def flapping_of(*transactions: bytes) -> list[dict[str, t.Any]]:
    reader = _rule_watch.Transactions()
    return _rule_watch.flapping([write for data in transactions for write in reader.read(data)])


def test_a_rule_that_goes_and_comes_is_told_with_who_writes_it() -> None:
    gone = written("iptables", (8, "FORWARD", b"a", 5))
    back = written("firewalld", (6, "FORWARD", b"a", 0))
    assert flapping_of(gone, back, gone, back) == [
        {"chain": "ip filter FORWARD", "turns": 3, "writers": ["firewalld", "iptables"]}
    ]
    # The messages of one transaction may come in two buffers.
    end = len(gone) - len(message(15, attribute(3, b"iptables\0")))
    assert flapping_of(gone[:end], gone[end:], back)[0]["turns"] == 1


def test_a_sync_writes_what_was_there_and_changes_nothing() -> None:
    sync = written("iptables-restor", (8, "KUBE-SERVICES", b"a", 9), (6, "KUBE-SERVICES", b"a", 0))
    assert flapping_of(sync, sync, sync, sync) == []
    more = written("iptables-restor", (6, "KUBE-SERVICES", b"b", 0))
    assert flapping_of(more, sync, written("iptables-restor", (6, "KUBE-SERVICES", b"c", 0))) == []


def test_lines_leave_out_what_changes_by_itself() -> None:
    neighbours = [
        {"address": "192.0.2.1", "dev": "eth0", "mac": "02:00:00:00:00:01", "state": "STALE"},
        {"address": "192.0.2.2", "dev": "eth0", "mac": None, "state": "FAILED"},
    ]
    assert _volatile.lines("neighbours", neighbours) == ["192.0.2.1 dev eth0 lladdr 02:00:00:00:00:01"]
    assert _volatile.lines("fdb", [{"mac": "02:00:00:00:00:01", "dev": "cni0", "dst": None}]) == []
    assert _volatile.lines("routes", [{"family": 4, "type": "unicast", "dst": "10.0.0.0/8"}] * 3000) == []
