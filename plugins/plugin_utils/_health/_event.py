# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The event for a rulebook (schema podnet.diagnostics/event/v1): what happened, how bad it is, where, and what to run
next.
"""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._handover import variables
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._model import Matrix
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._types import HEALTHY, UNHEALTHY, Verdict

SCHEMA = "podnet.diagnostics/event/v1"
JsonObject = dict[str, t.Any]
_MOST_FINDINGS = 50
_MOST_NODES = 200


def event(
    matrix: Matrix, verdict: Verdict, *, time: str, cluster: str, namespace: str, report: str | None = None
) -> JsonObject:
    """One flat object that a rule can match. severity: that of the worst finding, `warning` where nothing is known,
    `none`
    where all is well. diagnose: extra variables of the playbook diagnose, null where there is nothing to diagnose."""
    worst = verdict.worst()
    severity = next((finding.severity for finding in verdict.findings if finding.is_alarm), "")
    told = [finding for finding in verdict.findings if finding.severity != "info"][:_MOST_FINDINGS]
    return {
        "schema": SCHEMA,
        "type": f"podnet.health.{verdict.result}",
        "time": time,
        "severity": severity if verdict.result == UNHEALTHY else "none" if verdict.result == HEALTHY else "warning",
        "cluster": cluster,
        "namespace": namespace,
        "result": verdict.result,
        "summary": verdict.summary,
        "nodes": sorted({name for finding in verdict.findings if finding.is_alarm for name in finding.nodes})[
            :_MOST_NODES
        ],
        "unknown_nodes": [name for name, state in verdict.states.items() if state == "unknown"][:_MOST_NODES],
        "pair": {"source": worst.pair[0], "destination": worst.pair[1], "path": worst.path}
        if worst and worst.pair
        else None,
        "findings": [
            {
                "id": finding.id,
                "severity": finding.severity,
                "title": finding.title,
                "nodes": list(finding.nodes)[:_MOST_NODES],
                "zones": list(finding.zones),
            }
            for finding in told
        ],
        "diagnose": variables(matrix, namespace, worst.pair, worst.path) if worst else None,
        "report": report,
    }
