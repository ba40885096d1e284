# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What is not known, and why: agents that do not answer, targets that are missing, results that are old."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._judge._paths import GOOD, Links, link
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._judge._statements import Finding
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._model import FAILED, Answer, Matrix, Node
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._wording import age, names, plural, verb

MISSING, NOT_READY, SILENT = "target-missing", "target-not-ready", "agent-not-answering"
TROUBLED, APART, STALE, NEVER, EARLIER = (
    "agent-limited",
    "nodes-set-aside",
    "results-stale",
    "pairs-not-yet-probed",
    "failed-earlier",
)
_MOST_TROUBLES = 5


def coverage_findings(matrix: Matrix, namespace: str, out_of_reach: t.Collection[str] = ()) -> t.Iterator[Finding]:
    """Everything that keeps a node from being judged, and what is left out by intent. out_of_reach: nodes that are
    known to be cut off, of which it goes without saying that their agents are.
    """
    judged = [matrix.nodes[name] for name in matrix.judged()]
    missing = [node.name for node in judged if node.target is None]
    if missing:
        yield Finding(
            MISSING,
            "minor",
            f"No target pod on {names(missing)}",
            "nothing can be probed from there, and no pod there can be probed",
            tuple(missing),
            cells=0,
            remediation=(
                f"Look why the DaemonSet makes none.\n$ kubectl -n {namespace} describe daemonset network-check-target"
            ),
        )
    yield from _not_ready(judged, namespace)
    yield from _silent(matrix, [node for node in judged if node.name not in out_of_reach])
    yield from _troubled(matrix, judged)
    yield from _old(matrix)
    if matrix.aside():
        told = [f"{node.name}: {node.aside}" for node in matrix.aside()]
        yield Finding(
            APART,
            "info",
            f"{plural(len(told), 'node')} {verb(len(told), 'is', 'are')} listed apart and not judged",
            "; ".join(told[:20]),
            tuple(node.name for node in matrix.aside()),
        )


def _not_ready(judged: t.Sequence[Node], namespace: str) -> t.Iterator[Finding]:
    found = [node for node in judged if node.target and not node.target.ready]
    if found:
        told = [
            f"{node.target.name}: {node.target.problem or 'its readiness probe fails'}" for node in found if node.target
        ]
        yield Finding(
            NOT_READY,
            "minor",
            f"The target pod on {names([node.name for node in found])} is not Ready",
            "; ".join(told[:5]),
            tuple(node.name for node in found),
            remediation=f"$ kubectl -n {namespace} describe pod {found[0].target.name if found[0].target else ''}",
        )


def _silent(matrix: Matrix, judged: t.Sequence[Node]) -> t.Iterator[Finding]:
    """Agents by the reason why they did not answer. Their rows are unknown, their columns are what the others see."""
    by_reason: dict[str, list[Answer]] = {}
    for node in judged:
        answer = matrix.answers.get(node.name)
        if answer and not answer.report and answer.kind not in ("missing", "not_running", "not_asked"):
            by_reason.setdefault(answer.kind, []).append(answer)
    for answers in by_reason.values():
        found = [answer.node for answer in answers]
        yield Finding(
            SILENT,
            "minor",
            f"The agent on {names(found)} could not be asked",
            "; ".join(answer.problem for answer in answers[:3]),
            tuple(found),
            remediation="What these nodes reach is unknown; whether they are reached is told by the others.",
        )


def _troubled(matrix: Matrix, judged: t.Sequence[Node]) -> t.Iterator[Finding]:
    """What agents say of themselves, the same of several once."""
    by_text: dict[str, list[str]] = {}
    for node in judged:
        report = matrix.answers[node.name].report
        for text in report.errors if report else ():
            by_text.setdefault(text, []).append(node.name)
    for text, found in sorted(by_text.items(), key=lambda each: (-len(each[1]), each[0]))[:_MOST_TROUBLES]:
        yield Finding(
            TROUBLED,
            "minor",
            f"The agent on {names(found)} cannot do all of its work: {text}",
            plural(len(found), "node"),
            tuple(found),
        )


def _old(matrix: Matrix) -> t.Iterator[Finding]:
    """Pairs whose last result is too old to count, those that had failed apart; and pairs without any."""
    failed = {}
    for pair, sighting in matrix.seen.items():
        old = [probe for *_where, probe in sighting.probes() if probe.reason == "stale" and probe.was == FAILED]
        if old and not any(matrix.nodes[name].aside for name in pair):
            failed[pair] = min(probe.age or 0.0 for probe in old)
    if failed:
        told = [
            f"{source} to {destination} {age(failed[source, destination])} ago"
            for source, destination in sorted(failed)
        ]
        yield Finding(
            EARLIER,
            "info",
            f"{plural(len(failed), 'pair')} failed when last probed, too long ago to count",
            "; ".join(told[:5]),
            tuple(sorted({name for pair in failed for name in pair})),
            cells=len(failed),
        )
    if matrix.stale and matrix.mesh and matrix.mesh.all_pairs:
        yield Finding(
            STALE,
            "minor",
            f"The results of {plural(matrix.stale, 'pair')} are older than three probe intervals",
            "they count as unknown",
        )
    if matrix.never and matrix.mesh:
        yield Finding(
            NEVER,
            "info",
            f"{plural(matrix.never, 'pair')} of nodes {verb(matrix.never, 'was', 'were')} not yet probed",
            f"after {age(matrix.mesh.coverage)} all of them will have been",
        )


def unknown_reason(matrix: Matrix, links: Links, name: str) -> str:
    """Why too little is known of a node to call it healthy; "" if enough is."""
    node, answer = matrix.nodes[name], matrix.answers[name]
    if node.target is None:
        return "it has no target pod"
    if not answer.report:
        return f"its agent could not be asked ({answer.problem})"
    judged = matrix.judged()
    if len(judged) == 1:
        own = matrix.seen.get((name, name))
        return "" if link(own, "endpoint") == GOOD else "its own results are not known"
    seen_by = sum(1 for other in judged if (other, name) in links)
    sees = sum(1 for other in judged if (name, other) in links)
    able = sum(1 for other in judged if other != name and matrix.answers[other].report)
    wanted = max(1, min(able, matrix.mesh.partners if matrix.mesh else able) // 2)
    if not node.target.ready and not seen_by:
        return "its target pod is not Ready"
    outdated = any(
        probe.reason == "outdated"
        for other in judged
        if (other, name) in matrix.seen
        for path, _address, _protocol, probe in matrix.seen[other, name].probes()
        if path == "endpoint"
    )
    if not seen_by and outdated:
        return "its target pod is new, no other node has probed it yet"
    if seen_by < wanted:
        return (
            f"only {plural(seen_by, 'other node')} {verb(seen_by, 'has', 'have')} probed its pod lately"
            if seen_by
            else "no other node has probed its pod lately"
        )
    return "" if sees >= 1 else "it has probed no other pod lately"
