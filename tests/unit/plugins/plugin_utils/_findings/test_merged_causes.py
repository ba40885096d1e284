# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Causes of the same id at the same place: one thing seen twice, or two things."""

from __future__ import annotations

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import Rule
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause, finding
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import LIKELY, PROVEN, Location, Proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._records import record
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place, Stage, Step


def _by_rule(priority: int, *evidence: str) -> Cause:
    rule = record(Rule, {"priority": priority, "family": 4, "action": "unreachable"})
    step = Step(Stage.ROUTING, Place("node-1", "host"), "", rule, "")
    proofs = [Proof("simulation", "", text) for text in evidence]
    found = finding("policy-route-diverts", Location(node="node-1"), "", f"rule {priority}", f"del {priority}", proofs)
    return Cause(found, step=step)


def test_what_is_seen_twice_is_one_cause_as_sure_as_the_surer_sight() -> None:
    merged = _by_rule(100, "first").merged(_by_rule(100, "second").as_sure_as(PROVEN))
    assert merged.beside == ()
    assert merged.told.confidence == PROVEN
    assert merged.told.observed == "rule 100"
    assert [proof.text for proof in merged.told.evidence] == ["first", "second"]


def test_two_rules_stand_beside_each_other_with_both_changes() -> None:
    merged = _by_rule(100).as_sure_as(PROVEN).merged(_by_rule(200))
    assert merged.told.observed == "rule 100; with that changed, by the simulation, rule 200"
    assert merged.told.remediation == "del 100\ndel 200"
    assert merged.told.confidence == PROVEN


def test_what_was_seen_of_the_second_rule_proves_nothing_of_the_first() -> None:
    merged = _by_rule(100).merged(_by_rule(200)).merged(_by_rule(200, "seen").as_sure_as(PROVEN))
    assert merged.finding.confidence == LIKELY
    assert [one.finding.confidence for one in merged.beside] == [PROVEN]
    assert merged.told.confidence == LIKELY
    assert merged.told.observed == "rule 100; also rule 200"


def test_a_cause_without_a_rule_takes_what_is_the_same_by_name() -> None:
    plain = Cause(_by_rule(100).finding)
    assert plain.merged(_by_rule(200).as_sure_as(PROVEN)).beside == ()
