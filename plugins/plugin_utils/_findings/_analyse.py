# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The whole analysis: evidence in, findings.json out. Pure: no network, no clock, no Ansible."""

from __future__ import annotations

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._hops import draw
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._registry import run_rules
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._steps import cut_steps
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._stopped import (
    stopped_ends,
    with_stopped,
    with_the_network,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import SEVERITY, Analysis
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._verdict import (
    judge,
    measured,
    relate,
    symptoms,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Evidence


def analyse(evidence: Evidence) -> Analysis:
    """Findings, worst first; the verdict; the steps; the path."""
    raw, errors = run_rules(evidence)
    stopped = stopped_ends(evidence)
    places = {(finding.id, str(finding.location)) for finding in stopped}
    raw = [*stopped, *(finding for finding in raw if (finding.id, str(finding.location)) not in places)]
    harmed, known = bool(symptoms(evidence)), measured(evidence)
    findings = sorted(
        with_stopped(relate(raw, harmed, known), stopped), key=lambda finding: SEVERITY.index(finding.severity)
    )
    verdict = with_the_network(judge(evidence, findings, errors), stopped, known, harmed)
    try:
        forward, reverse = draw(evidence, findings)
    except Exception as exc:  # pylint: disable=broad-except
        # The picture is the least of it: the verdict stands without.
        forward, reverse = [], []
        errors.append(f"Cannot draw the path: {type(exc).__name__}: {exc}")
    return Analysis(
        verdict, tuple(findings), cut_steps(evidence, findings, verdict), tuple(forward), tuple(reverse), tuple(errors)
    )
