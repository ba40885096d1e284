# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Everything as one document (schema podnet.diagnostics/health/v1), and the event for a rulebook (schema
podnet.diagnostics/event/v1): what happened, how bad it is, where, and what to run next.

Probes have the field names of cilium-health (latency in nanoseconds, status, lastProbed), and `state` and `reason`
beside them. A very large matrix holds only what is not good; `nodes` has the totals of all of it.
"""

from __future__ import annotations

from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._duration import format_go_duration
from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._judge._statements import (
    HEALTHY,
    UNHEALTHY,
    Cell,
    Finding,
    Verdict,
    variables,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._judge._sums import (
    Sum,
    seen_by_others,
    sees_others,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._model import (
    OK,
    PATHS,
    Address,
    Matrix,
    Node,
    Probe,
    Sighting,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._show._cilium import connectivity, view

SCHEMA = "podnet.diagnostics/health/v1"
EVENT_SCHEMA = "podnet.diagnostics/event/v1"
_MOST_FINDINGS = 50
_MOST_NODES = 200
# Up to so many pairs the matrix is whole.
MOST_PAIRS = 10_000


def document(
    matrix: Matrix, verdict: Verdict, *, time: str, cluster: str, namespace: str, probed: bool, own_view: str = ""
) -> JsonObject:
    """The document; own_view: the node whose own view stands in `view`."""
    whole = len(matrix.seen) <= MOST_PAIRS
    return {
        "schema": SCHEMA,
        "time": time,
        "cluster": cluster,
        "namespace": namespace,
        "probed": probed,
        "confirmed": matrix.confirmed,
        "result": verdict.result,
        "summary": verdict.summary,
        "mesh": mesh(matrix),
        "counts": {
            state: sum(1 for each in verdict.states.values() if each == state)
            for state in ("healthy", "unhealthy", "unknown", "aside")
        },
        "findings": [finding(each, matrix, namespace) for each in verdict.findings],
        "nodes": [_node(matrix, verdict, node) for node in matrix.nodes.values()],
        "matrix_complete": whole,
        "matrix": [
            _pair(pair, sighting) for pair, sighting in sorted(matrix.seen.items()) if whole or _is_odd(sighting)
        ],
        "view": view(matrix, own_view) if own_view else None,
    }


def mesh(matrix: Matrix) -> JsonObject | None:
    """How the agents probe; durations in seconds, and as Go writes them."""
    found = matrix.mesh
    if found is None:
        return None
    return {
        "partners": found.partners,
        "all_pairs": found.all_pairs,
        "interval": found.interval,
        "probeInterval": format_go_duration(found.interval),
        "coverage": found.coverage,
        "pairs_not_yet_probed": matrix.never,
        "pairs_stale": matrix.stale,
    }


def finding(found: Finding, matrix: Matrix, namespace: str) -> JsonObject:
    """A finding with its evidence and the variables of a diagnosis (null where there is none)."""
    return {
        "id": found.id,
        "severity": found.severity,
        "title": found.title,
        "observed": found.observed,
        "nodes": list(found.nodes),
        "zones": list(found.zones),
        "pair": {"source": found.pair[0], "destination": found.pair[1]} if found.pair else None,
        "evidence": [_cell(cell) for cell in found.evidence],
        "evidence_total": found.cells,
        "remediation": found.remediation,
        "diagnose": variables(matrix, namespace, found.pair, found.path) if found.is_alarm else None,
    }


def _cell(cell: Cell) -> JsonObject:
    return {
        "from": cell.source,
        "to": cell.destination,
        "path": cell.path,
        "protocol": cell.protocol,
        "ip": cell.ip,
        **_probe(cell.probe),
    }


def _node(matrix: Matrix, verdict: Verdict, node: Node) -> JsonObject:
    answer = matrix.answers.get(node.name)
    return {
        "name": node.name,
        "zone": node.zone,
        "state": verdict.states[node.name],
        "reason": node.aside or verdict.reasons.get(node.name, ""),
        "addresses": list(node.addresses),
        "pod": node.target.name if node.target else None,
        "pod_addresses": list(node.target.ips) if node.target else [],
        "pod_ready": bool(node.target and node.target.ready),
        "agent": {
            "answered": bool(answer and answer.report),
            "kind": answer.kind if answer else "not_asked",
            "problem": answer.problem if answer else "",
        },
        "seen_by_others": {path: _sum(seen_by_others(matrix, node.name, path)) for path in PATHS},
        "sees_others": {path: _sum(sees_others(matrix, node.name, path)) for path in PATHS},
    }


def _sum(total: Sum) -> JsonObject:
    return {"reachable": total.reachable, "unreachable": total.unreachable, "unknown": total.unknown}


def _pair(pair: tuple[str, str], sighting: Sighting) -> JsonObject:
    return {
        "from": pair[0],
        "to": pair[1],
        "host": [_address(each) for each in sighting.host],
        "endpoint": [_address(each) for each in sighting.endpoint],
    }


def _address(address: Address) -> JsonObject:
    return {"ip": address.ip, "icmp": _probe(address.icmp), "http": _probe(address.http)}


def _probe(probe: Probe) -> JsonObject:
    value: JsonObject = {"state": probe.state, "reason": probe.reason, **connectivity(probe)}
    if probe.age is not None:
        value["age"] = round(probe.age, 1)
    return value


def _is_odd(sighting: Sighting) -> bool:
    return any(probe.state != OK and probe.reason != "not_probed" for *_where, probe in sighting.probes())


# -- the event ----------------------------------------------------------------------------------------------------
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
        "schema": EVENT_SCHEMA,
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
