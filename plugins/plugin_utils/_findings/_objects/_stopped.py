# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""An end none of whose containers run: that is why nothing reaches it or comes from it, whatever its network says.

The sandbox of such a pod has an address and answers a ping; nobody is in it.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._containers import (
    change_of,
    told_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    CRITICAL,
    PROVEN,
    Finding,
    Location,
    Proof,
    Verdict,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import has_ended, pod_addresses
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import End, Evidence


def stopped_ends(evidence: Evidence) -> list[Finding]:
    """One finding for each end that is a pod none of whose containers run."""
    found = []
    for end in dict.fromkeys([evidence.source, evidence.destination]):
        pod = evidence.index.pods.get((end.namespace, end.name)) if end is not None and end.kind == "pod" else None
        if end is not None and pod is not None and _stopped(pod):
            found.append(_finding(evidence, end, pod))
    return found


def gave_back(evidence: Evidence, address: str) -> bool:
    """Whether an end had an address and has it no more, since all of its containers have ended: what is missing there
    is that pod, and nothing of the network."""
    ends = [end for end in (evidence.source, evidence.destination) if end is not None and end.kind == "pod"]
    pods = [evidence.index.pods.get((end.namespace, end.name)) or {} for end in ends]
    return any(has_ended(pod) and address in pod_addresses(pod) for pod in pods)


def with_the_network(verdict: Verdict, stopped: t.Sequence[Finding], measured: bool, harmed: bool) -> Verdict:
    """The verdict with what is known of the network, where a stopped end is the answer."""
    if verdict.root_causes[:1] != tuple(finding.id for finding in stopped[:1]) or not stopped or harmed:
        return verdict
    network = (
        "The network between the two ends is well: every probe that could be made passed."
        if measured
        else "The network between the two ends could not be measured."
    )
    return dataclasses.replace(verdict, summary=f"{verdict.summary} {network}")


def _stopped(pod: JsonObject) -> bool:
    status = pod.get("status") or {}
    statuses = status.get("containerStatuses") or []
    if any((entry.get("state") or {}).get("running") is not None for entry in statuses):
        return False
    # Without a status of any container it is the phase that tells; a node that is dead tells neither.
    return bool(statuses) or status.get("phase") in ("Pending", "Succeeded", "Failed")


def _finding(evidence: Evidence, end: End, pod: JsonObject) -> Finding:
    running = (pod.get("status") or {}).get("phase") == "Running"
    observed = _observed(evidence, pod)
    return Finding(
        "container-not-ready" if running else "pod-not-ready",
        CRITICAL,
        PROVEN,
        "No container of the pod runs",
        Location(node=end.node, namespace=end.namespace, pod=end.name),
        f"a container of {end.label} runs",
        observed,
        (Proof("config", "cluster.json.gz", f"{end.label}: {observed}"),),
        change_of(evidence.index, pod),
    )


def _observed(evidence: Evidence, pod: JsonObject) -> str:
    """What its containers do instead, the first that is in the way first."""
    phase = (pod.get("status") or {}).get("phase")
    if phase == "Succeeded":
        return "it has completed: every container ended with status 0"
    return "; ".join(told_of(evidence.index, pod)) or f"phase {phase}"
