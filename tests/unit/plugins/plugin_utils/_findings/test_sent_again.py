# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was lost in part and is sent once more, beside captures and counters that cover it, and what goes and comes."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle import Bundle
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._captures import (
    capture_wanted,
    plan_captures,
    reprobes,
)
from tests.unit.builders import World
from tests.unit.plugins.plugin_utils._findings.test_intermittent import DROP, Json, ask, burst, counters, growing, rule

NIC_1, NIC_2 = ("node-1", "eth0"), ("node-2", "eth0")
SYNS = "-A FORWARD -p tcp -m tcp --dport 8080 -m statistic --mode random --probability 0.1 -j DROP"
LIMIT = "-A FORWARD -p tcp -m tcp --dport 8080 -m limit --limit 4/sec -j DROP"


@pytest.fixture(name="world")
def late_node() -> World:
    """A node that started so late that its counters of the first round say nothing."""
    world = World()
    world.dose = "gentle"
    world.counters = {"node-2": counters([rule(DROP, 9)], begin="00:00:08", end="00:00:09"), "node-1": counters()}
    return world


def once(lost: int, sent: int = 300) -> Json:
    stage = {"stage": "first", "interval": 0.0035, "sent": sent, "received": sent - lost, "times_ms": []}
    status = "fail" if lost > 1 else "pass"
    return {"status": status, "sent": sent, "received": sent - lost, "data": {"stages": [stage], "knocks": 1}}


def lost_at(
    world: World, gap: tuple[tuple[str, str], tuple[str, str]], count: int, reply: bool = False, **more: t.Any
) -> None:
    """Captures that saw so many packets of the burst that was sent again no further than that."""
    (number,) = (
        one["id"]
        for one in world.evidence("pod:default/client-1", "pod:default/web-b", 8080).plan["work"]["node-1"]["probes"]
        if one["role"] == "burst"
    )
    world.seen(f"{number}-again", *gap, reply=reply)
    flow = world.captures["flows"][-1]
    names = {name: flow[name] for name in ("last_forward", "missing_forward", "last_reply", "missing_reply")}
    packet = {"what": "echo", "lost": True, "strayed": False, "alike": count, **names, **more}
    outer = {"src": "192.0.2.11", "dst": "192.0.2.12", "vni": 1}
    flow.update(sent=300, packets=[packet], sightings=[{**one, "outer": outer} for one in flow["sightings"]])


def test_counters_around_what_was_sent_again_name_the_rule_whatever_a_nodes_start(world: World) -> None:
    world.again = {"burst": once(11)}
    assert ask(world, {"burst": burst(6, 9)})["verdict"]["root_causes"] == ["packet-loss"]
    world.counters_again = {"node-2": counters([rule(DROP, 12)], begin="00:10:00", end="00:10:01")}
    found = ask(world, {"burst": burst(6, 9)})
    verdict = found["verdict"]
    assert (verdict["root_causes"], verdict["confidence"]) == (["netfilter-drop"], "proven")
    assert verdict["location"] == {"node": "node-2"}
    assert "11 of 300" in verdict["summary"]
    assert any(proof["ref"] == "counters/again/node-2.json" for proof in found["findings"][0]["evidence"])


@pytest.mark.parametrize(("again", "moved"), [(0, 3), (1, 1), (11, 400), (11, 2)])
def test_a_counter_that_does_not_fit_what_was_lost_again_is_not_blamed(world: World, again: int, moved: int) -> None:
    world.again = {"burst": once(again)}
    world.counters_again = {"node-2": counters([rule(DROP, moved)])}
    verdict = ask(world, {"burst": burst(6, 9)})["verdict"]
    assert verdict["root_causes"] == ["packet-loss"] and verdict["confidence"] != "proven"


def test_a_rule_that_stood_still_while_packets_were_lost_is_not_blamed(world: World) -> None:
    world.counters = {"node-2": counters([rule(DROP, 0)])}
    world.again = {"burst": once(11)}
    world.counters_again = {"node-2": counters([rule(DROP, 12)], begin="00:10:00", end="00:10:01")}
    verdict = ask(world, {"burst": burst(6, 9)})["verdict"]
    assert verdict["root_causes"] == ["packet-loss"] and verdict["confidence"] != "proven"


def test_connections_that_are_tried_again_name_their_limit(world: World) -> None:
    some = growing("ooooo", "ooooolllll", singles="ooo")
    world.again = {"connections": some}
    world.counters_again = {"node-2": counters([rule(LIMIT, 6)])}
    verdict = ask(world, {"connections": some})["verdict"]
    assert (verdict["root_causes"], verdict["location"]) == (["connection-limit"], {"node": "node-2"})


REJECT = "-A FORWARD -p tcp -m tcp --dport 8080 -m statistic --mode random --probability 0.25000000000 -j REJECT"


@pytest.mark.parametrize(("again", "root"), [("oooro", "netfilter-reject"), ("ooooo", None)])
def test_one_refusal_is_chance_until_another_follows_it(world: World, again: str, root: str | None) -> None:
    world.counters["node-2"] = counters([rule(REJECT, 1, ends=True)])
    world.again = {"connections": growing(again, singles="ooo")}
    world.counters_again = {"node-2": counters([rule(REJECT, again.count("r"), ends=True)])}
    verdict = ask(world, {"connections": growing("oooro", singles="ooo")})["verdict"]
    assert verdict["root_cause"] == root and verdict["result"] == ("fault" if root else "healthy")


@pytest.mark.parametrize(("refused", "moved", "sure"), [("rrroo", 3, "proven"), ("ooroo", 1, "likely")])
def test_refusals_that_prove_no_more_than_chance_are_proven_when_tried_again(
    world: World, refused: str, moved: int, sure: str
) -> None:
    world.counters["node-2"] = counters([rule(REJECT, 2, ends=True)])
    world.again = {"connections": growing(refused, singles="ooo")}
    world.counters_again = {"node-2": counters([rule(REJECT, moved, ends=True)])}
    verdict = ask(world, {"connections": growing("oooor", singles="roo")})["verdict"]
    assert (verdict["root_causes"], verdict["location"]) == (["netfilter-reject"], {"node": "node-2"})
    assert verdict["confidence"] == sure


def test_captures_place_the_loss_between_the_nodes(world: World) -> None:
    world.again = {"burst": once(11)}
    lost_at(world, (NIC_1, NIC_2), 11)
    verdict = ask(world, {"burst": burst(6, 9)})["verdict"]
    assert (verdict["root_causes"], verdict["confidence"], verdict["location"]) == (["packet-loss"], "proven", {})
    assert "on the network between node-1 and node-2" in verdict["summary"]
    assert verdict["proof"].startswith("11 of 300 packets seen last on eth0 of node-1")


def test_a_nic_with_an_xdp_program_may_have_had_what_its_capture_did_not_see(world: World) -> None:
    world.again = {"burst": once(11)}
    world.link("node-2", "eth0")["xdp"] = "native"
    lost_at(world, (NIC_1, NIC_2), 11)
    verdict = ask(world, {"burst": burst(6, 9)})["verdict"]
    assert verdict["root_causes"] == ["packet-loss"] and verdict["confidence"] != "proven"
    assert "on the network" not in verdict["summary"]


@pytest.mark.parametrize(
    ("gap", "root"),
    [
        ((NIC_1, NIC_2), "packet-loss"),
        ((("node-1", "cni0"), ("node-1", "flannel.1")), "packet-loss"),
        ((NIC_2, ("node-2", "flannel.1")), "netfilter-drop"),
        ((("node-1", "flannel.1"), ("node-2", "flannel.1")), "netfilter-drop"),
    ],
)
def test_a_counter_that_moved_where_the_packets_did_not_end_moved_for_others(
    world: World, gap: tuple[tuple[str, str], tuple[str, str]], root: str
) -> None:
    world.again = {"burst": once(11)}
    world.counters["node-2"] = counters([rule(DROP, 9)])
    world.counters_again = {"node-2": counters([rule(DROP, 12)])}
    lost_at(world, gap, 11)
    assert ask(world, {"burst": burst(6, 9)})["verdict"]["root_causes"] == [root]


@pytest.mark.parametrize(("text", "root"), [(DROP, "packet-loss"), (SYNS, "netfilter-drop")])
def test_connections_are_not_lost_by_a_rule_that_took_none_of_the_pings(world: World, text: str, root: str) -> None:
    """They went the same way; a rule that takes no pings may have taken them all the same."""
    world.again = {"burst": once(11)}
    world.counters["node-2"] = counters([rule(text, 4)])
    lost_at(world, (NIC_1, NIC_2), 11)
    verdict = ask(world, {"burst": burst(6, 9), "connections": growing("ooooo", "oolooooool", singles="ooo")})[
        "verdict"
    ]
    assert verdict["root_causes"] == [root]


def test_packets_for_another_next_hop_are_not_lost_between_the_nodes(world: World) -> None:
    world.again = {"burst": once(11)}
    lost_at(world, (NIC_1, NIC_2), 11, strayed=True)
    verdict = ask(world, {"burst": burst(6, 9)})["verdict"]
    assert verdict["confidence"] != "proven" and verdict["location"] == {"node": "node-1"}
    assert "another next hop" in verdict["summary"]


def test_captures_place_the_loss_on_a_node(world: World) -> None:
    world.again = {"burst": once(11)}
    lost_at(world, (("node-2", "flannel.1"), ("node-2", "cni0")), 11)
    verdict = ask(world, {"burst": burst(6, 9)})["verdict"]
    assert (verdict["root_causes"], verdict["location"]) == (["packet-loss"], {"node": "node-2"})
    assert "between flannel.1 and cni0" in verdict["summary"]


DICE = rule("ip saddr 10.244.2.4 numgen random mod 100 < 3 drop", None, backend="nft", handle=4, share=True)
BEHIND_IT = (("node-2", "flannel.1"), ("node-2", "cni0"))


def test_a_rule_that_counts_nothing_is_named_where_captures_saw_the_packets_end(world: World) -> None:
    world.again = {"burst": once(11)}
    world.counters_again = {"node-2": counters([DICE])}
    world.counters["node-2"] = counters([DICE], begin="00:00:08", end="00:00:09")
    lost_at(world, BEHIND_IT, 11)
    found = ask(world, {"burst": burst(6, 9)})
    verdict = found["verdict"]
    assert (verdict["root_causes"], verdict["confidence"]) == (["netfilter-drop"], "likely")
    assert verdict["location"] == {"node": "node-2"}
    assert "between flannel.1 and cni0" in verdict["summary"] and "counts nothing" in verdict["summary"]
    assert "nft delete rule" in verdict["remediation"]


@pytest.mark.parametrize(
    ("rules", "gap"),
    [
        ([DICE], (NIC_1, NIC_2)),  # lost before they came to the node that has it
        ([DICE, {**DICE, "handle": 5}], BEHIND_IT),  # which of the two?
        ([{**DICE, "text": "tcp dport 9090 numgen random mod 100 < 3 drop"}], BEHIND_IT),  # takes no pings
        ([DICE], (("node-2", "veth6"), ("node-2", "veth6"))),  # lost in the pod
    ],
)
def test_a_rule_that_counts_nothing_is_not_blamed_for_what_may_be_anothers(
    world: World, rules: list[Json], gap: tuple[tuple[str, str], tuple[str, str]]
) -> None:
    world.again = {"burst": once(11)}
    world.counters["node-2"] = counters(rules, begin="00:00:08", end="00:00:09")
    lost_at(world, gap, 11)
    assert ask(world, {"burst": burst(6, 9)})["verdict"]["root_causes"] == ["packet-loss"]


def test_a_tunnel_that_loses_many_when_many_are_sent_is_no_limit_of_pings(world: World) -> None:
    """Who carries a tunnel does not see that it is pings; a router on a plain way does, and may limit them."""
    quick = burst(60, 0)
    assert ask(world, {"burst": quick})["verdict"]["result"] == "healthy"
    world.again = {"burst": once(100)}
    lost_at(world, (NIC_1, NIC_2), 100)
    assert ask(world, {"burst": quick})["verdict"]["root_causes"] == ["packet-loss"]


def test_a_queue_takes_packets_and_connections_alike(world: World) -> None:
    some = growing("ooooo", "oooooooll", singles="ooo")
    drops = {"qdiscs": {"eth0 tbf 8001:": {"drops": [0, 64]}}}
    world.counters = {"node-1": counters(**drops)}
    verdict = ask(world, {"burst": burst(60, 2), "connections": some})["verdict"]
    assert (verdict["root_causes"], verdict["location"]) == (["nic-drops"], {"node": "node-1", "device": "eth0"})


# -- what goes and comes -------------------------------------------------------------------------------------------
TURNING = [
    ("route", "10.244.2.0/24 table 254 metric 0", ("gone", "via 10.244.2.0 dev flannel.1"), "rules-flapping"),
    ("link", "eth0", ("up", "without carrier"), "device-down"),
    ("neighbour", "10.244.2.4 dev cni0", ("02:00:00:00:00:01", "02:00:00:00:00:02"), "address-flapping"),
    ("forwarding", "all", ("on", "off"), "ip-forwarding-off"),
]


def turning(kind: str, name: str, states: tuple[str, ...]) -> Json:
    return {**counters(), "flapping": [{"kind": kind, "name": name, "states": list(states), "changes": 6}]}


@pytest.mark.parametrize(("kind", "name", "states", "root"), TURNING)
def test_what_goes_and_comes_on_the_way_is_the_cause_of_what_is_lost(
    world: World, kind: str, name: str, states: tuple[str, ...], root: str
) -> None:
    world.counters = {"node-1": turning(kind, name, states)}
    verdict = ask(world, {"burst": burst(20, 40)})["verdict"]
    assert verdict["root_causes"] == [root] and verdict["location"]["node"] == "node-1"
    assert "6 changes" in verdict["summary"]


@pytest.mark.parametrize(
    ("name", "roots"),
    [
        ("10.244.2.0/24", ["rules-flapping"]),
        ("10.244.0.0/16", ["rules-flapping"]),
        ("192.0.2.12/32", ["route-missing", "rules-flapping"]),
    ],
)
def test_a_route_that_the_snapshot_missed_is_one_that_goes_and_comes(world: World, name: str, roots: list[str]) -> None:
    """Where another one does, it is missing."""
    world.drop_route("node-1", "10.244.2.0/24")
    world.counters = {
        "node-1": turning("route", f"{name} table 254 metric 0", ("gone", "via 10.244.2.0 dev flannel.1"))
    }
    verdict = ask(world, {"tcp": "timed_out", "ping": "no_reply", "burst": burst(20, 40)})["verdict"]
    assert verdict["root_causes"] == roots, verdict["summary"]


def also(moved: Json, kind: str, name: str, *states: str) -> Json:
    return {**moved, "flapping": [*moved["flapping"], *turning(kind, name, states)["flapping"]]}


TO_NODE_2: Json = {"dst": "10.244.2.0/24", "gateway": "10.244.2.0", "dev": "flannel.1", "flags": ["onlink"]}


@pytest.mark.parametrize(
    ("beside", "confidence"),
    [
        ([], "proven"),
        ([{**TO_NODE_2, "metric": 200}], "likely"),  # takes the packets while the other one is gone
        ([{**TO_NODE_2, "dst": "10.244.3.0/24"}], "proven"),
    ],
)
def test_a_route_that_goes_and_comes_took_packets_where_no_other_has_them(
    world: World, beside: list[Json], confidence: str
) -> None:
    world.netns("node-1")["routes"] += beside
    states = ("gone", "via 10.244.2.0 dev flannel.1")
    world.counters = {"node-1": turning("route", "10.244.2.0/24 table 254 metric 0", states)}
    in_a_row = burst(20, 40)
    for stage in in_a_row["data"]["stages"]:
        lost = stage["sent"] - stage["received"]
        stage["times_ms"] = [*[0.3] * 40, *[None] * lost, *[0.3] * (stage["received"] - 40)]
    verdict = ask(world, {"burst": in_a_row})["verdict"]
    assert (verdict["root_causes"], verdict["confidence"]) == (["rules-flapping"], confidence), verdict["summary"]


def test_what_goes_with_its_device_is_no_second_cause(world: World) -> None:
    moved = turning("link", "flannel.1", ("down", "up"))
    moved = also(moved, "route", "10.244.2.0/24 table 254 metric 0", "gone", "via 10.244.2.0 dev flannel.1")
    world.counters = {"node-1": moved}
    verdict = ask(world, {"burst": burst(20, 40)})["verdict"]
    assert verdict["root_causes"] == ["device-down"] and verdict["location"] == {
        "node": "node-1",
        "device": "flannel.1",
    }


def test_a_route_that_the_snapshot_missed_went_with_its_device(world: World) -> None:
    world.drop_route("node-1", "10.244.2.0/24")
    moved = turning("link", "flannel.1", ("down", "up"))
    world.counters = {
        "node-1": also(moved, "route", "10.244.2.0/24 table 254 metric 0", "gone", "via 10.244.2.0 dev flannel.1")
    }
    found = ask(world, {"ping": "no_reply", "burst": burst(20, 40)})
    assert found["verdict"]["root_causes"] == ["device-down"], found["verdict"]["summary"]
    assert found["disagreements"] == []


def test_what_goes_without_its_device_is_one(world: World) -> None:
    moved = turning("link", "cni0", ("down", "up"))
    moved = also(moved, "route", "10.244.2.0/24 table 254 metric 0", "gone", "via 10.244.2.0 dev flannel.1")
    world.counters = {"node-1": moved}
    assert set(ask(world, {"burst": burst(20, 40)})["verdict"]["root_causes"]) == {"device-down", "rules-flapping"}


@pytest.mark.parametrize(
    ("states", "root"), [(("gone", "192.0.2.12"), "rules-flapping"), (("192.0.2.13", "192.0.2.12"), "address-flapping")]
)
def test_an_entry_that_goes_and_comes_is_no_address_that_moves(
    world: World, states: tuple[str, ...], root: str
) -> None:
    (mac,) = {link["mac"] for link in world.netns("node-2")["links"] if link["name"] == "flannel.1"}
    world.counters = {"node-1": turning("fdb", f"{mac} of flannel.1", states)}
    assert ask(world, {"burst": burst(20, 40)})["verdict"]["root_causes"] == [root]


@pytest.mark.parametrize(("state", "pod"), [("without carrier", "web-b"), ("down", None)])
def test_a_pods_device_has_a_carrier_while_its_other_end_is_up(world: World, state: str, pod: str | None) -> None:
    (port,) = [link["name"] for link in world.netns("node-2")["links"] if link["name"] == "vethwebb"]
    world.counters = {"node-2": turning("link", port, (state, "up"))}
    verdict = ask(world, {"burst": burst(20, 40)})["verdict"]
    assert verdict["root_causes"] == ["device-down"]
    assert verdict["location"].get("pod") == pod and verdict["location"]["device"] == ("eth0" if pod else port)


def test_forwarding_that_turns_harms_nobody_on_one_node(world: World) -> None:
    world.counters = {"node-1": turning("forwarding", "all", ("on", "off"))}
    found = world.diagnose("pod:default/client-1", "pod:default/web-a", 8080, outcomes={"burst": burst(20, 40)})
    assert "ip-forwarding-off" not in [one["id"] for one in found["findings"]]


@pytest.mark.parametrize(("kind", "name", "states", "root"), TURNING)
def test_without_harm_it_is_worth_knowing_only(
    world: World, kind: str, name: str, states: tuple[str, ...], root: str
) -> None:
    world.counters = {"node-1": turning(kind, name, states)}
    found = ask(world)
    assert found["verdict"]["result"] == "healthy"
    assert [one["severity"] for one in found["findings"] if one["id"] == root] == ["info"]


@pytest.mark.parametrize(
    ("kind", "name"),
    [("route", "10.99.0.0/16 table 254 metric 0"), ("link", "vethother"), ("neighbour", "192.0.2.77 dev eth0")],
)
def test_what_is_not_on_the_way_is_not_told(world: World, kind: str, name: str) -> None:
    world.counters = {"node-1": turning(kind, name, ("gone", "up"))}
    found = ask(world, {"burst": burst(20, 40)})
    assert found["verdict"]["root_causes"] == ["packet-loss"]
    assert not any("changes" in one["observed"] for one in found["findings"])


# -- the plan ------------------------------------------------------------------------------------------------------
def planned(world: World, tmp_path: pathlib.Path, outcomes: t.Mapping[str, t.Any]) -> Bundle:
    evidence = world.evidence("pod:default/client-1", "pod:default/web-b", 8080, outcomes=outcomes)
    bundle = Bundle.create(str(tmp_path / "bundle"), {"run_id": "3f9a1c02"})
    bundle.write_json("plan.json", evidence.plan)
    bundle.write_json("cluster.json.gz", world.cluster)
    for node in evidence.plan["nodes"]:
        bundle.write_snapshot(node, world.snapshots[node])
        mine = [probe for probe in evidence.probes if probe.node == node]
        bundle.add_probes(node, "probe", [one.request for one in mine], [one.result for one in mine])
    return bundle


def test_what_was_lost_in_part_is_sent_again_and_counted(world: World, tmp_path: pathlib.Path) -> None:
    bundle = planned(world, tmp_path, {"burst": burst(6, 9), "connections": growing("ooooo", "ooloolloll")})
    assert capture_wanted(bundle) == (True, "")
    again = {request["role"]: request for request in reprobes(bundle, "node-1")}
    assert set(again) == {"burst", "connections"}
    assert again["burst"]["id"].endswith("-again") and again["burst"]["once"] and again["burst"]["count"] == 300
    for node in ("node-1", "node-2"):
        plan = plan_captures(bundle, node)
        assert plan.to_arguments()["counters"] and plan.devices
        assert "counters" not in plan.ring(60)


def test_a_burst_that_lost_nothing_goes_with_connections_that_were_lost(world: World, tmp_path: pathlib.Path) -> None:
    bundle = planned(world, tmp_path, {"connections": growing("ooooo", "ooloolloll")})
    assert {request["role"] for request in reprobes(bundle, "node-1")} == {"burst", "connections"}


def test_lost_connections_are_placed_by_the_burst_beside_them(world: World) -> None:
    world.again = {"burst": once(11), "connections": growing("ooooo", "ooloolloll")}
    lost_at(world, (("node-2", "flannel.1"), ("node-2", "cni0")), 11)
    verdict = ask(world, {"connections": growing("ooooo", "ooloolloll")})["verdict"]
    assert (verdict["root_causes"], verdict["location"]) == (["packet-loss"], {"node": "node-2"})


@pytest.mark.parametrize(("again", "result"), [("ooool", "fault"), ("ooooo", "healthy")])
def test_one_of_a_few_connections_is_loss_where_it_is_one_again(world: World, again: str, result: str) -> None:
    few = growing("olooo", singles="ooo")
    world.again = {"connections": growing(again, singles="ooo")}
    verdict = ask(world, {"connections": few})["verdict"]
    assert verdict["result"] == result, verdict["summary"]


@pytest.mark.parametrize("outcomes", [{}, {"burst": burst(1, 0)}, {"connections": growing("ooooo", "oooooooool")}])
def test_chance_captures_nothing(world: World, tmp_path: pathlib.Path, outcomes: Json) -> None:
    assert not capture_wanted(planned(world, tmp_path, outcomes))[0]


# -- refusals ------------------------------------------------------------------------------------------------------
REJECT = "-A FORWARD -p tcp -m tcp --dport 8080 -m statistic --mode random --probability 0.25 -j REJECT"


def test_a_rule_that_refuses_a_part_is_named(world: World) -> None:
    world.counters = {"node-2": counters([{**rule(REJECT, 3), "ends": True}])}
    verdict = ask(world, {"connections": growing("ooooo", "ororoooooo", "o" * 20 + "roooo")})["verdict"]
    assert (verdict["root_causes"], verdict["location"]) == (["netfilter-reject"], {"node": "node-2"})
    assert "3 of 40" in verdict["summary"] and "refused" in verdict["summary"]


def test_refusals_that_nobody_explains_are_not_healthy(world: World) -> None:
    world.counters = {"node-2": counters([{**rule(REJECT, 40), "ends": True}])}
    verdict = ask(world, {"connections": growing("ooooo", "ororoooooo")})["verdict"]
    assert verdict["result"] == "inconclusive" and not verdict["root_causes"]


def test_one_refusal_while_a_server_restarts_is_no_fault(world: World) -> None:
    assert ask(world, {"connections": growing("ooooo", "oooooroooo")})["verdict"]["result"] == "healthy"
