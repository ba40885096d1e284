# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings about what comes and goes: each with what shows it, and with what looks the same and is none."""

from __future__ import annotations

import copy
import dataclasses
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._analyse import analyse
from tests.unit import builders
from tests.unit.builders import CLUSTER_DNS, World

Json = dict[str, t.Any]
WEB_B = "10.244.2.4"
SOURCE = "pod:default/client-1"
DROP = "-A FORWARD -m statistic --mode random --probability 0.03 -j DROP"


def burst(lost: int, slower: int | None = None, sent: int = 180) -> Json:
    """A result: lost in the first stage and, where something was, in the second."""
    more = 300 if lost else 0
    second = 0 if not lost else round(lost * 5 / 3) if slower is None else slower
    stages = [{"stage": "first", "interval": 0.0035, "sent": sent, "received": sent - lost, "times_ms": []}]
    if more:
        stages.append({"stage": "slower", "interval": 0.007, "sent": more, "received": more - second, "times_ms": []})
    total = lost + second
    return {
        "status": "pass" if total <= 1 else "fail",
        "outcome": "reply" if total <= 1 else "no_reply",
        "sent": sent + more,
        "received": sent + more - total,
        "data": {"stages": stages, "knocks": 1},
    }


def growing(*steps: str, singles: str = "") -> Json:
    """Connections by letters: o opened, l opened at the second SYN, t timed out, r refused."""
    letters = {"o": ["open", 0.3, 0], "l": ["open", 1031.0, 1], "t": ["timed_out", 2500.0, 0], "r": ["refused", 0.2, 0]}
    results = [[letters[letter] for letter in step] for step in steps]
    bad = any(letter != "o" for step in steps for letter in step)
    return {
        "status": "fail" if bad else "pass",
        "outcome": "late" if bad else "open",
        "sent": sum(map(len, steps)),
        "received": "".join(steps).count("o"),
        "data": {
            "steps": [{"size": len(step), "results": step} for step in results],
            "singles": {"results": [letters[letter] for letter in singles]} if singles else None,
            "stopped": "after some" if bad else None,
        },
    }


def rule(text: str, moved: int | None, number: int = 1, **more: t.Any) -> Json:
    before = None if moved is None else 1000
    return {
        "backend": "iptables-nft",
        "family": "ip",
        "table": "filter",
        "chain": "FORWARD",
        "number": number,
        "text": text,
        "handle": None,
        "ends": "DROP" in text or "drop" in text,
        "share": any(word in text for word in ("statistic", "limit", "recent")),
        "before": before,
        "after": None if moved is None else 1000 + moved,
        **more,
    }


def counters(rules: t.Sequence[Json] = (), begin: str = "00:00:00", end: str = "00:00:09", **host: t.Any) -> Json:
    """What one node told; times around the dose, which the builder begins at 00:00:02."""
    more = {name: host.pop(name) for name in ("softnet", "qdiscs", "rule_writes", "pods") if name in host}
    space = {
        "protocols": {},
        "devices": {},
        "conntrack": {},
        "rules": list(rules),
        "chains_changed": [],
        "volatile": {},
    }
    return {
        "schema": "podnet.diagnostics/counters/v1",
        "before": f"2026-01-01T{begin}.000000Z",
        "after": f"2026-01-01T{end}.000000Z",
        "uptime": 86400.0,
        "netns": {"host": {**space, **host}, **more.pop("pods", {})},
        "softnet": {},
        "neighbours": {},
        "qdiscs": {},
        "rule_writes": {"writers": {}},
        "problems": [],
        **more,
    }


@pytest.fixture(name="world")
def dosed_world() -> World:
    world = World()
    world.dose = "gentle"
    return world


def ids(findings: Json, above: str = "info") -> list[str]:
    return [finding["id"] for finding in findings["findings"] if finding["severity"] != above]


def ask(world: World, outcomes: t.Mapping[str, t.Any] | None = None, port: int | None = 8080, **more: t.Any) -> Json:
    return world.diagnose(SOURCE, "pod:default/web-b", port, outcomes=outcomes or {}, **more)


# -- packets -------------------------------------------------------------------------------------------------------
def test_a_rule_whose_counter_moved_by_as_many_is_the_proven_cause(world: World) -> None:
    world.counters = {"node-2": counters([rule(DROP, 15)]), "node-1": counters()}
    found = ask(world, {"burst": burst(6, 9)})
    assert found["verdict"]["root_causes"] == ["netfilter-drop"]
    assert found["verdict"]["confidence"] == "proven"
    assert found["verdict"]["location"] == {"node": "node-2"}
    assert "15 of 480, 2 to 5 %" in found["verdict"]["summary"]
    assert "iptables -t filter -D FORWARD 1" in found["verdict"]["remediation"]


@pytest.mark.parametrize(
    "changed",
    [
        {"text": "-A FORWARD -p udp -m statistic --mode random --probability 0.03 -j DROP"},
        {"text": "-A FORWARD -s 172.16.0.0/12 -m statistic --mode random --probability 0.03 -j DROP"},
        {"after": 1900},
        {"after": 1003},
        {"after": 5},
    ],
)
def test_a_rule_that_cannot_have_taken_them_is_not_blamed(world: World, changed: Json) -> None:
    world.counters = {"node-2": counters([{**rule(DROP, 15), **changed}])}
    found = ask(world, {"burst": burst(6, 9)})
    assert found["verdict"]["root_causes"] == ["packet-loss"]
    assert found["verdict"]["confidence"] != "proven"


@pytest.mark.parametrize(
    ("text", "met"),
    [
        ("-A FORWARD -d 10.244.2.0/24 -j DROP", True),
        ("-A FORWARD -i flannel.1 -j DROP", True),
        ("-A FORWARD -s 10.244.1.0/24 -o cni0 -j DROP", True),
        # Rules for others, or where these packets never come, whose counters moved by as many meanwhile.
        ("-A FORWARD -i eth1 -j DROP", False),
        ("-A FORWARD ! -i flannel.1 ! -o flannel.1 -j DROP", False),
        ("-A INPUT -i lo -j DROP", False),
        ("-A OUTPUT -d 203.0.113.0/24 -j DROP", False),
        ("-A FORWARD -m iprange --dst-range 10.244.2.200-10.244.2.250 -j DROP", False),
        ("-A FORWARD -m tos --tos 0x08/0xff -j DROP", False),
    ],
)
def test_a_rule_that_these_packets_do_not_meet_is_not_blamed(world: World, text: str, met: bool) -> None:
    chance = text.replace("-j DROP", "-m statistic --mode random --probability 0.03000000000 -j DROP")
    world.set_netfilter("node-2", builders.netfilter(first=f"[9:756] {chance}\n"))
    world.counters = {"node-2": counters([rule(chance, 15, chain=text.split()[1])]), "node-1": counters()}
    found = ask(world, {"burst": burst(6, 9)})
    assert found["verdict"]["root_causes"] == (["netfilter-drop"] if met else ["packet-loss"])


def test_counters_that_were_read_too_late_prove_nothing(world: World) -> None:
    world.counters = {"node-2": counters([rule(DROP, 15)], begin="00:00:05")}
    assert ask(world, {"burst": burst(6, 9)})["verdict"]["root_causes"] == ["packet-loss"]


def test_counters_count_for_what_was_sent_before_they_were_read(world: World) -> None:
    """On a busy machine the connections begin late: the burst was over when the counters were read, they were not."""
    world.counters = {"node-2": counters([rule(DROP, 8)], end="00:00:03")}
    late = {**growing("ooooo", "oooooooooo"), "started": "2026-01-01T00:00:04Z", "seconds": 1.0}
    found = ask(world, {"burst": {**burst(6, 9), "seconds": 4.0}, "connections": late})
    assert (found["verdict"]["root_causes"], found["verdict"]["confidence"]) == (["netfilter-drop"], "proven")
    later = {**burst(6, 9), "started": "2026-01-01T00:00:04Z", "seconds": 4.0}
    assert ask(world, {"burst": later, "connections": late})["verdict"]["root_causes"] == ["packet-loss"]


def test_invalid_packets_that_a_loss_leaves_behind_are_no_cause_of_their_own(world: World) -> None:
    invalid = rule("-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP", 1, chain="KUBE-FORWARD")
    world.counters = {"node-2": counters([invalid, rule(DROP, 16)])}
    found = ask(world, {"burst": burst(6, 9), "connections": growing("ooloo", singles="ooo")})
    assert found["verdict"]["root_causes"] == ["netfilter-drop"]


def test_a_tunnel_rule_takes_packets_of_any_kind(world: World) -> None:
    text = "-A INPUT -p udp -m udp --dport 8472 -m statistic --mode random --probability 0.06 -j DROP"
    world.counters = {"node-2": counters([rule(text, 27, chain="INPUT")])}
    found = ask(world, {"burst": burst(10, 15)})
    assert (found["verdict"]["root_causes"], found["verdict"]["confidence"]) == (["netfilter-drop"], "proven")


def test_loss_without_a_counter_is_placed_between_the_nodes(world: World) -> None:
    there = {"protocols": {"IcmpInEchos": [100, 566], "IcmpOutEchoReps": [100, 566]}, "devices": {}, "conntrack": {}}
    sends = {"flannel.1": {"tx_packets": [0, 500], "rx_packets": [0, 485]}}
    receives = {"flannel.1": {"tx_packets": [0, 485], "rx_packets": [0, 485]}}
    world.counters = {
        "node-1": counters(devices=sends, pods={"pod:default/client-1": {"protocols": {}}}),
        "node-2": counters(devices=receives, pods={"pod:default/web-b": there}),
    }
    found = ask(world, {"burst": burst(6, 9)})
    assert found["verdict"]["root_causes"] == ["packet-loss"]
    assert found["verdict"]["location"] == {}
    assert "between node-1 and node-2: neither node is to blame" in found["verdict"]["summary"]


@pytest.mark.parametrize("lost", [0, 1])
def test_a_lone_packet_keeps_the_verdict_healthy_and_is_told(world: World, lost: int) -> None:
    found = ask(world, {"burst": burst(lost, 0)})
    assert found["verdict"]["result"] == "healthy"
    assert ids(found) == []
    told = "0 of 180 lost: below 2 % (95 %)" if not lost else "1 of 480 lost"
    assert told in found["verdict"]["summary"]
    assert "40 connections in 1 s; idle not tested" in found["verdict"]["summary"]


def test_a_limit_of_pings_is_no_fault_of_the_connections(world: World) -> None:
    found = ask(world, {"burst": burst(120, 60)})
    assert found["verdict"]["result"] == "healthy"
    assert ids(found) == []
    assert "packet-loss" in [finding["id"] for finding in found["findings"]]


def test_a_rule_about_pings_alone_is_no_fault_of_the_connections(world: World) -> None:
    text = "-A FORWARD -p icmp -m statistic --mode random --probability 0.1 -j DROP"
    world.counters = {"node-2": counters([rule(text, 48)])}
    found = ask(world, {"burst": burst(18, 30)})
    assert found["verdict"]["result"] == "healthy"


def test_a_few_per_cent_of_pings_count_although_forty_connections_were_lucky(world: World) -> None:
    assert ask(world, {"burst": burst(6, 9)})["verdict"]["result"] == "fault"


@pytest.mark.parametrize(
    ("pattern", "result"),
    [
        ([(60, 24), (400, 0)], "fault"),  # nothing passed for a while, between two moments of connections
        ([(10, 1)] * 24, "healthy"),  # each by chance, and no connection met it
        ([(60, 0), (3, 20), (3, 20), (3, 20)], "fault"),
    ],
)
def test_connections_of_few_moments_tell_little_of_a_while_in_which_nothing_passed(
    world: World, pattern: list[tuple[int, int]], result: str
) -> None:
    times = [time for passed, lost in pattern for time in [*[0.1] * passed, *[None] * lost]]
    sent, lost = len(times), times.count(None)
    stages = [{"stage": "first", "interval": 0.0035, "sent": sent, "received": sent - lost, "times_ms": times}]
    data = {"stages": stages, "knocks": 1}
    lossy = {"status": "fail", "outcome": "no_reply", "sent": sent, "received": sent - lost, "data": data}
    assert (
        ask(world, {"burst": lossy, "connections": growing("o" * 5, "o" * 10, "o" * 25, "o" * 60)})["verdict"]["result"]
        == result
    )


def test_a_queue_that_dropped_as_many_is_named(world: World) -> None:
    world.counters = {"node-2": counters(qdiscs={"eth0 fq_codel 0:": {"drops": [7, 22]}})}
    found = ask(world, {"burst": burst(6, 9)})
    assert found["verdict"]["root_causes"] == ["nic-drops"]
    assert found["verdict"]["location"] == {"node": "node-2", "device": "eth0"}


@pytest.mark.parametrize("drops", [3, 4])
def test_a_handful_of_a_devices_drops_is_no_cause(world: World, drops: int) -> None:
    """Tunnels drop what IPv6 multicasts, NICs what nobody here understands: it fits a small loss by chance."""
    world.counters = {
        "node-1": counters(devices={"flannel.1": {"tx_drop": [7, 7 + drops], "tx_packets": [100, 600]}}),
        "node-2": counters(),
    }
    found = ask(world, {"connections": growing("ooooo", "tttoo")})
    assert "nic-drops" not in ids(found)


@pytest.mark.parametrize(
    ("kinds", "root"),
    [(["bpf"], "bpf-program-drop"), (["flower"], "tc-filter-drop"), (["bpf", "u32"], "tc-filter-drop")],
)
@pytest.mark.parametrize("discipline", ["clsact", "ingress"])
def test_what_a_discipline_of_filters_dropped_a_filter_has_dropped(
    world: World, kinds: list[str], root: str, discipline: str
) -> None:
    world.netns("node-2")["tc_filters"] = [
        {"dev": "eth0", "hook": "ingress", "kind": kind, "actions": [], "direct": True, "text": f"{kind} of somebody"}
        for kind in kinds
    ]
    world.counters = {"node-2": counters(qdiscs={f"eth0 {discipline} ffff:": {"drops": [7, 22]}})}
    found = ask(world, {"burst": burst(6, 9)})
    assert found["verdict"]["root_causes"] == [root]
    assert found["verdict"]["location"] == {"node": "node-2", "device": "eth0"}
    assert "of somebody" in found["verdict"]["summary"]


def test_a_queue_in_a_pod_is_named_with_its_pod(world: World) -> None:
    queue = {"qdiscs": {"eth0 tbf 8001:": {"drops": [7, 22]}}}
    world.counters = {"node-2": counters(pods={"pod:default/web-b": queue})}
    verdict = ask(world, {"burst": burst(6, 9)})["verdict"]
    assert verdict["root_causes"] == ["nic-drops"]
    assert verdict["location"] == {"node": "node-2", "namespace": "default", "pod": "web-b", "device": "eth0"}


def test_a_tunnel_without_an_other_end_is_no_device_that_drops(world: World) -> None:
    world.counters = {"node-1": counters(devices={"flannel.1": {"tx_drop": [7, 22], "tx_packets": [100, 600]}})}
    assert "nic-drops" not in ids(ask(world, {"burst": burst(6, 9)}))


def _confirmed_late(*again: int) -> Json:
    """Connections that each carried one packet of data, sent again so many times."""
    connections = [{"outcome": "reply", "retransmissions": number, "source_port": 40000} for number in again]
    return {"outcome": "reply", "data": {"tried": [{"size": 576, "outcome": "reply", "connections": connections}]}}


def test_data_that_is_sent_again_where_nothing_else_is_lost_is_harm(world: World) -> None:
    assert ask(world, {"tcp-mtu": _confirmed_late(0, 1, 2, 0, 1)})["verdict"]["result"] == "inconclusive"
    assert ask(world, {"tcp-mtu": _confirmed_late(0, 1, 0, 0, 0)})["verdict"]["result"] == "healthy"


def test_pings_that_were_all_lost_and_then_all_passed_are_harm(world: World) -> None:
    lost: Json = {"status": "fail", "outcome": "no_reply", "sent": 4, "received": 0}
    assert ask(world, {"ping": lost, "burst": burst(0)})["verdict"]["result"] == "inconclusive"
    assert ask(world, {"ping": {**lost, "sent": 1}, "burst": burst(0)})["verdict"]["result"] == "healthy"


def test_processors_that_do_not_keep_up_are_named(world: World) -> None:
    world.counters = {"node-2": counters(softnet={"dropped": [0, 16]})}
    assert ask(world, {"burst": burst(6, 9)})["verdict"]["root_causes"] == ["node-overloaded"]


def test_a_dead_way_is_no_share(world: World) -> None:
    """The burst stops after its knocks; what the plain probes say is the verdict."""
    nothing = {"status": "skipped", "outcome": None, "sent": 3, "received": 0, "data": {"knocks": 3, "stages": []}}
    world.drop_route("node-1", "10.244.2.0/24")
    found = ask(world, {"ping": "no_reply", "tcp": "timed_out", "burst": nothing, "connections": growing("t")})
    assert found["verdict"]["root_causes"] == ["route-missing"]


# -- connections ---------------------------------------------------------------------------------------------------
def test_a_limit_whose_rule_counted_them_is_proven(world: World) -> None:
    limit = rule("-A FORWARD -p tcp -m tcp --syn -m limit --limit 4/sec -j ACCEPT", 6)
    drop = rule("-A FORWARD -p tcp -m tcp --syn -j DROP", 9, number=2)
    world.counters = {"node-2": counters([drop, limit])}
    found = ask(world, {"connections": growing("ooooo", "ollllltttt", singles="ooo")})
    assert found["verdict"]["root_causes"] == ["connection-limit"]
    assert found["verdict"]["confidence"] == "proven"
    assert "-D FORWARD 1" in found["verdict"]["remediation"]


def test_a_limit_that_no_rule_shows_is_likely(world: World) -> None:
    found = ask(world, {"connections": growing("ooooo", "ooollltttt", singles="ooo")})
    assert found["verdict"]["root_causes"] == ["connection-limit"]
    assert found["verdict"]["confidence"] == "likely"


@pytest.mark.parametrize(("counted", "confidence"), [(19, "likely"), (12, "possible")])
def test_a_limit_is_possible_where_the_targets_own_queue_was_read_too_early(
    world: World, counted: int, confidence: str
) -> None:
    there = {"protocols": {"TcpPassiveOpens": [100, 100 + counted]}}
    world.counters = {"node-2": counters(pods={"pod:default/web-b": there})}
    found = ask(world, {"connections": growing("ooooo", "oooooooooo", "oooo" + "t" * 21, singles="ooo")})
    verdict = found["verdict"]
    assert (verdict["root_causes"], verdict["confidence"]) == (["connection-limit"], confidence), verdict["summary"]


def test_the_first_syn_of_each_connection(world: World) -> None:
    found = ask(world, {"connections": growing("lllll", singles="lll")})
    assert found["verdict"]["root_causes"] == ["first-syn-lost"]


def test_a_checksum_that_is_wrong_each_time_is_proven(world: World) -> None:
    world.counters = {"node-2": counters(protocols={"UdpInCsumErrors": [3, 11]})}
    found = ask(world, {"connections": growing("lllll", singles="lll")})
    assert found["verdict"]["root_causes"] == ["checksum-offload-broken"]
    assert (found["verdict"]["confidence"], found["verdict"]["location"]) == ("proven", {"node": "node-2"})


@pytest.mark.parametrize(("room", "result"), [(1, "healthy"), (4, "healthy"), (5, "fault"), (128, "fault")])
def test_an_accept_queue_that_is_full_is_told_and_is_no_fault_unless_it_had_room(
    world: World, room: int, result: str
) -> None:
    for one in world.netns("node-2", "pod:default/web-b")["sockets"]:
        one["max_backlog"] = room
    there = {"protocols": {"TcpExtListenDrops": [0, 4], "TcpExtListenOverflows": [0, 4]}}
    world.counters = {"node-2": counters(pods={"pod:default/web-b": there})}
    found = ask(world, {"connections": growing("oolll", singles="ooo")})
    assert found["verdict"]["result"] == result
    assert found["verdict"]["root_causes"] == ([] if result == "healthy" else ["process-backlog-full"])
    assert result == "fault" or "accept queue was full 4 times" in found["verdict"]["summary"]


def test_requests_without_a_way_back_are_dropped_and_no_full_queue(world: World) -> None:
    there = {"protocols": {"TcpExtListenDrops": [0, 4]}}
    world.counters = {"node-2": counters(pods={"pod:default/web-b": there})}
    assert "process-backlog-full" not in ids(ask(world, {"connections": growing("oolll", singles="ooo")}))


HASHED = "-A FORWARD -d 10.244.2.4/32 -p tcp -m tcp --dport 8080 -m statistic --mode random --probability 0.33 -j DROP"


def test_dice_that_nothing_counts_are_the_cause_of_connections_that_never_open(world: World) -> None:
    world.set_netfilter("node-2", builders.netfilter(first=f"[0:0] {HASHED}\n"))
    found = ask(world, {"connections": growing("otooo", singles="tot")})
    assert found["verdict"]["root_causes"] == ["netfilter-drop"]
    assert found["verdict"]["location"]["node"] == "node-2"
    assert found["verdict"]["confidence"] != "proven"


def test_dice_for_another_port_take_no_connections(world: World) -> None:
    world.set_netfilter("node-2", builders.netfilter(first=f"[0:0] {HASHED.replace('8080', '8081')}\n"))
    found = ask(world, {"connections": growing("otooo", singles="tot")})
    assert found["verdict"]["root_causes"] == ["packet-loss"]


def test_dice_harm_nobody_whose_connections_all_open(world: World) -> None:
    world.set_netfilter("node-2", builders.netfilter(first=f"[0:0] {HASHED}\n"))
    assert ask(world, {"connections": growing("ooooo")})["verdict"]["result"] == "healthy"


def test_a_slow_network_is_not_a_lost_packet(world: World) -> None:
    slow = growing("ooooo")
    slow["data"]["steps"] = [{"size": 5, "results": [["open", 700.0, 0]] * 5}]
    found = ask(world, {"connections": {**slow, "status": "fail", "outcome": "late"}})
    assert found["verdict"]["result"] == "healthy"


def test_a_limit_that_did_not_bite_is_worth_knowing(world: World) -> None:
    world.counters = {"node-2": counters([rule("-A FORWARD -m connlimit --connlimit-above 5000 -j DROP", 0)])}
    assert ask(world)["verdict"]["result"] == "healthy"
    world.counters = {"node-2": counters([rule("-A FORWARD -m limit --limit 900/sec -j ACCEPT", 44)])}
    found = ask(world)
    assert found["verdict"]["result"] == "healthy"
    (told,) = [finding for finding in found["findings"] if finding["id"] == "connection-limit"]
    assert told["severity"] == "info"


# -- connection tracking and DNS -----------------------------------------------------------------------------------
def pairs(lost: int, half: int, server: str = CLUSTER_DNS) -> Json:
    told = {"server": server, "sent": 40, "answered": 40 - lost, "half_lost": half, "both_lost": (lost - half) // 2}
    return {
        "status": "fail" if lost > 1 else "pass",
        "outcome": "timed_out" if lost > 1 else "answer",
        "sent": 40,
        "received": 40 - lost,
        "data": {"servers": [told]},
    }


def ask_name(world: World, outcomes: t.Mapping[str, t.Any]) -> Json:
    return world.diagnose(SOURCE, "web", 80, outcomes=outcomes)


def test_a_race_of_two_questions_moves_insert_failed(world: World) -> None:
    world.counters = {"node-1": counters(conntrack={"insert_failed": [10, 16]})}
    found = ask_name(world, {"dns-pairs": pairs(6, 6)})
    assert found["verdict"]["root_causes"] == ["conntrack-insert-failed"]
    assert (found["verdict"]["confidence"], found["verdict"]["location"]) == ("proven", {"node": "node-1"})


def test_a_counter_at_rest_is_no_race(world: World) -> None:
    world.counters = {"node-1": counters(conntrack={"insert_failed": [9000, 9000]})}
    found = ask_name(world, {"dns-pairs": pairs(6, 6)})
    assert found["verdict"]["root_causes"] == ["dns-answers-lost"]


def test_answers_that_a_rule_takes_are_the_rules(world: World) -> None:
    text = "-A FORWARD -p udp -m udp --sport 53 -m statistic --mode random --probability 0.35 -j DROP"
    world.counters = {"node-1": counters([rule(text, 30)])}
    found = ask_name(world, {"dns-pairs": pairs(14, 10)})
    assert (found["verdict"]["root_causes"], found["verdict"]["confidence"]) == (["netfilter-drop"], "proven")


DNS_POD = "pod:kube-system/coredns-1"


def _dns_pod(gave: int, rules: t.Sequence[Json] = ()) -> Json:
    """80 datagrams came to the pod of cluster DNS, and so many left it."""
    protocols = {"IpInDelivers": [500, 584], "TcpInSegs": [50, 54], "UdpOutDatagrams": [70, 70 + gave]}
    return {DNS_POD: {"protocols": protocols, "rules": list(rules)}}


@pytest.mark.parametrize(("gave", "cause"), [(2, "process-backlog-full"), (80, "dns-answers-lost")])
def test_answers_that_a_server_never_gave_were_not_lost(world: World, gave: int, cause: str) -> None:
    """As many questions came to its pod as it did not answer; whatever a rule of the node took meanwhile."""
    address = world.item("pods", "coredns-1")["status"]["podIP"]
    text = "-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP"
    taken = [rule(text, 40)] if cause == "process-backlog-full" else []
    world.counters = {"node-1": counters(taken), "node-2": counters(pods=_dns_pod(gave))}
    found = ask_name(world, {"dns-pairs": pairs(38, 2, address)})
    assert found["verdict"]["root_causes"] == [cause], found["verdict"]["summary"]


def test_questions_to_a_port_on_which_nobody_listens_are_no_servers(world: World) -> None:
    address = world.item("pods", "coredns-1")["status"]["podIP"]
    there = _dns_pod(2)
    there[DNS_POD]["protocols"]["UdpNoPorts"] = [3, 83]
    world.counters = {"node-2": counters(pods=there)}
    found = ask_name(world, {"dns-pairs": pairs(38, 2, address)})
    assert "process-backlog-full" not in found["verdict"]["root_causes"]


def test_answers_that_a_rule_of_the_servers_own_pod_took(world: World) -> None:
    """What a rule of OUTPUT drops is not counted as sent."""
    address = world.item("pods", "coredns-1")["status"]["podIP"]
    text = "-A OUTPUT -p udp -m udp --sport 53 -m statistic --mode random --probability 0.35 -j DROP"
    world.counters = {"node-2": counters(pods=_dns_pod(2, [rule(text, 38)]))}
    found = ask_name(world, {"dns-pairs": pairs(38, 2, address)})
    assert "process-backlog-full" not in found["verdict"]["root_causes"]


def test_one_answer_that_is_late_is_no_fault(world: World) -> None:
    found = ask_name(world, {"dns-pairs": pairs(1, 1)})
    assert found["verdict"]["result"] == "healthy"
    assert "DNS answers missing" in found["verdict"]["summary"]


# -- idle ----------------------------------------------------------------------------------------------------------
def idle(outcome: str, seconds: int = 60) -> Json:
    return {
        "status": "pass" if outcome == "open" else "skipped" if outcome == "closed" else "fail",
        "outcome": outcome,
        "data": {"opened": True, "idle_seconds": seconds},
    }


def test_a_short_timeout_on_the_way_explains_a_forgotten_connection(world: World) -> None:
    world.idle = 60
    world.netns("node-2")["sysctls"]["net.netfilter.nf_conntrack_tcp_timeout_established"] = "30"
    found = ask(world, {"idle": idle("timed_out")})
    assert found["verdict"]["root_causes"] == ["conntrack-timeout-short"]
    assert found["verdict"]["location"] == {"node": "node-2"}


def test_a_forgotten_connection_that_no_node_explains(world: World) -> None:
    world.idle = 60
    world.netns("node-2")["sysctls"]["net.netfilter.nf_conntrack_tcp_timeout_established"] = "86400"
    assert ask(world, {"idle": idle("reset")})["verdict"]["root_causes"] == ["connection-idle-timeout"]


TAKES = "ip daddr == 10.244.2.4 tcp dport == 8080 drop"


@pytest.mark.parametrize(
    ("texts", "node"),
    [
        ((TAKES,), "node-2"),
        ((TAKES, "ip daddr == 10.244.2.9 tcp dport == 8080 drop"), "node-2"),
        ((TAKES, "tcp dport == 8080 drop"), None),
        (("ct state invalid drop",), None),
        (("udp dport == 53 drop",), None),
    ],
)
def test_the_one_rule_that_took_packets_meanwhile_ends_the_connection(
    world: World, texts: tuple[str, ...], node: str | None
) -> None:
    world.idle = 60
    world.netns("node-2")["sysctls"]["net.netfilter.nf_conntrack_tcp_timeout_established"] = "86400"
    rules = [rule(text, 4, number) for number, text in enumerate(texts, 1)]
    world.counters = {"node-2": counters(rules)}
    verdict = ask(world, {"idle": idle("timed_out")})["verdict"]
    assert verdict["root_causes"] == ["connection-idle-timeout"], verdict["summary"]
    assert (verdict["location"].get("node"), verdict["confidence"]) == (node, "likely")


@pytest.mark.parametrize("outcome, promise", [("open", "idle for 60 s"), ("closed", "the application closes idle")])
def test_what_is_still_there_or_was_closed_by_its_owner_is_healthy(world: World, outcome: str, promise: str) -> None:
    world.idle = 60
    found = ask(world, {"idle": idle(outcome)})
    assert found["verdict"]["result"] == "healthy"
    assert promise in found["verdict"]["summary"]


def test_a_short_timeout_alone_is_worth_knowing(world: World) -> None:
    world.netns("node-2")["sysctls"]["net.netfilter.nf_conntrack_tcp_timeout_established"] = "60"
    found = ask(world)
    assert found["verdict"]["result"] == "healthy"
    assert [finding["id"] for finding in found["findings"]] == ["conntrack-timeout-short"]


def test_a_rule_that_rejects_in_silence_is_no_drop(world: World) -> None:
    """What it sends goes to who sent the packet, which may be a program that nobody asks."""
    world.counters = {
        "node-2": counters(
            [rule(DROP.replace("-j DROP", "-j REJECT --reject-with icmp-host-prohibited"), 15, ends=True)]
        )
    }
    found = ask(world, {"burst": burst(6, 9)})
    assert found["verdict"]["root_causes"] == ["netfilter-reject"], found["verdict"]["summary"]


# -- changes -------------------------------------------------------------------------------------------------------
def test_rules_that_two_programs_rewrite_explain_what_comes_and_goes(world: World) -> None:
    change = {
        "chain": "iptables-nft ip nat KUBE-SERVICES",
        "rules_before": 4,
        "rules_after": 0,
        "removed": ["-d 10.96.0.20"],
    }
    written = {"writers": {"iptables": 9, "iptables-restor": 8}}
    world.counters = {"node-1": counters(rule_writes=written, chains_changed=[change])}
    found = ask(world, {"tcp": {"status": "fail", "outcome": "timed_out", "sent": 4, "received": 2}})
    assert found["verdict"]["root_causes"] == ["rules-flapping"]
    assert "iptables (9)" in found["verdict"]["summary"]


FLAPPING = {
    "writers": {"iptables": 6},
    "flapping": [{"chain": "ip filter FORWARD", "turns": 5, "writers": ["iptables"]}],
}


def test_a_rule_that_one_program_puts_and_takes_explains_it_too(world: World) -> None:
    world.counters = {"node-1": counters(rule_writes=FLAPPING)}
    found = ask(world, {"tcp": {"status": "fail", "outcome": "timed_out", "sent": 4, "received": 2}})
    assert found["verdict"]["root_causes"] == ["rules-flapping"]
    assert "ip filter FORWARD" in found["verdict"]["summary"]


def test_rules_that_flap_while_all_is_well_are_worth_knowing(world: World) -> None:
    world.counters = {"node-1": counters(rule_writes=FLAPPING)}
    found = ask(world)
    assert (found["verdict"]["result"], ids(found)) == ("healthy", [])
    assert [finding["id"] for finding in found["findings"]] == ["rules-flapping"]


@pytest.mark.parametrize(
    "written",
    [
        {"writers": {"iptables-restor": 20}, "flapping": []},
        {"writers": {"iptables-restor": 4}},
        {"flapping": [{"chain": "ip nat KUBE-SEP-A", "turns": 1, "writers": ["iptables-restor"]}]},
        {"flapping": ["x", {}]},
    ],
)
def test_syncs_of_kube_proxy_are_nothing_whatever_else_is_wrong(world: World, written: Json) -> None:
    world.counters = {"node-1": counters(rule_writes={"writers": {}, **written}), "node-2": counters([rule(DROP, 15)])}
    assert ask(world, {"burst": burst(6, 9)})["verdict"]["root_causes"] == ["netfilter-drop"]
    assert ask(world)["findings"] == []


def test_kube_proxys_rules_of_another_service_follow_its_endpoints(world: World) -> None:
    flapping = [{"chain": "ip nat KUBE-SEP-A", "turns": 3, "writers": ["iptables-restor"]}]
    written = {"writers": {"iptables-restor": 6}, "flapping": flapping}
    world.counters = {"node-1": counters(rule_writes=written), "node-2": counters([rule(DROP, 15)])}
    found = ask(world, {"burst": burst(6, 9)})
    assert found["verdict"]["root_causes"] == ["netfilter-drop"]
    assert {one["id"]: one["severity"] for one in found["findings"]}["rules-flapping"] == "info"


def at_the_end(world: World, writes: int, ready: bool = True) -> Json:
    """endpoints.json of Service default/web, whose slice was written so often since the start."""
    (piece,) = [one for one in world.resources("endpointslices") if one["metadata"]["name"] == "web-x"]
    piece["metadata"]["generation"] = 3
    late = copy.deepcopy(piece)
    late["metadata"]["generation"] = 3 + writes
    late["endpoints"][1]["conditions"]["ready"] = ready
    service = {"namespace": "default", "name": "web"}
    return {"service": service, "endpointslices": [{**late, "writers": ["kube-controller-manager"]}]}


def ask_service(world: World, outcomes: t.Mapping[str, t.Any] | None = None) -> Json:
    return world.diagnose(SOURCE, "service:default/web", 80, outcomes=outcomes or {})


def test_endpoints_that_are_written_all_the_time_explain_what_comes_and_goes(world: World) -> None:
    world.endpoints = at_the_end(world, 6)
    found = ask_service(world, {"tcp": {"status": "fail", "outcome": "refused", "sent": 4, "received": 2}})
    assert found["verdict"]["root_causes"] == ["endpoints-changed"]
    assert found["verdict"]["location"] == {"namespace": "default", "service": "web"}
    assert "written 6 times meanwhile; who writes: kube-controller-manager" in found["verdict"]["summary"]


@pytest.mark.parametrize("writes", [1, 6])
def test_endpoints_that_change_while_all_is_well_are_worth_knowing(world: World, writes: int) -> None:
    world.endpoints = at_the_end(world, writes, ready=False)
    found = ask_service(world)
    assert (found["verdict"]["result"], ids(found)) == ("healthy", [])
    (told,) = found["findings"]
    assert told["id"] == "endpoints-changed"
    assert "10.244.2.4 (web-b) was ready, then not ready" in [proof["text"] for proof in told["evidence"]]


def test_one_change_of_endpoints_explains_nothing(world: World) -> None:
    world.endpoints = at_the_end(world, 1, ready=False)
    found = ask_service(world, {"burst": burst(6, 9)})
    assert found["verdict"]["root_causes"] == ["packet-loss"]


def test_endpoints_that_stay_are_nothing(world: World) -> None:
    world.endpoints = at_the_end(world, 0)
    assert ask_service(world)["findings"] == []
    # One who could not read them at the start knows nothing of a change.
    world.endpoints = at_the_end(world, 6, ready=False)
    world.cluster["errors"].append({"resource": "endpointslices", "kind": "forbidden", "text": "no"})
    assert "endpoints-changed" not in [finding["id"] for finding in ask_service(world)["findings"]]


def test_an_address_that_changes_its_machine(world: World) -> None:
    volatile = {
        "neighbours": {
            "before": ["192.0.2.12 dev eth0 lladdr 02:00:00:00:00:aa"],
            "now": ["192.0.2.12 dev eth0 lladdr 02:00:00:00:00:bb"],
        }
    }
    world.counters = {"node-1": counters(volatile=volatile)}
    found = ask(world, {"burst": burst(6, 9)})
    assert "address-flapping" in found["verdict"]["root_causes"]
    assert ask(world)["verdict"]["result"] == "healthy"


def test_a_pod_that_restarts_meanwhile_changes_its_own_address_only(world: World) -> None:
    volatile = {
        "neighbours": {
            "before": ["10.244.2.9 dev cni0 lladdr 02:00:00:00:00:aa"],
            "now": ["10.244.2.9 dev cni0 lladdr 02:00:00:00:00:bb"],
        }
    }
    world.counters = {"node-2": counters(volatile=volatile)}
    assert ask(world)["findings"] == []


# -- watching ------------------------------------------------------------------------------------------------------
def watch(world: World, failed: Json, again: Json) -> Json:
    """A healthy run, then a round of watching that failed, and the dose once more with the counters around it."""
    evidence = world.evidence(SOURCE, "pod:default/web-b", 8080)
    (first,) = evidence.sent("burst")
    more = [
        dataclasses.replace(
            first, request={**first.request, "id": first.id + ending}, result={**first.result, **result}
        )
        for ending, result in (("-watch-3", failed), ("-again", again))
    ]
    return analyse(dataclasses.replace(evidence, probes=(*evidence.probes, *more))).to_json()


def test_a_failure_that_lasts_is_explained_by_the_counters_around_the_dose_after_it(world: World) -> None:
    world.counters = {"node-2": counters([rule(DROP, 15)])}
    found = watch(world, burst(8, 60, sent=40), burst(6, 9))
    assert (found["verdict"]["root_causes"], found["verdict"]["confidence"]) == (["netfilter-drop"], "proven")
    assert "15 of 480" in found["verdict"]["summary"]


def test_a_failure_that_is_over_is_not_proven_by_what_moved_later(world: World) -> None:
    world.counters = {"node-2": counters([rule(DROP, 8)])}
    found = watch(world, burst(8, 60, sent=40), burst(0))
    assert found["verdict"]["root_causes"] == ["packet-loss"]
    assert found["verdict"]["confidence"] != "proven"


# -- what is used up -----------------------------------------------------------------------------------------------
SOME = {"status": "fail", "outcome": "timed_out", "sent": 4, "received": 2}
LOST = {"status": "fail", "outcome": "timed_out", "sent": 4, "received": 0}
NO_PING = {"status": "fail", "outcome": "no_reply", "sent": 4, "received": 0}


def overflows(count: int) -> Json:
    there = {"protocols": {"TcpExtListenDrops": [7, 7 + count], "TcpExtListenOverflows": [7, 7 + count]}}
    return counters(pods={"pod:default/web-b": there})


def test_an_accept_queue_that_is_full_for_single_connections_too(world: World) -> None:
    world.counters = {"node-2": overflows(5)}
    found = ask(world, {"tcp": SOME, "connections": growing("oolll", singles="ooo")})
    assert found["verdict"]["root_causes"] == ["process-backlog-full"]
    assert found["verdict"]["confidence"] == "proven"
    assert found["verdict"]["location"] == {"node": "node-2", "namespace": "default", "pod": "web-b"}


@pytest.mark.parametrize("moved", [{}, {"node-2": overflows(0)}, {"node-1": overflows(5)}])
def test_connections_that_are_lost_elsewhere_are_no_full_queue(world: World, moved: Json) -> None:
    world.counters = moved
    found = ask(world, {"tcp": SOME, "connections": growing("oolll", singles="ooo")})
    assert "process-backlog-full" not in [finding["id"] for finding in found["findings"]]


def resets(sent: int, taken: int, **more: list[int]) -> Json:
    there = {"protocols": {"TcpOutRsts": [3, 3 + sent], "TcpPassiveOpens": [3, 3 + taken], **more}}
    return counters(pods={"pod:default/web-b": there})


def test_a_program_that_listens_at_times(world: World) -> None:
    world.counters = {"node-2": resets(3, 4)}
    found = ask(world, {"connections": growing("oorrr", singles="rro")})
    assert found["verdict"]["root_causes"] == ["port-not-listening"], found["verdict"]["summary"]
    assert (found["verdict"]["confidence"], found["verdict"]["location"]["pod"]) == ("likely", "web-b")
    assert "refused 3 of 5 connections" in found["verdict"]["summary"]


@pytest.mark.parametrize(
    "there",
    [
        resets(2, 4),
        resets(3, 0),
        resets(3, 5),
        resets(5, 5, TcpEstabResets=[0, 5]),
        resets(3, 4, TcpExtListenOverflows=[0, 3], TcpExtListenDrops=[0, 3]),
    ],
)
def test_refusals_that_are_not_the_targets_own_or_have_a_full_queue(world: World, there: Json) -> None:
    world.counters = {"node-2": there}
    found = ask(world, {"connections": growing("oorrr", singles="rro")})
    assert "port-not-listening" not in [finding["id"] for finding in found["findings"]]


def test_a_program_that_took_none_of_them_is_no_such(world: World) -> None:
    world.counters = {"node-2": resets(5, 1)}
    found = ask(world, {"connections": growing("rrrrr")})
    assert "port-not-listening" not in [finding["id"] for finding in found["findings"]]


def _at_once(how: str) -> Json:
    return {"status": "pass", "outcome": "open", "data": {"then": {"outcome": how, "ms": 0.4}}}


@pytest.mark.parametrize(
    ("taken", "inside", "causes"), [(15, "silent", ["backend-unhealthy"]), (14, "silent", []), (15, "reset", [])]
)
def test_a_program_that_turns_one_client_away(world: World, taken: int, inside: str, causes: list[str]) -> None:
    world.counters = {"node-2": resets(0, taken)}
    told = {"tcp": _at_once("closed"), "local-tcp": _at_once(inside), "connections": growing("o" * 5, "o" * 10)}
    verdict = ask(world, told)["verdict"]
    assert ("turns this client away" in verdict["summary"]) is bool(causes), verdict["summary"]
    if causes:
        assert (verdict["root_causes"], verdict["confidence"]) == (causes, "likely")


def half_open(count: int) -> Json:
    there = {"protocols": {key: [900, 900 + count] for key in ("TcpExtListenDrops", "TcpExtTCPReqQFullDrop")}}
    return counters(pods={"pod:default/web-b": there})


@pytest.mark.parametrize(("tcp", "severity"), [(SOME, "major"), (LOST, "critical")])
def test_unfinished_handshakes_leave_no_room(world: World, tcp: Json, severity: str) -> None:
    world.counters = {"node-2": half_open(114)}
    world.netns("node-2", "pod:default/web-b")["sysctls"] = {"net.ipv4.tcp_syncookies": "0"}
    found = ask(world, {"tcp": tcp, "tcp-mtu": {"status": "error", "outcome": None}})
    verdict = found["verdict"]
    assert (verdict["root_causes"], verdict["confidence"]) == (["process-backlog-full"], "likely"), verdict["summary"]
    assert verdict["location"]["pod"] == "web-b" and "syncookies" in verdict["remediation"]
    assert [one["severity"] for one in found["findings"] if one["id"] == "process-backlog-full"] == [severity]


def test_fewer_drops_than_were_lost_do_not_explain_them(world: World) -> None:
    world.counters = {"node-2": half_open(1)}
    found = ask(world, {"tcp": LOST, "tcp-mtu": {"status": "error", "outcome": None}})
    assert found["verdict"]["result"] == "inconclusive"


def refused_ports() -> Json:
    result = growing("ooooo", "oooo")
    result["data"]["steps"][1]["results"].append(["no_port", 0.1, 0])
    return {**result, "status": "fail", "outcome": "no_port", "sent": 10}


def test_local_ports_that_are_used_up_by_forty_connections(world: World) -> None:
    world.netns("node-1", "pod:default/client-1")["sysctls"]["net.ipv4.ip_local_port_range"] = "40000\t40008"
    world.counters = {"node-1": counters(pods={"pod:default/client-1": {"sockets": {"inuse": [1, 2], "tw": [0, 9]}}})}
    found = ask(world, {"connections": refused_ports()})
    assert found["verdict"]["root_causes"] == ["ephemeral-ports-exhausted"]
    assert found["verdict"]["confidence"] == "proven"
    assert "ports 40000 to 40008" in found["verdict"]["summary"]
    (told,) = [finding for finding in found["findings"] if finding["id"] == "ephemeral-ports-exhausted"]
    assert "TCP sockets: in use 1, then 2, in TIME-WAIT 0, then 9" in [proof["text"] for proof in told["evidence"]]


def test_many_sockets_in_time_wait_are_nothing(world: World) -> None:
    world.counters = {"node-1": counters(pods={"pod:default/client-1": {"sockets": {"tw": [9000, 9040]}}})}
    assert ask(world)["findings"] == []


def full_neighbours(moved: int) -> Json:
    return {"neighbours": {"table_fulls": [100, 100 + moved]}}


def test_a_neighbour_table_without_room(world: World) -> None:
    world.snapshots["node-2"]["neighbour_table"] = {"count": 1024, "gc_thresh3": 1024}
    world.counters = {"node-2": {**counters(), **full_neighbours(20)}}
    found = ask(world, {"burst": burst(6, 9)})
    assert found["verdict"]["root_causes"] == ["neighbour-table-full"]
    assert (found["verdict"]["confidence"], found["verdict"]["location"]) == ("proven", {"node": "node-2"})
    assert "1024 entries of at most 1024" in found["verdict"]["summary"]
    # Others went without while this pair was well.
    found = ask(world)
    assert (found["verdict"]["result"], [one["id"] for one in found["findings"]]) == (
        "healthy",
        ["neighbour-table-full"],
    )


def test_a_large_neighbour_table_is_nothing(world: World) -> None:
    world.snapshots["node-2"]["neighbour_table"] = {"count": 1000, "gc_thresh3": 1024}
    world.counters = {"node-2": {**counters(), **full_neighbours(0)}}
    assert ask(world)["findings"] == []
    assert ask(world, {"burst": burst(6, 9)})["verdict"]["root_causes"] == ["packet-loss"]


def table(entries: int, **moved: int) -> Json:
    return counters(conntrack={name: [50, 50 + by] for name, by in moved.items()}, conntrack_entries=[entries, entries])


def test_a_connection_table_whose_drops_are_what_went_unanswered(world: World) -> None:
    world.snapshots["node-2"]["conntrack"] = {"count": 60000, "max": 65536}
    world.counters = {"node-2": table(65536, drop=14, early_drop=3)}
    found = ask(world, {"tcp": LOST, "ping": NO_PING, "connections": growing("t"), "burst": None})
    assert found["verdict"]["root_causes"] == ["conntrack-full"]
    assert (found["verdict"]["confidence"], found["verdict"]["location"]) == ("proven", {"node": "node-2"})


def test_a_connection_table_that_makes_room_is_worth_knowing(world: World) -> None:
    world.snapshots["node-2"]["conntrack"] = {"count": 60000, "max": 65536}
    world.counters = {"node-2": table(65536, early_drop=3)}
    found = ask(world)
    assert (found["verdict"]["result"], [one["id"] for one in found["findings"]]) == ("healthy", ["conntrack-full"])


def test_drops_of_a_connection_table_that_is_half_empty_are_nothing(world: World) -> None:
    world.snapshots["node-2"]["conntrack"] = {"count": 30000, "max": 65536}
    world.counters = {"node-2": table(30000, drop=9)}
    assert ask(world)["findings"] == []


# -- bad input -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "damaged",
    [
        {},
        {"problems": ["Cannot read counters"]},
        {"before": None, "after": 7, "netns": []},
        {"before": "x", "after": "y", "netns": {}},
        {**counters([{}]), "softnet": [1], "qdiscs": {"a": None}, "rule_writes": None},
        {**counters([rule(DROP, 1, before="x", after=None)])},
        {**counters(conntrack={"drop": [5, 3], "insert_failed": [1]}, protocols={"x": "y"})},
        counters(begin="00:00:09", end="00:00:00"),
    ],
)
def test_damaged_counters_are_no_counters(world: World, damaged: Json) -> None:
    world.counters = {"node-1": damaged, "node-2": damaged}
    found = ask(world)
    assert found["errors"] == []
    assert found["verdict"]["result"] == "healthy"
    assert ask(world, {"burst": burst(6, 9)})["verdict"]["root_causes"] == ["packet-loss"]


def test_a_probe_of_the_dose_that_could_not_be_made_forbids_the_word_healthy(world: World) -> None:
    broken = {"status": "error", "outcome": None, "error": "Cannot open an ICMP socket", "data": {}}
    found = ask(world, {"burst": broken})
    assert found["verdict"]["result"] == "inconclusive"
    assert "Cannot open an ICMP socket" in found["verdict"]["summary"]


def test_without_a_dose_nothing_is_promised() -> None:
    assert ask(World())["verdict"]["summary"].endswith("every probe passed.")


def test_what_udp_was_not_asked_is_told(world: World) -> None:
    """Small datagrams say nothing about large ones, which are sent in fragments."""
    sentence = "datagrams in fragments answered"
    assert sentence not in ask(world)["verdict"]["summary"]
    found = world.diagnose(SOURCE, "service:kube-system/kube-dns", 53, protocol="udp")
    assert found["verdict"]["result"] == "healthy"
    assert sentence in found["verdict"]["summary"]


@pytest.mark.parametrize(("connections", "affinity"), [(40, "None"), (2, "None"), (40, "ClientIP")])
def test_a_backend_that_only_its_service_reaches_is_beside_the_question(connections: int, affinity: str) -> None:
    """A route of the client's own takes the backend's address; to the Service's address it sends by another one, which
    many connections show, and the simulation where they were few or all went to one backend."""
    world = World()
    pod = world.netns("node-1", "pod:default/client-1")
    pod["routes"].append(builders.route("10.244.2.4/32", None, type="unreachable"))
    world.item("services", "web")["spec"]["sessionAffinity"] = affinity
    world.dose = "gentle"
    outcomes = {f"backend-tcp {WEB_B}": "no_route", "connections": growing("o" * connections)}
    found = world.diagnose("pod:default/client-1", "service:default/web", 80, outcomes=outcomes)
    assert found["verdict"]["result"] == "healthy", found["verdict"]["summary"]
    assert "beside it fails" in found["verdict"]["summary"]
    assert "route-blackhole" in [one["id"] for one in found["findings"] if one["severity"] == "info"]


def test_a_backend_that_only_its_service_reaches_is_no_second_cause() -> None:
    """The same route, while something else takes what is sent to the Service."""
    world = World()
    pod = world.netns("node-1", "pod:default/client-1")
    pod["routes"].append(builders.route("10.244.2.4/32", None, type="unreachable"))
    world.set_netfilter("node-1", builders.netfilter(first="[9:540] -A FORWARD -p tcp -m tcp --dport 8080 -j DROP\n"))
    outcomes = {"tcp": "timed_out", "backend-tcp": "no_route", "tcp-mtu": {"status": "error", "outcome": "timed_out"}}
    found = world.diagnose("pod:default/client-1", "service:default/web", 80, outcomes=outcomes)
    assert found["verdict"]["root_causes"] == ["netfilter-drop"], found["verdict"]["summary"]
    assert ("route-blackhole", "info") in [(one["id"], one["severity"]) for one in found["findings"]]


@pytest.mark.parametrize(
    ("node", "device", "netns", "told"),
    [
        ("node-1", "eth0", "pod:default/client-1", "answers of more than 1000 bytes not tested"),
        ("node-1", "eth0", "host", "answers of more than 1000 bytes not tested"),
        ("node-2", "eth0", "host", ""),
    ],
)
def test_a_device_that_takes_less_than_what_is_before_it_leaves_large_answers_open(
    world: World, node: str, device: str, netns: str, told: str
) -> None:
    """Who answers from outside is not asked for large packets."""
    world.link(node, device, netns).update(mtu=1000)
    found = world.diagnose(SOURCE, "198.51.100.10", 22)
    assert found["verdict"]["result"] == "healthy", found["verdict"]["summary"]
    assert ("answers of more" in found["verdict"]["summary"]) == bool(told)
    assert told in found["verdict"]["summary"]
