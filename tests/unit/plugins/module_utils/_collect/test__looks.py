# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counters as other kernels print them, damaged ones, and rules of both languages."""

from __future__ import annotations

import json

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import (
    _looks,
    _rule_counters,
    _rule_watch,
    _volatile,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import (
    IptablesRules,
    Netfilter,
    Nftables,
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
    assert list(_rule_watch.generations(b"")) == []
    assert list(_rule_watch.generations(b"\xff" * 40)) == []
    assert list(_rule_watch.generations(b"\0" * 40)) == []


def test_lines_leave_out_what_changes_by_itself() -> None:
    neighbours = [
        {"address": "192.0.2.1", "dev": "eth0", "mac": "02:00:00:00:00:01", "state": "STALE"},
        {"address": "192.0.2.2", "dev": "eth0", "mac": None, "state": "FAILED"},
    ]
    assert _volatile.lines("neighbours", neighbours) == ["192.0.2.1 dev eth0 lladdr 02:00:00:00:00:01"]
    assert _volatile.lines("fdb", [{"mac": "02:00:00:00:00:01", "dev": "cni0", "dst": None}]) == []
    assert _volatile.lines("routes", [{"family": 4, "type": "unicast", "dst": "10.0.0.0/8"}] * 3000) == []
