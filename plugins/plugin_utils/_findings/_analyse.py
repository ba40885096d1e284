# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The whole analysis: evidence in, findings.json out. Pure: no network, no clock, no Ansible."""

from __future__ import annotations

import dataclasses

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._inquiry._parts import inquire
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._experiment import explain
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._runbook._hops import draw
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._runbook._steps import cut_steps
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import INFO, Analysis
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._verdict import findings_of, judge, roots
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Evidence

HEALTHY = "healthy"


def analyse(evidence: Evidence) -> Analysis:
    """Findings, worst first; the verdict; the steps; the path."""
    case = Case(evidence, explain)
    inquiry = inquire(case)
    causes = roots(inquiry) if inquiry.harmed or inquiry.causes else []
    findings = findings_of(inquiry, causes)
    verdict = judge(inquiry, causes, findings)
    if verdict.result == HEALTHY:
        # What is odd and harms nothing is worth knowing, no more.
        findings = [dataclasses.replace(one, severity=INFO) for one in findings]
    errors = list(inquiry.errors)
    try:
        forward, reverse = draw(case, findings)
    except Exception as exc:  # pylint: disable=broad-except
        # The picture is the least of it: the verdict stands without.
        forward, reverse = [], []
        errors.append(f"Cannot draw the path: {type(exc).__name__}: {exc}")
    return Analysis(
        verdict,
        tuple(findings),
        cut_steps(case, findings, verdict),
        tuple(forward),
        tuple(reverse),
        tuple(errors),
        tuple(inquiry.disagreements),
    )
