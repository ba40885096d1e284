# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The verdict on a matrix: findings in order, the state of every node, one result. Pure: the same matrix, the same
verdict.
"""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._judge._coverage import (
    coverage_findings,
    unknown_reason,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._judge._faults import (
    ISOLATED,
    UNREACHABLE,
    Faults,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._judge._odd_answers import (
    loss_findings,
    service_findings,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._judge._statements import (
    ASIDE,
    HEALTHY,
    NOT_KNOWN,
    SEVERITIES,
    UNHEALTHY,
    Finding,
    Verdict,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._model import Matrix
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._wording import names, plural


def judge(matrix: Matrix, namespace: str) -> Verdict:
    """Too little data makes a node, and so the cluster, `unknown`, never healthy."""
    faults = Faults(matrix, namespace)
    network = faults.findings()
    cut_off = {name for finding in network if finding.id in (ISOLATED, UNREACHABLE) for name in finding.nodes}
    findings = [
        *network,
        *service_findings(matrix, faults.links, namespace),
        *loss_findings(matrix, namespace, cut_off),
        *coverage_findings(matrix, namespace, cut_off),
    ]
    if matrix.only:
        findings = [finding for finding in findings if not finding.nodes or matrix.only & set(finding.nodes)]
    findings.sort(key=lambda finding: (SEVERITIES.index(finding.severity), -finding.cells))
    alarmed = {name for finding in findings if finding.is_alarm for name in finding.nodes}
    states, reasons = {}, {}
    for name, node in matrix.nodes.items():
        if node.aside:
            states[name] = ASIDE
            continue
        reasons[name] = "" if name in alarmed else unknown_reason(matrix, faults.links["endpoint"], name)
        states[name] = UNHEALTHY if name in alarmed else NOT_KNOWN if reasons[name] else HEALTHY
    counted = {
        name: state for name, state in states.items() if state != ASIDE and (not matrix.only or name in matrix.only)
    }
    result = _result(findings, counted)
    return Verdict(result, _summary(result, findings, counted, reasons), tuple(findings), states, reasons)


def _result(findings: t.Sequence[Finding], states: t.Mapping[str, str]) -> str:
    if any(finding.is_alarm for finding in findings):
        return UNHEALTHY
    return NOT_KNOWN if not states or NOT_KNOWN in states.values() else HEALTHY


def _summary(
    result: str, findings: t.Sequence[Finding], states: t.Mapping[str, str], reasons: t.Mapping[str, str]
) -> str:
    """The verdict in one sentence."""
    if result == UNHEALTHY:
        alarms = [finding for finding in findings if finding.is_alarm]
        more = f"; and {plural(len(alarms) - 1, 'more fault')}" if len(alarms) > 1 else ""
        return f"{alarms[0].title}{more}."
    if not states:
        return "There is no node to judge."
    if result == HEALTHY:
        if len(states) == 1:
            return f"{next(iter(states))} is healthy."
        return f"All {len(states)} nodes are healthy: their pods reach each other."
    unknown = [name for name, state in states.items() if state == NOT_KNOWN]
    if len(unknown) == 1:
        return f"Too little is known of {unknown[0]}: {reasons[unknown[0]]}."
    kinds = {reasons[name] for name in unknown}
    told = f": {kinds.pop()}" if len(kinds) == 1 else ""
    return f"Too little is known of {len(unknown)} of {plural(len(states), 'node')}: {names(unknown)}{told}."
