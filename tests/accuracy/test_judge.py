# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a diagnosis is judged against the truth."""

from __future__ import annotations

import typing as t

import pytest
from podnet_accuracy.judge import ALARM, CAUSE, INCONCLUSIVE, PLACE, RIGHT, SILENT, judge
from podnet_lab.truth import Cause, Truth

NODE_1, NODE_2 = {"node": "node-1"}, {"node": "node-2"}
DROP = (Cause("netfilter-drop", NODE_1),)


def findings(
    result: str,
    *causes: tuple[str, dict[str, str]],
    confidence: str = "proven",
    others: t.Sequence[tuple[str, str]] = (),
    explains: t.Sequence[str] = (),
) -> dict[str, t.Any]:
    return {
        "verdict": {
            "result": result,
            "root_causes": [name for name, _unused in causes],
            "root_cause": causes[0][0] if causes else None,
            "location": causes[0][1] if causes else {},
            "confidence": confidence,
        },
        "findings": [
            {"id": name, "location": place, "severity": "critical", "explains": list(explains)}
            for name, place in causes
        ]
        + [{"id": name, "location": {}, "severity": severity, "explains": []} for name, severity in others],
    }


def test_the_true_cause_at_the_true_place_is_right_whatever_else_the_place_says() -> None:
    said = judge(DROP, findings("fault", ("netfilter-drop", {**NODE_1, "device": "eth0"})))
    assert said.outcome == RIGHT and said.false_findings == () and not said.wrong_but_proven


def test_another_place_or_cause_is_wrong_and_worst_when_proven() -> None:
    place = judge(DROP, findings("fault", ("netfilter-drop", NODE_2)))
    cause = judge(DROP, findings("fault", ("route-missing", NODE_1), confidence="likely"))
    assert (place.outcome, place.wrong_but_proven) == (PLACE, True)
    assert (cause.outcome, cause.wrong_but_proven) == (CAUSE, False)


def test_no_cause_is_not_a_wrong_one() -> None:
    assert judge(DROP, findings("inconclusive")).outcome == INCONCLUSIVE
    assert judge(DROP, findings("healthy")).outcome == SILENT


def test_an_id_that_is_as_true_counts() -> None:
    truth = Truth("tunnel-port-blocked", NODE_1, also=("netfilter-drop",))
    assert judge(truth.causes, findings("fault", ("netfilter-drop", NODE_1))).right


def test_both_of_a_pair_have_to_be_named_and_nothing_else() -> None:
    truth = Truth("fdb-entry-wrong", NODE_1, second=Cause("netfilter-drop", NODE_2))
    both = (("fdb-entry-wrong", NODE_1), ("netfilter-drop", NODE_2))
    assert judge(truth.causes, findings("fault", *both)).right
    assert judge(truth.causes, findings("fault", *reversed(both))).right
    assert judge(truth.causes, findings("fault", both[0])).outcome == CAUSE
    assert judge(truth.causes, findings("fault", *both, ("route-missing", NODE_1))).outcome == CAUSE
    assert judge(truth.causes, findings("fault", both[0], ("netfilter-drop", NODE_1))).outcome == PLACE


def test_a_pair_of_one_id_needs_both_places() -> None:
    truth = Truth("netfilter-drop", NODE_1, second=Cause("netfilter-drop", NODE_2))
    both = (("netfilter-drop", NODE_1), ("netfilter-drop", NODE_2))
    assert judge(truth.causes, findings("fault", *both)).right
    assert judge(truth.causes, findings("fault", both[0])).outcome != RIGHT


def test_what_harms_nothing_must_stay_silent() -> None:
    assert judge((), findings("healthy")).right
    assert judge((), findings("inconclusive")).outcome == INCONCLUSIVE
    alarm = judge((), findings("fault", ("netfilter-drop", NODE_1)))
    assert (alarm.outcome, alarm.wrong_but_proven) == (ALARM, True)


def test_findings_that_are_no_cause_and_no_consequence_are_false_unless_they_are_only_told() -> None:
    said = findings(
        "fault",
        ("netfilter-drop", NODE_1),
        others=(("packet-loss", "major"), ("latency-high", "minor"), ("clock-skew", "info")),
        explains=("packet-loss",),
    )
    assert judge(DROP, said).false_findings == ("latency-high",)


@pytest.mark.parametrize(("confidence", "outcome"), [("likely", RIGHT), ("proven", PLACE)])
def test_what_a_proven_root_of_the_same_kind_brings_about_is_no_root_by_kind(confidence: str, outcome: str) -> None:
    """A pod that does no ARP is the cause; that its node has no neighbour entry for it comes of that."""
    said = findings("fault", ("neighbour-failed", NODE_1), explains=("neighbour-failed",))
    said["findings"][0]["confidence"] = "proven"
    more = {"id": "neighbour-failed", "location": NODE_2, "severity": "critical", "explains": []}
    said["findings"].append({**more, "confidence": confidence})
    assert judge(Truth("neighbour-failed", NODE_1).causes, said, by_kind=True).outcome == outcome


def test_what_is_worth_knowing_is_no_root_by_kind() -> None:
    said = findings("fault", ("netfilter-drop", NODE_1))
    said["findings"][0]["confidence"] = "proven"
    more = {"id": "netfilter-drop", "location": NODE_2, "severity": "info", "explains": [], "confidence": "likely"}
    said["findings"].append(more)
    assert judge(DROP, said, by_kind=True).outcome == RIGHT
