# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node's tables do with a packet, and what cannot be known."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import node_from_snapshot
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._netfilter import (
    ACCEPT,
    DROP,
    REJECT,
    UNKNOWN,
    Decision,
    Packet,
    decide,
    decide_natively,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._netfilter import stopping as _stopping
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._rules import parse
from ansible_collections.podnet.diagnostics.tests.unit import builders

PING = Packet("10.244.1.2", "10.244.2.2", "icmp", "cni0", "flannel.1")
TCP = Packet("10.244.1.2", "10.244.2.4", "tcp", "cni0", "flannel.1", 8080)
REPLY = Packet("10.244.2.2", "10.244.1.2", "icmp", "flannel.1", "cni0", reply=True)


def stopping(tables: t.Sequence[dict[str, t.Any]], packet: Packet, hook: str) -> Decision | None:
    """With these tables alone."""
    namespace = {"id": "host", "netfilter": {"iptables": list(tables)}}
    return _stopping(node_from_snapshot({"node": "node-1", "netns": [namespace]}).host, packet, hook)


def _tables(rules: str, policy: str = "ACCEPT", more: str = "") -> list[dict[str, t.Any]]:
    return [
        {
            "family": 4,
            "backend": "nf_tables",
            "text": (
                f"*filter\n:INPUT ACCEPT [0:0]\n:FORWARD {policy} [5:420]\n:OUTPUT ACCEPT [0:0]\n:A - [0:0]\n:B -"
                f" [0:0]\n{rules}\nCOMMIT\n{more}"
            ),
        }
    ]


def _verdict(packet: Packet, rules: str, policy: str = "ACCEPT", more: str = "") -> str:
    (decision,) = decide(_tables(rules, policy, more), packet, "FORWARD")
    return decision.verdict


CASES: list[tuple[Packet, str, str]] = [
    (PING, "-A FORWARD -j DROP", DROP),
    (PING, "-A FORWARD -d 10.244.2.0/24 -j DROP", DROP),
    (PING, "-A FORWARD ! -d 10.244.2.0/24 -j DROP", ACCEPT),
    (PING, "-A FORWARD -s 10.244.2.0/24 -j DROP", ACCEPT),
    (PING, "-A FORWARD -i cni+ -o flannel.1 -j DROP", DROP),
    (PING, "-A FORWARD -i cni -j DROP", ACCEPT),
    (PING, "-A FORWARD ! -i cni0 -j DROP", ACCEPT),
    (PING, "-A FORWARD -p tcp -j DROP", ACCEPT),
    (PING, "-A FORWARD -p icmp -m icmp --icmp-type 8 -j DROP", DROP),
    (PING, "-A FORWARD -p icmp -m icmp --icmp-type 3/4 -j DROP", ACCEPT),
    (REPLY, "-A FORWARD -p icmp -m icmp --icmp-type 8 -j DROP", ACCEPT),
    (TCP, "-A FORWARD -p tcp -m tcp --dport 8080 -j DROP", DROP),
    (TCP, "-A FORWARD -p tcp -m tcp --dport 8000:8100 -j REJECT --reject-with tcp-reset", REJECT),
    (TCP, "-A FORWARD -p tcp -m tcp --dport :1024 -j DROP", ACCEPT),
    (TCP, "-A FORWARD -p tcp -m tcp --dport 8081: -j DROP", ACCEPT),
    (TCP, "-A FORWARD -p tcp -m multiport --dports 80,8080,9090 -j DROP", DROP),
    (TCP, "-A FORWARD -p tcp -m multiport ! --dports 80,8080 -j DROP", ACCEPT),
    (TCP, "-A FORWARD -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j DROP", UNKNOWN),
    (PING, "-A FORWARD -m conntrack --ctstate INVALID -m nfacct --nfacct-name  ct_state_invalid -j DROP", ACCEPT),
    (PING, "-A FORWARD -m conntrack --ctstate NEW -j DROP", DROP),
    (PING, "-A FORWARD -m state --state RELATED,ESTABLISHED -j DROP", ACCEPT),
    (REPLY, "-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A FORWARD -j DROP", ACCEPT),
    (PING, "-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A FORWARD -j DROP", DROP),
    (PING, "-A FORWARD -m mark --mark 0x4000/0x4000 -j ACCEPT\n-A FORWARD -j DROP", DROP),
    (
        PING,
        (
            "-A FORWARD -j MARK --set-xmark 0x4000/0x4000\n-A FORWARD -m mark --mark 0x4000/0x4000 -j ACCEPT\n"
            "-A FORWARD -j DROP"
        ),
        ACCEPT,
    ),
    (
        PING,
        "-A FORWARD -j CONNMARK --restore-mark\n-A FORWARD -m mark --mark 0x1 -j ACCEPT\n-A FORWARD -j DROP",
        UNKNOWN,
    ),
    (PING, '-A FORWARD -m comment --comment "a \\"quoted\\" -j DROP" -j ACCEPT\n-A FORWARD -j DROP', ACCEPT),
    # Chains: return, goto, and what follows.
    (PING, "-A FORWARD -j A\n-A FORWARD -j DROP\n-A A -s 10.244.1.2/32 -j RETURN\n-A A -j ACCEPT", DROP),
    (PING, "-A FORWARD -j A\n-A FORWARD -j DROP\n-A A -j B\n-A B -j ACCEPT", ACCEPT),
    (PING, "-A FORWARD -g A\n-A FORWARD -j DROP\n-A A -s 192.0.2.1/32 -j ACCEPT", ACCEPT),
    (PING, "-A FORWARD -j A\n-A A -j A", UNKNOWN),
    # What is not understood is not known, rule by rule.
    (PING, "-A FORWARD -m set --match-set blocked src -j DROP", UNKNOWN),
    (PING, '-A FORWARD -m set --match-set blocked src -j LOG --log-prefix "x "\n-A FORWARD -j DROP', DROP),
    (PING, "-A FORWARD -m set --match-set blocked src -j DROP\n-A FORWARD -j DROP", DROP),
    (PING, "-A FORWARD -m set --match-set allowed src -j ACCEPT\n-A FORWARD -j ACCEPT", ACCEPT),
    (PING, "-A FORWARD -m set --match-set allowed src -j ACCEPT\n-A FORWARD -j DROP", UNKNOWN),
    (PING, "-A FORWARD -p tcp -m set --match-set blocked src -j DROP", ACCEPT),
    (PING, "-A FORWARD -m statistic --mode random --probability 0.30000000000 -j DROP", UNKNOWN),
    (PING, "-A FORWARD -m set --match-set x src -j A\n-A A -j DROP", UNKNOWN),
    (PING, "-A FORWARD -j NFQUEUE --queue-num 0", UNKNOWN),
    (PING, '-A FORWARD -j LOG --log-prefix "[UFW BLOCK] "\n-A FORWARD -j TCPMSS --clamp-mss-to-pmtu', ACCEPT),
]


@pytest.mark.parametrize(("packet", "rules", "verdict"), CASES, ids=[case[1].splitlines()[0] for case in CASES])
def test_rules(packet: Packet, rules: str, verdict: str) -> None:
    assert _verdict(packet, rules) == verdict


def test_the_policy_decides_last_and_has_its_counter() -> None:
    decision = stopping(_tables("-A FORWARD -s 192.0.2.1/32 -j ACCEPT", "DROP"), PING, "FORWARD")
    assert decision is not None and decision.rule is None and decision.packets == 5


def test_a_rule_has_its_counter() -> None:
    decision = stopping(_tables("[12:1008] -A FORWARD -j DROP"), PING, "FORWARD")
    assert decision is not None and decision.rule is not None and decision.packets == 12


def test_every_back_end_is_asked() -> None:
    tables = [*_tables("-A FORWARD -j ACCEPT"), *_tables("-A FORWARD -j DROP")]
    assert [decision.verdict for decision in decide(tables, PING, "FORWARD")] == [ACCEPT, DROP]
    assert stopping(tables, PING, "FORWARD") is not None


def test_the_other_family_does_not_count() -> None:
    assert decide([{**_tables("-A FORWARD -j DROP")[0], "family": 6}], PING, "FORWARD") == []


def test_raw_and_mangle_come_first() -> None:
    more = "*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -s 10.244.1.2/32 -j DROP\nCOMMIT\n"
    (decision,) = decide(_tables("-A FORWARD -j ACCEPT", more=more), PING, "FORWARD")
    assert (decision.verdict, decision.table, decision.chain) == (DROP, "mangle", "PREROUTING")


def test_nat_is_not_asked_for_replies() -> None:
    more = "*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j UNHEARD-OF\nCOMMIT\n"
    assert _verdict(PING, "", more=more) == UNKNOWN
    assert _verdict(REPLY, "", more=more) == ACCEPT


def test_a_mark_that_is_not_known() -> None:
    marked = Packet("10.244.1.2", "10.244.2.4", "tcp", "eth0", "flannel.1", 8080, mark=None)
    rules = "-A FORWARD -m mark --mark 0x4000/0x4000 -j ACCEPT\n-A FORWARD -j DROP"
    assert _verdict(marked, rules) == UNKNOWN


@pytest.mark.parametrize(
    ("policy", "flannel", "verdict"),
    [("ACCEPT", True, ACCEPT), ("DROP", True, ACCEPT), ("DROP", False, DROP), ("ACCEPT", False, ACCEPT)],
)
def test_a_real_node(policy: str, flannel: bool, verdict: str) -> None:
    """FORWARD policy DROP alone harms nothing where flannel's own rules accept."""
    text = builders.netfilter(policy, flannel)
    assert [decision.verdict for decision in decide([{"family": 4, "text": text}], PING, "FORWARD")] == [verdict]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "garbage",
        "*filter",
        "*filter\n:FORWARD",
        "*filter\n:FORWARD DROP [0:0]\n-A",
        "-A FORWARD -j",
        "*filter\n:FORWARD ACCEPT [0:0]\n[1:2] -A FORWARD -s not-an-address -j DROP\nCOMMIT",
        "*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -p tcp --dport http -j DROP\nCOMMIT\n\ufffd\x00",
    ],
)
def test_text_that_is_not_as_it_should_be(text: str) -> None:
    parse(text)
    for packet in (PING, TCP):
        assert stopping([{"family": 4, "text": text}], packet, "FORWARD") is None or "DROP [" in text


def test_a_large_rule_set_is_read_in_reasonable_time() -> None:
    services = "".join(
        f'-A KUBE-SERVICES -d 10.96.{number // 250}.{number % 250}/32 -p tcp -m comment --comment "n/s{number}" '
        f"-m tcp --dport 80 -j KUBE-SVC-{number}\n"
        for number in range(10000)
    )
    text = (
        "*filter\n:FORWARD ACCEPT [0:0]\nCOMMIT\n*nat\n:PREROUTING ACCEPT [0:0]\n:KUBE-SERVICES -"
        f" [0:0]\n{services}COMMIT\n"
    )
    assert len(parse(text)["nat"]["KUBE-SERVICES"].rules) == 10000


# -- native nftables -----------------------------------------------------------------------------------------------
def _match(protocol: str, field: str, right: t.Any, op: str = "==") -> dict[str, t.Any]:
    return {"match": {"op": op, "left": {"payload": {"protocol": protocol, "field": field}}, "right": right}}


def _meta(key: str, right: t.Any) -> dict[str, t.Any]:
    return {"match": {"op": "==", "left": {"meta": {"key": key}}, "right": right}}


def _native(*expressions: t.Sequence[dict[str, t.Any]], policy: str = "accept", family: str = "inet") -> str:
    place = {"family": family, "table": "fw", "chain": "f"}
    return json.dumps(
        {
            "nftables": [
                {"metainfo": {"version": "1.0.6"}},
                {
                    "chain": {
                        "family": family,
                        "table": "fw",
                        "name": "f",
                        "type": "filter",
                        "hook": "forward",
                        "prio": 0,
                        "policy": policy,
                    }
                },
                {"chain": {"family": family, "table": "fw", "name": "A"}},
                *({"rule": {**place, "handle": number, "expr": list(rule)}} for number, rule in enumerate(expressions)),
                {"rule": {**place, "chain": "A", "handle": 99, "expr": [{"drop": None}]}},
            ]
        }
    )


PREFIX = {"prefix": {"addr": "10.244.2.0", "len": 24}}
NATIVE: list[tuple[str, str]] = [
    (_native([{"drop": None}]), DROP),
    (_native(policy="drop"), DROP),
    (_native([{"accept": None}], policy="drop"), ACCEPT),
    (_native([_match("ip", "daddr", PREFIX), {"counter": {"packets": 4, "bytes": 9}}, {"drop": None}]), DROP),
    (_native([_match("ip", "daddr", PREFIX, "!="), {"drop": None}]), ACCEPT),
    (_native([_match("ip", "saddr", {"set": ["192.0.2.1", PREFIX]}), {"drop": None}]), ACCEPT),
    (_native([_match("ip", "saddr", "@blocked"), {"drop": None}]), UNKNOWN),
    (
        _native([_match("tcp", "dport", {"set": [80, {"range": [8000, 8100]}]}), {"reject": {"type": "tcp reset"}}]),
        REJECT,
    ),
    (_native([_match("udp", "dport", 8080), {"drop": None}]), ACCEPT),
    (_native([_meta("iifname", "cni*"), {"drop": None}]), DROP),
    (_native([_meta("oifname", "eth0"), {"drop": None}]), ACCEPT),
    (_native([_meta("l4proto", "tcp"), {"drop": None}]), DROP),
    (
        _native(
            [
                {"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": ["established", "related"]}},
                {"drop": None},
            ]
        ),
        ACCEPT,
    ),
    (_native([{"limit": {"rate": 3, "per": "minute"}}, {"drop": None}]), UNKNOWN),
    (_native([{"jump": {"target": "A"}}]), DROP),
    (_native([{"vmap": {}}]), ACCEPT),
]


@pytest.mark.parametrize(("text", "verdict"), NATIVE)
def test_native_rules(text: str, verdict: str) -> None:
    assert [decision.verdict for decision in decide_natively(text, TCP, "FORWARD")] == [verdict]


def test_native_tables_of_the_other_family() -> None:
    assert decide_natively(_native([{"drop": None}], family="ip6"), TCP, "FORWARD") == []
    assert decide_natively(_native([{"drop": None}], family="bridge"), TCP, "FORWARD") == []


@pytest.mark.parametrize(
    "text", [None, "", "nonsense", "[]", "{}", '{"nftables": []}', '{"nftables": [{"rule": {}}, {"chain": {}}]}']
)
def test_native_text_that_is_not_as_it_should_be(text: str | None) -> None:
    assert decide_natively(text, TCP, "FORWARD") == []
