# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The matrix: old results, replaced pods, two rounds as one, whom to ask again, and what the columns add up to."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._judge._verdict import judge
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._read._matrix import build, merge
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._read._suspects import (
    MOST_SUSPECTS,
    MOST_WITNESSES,
    everybody,
    peers_document,
    requests,
    rows_and_columns,
    suspects,
)
from ansible_collections.podnet.diagnostics.tests.unit.plugins.plugin_utils._health.clusters import (
    NAMESPACE,
    Cluster,
    alarms,
    cut,
    fine,
    name,
    names,
    only,
    pairs,
)


def test_the_mesh_is_told() -> None:
    mesh = Cluster(3).matrix().mesh
    assert mesh and (mesh.partners, mesh.all_pairs, mesh.interval, mesh.coverage) == (2, True, 60.0, 60.0)
    bounded = (
        Cluster(61, partners=lambda number: [(number + step) % 61 + 1 for step in range(10)], interval=30.0)
        .matrix()
        .mesh
    )
    assert bounded and (bounded.partners, bounded.all_pairs, bounded.coverage) == (10, False, 180.0)


def test_a_failure_from_before_the_pod_was_ready_does_not_count() -> None:
    cluster = Cluster(3, cut("node-2"))
    nodes = cluster.nodes()
    target = nodes["node-2"].target
    assert target
    nodes["node-2"] = dataclasses.replace(nodes["node-2"], target=dataclasses.replace(target, ready_since=4e9))
    seen = build(nodes, cluster.answers()).seen["node-1", "node-2"]
    assert (seen.endpoint[0].http.reason, seen.host[0].http.state) == ("outdated", "failed")


def test_the_newer_result_counts_and_what_passed_again_is_told() -> None:
    """A probe that was lost is no fault."""
    first, second = Cluster(3, pairs(("node-1", "node-2")), age=30.0), Cluster(3, age=1.0)
    merged, transient = merge(first.answers(), second.answers())
    assert sorted(transient) == [
        ("node-1", "node-2", path, protocol) for path in ("endpoint", "host") for protocol in ("http", "icmp")
    ]
    matrix = dataclasses.replace(build(first.nodes(), merged), transient=transient)
    verdict = judge(matrix, NAMESPACE)
    assert verdict.result == "healthy" and only(verdict, "transient-failure").nodes == names(1, 2)


def test_an_older_answer_changes_nothing() -> None:
    merged, transient = merge(Cluster(3, age=1.0).answers(), Cluster(3, cut("node-2"), age=30.0).answers())
    assert not transient and judge(build(Cluster(3).nodes(), merged), NAMESPACE).result == "healthy"


def test_a_second_round_without_an_answer_changes_nothing() -> None:
    first = Cluster(3, cut("node-2")).answers()
    merged, transient = merge(first, Cluster(3, silent=dict.fromkeys(names(1, 2, 3), "timeout")).answers())
    assert merged == first and not transient


def test_the_second_round_probes_the_rows_and_columns_of_suspects() -> None:
    matrix = Cluster(6, pairs(("node-2", "node-4"))).matrix()
    assert suspects(matrix) == ["node-2", "node-4"]
    asked = {request.node: request.peers for request in requests(matrix, suspects(matrix))}
    assert asked["node-2"] == asked["node-4"] == names(1, 2, 3, 4, 5, 6)
    assert asked["node-1"] == asked["node-6"] == ("node-2", "node-4")


def test_nothing_is_asked_again_where_nothing_failed() -> None:
    matrix = Cluster(6).matrix()
    assert suspects(matrix) == [] and requests(matrix, []) == []


def test_what_is_set_aside_is_no_suspect_and_who_was_silent_is_not_asked_again() -> None:
    assert suspects(Cluster(4, cut("node-2"), aside={"node-2": "NotReady"}).matrix()) == []
    matrix = Cluster(4, cut("node-2"), silent={"node-2": "timeout"}).matrix()
    assert "node-2" in suspects(matrix) and "node-2" not in {
        request.node for request in requests(matrix, suspects(matrix))
    }


def test_old_failures_are_asked_again_too() -> None:
    assert suspects(Cluster(4, pairs(("node-1", "node-2")), age=500.0).matrix()) == ["node-1", "node-2"]


def test_the_second_round_is_bounded() -> None:
    count = 600
    matrix = Cluster(
        count,
        cut(*(name(number) for number in range(1, count, 3))),
        zones=lambda number: f"z{number % 3}",
        partners=lambda number: [(number + step) % count + 1 for step in range(5)],
    ).matrix()
    asked = requests(matrix, suspects(matrix))
    assert len(suspects(matrix)) == MOST_SUSPECTS and len(asked) <= MOST_WITNESSES + MOST_SUSPECTS
    assert sum(len(request.peers) for request in asked) < 8000
    assert {matrix.nodes[request.node].zone for request in asked} == {"z0", "z1", "z2"}


def test_a_few_nodes_probe_the_addresses_of_now_and_many_their_own_partners() -> None:
    asked = {
        request.node: request.peers
        for request in everybody(Cluster(4, aside={"node-3": "NotReady"}, without={"node-4"}).nodes(), True)
    }
    assert asked["node-1"] == names(1, 2) and asked["node-3"] == names(3, 1, 2)
    assert {request.peers for request in everybody(Cluster(31).nodes(), True)} == {()}
    assert {request.peers for request in everybody(Cluster(3).nodes(), False)} == {()}


def test_some_nodes_are_asked_about() -> None:
    asked = {
        request.node: request.peers for request in rows_and_columns(Cluster(4, without={"node-3"}).matrix(), ["node-2"])
    }
    assert asked == {"node-1": ("node-2",), "node-2": names(1, 2, 4), "node-4": ("node-2",)}


def test_the_peers_that_an_agent_reads() -> None:
    document = json.loads(peers_document(list(Cluster(2, without={"node-2"}).nodes().values())))
    assert document == {
        "schema": "podnet.diagnostics/peers/v1",
        "peers": [
            {
                "node": "node-1",
                "host": ["192.0.2.11"],
                "pod": "network-check-target-1",
                "uid": "uid-1",
                "endpoint": ["10.244.0.6"],
                "ready": True,
            },
            {"node": "node-2", "host": ["192.0.2.12"], "pod": "", "uid": "", "endpoint": [], "ready": False},
        ],
    }


def test_a_sick_pair_in_a_bounded_mesh_is_told_from_a_sick_node_by_the_second_round() -> None:
    """Of node-7's column only one failure is known, so that it could be the node; asked again, the others reach it."""

    def rule(source: str, destination: str, path: str, protocol: str) -> str | None:
        return pairs(("node-6", "node-7"))(source, destination, path, protocol)

    def one_partner(number: int) -> t.Sequence[int]:
        return [number % 60 + 1]

    first = Cluster(60, rule, partners=one_partner, age=30.0)
    matrix = first.matrix()
    wanted = {request.node: request.peers for request in requests(matrix, suspects(matrix))}
    second = Cluster(60, rule, partners=lambda number: [int(peer[5:]) for peer in wanted[name(number)]], age=1.0)
    merged, transient = merge(first.answers(), second.answers())
    verdict = judge(dataclasses.replace(build(first.nodes(), merged), transient=transient), NAMESPACE)
    assert alarms(verdict) == [("pair-fault", ("node-6", "node-7"))]
    assert "the way back works" in only(verdict, "pair-fault").observed


def test_large_matrices_keep_what_matters() -> None:
    """What is old and was good is counted, what is old and was bad is kept."""
    old = Cluster(150, fine, age=400.0, partners=lambda number: [number % 150 + 1]).matrix()
    assert not old.seen and old.stale == 300
    assert (
        len(
            Cluster(150, pairs(("node-1", "node-2")), age=400.0, partners=lambda number: [number % 150 + 1])
            .matrix()
            .seen
        )
        == 1
    )
