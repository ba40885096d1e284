# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verdict on constructed matrices: the right fault by its name, nobody else blamed, no alarm where nothing is
wrong.
"""

from __future__ import annotations

import random
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._judge._statements import Verdict
from ansible_collections.podnet.diagnostics.tests.unit.plugins.plugin_utils._health.clusters import (
    Cluster,
    Json,
    Rule,
    alarms,
    cut,
    fine,
    forward_drop,
    name,
    names,
    only,
    pairs,
)

SIZES = [2, 3, 4, 10, 30]


def by_thirds(number: int) -> str:
    return "abc"[number % 3]


def ids(verdict: Verdict) -> set[str]:
    return {finding.id for finding in verdict.findings}


# -- nothing is wrong ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, *SIZES])
@pytest.mark.parametrize("zones", [None, by_thirds])
def test_a_healthy_cluster_has_no_finding(count: int, zones: t.Callable[[int], str] | None) -> None:
    verdict = Cluster(count, zones=zones).verdict()
    assert (verdict.result, verdict.findings) == ("healthy", ())
    assert set(verdict.states.values()) == {"healthy"}


def test_icmp_that_is_filtered_everywhere_is_no_fault() -> None:
    verdict = Cluster(4, lambda source, destination, path, protocol: "timeout" if protocol == "icmp" else "").verdict()
    assert verdict.result == "healthy"
    assert {(finding.id, finding.severity) for finding in verdict.findings} == {("icmp-filtered", "info")}


def test_nodes_that_answer_no_pod_by_a_firewall_are_no_fault() -> None:
    verdict = Cluster(
        4, lambda source, destination, path, protocol: "timeout" if path == "host" and source != destination else ""
    ).verdict()
    assert verdict.result == "healthy" and only(verdict, "host-does-not-answer").severity == "info"


def test_a_kubelet_port_that_no_pod_may_reach_is_no_fault() -> None:
    verdict = Cluster(
        4, lambda source, destination, path, protocol: "timeout" if (path, protocol) == ("host", "http") else ""
    ).verdict()
    assert verdict.result == "healthy" and only(verdict, "http-failing").severity == "info"


@pytest.mark.parametrize(
    "reason", ["NotReady (NodeStatusUnknown)", "unschedulable (cordoned or drained)", "leaving (taint x)"]
)
def test_a_node_that_is_set_aside_raises_no_alarm(reason: str) -> None:
    verdict = Cluster(4, cut("node-2"), aside={"node-2": reason}, silent={"node-2": "timeout"}).verdict()
    assert (verdict.result, verdict.states["node-2"]) == ("healthy", "aside")
    assert only(verdict, "nodes-set-aside").nodes == ("node-2",) and reason in only(verdict, "nodes-set-aside").observed


def test_failures_of_an_address_that_the_pod_had_before_do_not_count() -> None:
    def other_address(report: Json) -> None:
        for row in report["nodes"]:
            if row["node"] == "node-2":
                row["endpoint"][0].update(ip="10.244.99.9", icmp=broken, http=broken)

    broken = {"status": "i/o timeout", "latency": None, "last_probed": "2026-11-21T11:59:50Z", "reason": "timeout"}
    verdict = Cluster(4, changes=other_address).verdict()
    assert not alarms(verdict) and verdict.states["node-2"] == "unknown"


# -- nodes ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [3, 4, 10, 30])
@pytest.mark.parametrize(
    "rule, ident",
    [
        (cut("node-2"), "node-isolated"),
        (forward_drop("node-2"), "hosts-answer-pods-do-not"),
        (
            lambda source, destination, path, protocol: "timeout" if destination == "node-2" != source else "",
            "node-unreachable",
        ),
        (
            lambda source, destination, path, protocol: "timeout" if source == "node-2" != destination else "",
            "node-cannot-reach-others",
        ),
        (
            lambda source, destination, path, protocol: (
                "timeout" if path == "endpoint" and source != destination == "node-2" else ""
            ),
            "hosts-answer-pods-do-not",
        ),
        (
            lambda source, destination, path, protocol: (
                "timeout" if path == "endpoint" and destination != source == "node-2" else ""
            ),
            "hosts-answer-pods-do-not",
        ),
        (
            lambda source, destination, path, protocol: (
                "timeout" if path == "endpoint" and source != destination and "node-2" in (source, destination) else ""
            ),
            "hosts-answer-pods-do-not",
        ),
    ],
)
def test_one_sick_node_is_named_and_nobody_else(count: int, rule: Rule, ident: str) -> None:
    verdict = Cluster(count, rule).verdict()
    assert verdict.result == "unhealthy" and alarms(verdict) == [(ident, ("node-2",))]
    assert [node for node, state in verdict.states.items() if state != "healthy"] == ["node-2"]
    finding = only(verdict, ident)
    assert finding.evidence and all("node-2" in (cell.source, cell.destination) for cell in finding.evidence)
    assert (
        finding.pair
        and "node-2" in finding.pair
        and "podnet.diagnostics.diagnose -e diagnose_source=pod:" in finding.remediation
    )


@pytest.mark.parametrize("sick", [names(2), names(2, 3), names(2, 5, 9)])
def test_several_sick_nodes_are_named_each(sick: tuple[str, ...]) -> None:
    verdict = Cluster(12, cut(*sick)).verdict()
    assert sorted(alarms(verdict)) == [("node-isolated", (node,)) for node in sick]


def test_two_different_faults_at_once() -> None:
    def rule(source: str, destination: str, path: str, protocol: str) -> str:
        return (
            cut("node-2")(source, destination, path, protocol)
            or forward_drop("node-7")(source, destination, path, protocol)
            or ""
        )

    assert sorted(alarms(Cluster(10, rule).verdict())) == [
        ("hosts-answer-pods-do-not", ("node-7",)),
        ("node-isolated", ("node-2",)),
    ]


def test_a_node_whose_agent_is_out_of_reach_too_is_cut_off() -> None:
    verdict = Cluster(4, cut("node-2"), silent={"node-2": "timeout"}).verdict()
    assert alarms(verdict) == [("node-isolated", ("node-2",))] and len(verdict.findings) == 1
    assert (
        "could not be asked" in only(verdict, "node-isolated").observed and "nor does the API server" in verdict.summary
    )


def test_an_agent_that_does_not_answer_is_unknown_and_its_column_is_what_the_others_see() -> None:
    verdict = Cluster(4, silent={"node-2": "timeout"}).verdict()
    assert (verdict.result, verdict.states["node-2"], verdict.states["node-1"]) == ("unknown", "unknown", "healthy")
    assert "node-2" in verdict.summary and only(verdict, "agent-not-answering").nodes == ("node-2",)


def test_one_node_that_answers_no_pod_is_odd_but_no_alarm() -> None:
    verdict = Cluster(
        5,
        lambda source, destination, path, protocol: (
            "timeout" if path == "host" and source != destination == "node-2" else ""
        ),
    ).verdict()
    assert verdict.result == "healthy" and only(verdict, "host-does-not-answer").severity == "minor"


def test_most_of_many_witnesses_are_enough() -> None:
    """One path of eleven still works, by an entry that has not expired."""

    def rule(source: str, destination: str, path: str, protocol: str) -> str:
        return (
            ""
            if {source, destination} == {"node-2", "node-9"}
            else t.cast(str, cut("node-2")(source, destination, path, protocol))
        )

    assert alarms(Cluster(12, rule).verdict()) == [("node-isolated", ("node-2",))]


# -- everything ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [3, 10])
def test_nothing_passes_between_any_nodes(count: int) -> None:
    verdict = Cluster(count, forward_drop(*names(*range(1, count + 1)))).verdict()
    assert [ident for ident, _nodes in alarms(verdict)] == ["hosts-answer-pods-do-not"]
    assert "No pod reaches another node" in verdict.summary


def test_the_overlay_is_broken_everywhere() -> None:
    verdict = Cluster(
        5, lambda source, destination, path, protocol: "timeout" if path == "endpoint" and source != destination else ""
    ).verdict()
    assert [ident for ident, _nodes in alarms(verdict)] == ["hosts-answer-pods-do-not"]
    assert verdict.summary.startswith("The nodes answer, but no pod")


# -- pairs ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("count", SIZES)
@pytest.mark.parametrize("both", [False, True])
def test_one_sick_pair_is_told_from_a_sick_node(count: int, both: bool) -> None:
    bad = [("node-1", "node-2"), ("node-2", "node-1")][: 2 if both else 1]
    verdict = Cluster(count, pairs(*bad)).verdict()
    assert alarms(verdict) == [("pair-fault", ("node-1", "node-2"))]
    finding = only(verdict, "pair-fault")
    assert ("both directions" if both else "one direction") in finding.observed
    assert finding.pair in bad and finding.cells == 4 * len(bad)


@pytest.mark.parametrize("count", [3, 10])
def test_a_pair_whose_pods_alone_fail(count: int) -> None:
    verdict = Cluster(count, pairs(("node-1", "node-2"), ("node-2", "node-1"), path="endpoint")).verdict()
    assert alarms(verdict) == [("pair-fault", ("node-1", "node-2"))] and "while the nodes answer" in verdict.summary


def test_several_pairs_are_several_findings() -> None:
    verdict = Cluster(10, pairs(("node-1", "node-2"), ("node-3", "node-4"), ("node-4", "node-3"))).verdict()
    assert sorted(nodes for _ident, nodes in alarms(verdict)) == [names(1, 2), names(3, 4)]


def test_very_many_pairs_are_told_in_few_lines() -> None:
    rng = random.Random(4)
    bad = {(name(a), name(b)) for a, b in (rng.sample(range(1, 31), 2) for _turn in range(60))}
    verdict = Cluster(30, pairs(*bad)).verdict()
    assert {ident for ident, _nodes in alarms(verdict)} == {"pair-fault"} and len(alarms(verdict)) == 11


# -- zones ---------------------------------------------------------------------------------------------------------
def border(*zones: str, path: str = "") -> Rule:
    def zone(node: str) -> str:
        return by_thirds(int(node.partition("-")[2]))

    return lambda source, destination, where, protocol: (
        "timeout" if {zone(source), zone(destination)} == set(zones) and path in ("", where) else ""
    )


def test_two_zones_between_which_nothing_passes() -> None:
    verdict = Cluster(9, border("a", "b"), zones=by_thirds).verdict()
    assert [ident for ident, _nodes in alarms(verdict)] == ["zone-fault"]
    assert only(verdict, "zone-fault").zones == ("a", "b") and "node-2" not in {*only(verdict, "zone-fault").nodes} - {
        *names(1, 3, 4, 6, 7, 9)
    }
    assert verdict.states["node-2"] == "healthy"


def test_one_direction_between_two_zones() -> None:
    def rule(source, destination, path, protocol):
        return "timeout" if (by_thirds(int(source[5:])), by_thirds(int(destination[5:]))) == ("a", "b") else ""

    verdict = Cluster(9, rule, zones=by_thirds).verdict()
    assert alarms(verdict)[0][0] == "zone-fault" and "from zone a to zone b" in verdict.summary


def test_pods_alone_fail_between_zones() -> None:
    verdict = Cluster(9, border("a", "b", path="endpoint"), zones=by_thirds).verdict()
    assert verdict.summary.startswith("Nodes answer, but pods reach no pod between zone a and zone b")


def test_a_zone_whose_nodes_are_all_cut_off_is_one_fault() -> None:
    verdict = Cluster(
        12, cut(*(name(number) for number in range(1, 13) if by_thirds(number) == "a")), zones=by_thirds
    ).verdict()
    assert [ident for ident, _nodes in alarms(verdict)] == ["zone-fault"]
    assert only(verdict, "zone-fault").zones == ("a",)


def test_a_node_that_is_a_zone_of_its_own_is_a_node() -> None:
    verdict = Cluster(5, cut("node-1"), zones=lambda number: "a" if number == 1 else "b").verdict()
    assert alarms(verdict) == [("node-isolated", ("node-1",))] and "only node of zone a" in verdict.summary


def test_the_same_fault_without_zones_is_told_as_pairs() -> None:
    assert {ident for ident, _nodes in alarms(Cluster(9, border("a", "b")).verdict())} == {"pair-fault"}


# -- HTTP and ICMP -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("reason", ["refused", "bad_reply", "wrong_pod", "timeout"])
def test_http_that_fails_alone_is_a_fault_of_the_server(reason: str) -> None:
    verdict = Cluster(
        4,
        lambda source, destination, path, protocol: (
            reason if (destination, path, protocol) == ("node-2", "endpoint", "http") != source else ""
        ),
    ).verdict()
    assert alarms(verdict) == [("http-failing", ("node-2",))]
    assert all(cell.protocol == "http" for cell in only(verdict, "http-failing").evidence)


def test_a_refused_connection_without_icmp_came_over_a_network_that_works() -> None:
    verdict = Cluster(
        4,
        lambda source, destination, path, protocol: (
            ("refused" if protocol == "http" else "timeout") if (destination, path) == ("node-2", "endpoint") else ""
        ),
    ).verdict()
    assert alarms(verdict) == [("http-failing", ("node-2",))]


def test_icmp_that_fails_to_one_node_is_told() -> None:
    verdict = Cluster(
        4,
        lambda source, destination, path, protocol: "timeout" if (destination, protocol) == ("node-2", "icmp") else "",
    ).verdict()
    assert verdict.result == "healthy" and {finding.nodes for finding in verdict.findings} == {("node-2",)}


def test_icmp_that_was_not_measured_hides_nothing() -> None:
    def rule(source, destination, path, protocol):
        return None if protocol == "icmp" else cut("node-2")(source, destination, path, protocol)

    assert alarms(Cluster(4, rule).verdict()) == [("node-isolated", ("node-2",))]
    assert (
        Cluster(4, lambda source, destination, path, protocol: None if protocol == "icmp" else "").verdict().result
        == "healthy"
    )


# -- too little ----------------------------------------------------------------------------------------------------
def test_nothing_probed_is_unknown() -> None:
    verdict = Cluster(3, lambda *unused: None).verdict()
    assert verdict.result == "unknown" and set(verdict.states.values()) == {"unknown"}
    assert only(verdict, "pairs-not-yet-probed").severity == "info"


def test_old_results_are_unknown_whatever_they_say() -> None:
    for rule in (fine, cut("node-2")):
        verdict = Cluster(3, rule, age=200.0).verdict()
        assert verdict.result == "unknown" and not alarms(verdict)
        assert "three probe intervals" in only(verdict, "results-stale").title
    assert only(verdict, "failed-earlier").cells == 4


def test_results_of_a_little_less_than_three_intervals_count() -> None:
    assert Cluster(3, cut("node-2"), age=175.0).verdict().result == "unhealthy"


def test_no_agent_answers() -> None:
    verdict = Cluster(3, silent=dict.fromkeys(names(1, 2, 3), "timeout")).verdict()
    assert verdict.result == "unknown" and len(only(verdict, "agent-not-answering").nodes) == 3


def test_a_missing_target_pod_and_one_that_is_not_ready() -> None:
    verdict = Cluster(4, without={"node-2"}).verdict()
    assert (verdict.result, verdict.states["node-2"]) == ("unknown", "unknown")
    assert only(verdict, "target-missing").nodes == ("node-2",)

    def rule(source, destination, path, protocol):
        return None if (destination, path) == ("node-2", "endpoint") else ""

    verdict = Cluster(4, rule, not_ready={"node-2"}, silent={"node-2": "not_running"}).verdict()
    assert (
        verdict.result == "unknown"
        and only(verdict, "target-not-ready").nodes == ("node-2",)
        and "agent-not-answering" not in ids(verdict)
    )


@pytest.mark.parametrize("protocols", [("http",), ("icmp", "http")])
def test_a_target_that_is_not_ready_and_does_not_answer_is_no_fault_of_the_network(protocols: tuple[str, ...]) -> None:
    verdict = Cluster(
        4,
        lambda source, destination, path, protocol: (
            "timeout" if (destination, path) == ("node-2", "endpoint") and protocol in protocols else ""
        ),
        not_ready={"node-2"},
    ).verdict()
    assert not alarms(verdict) and verdict.states["node-2"] == "unknown" and "not Ready" in verdict.summary
    assert alarms(Cluster(4, cut("node-2"), not_ready={"node-2"}).verdict()) == [("node-isolated", ("node-2",))]


def test_a_node_that_is_cut_off_and_has_no_target() -> None:
    def rule(source, destination, path, protocol):
        return (
            None
            if (destination, path) == ("node-2", "endpoint")
            else cut("node-2")(source, destination, path, protocol)
        )

    verdict = Cluster(4, rule, without={"node-2"}).verdict()
    assert alarms(verdict) == [("node-unreachable", ("node-2",))]


# -- a bounded mesh ------------------------------------------------------------------------------------------------
def ring(count: int, partners: int) -> t.Callable[[int], list[int]]:
    """Every node probes the next ones and is probed by as many."""
    return lambda number: [(number - 1 + step) % count + 1 for step in range(1, partners + 1)]


def test_a_bounded_mesh_that_is_healthy() -> None:
    verdict = Cluster(60, partners=ring(60, 5)).verdict()
    assert verdict.result == "healthy" and ids(verdict) == {"pairs-not-yet-probed"}


def test_a_sick_node_in_a_bounded_mesh() -> None:
    verdict = Cluster(60, cut("node-7"), partners=ring(60, 5)).verdict()
    assert alarms(verdict) == [("node-isolated", ("node-7",))]


def test_a_sick_pair_in_a_bounded_mesh() -> None:
    verdict = Cluster(60, pairs(("node-7", "node-8")), partners=ring(60, 5)).verdict()
    assert alarms(verdict) == [("pair-fault", ("node-7", "node-8"))]


# -- asked about some nodes ----------------------------------------------------------------------------------------
def test_only_some_nodes_are_asked_about() -> None:
    assert Cluster(4, cut("node-2")).verdict(only=["node-3"]).result == "healthy"
    verdict = Cluster(4, cut("node-2")).verdict(only=["node-2", "node-3"])
    assert verdict.result == "unhealthy" and alarms(verdict) == [("node-isolated", ("node-2",))]


# -- by chance -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("seed", range(40))
def test_whatever_is_broken_nobody_sound_is_named_as_a_node_fault(seed: int) -> None:
    """Random sick nodes and pairs among many sound ones: a node fault names sick nodes only, and every sick one."""
    rng = random.Random(seed)
    count = rng.randint(8, 25)
    order = rng.sample(range(1, count + 1), count)
    sick, rest = {name(number) for number in order[: rng.randint(0, count // 4)]}, order[count // 4 :]
    bad = {(name(rest[2 * index]), name(rest[2 * index + 1])) for index in range(rng.randint(0, 2))}

    def rule(source: str, destination: str, path: str, protocol: str) -> str:
        return cut(*sick)(source, destination, path, protocol) or pairs(*bad)(source, destination, path, protocol) or ""

    verdict = Cluster(count, rule).verdict()
    assert {nodes[0] for ident, nodes in alarms(verdict) if ident == "node-isolated"} == sick
    assert {nodes for ident, nodes in alarms(verdict) if ident == "pair-fault"} == bad
    assert verdict.result == ("unhealthy" if sick or bad else "healthy")


def test_what_agents_cannot_do_is_told_once() -> None:
    def troubled(report: Json) -> None:
        report["errors"] = ["Cannot ping: Permission denied", 5, "\x1b[2J"]

    verdict = Cluster(
        3, lambda source, destination, path, protocol: None if protocol == "icmp" else "", changes=troubled
    ).verdict()
    assert verdict.result == "healthy"
    assert [
        finding.title
        for finding in verdict.findings
        if "Cannot ping" in finding.title and finding.nodes == names(1, 2, 3)
    ]
    assert not any("\x1b" in finding.title for finding in verdict.findings)


@pytest.mark.parametrize("seed", range(40))
def test_in_a_bounded_mesh_too_nobody_sound_is_named(seed: int) -> None:
    """Each node has ten partners by chance; two kinds of node faults, some of the sick nodes silent, and single
    pairs.
    """
    rng = random.Random(seed)
    count = rng.randint(15, 50)
    order = rng.sample(range(1, count + 1), count)
    isolated, dropping = set(names(*order[: rng.randint(0, 2)])), set(names(*order[2 : 2 + rng.randint(0, 2)]))
    bad = {(name(order[4]), name(order[5]))} if rng.random() < 0.5 else set()

    def rule(source: str, destination: str, path: str, protocol: str) -> str:
        return next(
            filter(
                None,
                (
                    each(source, destination, path, protocol)
                    for each in (cut(*isolated), forward_drop(*dropping), pairs(*bad))
                ),
            ),
            "",
        )

    partners = {
        number: rng.sample([other for other in range(1, count + 1) if other != number], 10)
        for number in range(1, count + 1)
    }
    silent = {node: "timeout" for node in isolated if rng.random() < 0.5}
    verdict = Cluster(count, rule, partners=partners.__getitem__, silent=silent).verdict()
    named = {nodes[0] for ident, nodes in alarms(verdict) if ident != "pair-fault"}
    assert named == isolated | dropping
    assert verdict.result == (
        "unhealthy" if named or any(int(end[5:]) in partners[int(start[5:])] for start, end in bad) else verdict.result
    )
