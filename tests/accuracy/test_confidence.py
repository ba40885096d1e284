# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How sure a verdict is when something is taken away from a recorded run: the proof, or the rule that explains it."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from podnet_accuracy import doubt
from podnet_accuracy.recording import analyse, path_of, unpack

Json = dict[str, t.Any]
DROPPED = ("drop-udp-server", "iptables")
RULE = "--dport 5353 -j DROP"


@pytest.fixture(name="bundle")
def _bundle(tmp_path: Path) -> Path:
    unpack(path_of(*DROPPED), tmp_path)
    return tmp_path


def _verdict(bundle: Path) -> Json:
    verdict: Json = analyse(bundle)["verdict"]
    return verdict


def test_with_all_of_it_the_cause_is_proven(bundle: Path) -> None:
    verdict = _verdict(bundle)
    assert (verdict["root_cause"], verdict["location"], verdict["confidence"]) == (
        "netfilter-drop",
        {"node": "node-2"},
        "proven",
    )
    assert "never on cni0 of node-2" in verdict["proof"] and "NETFILTER_DROP" in verdict["proof"]


@pytest.mark.parametrize("take_away", [doubt.without_captures, doubt.captures_that_lost])
def test_a_simulation_that_is_right_without_evidence_is_likely_and_no_more(
    bundle: Path, take_away: t.Callable[[Path], None]
) -> None:
    take_away(bundle)
    doubt.without_counters(bundle)
    verdict = _verdict(bundle)
    assert (verdict["root_cause"], verdict["location"]) == ("netfilter-drop", {"node": "node-2"})
    assert verdict["confidence"] == "likely" and verdict["proof"] == ""


def test_evidence_without_a_rule_that_explains_it_names_the_gap_and_no_cause(bundle: Path) -> None:
    assert doubt.without_rule(bundle, "node-2", RULE) == 1
    verdict = _verdict(bundle)
    assert (verdict["result"], verdict["root_causes"], verdict["location"]) == ("inconclusive", [], {})
    assert "seen last on flannel.1 of node-2, never on cni0 of node-2" in verdict["summary"]
    assert "NETFILTER_DROP in nft_do_chain" in verdict["summary"]


def test_with_neither_nothing_is_named(bundle: Path) -> None:
    doubt.without_rule(bundle, "node-2", RULE)
    doubt.captures_that_lost(bundle)
    verdict = _verdict(bundle)
    assert (verdict["result"], verdict["root_causes"], verdict["location"]) == ("inconclusive", [], {})
    assert "seen last" not in verdict["summary"] and "NETFILTER_DROP" not in verdict["summary"]


@pytest.mark.parametrize(
    ("what", "counts"), [("loss-statistic", {"icmp": 40, "burst": 300}), ("drop-udp-server", {"udp": 2})]
)
def test_a_share_of_loss_is_asked_for_again_often_enough(tmp_path: Path, what: str, counts: dict[str, int]) -> None:
    """Two of two pings may pass where a third is lost; of 40, none is lost once in a million; a burst shows less."""
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle import Bundle
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._captures import reprobes

    unpack(path_of(what, "iptables"), tmp_path)
    asked = reprobes(Bundle.open(tmp_path), "node-1")
    assert {one["kind"]: one["count"] for one in asked if one["kind"] != "connections"} == counts
