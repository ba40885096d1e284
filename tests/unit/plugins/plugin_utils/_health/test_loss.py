# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shares in the matrix: bursts of packets of which some are lost."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._judge._verdict import judge
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._show._html import render_html
from ansible_collections.podnet.diagnostics.tests.unit.plugins.plugin_utils._health.clusters import (
    NAMESPACE,
    NOW,
    Cluster,
    alarms,
    cut,
    only,
)

Json = dict[str, t.Any]


def lossy(source: str, *destinations: str, lost: t.Any = 6, sent: t.Any = 20) -> t.Callable[[Json], None]:
    """The agent on `source` counted bursts, and lost some of those to `destinations`."""

    def change(report: Json) -> None:
        for row in report["nodes"]:
            for path in ("host", "endpoint"):
                for entry in row[path]:
                    bad = report["node"] == source and row["node"] in destinations
                    entry["icmp"].update(sent=sent if bad else 20, lost=lost if bad else 0)

    return change


def test_a_lossy_pair_is_a_fault_with_its_share_and_what_to_run() -> None:
    verdict = Cluster(4, changes=lossy("node-1", "node-3")).verdict()
    assert alarms(verdict) == [("packet-loss", ("node-1", "node-3"))]
    found = only(verdict, "packet-loss")
    assert "node-1 → node-3: 6 of 20, 12 to 54 %" in found.observed
    assert found.pair == ("node-1", "node-3")
    assert "podnet.diagnostics.diagnose" in found.remediation


def test_a_node_that_is_in_every_lossy_pair_is_named_alone() -> None:
    verdict = Cluster(4, changes=lossy("node-2", "node-1", "node-3", "node-4")).verdict()
    assert alarms(verdict) == [("packet-loss", ("node-2",))]


@pytest.mark.parametrize("lost", [0, 1])
def test_a_lone_packet_is_no_loss(lost: int) -> None:
    assert Cluster(4, changes=lossy("node-1", "node-3", lost=lost)).verdict().result == "healthy"


def test_a_node_that_is_cut_off_is_not_told_twice() -> None:
    verdict = Cluster(5, cut("node-2"), changes=lossy("node-1", "node-2")).verdict()
    assert [ident for ident, _nodes in alarms(verdict)] == ["node-isolated"]


@pytest.mark.parametrize("lost, sent", [(-3, 20), ("many", 20), (20, "x"), (5, -1), (None, None), (1e9, 1e9)])
def test_counts_that_make_no_sense_are_none(lost: t.Any, sent: t.Any) -> None:
    assert Cluster(4, changes=lossy("node-1", "node-3", lost=lost, sent=sent)).verdict().result == "healthy"


def test_the_picture_shows_the_share_and_not_a_colour_alone() -> None:
    matrix = Cluster(4, changes=lossy("node-1", "node-3")).matrix()
    verdict = judge(matrix, NAMESPACE)
    page = render_html(matrix, verdict, time=NOW, cluster="c", namespace=NAMESPACE, probed=True)
    assert "-30 %" in page
    assert "6 of 20, 12 to 54 % lost" in page
