# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands on the terminal: cilium-health's format to the character, and our findings in words."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._judge._verdict import judge
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._show import _cilium
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._show._text import View, render
from ansible_collections.podnet.diagnostics.tests.unit.plugins.plugin_utils._health.clusters import (
    NAMESPACE,
    NOW,
    Cluster,
    Json,
    cut,
    forward_drop,
    pairs,
)


def text(cluster: Cluster, **view: t.Any) -> str:
    matrix = cluster.matrix()
    return "\n".join(line.text for line in render(matrix, judge(matrix, NAMESPACE), View(NOW, **view)))


def own_view(cluster: Cluster, node: str, **flags: bool) -> list[str]:
    found = _cilium.view(cluster.matrix(), node)
    assert found
    return _cilium.render(found, **flags)


# -- columns -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "lines, aligned",
    [
        ([], []),
        (["no tab"], ["no tab"]),
        (["a\tb"], ["a   b"]),
        (["a\tb\tc", "aaaa\tb\tc"], ["a      b   c", "aaaa   b   c"]),
        (["a\tb", "none", "aaaa\tb"], ["a   b", "none", "aaaa   b"]),
        (["a\tb", "a\tbbbb\tc", "a\tb\tc"], ["a   b", "a   bbbb   c", "a   b      c"]),
        (["\tb"], ["   b"]),
        (["µs\tx", "abc\tx"], ["µs    x", "abc   x"]),
    ],
)
def test_columns_are_aligned_as_go_aligns_them(lines: list[str], aligned: list[str]) -> None:
    assert _cilium.align(lines) == aligned


# -- one node's own view -------------------------------------------------------------------------------------------
def dual_stack(report: Json) -> None:
    """Every node has a second address, which nobody probed."""
    for row in report["nodes"]:
        row["host"].append({"ip": "fd00::1", "icmp": {"status": None}, "http": {"status": None}})


def test_the_own_view_has_the_format_of_cilium_health() -> None:
    assert own_view(Cluster(3, pairs(("node-1", "node-3"))), "node-1") == [
        "Cluster health:        2/3 reachable   (2026-11-21T12:00:00Z)   (Probe interval: 1m0s)",
        "Name                   IP              Node                     Endpoints",
        "  node-1 (localhost)   192.0.2.11      1/1                      1/1",
        "  node-2               192.0.2.12      1/1                      1/1",
        "  node-3               192.0.2.13      0/1                      0/1",
    ]


def test_succinct_shows_what_is_unhealthy() -> None:
    lines = own_view(Cluster(3, pairs(("node-1", "node-3"))), "node-1", succinct=True)
    assert [line.split()[0] for line in lines] == ["Cluster", "Name", "node-3"]
    many = own_view(Cluster(20, cut("node-1")), "node-1", succinct=True)
    assert len(many) == 13 and many[-1] == "  ..."


def test_verbose_shows_every_probe() -> None:
    def rule(source, destination, path, protocol):
        return "refused" if (destination, path, protocol) == ("node-2", "endpoint", "http") else ""

    assert own_view(Cluster(2, rule), "node-2", verbose=True) == [
        "Cluster health:   1/2 reachable   (2026-11-21T12:00:00Z)   (Probe interval: 1m0s)",
        "Name              IP              Node                     Endpoints",
        "  node-2 (localhost):",
        "    Host connectivity to 192.0.2.12:",
        "      ICMP to stack:   OK, RTT=250µs   (Last probed: 2026-11-21T11:59:49Z)",
        "      HTTP to agent:   OK, RTT=250µs   (Last probed: 2026-11-21T11:59:49Z)",
        "    Endpoint connectivity to 10.244.0.7:",
        "      ICMP to stack:   OK, RTT=250µs        (Last probed: 2026-11-21T11:59:49Z)",
        "      HTTP to agent:   connection refused   (Last probed: 2026-11-21T11:59:49Z)",
        "  node-1:",
        "    Host connectivity to 192.0.2.11:",
        "      ICMP to stack:   OK, RTT=250µs   (Last probed: 2026-11-21T11:59:49Z)",
        "      HTTP to agent:   OK, RTT=250µs   (Last probed: 2026-11-21T11:59:49Z)",
        "    Endpoint connectivity to 10.244.0.6:",
        "      ICMP to stack:   OK, RTT=250µs   (Last probed: 2026-11-21T11:59:49Z)",
        "      HTTP to agent:   OK, RTT=250µs   (Last probed: 2026-11-21T11:59:49Z)",
    ]


def test_what_is_not_known_is_counted_apart() -> None:
    lines = own_view(
        Cluster(2, lambda source, destination, path, protocol: None if destination == "node-1" else ""), "node-2"
    )
    assert lines[3].split() == ["node-1", "192.0.2.11", "0/1", "(1", "unknown)", "0/1", "(1", "unknown)"]
    assert "2/2 reachable" in lines[0], "cilium-health does not count it against a node"


def test_a_node_without_a_target_has_no_endpoint() -> None:
    lines = own_view(
        Cluster(2, without={"node-1"}, rule=lambda source, destination, path, protocol: ""), "node-2", verbose=True
    )
    assert "    Endpoint connectivity:   nil" in lines


def test_the_view_of_a_silent_node_is_not_made_up() -> None:
    assert _cilium.view(Cluster(2, silent={"node-1": "timeout"}).matrix(), "node-1") is None


# -- as all others see it ------------------------------------------------------------------------------------------
def test_every_node_is_shown_as_the_others_see_it() -> None:
    lines = text(Cluster(3, cut("node-2"))).splitlines()
    assert lines[:5] == [
        "Cluster health:   2/3 reachable   (2026-11-21T12:00:00Z)   (Probe interval: 1m0s)",
        "Name              IP              Node                     Endpoints",
        "  node-1          192.0.2.11      1/2                      1/2",
        "  node-2          192.0.2.12      0/2                      0/2",
        "  node-3          192.0.2.13      1/2                      1/2",
    ]
    assert "UNHEALTHY" in lines and any(line.startswith("CRITICAL  node-2 is cut off") for line in lines)
    assert any("$ ansible-playbook podnet.diagnostics.diagnose -e diagnose_source=pod:" in line for line in lines)


def test_the_mesh_and_the_age_are_told() -> None:
    assert "Mesh: every node probes all 2 others, each 1m0s" in text(Cluster(3))
    assert "Results: the last results, 11 s old" in text(Cluster(3))
    assert "Results: probed now" in text(Cluster(3), probed=True)
    bounded = text(Cluster(61, partners=lambda number: [(number + step) % 61 + 1 for step in range(10)]))
    assert (
        "Mesh: every node probes 10 others and is probed by as many, new ones each 1m0s; all pairs within 6m0s"
        in bounded
    )
    assert "unknown (not yet probed)" in bounded and "10/10" in bounded


def test_old_results_are_called_stale() -> None:
    shown = text(Cluster(3, age=300.0))
    assert "0/3 reachable (3 unknown)" in shown and "stale: older than 3 intervals" in shown and "UNKNOWN" in shown


def test_what_is_set_aside_is_listed_apart() -> None:
    shown = text(Cluster(3, cut("node-3"), aside={"node-3": "NotReady (KubeletNotReady)"}))
    assert (
        "2/2 reachable" in shown
        and "Listed apart, not judged\n  node-3   NotReady (KubeletNotReady)" in shown
        and "\nHEALTHY" in shown
    )


def test_succinct_is_short() -> None:
    assert len(text(Cluster(3), succinct=True).splitlines()) < 9 and "..." not in text(
        Cluster(3, cut("node-2")), succinct=True
    )
    many = text(Cluster(120, cut("node-2")))
    assert "  node-2 " in many and "\n  ...\n" in many and "  node-3 " not in many
    shown = text(Cluster(20, forward_drop("node-2")), succinct=True)
    assert "CRITICAL  hosts-answer-pods-do-not: node-2" in shown and "node-7" not in shown and "Seen" not in shown


def test_verbose_names_the_asking_node() -> None:
    shown = text(Cluster(3, cut("node-2")), verbose=True)
    assert "      ICMP to stack, from node-1:            i/o timeout     (Last probed: 2026-11-21T11:59:49Z)" in shown
    assert "ICMP to stack, from node-2 (itself):" in shown
    assert len(text(Cluster(30, cut("node-2")), verbose=True).splitlines()) < 500


def test_a_name_cannot_steer_the_terminal() -> None:
    cluster = Cluster(3, cut("node-2"))
    matrix = cluster.matrix()
    evil = "node\x1b[2J\u202e-2\n"
    nodes = {
        evil if name == "node-2" else name: dataclasses.replace(node, name=evil if name == "node-2" else name)
        for name, node in matrix.nodes.items()
    }
    answers = {evil if name == "node-2" else name: answer for name, answer in matrix.answers.items()}
    seen = {
        t.cast(tuple[str, str], tuple(evil if name == "node-2" else name for name in pair)): value
        for pair, value in matrix.seen.items()
    }
    changed = dataclasses.replace(matrix, nodes=nodes, answers=answers, seen=seen)
    for verbose in (False, True):
        lines = [line.text for line in render(changed, judge(changed, NAMESPACE), View(NOW, verbose=verbose))]
        assert not any(character in line for line in lines for character in "\x1b\u202e\n") and any(
            "node\\x1b[2J" in line for line in lines
        )
