# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""A rule that drops what a limit does not accept is the limit's: one cause, not two."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._counters import RuleMove
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._cause import Cause
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose_evidence import (
    Measured,
    is_chance,
    limit_before,
    measured,
    place,
    rule_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._observed import move_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Evidence
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import Chain, Rule

Causes = dict[tuple[str, str], Cause]


def under_their_limits(causes: Causes, evidence: Evidence) -> Causes:
    """The causes, with rules and policies that end what goes beyond a limit as what the limit brings about."""
    found = dict(causes)
    measure = measured(evidence)
    for moved in _behind_limits(measure):
        limit = found.get(("connection-limit", str(place(moved.node, moved.netns))))
        if limit is None:
            continue
        for key, cause in list(found.items()):
            if key != limit.key and _is(measure, cause, moved):
                del found[key]
                limit = cause.because_of(limit)
        found[limit.key] = limit
    return found


def _behind_limits(measure: Measured) -> t.Iterator[RuleMove]:
    """The rules that took what the dose lost, and that a limit stands before."""
    for loss in measure.losses():
        rule = rule_of(measure, loss)
        if rule is not None and not is_chance(rule) and limit_before(measure, rule) is not None:
            yield rule


def _is(measure: Measured, cause: Cause, moved: RuleMove) -> bool:
    """Whether a simulated packet ended at that rule."""
    decided = cause.step.decided if cause.step is not None else None
    if cause.step is None or not isinstance(decided, (Rule, Chain)):
        return False
    return move_of(measure, decided, cause.step.place.node, cause.step.place.netns) == moved
