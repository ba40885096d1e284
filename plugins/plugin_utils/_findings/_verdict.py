# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The verdict: the roots among the causes that an inquiry found, the findings in order, one sentence."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._promise import measured_promise
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._inquiry._state import Inquiry
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._stopped import (
    stopped_ends,
    with_the_network,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._experiment import Tried
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._observed import dropped_text
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._proof import capture_proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._symptoms import (
    measured,
    not_measured,
    unasked,
    unclear,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    CONFIDENCE,
    INFO,
    POSSIBLE,
    PROVEN,
    SEVERITY,
    Finding,
    Location,
    Verdict,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Evidence, Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Socket
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Reason, Step
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._crossed import by_unread_nodes

# Where nobody answers datagrams.
_ASK = (
    "Ask with what the application sends, and read the log of the program there: it need not answer what is sent here."
    " The playbook podnet.diagnostics.capture shows whether the application's own datagrams arrive."
)


def roots(inquiry: Inquiry) -> list[Cause]:
    """The causes that no other brings about, the one that explains most first. What may be counts only alone, or for
    what no other can have done."""
    brought = {one.key for cause in inquiry.causes.values() for one in cause.brings}
    found = [cause for key, cause in inquiry.causes.items() if key not in brought]
    better = [cause for cause in found if cause.finding.confidence != POSSIBLE]
    better += [cause for cause in found if better and _of_its_own(inquiry, cause, better)]
    serious = [cause for cause in (better or found) if cause.finding.severity != INFO]
    return sorted(
        serious,
        key=lambda cause: (
            -len(cause.brings),
            SEVERITY.index(cause.finding.severity),
            -CONFIDENCE.index(cause.finding.confidence),
        ),
    )


def _of_its_own(inquiry: Inquiry, cause: Cause, better: t.Sequence[Cause]) -> bool:
    """Whether large packets met something that none of the better causes can be: what answers with a reset loses
    nothing in silence, and the other way round."""
    probes = _told_of(inquiry, cause)
    large = bool(probes) and all(probe.request.get("kind") in ("path_mtu", "tcp_segment") for probe in probes)
    answers = {probe.outcome == "reset" for probe in probes}
    others = {probe.outcome in ("reset", "refused") for one in better for probe in _told_of(inquiry, one)}
    return cause not in better and large and len(answers) == 1 and bool(others) and not answers & others


def _told_of(inquiry: Inquiry, cause: Cause) -> list[Probe]:
    """The probes that a cause is told of."""
    told = {proof.ref for one in (cause, *cause.brings) for proof in one.finding.evidence if proof.kind == "probe"}
    return [probe for probe in inquiry.case.evidence.probes if probe.id in told and probe.phase == "probe"]


def findings_of(inquiry: Inquiry, causes: t.Sequence[Cause]) -> list[Finding]:
    """Roots with what they explain, then their consequences, then what is odd."""
    found: dict[tuple[str, str], Finding] = {}
    doubted = bool(inquiry.disagreements)
    for cause in causes:
        one = dataclasses.replace(cause.told, explains=tuple(dict.fromkeys(each.finding.id for each in cause.brings)))
        if doubted and cause.step is not None:
            one = dataclasses.replace(one, confidence=POSSIBLE)
        found[cause.key] = one
    for cause in causes:
        for number, each in enumerate(cause.brings):
            later = tuple(dict.fromkeys(one.finding.id for one in cause.brings[number + 1 :]))
            found.setdefault(each.key, dataclasses.replace(each.finding, explains=later))
    for cause in inquiry.causes.values():
        found.setdefault(cause.key, dataclasses.replace(cause.finding, severity=INFO))
    named = {(cause.finding.id, cause.finding.location.node) for each in causes for cause in (each, *each.brings)}
    for one in inquiry.info:
        # What a cause says of the same thing says enough.
        if not any(one.id == name and one.location.node in (None, node) for name, node in named):
            found.setdefault((one.id, str(one.location)), one)
    return sorted(found.values(), key=lambda one: SEVERITY.index(one.severity))


def judge(inquiry: Inquiry, causes: t.Sequence[Cause], findings: t.Sequence[Finding]) -> Verdict:
    """The verdict: fault with its root causes, healthy, or that it cannot be told."""
    evidence = inquiry.case.evidence
    verdict = _judge(inquiry, causes, findings)
    return with_the_network(verdict, stopped_ends(evidence), measured(evidence), bool(inquiry.harmed))


def _judge(inquiry: Inquiry, causes: t.Sequence[Cause], findings: t.Sequence[Finding]) -> Verdict:
    evidence = inquiry.case.evidence
    asked = inquiry.harmed or inquiry.suffering or not measured(evidence) or unasked(evidence) or stopped_ends(evidence)
    if causes and asked:
        by_key = {(one.id, str(one.location)): one for one in findings}
        first = by_key[causes[0].key]
        place = f" ({first.location})" if str(first.location) else ""
        more = f" {len(causes) - 1} more cause(s) beside it." if len(causes) > 1 else ""
        return Verdict(
            "fault",
            tuple(dict.fromkeys(cause.finding.id for cause in causes)),
            first.confidence,
            f"{first.title}{place}: {first.observed}.{more}",
            first.location,
            first.remediation,
            first.proof if first.confidence == PROVEN else "",
        )
    if inquiry.harmed:
        beyond = _unread_on_the_way(inquiry) or evidence.plan.get("not_examined") or []
        again = f"diagnose_also_nodes={','.join(beyond)}" if beyond else "diagnose_capture=always"
        return _inconclusive(_gap(inquiry), f"Look at the failed steps, and run again with -e {again}.")
    missing = not_measured(evidence, inquiry.errors)
    if missing:
        came = _came_to(inquiry, unclear(evidence))
        silent = any(probe.outcome == "no_reply" for probe in unclear(evidence))
        change = _ASK if came or silent else "Mend what kept the probes from being made, and run again."
        return _inconclusive(f"It cannot be told: {missing}{came}", change)
    if inquiry.unknown:
        return _inconclusive(
            f"Every probe passed, and the application may fare otherwise: {'; '.join(inquiry.unknown[:3])}.",
            "Look at that rule: does it mean the application? Ask from inside its container:\n"
            "$ kubectl exec POD -c CONTAINER -- …",
        )
    source = evidence.source.label if evidence.source else "the source"
    target = evidence.destination.text if evidence.destination else "the destination"
    promise = measured_promise(evidence)
    besides = [str(probe) for probe in evidence.failed("ping", "backend-tcp")]
    passed = f"what was asked for passes, beside it fails {besides[0]}" if besides else "every probe passed"
    if evidence.plan["options"].get("protocol") == "icmp" and evidence.service and not evidence.uses_name:
        passed += "; its pods were pinged, as a Service has ports and its own address need not answer pings"
    summary = f"{source} reaches {target}: {passed}" + (f" ({promise})." if promise else ".")
    return Verdict("healthy", (), None, summary, Location(), "Nothing has to change.")


def _came_to(inquiry: Inquiry, probes: t.Sequence[Probe]) -> str:
    """Where captures saw packets arrive that nobody answered, and which socket takes them; empty without."""
    case = inquiry.case
    for probe in probes:
        for flow in case.evidence.flows(probe.id):
            last, silent = flow.get("last_forward") or {}, flow.get("missing_reply") or {}
            if not flow.get("lossless") or flow.get("missing_forward") or flow.get("last_reply") or last != silent:
                continue
            trip = case.trip(probe)
            ends = [way.forward.last for way in trip.ways if way.forward.last] if trip is not None else []
            taken = next((_taken(inquiry, one, one.decided) for one in ends if isinstance(one.decided, Socket)), "")
            return f"; its packets came to {last['device']} of {last['node']}, and no answer came out of there{taken}"
    return ""


def _taken(inquiry: Inquiry, end: Step, socket: Socket) -> str:
    """The socket that datagrams are given to, and those of the same port that get none as it is bound more exactly."""
    namespace = inquiry.case.namespace(end.place)
    others = [
        one
        for one in (namespace.sockets if namespace is not None else ())
        if (one.protocol, one.port) == (socket.protocol, socket.port) and one.local != socket.local
    ]
    before = f", and {' and '.join(map(str, others[:2]))} gets none of them" if others else ""
    return f": {socket} takes them{before}"


def _inconclusive(summary: str, change: str) -> Verdict:
    return Verdict("inconclusive", (), None, summary, Location(), change)


def _gap(inquiry: Inquiry) -> str:
    """What is known of a fault whose cause is not: where evidence lost the packet, and what could sit there."""
    evidence, harmed = inquiry.case.evidence, inquiry.harmed
    arrives = next((one for one in inquiry.tried if one.arrives), None)
    what = "the simulated packet arrives, the real one does not" if arrives else "no rule explains it"
    beyond = _unread_on_the_way(inquiry)
    if beyond:
        what = (
            f"its packet goes by {' and '.join(_called(evidence, name) for name in beyond)}, which was not read, and"
            " what becomes of it there is not known"
        )
    left = _left_the_cluster(arrives) if arrives is not None else ""
    if left:
        what = f"its packet leaves what was read: it goes out by {left}, and what becomes of it there is not known"
    text = f"{harmed[0]} fails, and {what}"
    seen = capture_proof(evidence, harmed) or capture_proof(evidence, harmed, backwards=True)
    kernel = dropped_text(evidence, harmed)
    if kernel:
        text = f"{text}; {kernel}"
    if seen is not None:
        return f"{text}; its packets: {seen.text}. Between the two may sit what no snapshot shows: {_hidden(inquiry)}."
    came = _came_to(inquiry, harmed)
    if came and arrives:
        return f"{text}{came}."
    unread = sorted({str(text) for node in evidence.nodes.values() for text in node.errors})
    return f"{text}{'; not read: ' + '; '.join(unread[:3]) if unread else ''}."


def _called(evidence: Evidence, node: str) -> str:
    """A node by its name, and by its state where Kubernetes does not call it ready."""
    item = evidence.index.nodes.get(node)
    return node if item is None or evidence.index.node_ready(item)[0] else f"{node} (not ready)"


def _unread_on_the_way(inquiry: Inquiry) -> list[str]:
    """The nodes, no end's, that a failed probe's packet goes by, and that were not examined."""
    return sorted(
        {name for one in inquiry.tried if one.trip for name in by_unread_nodes(inquiry.case.evidence, one.trip)}
    )


def _left_the_cluster(one: Tried) -> str:
    """The device by which every simulated packet left what is managed; empty where one did not."""
    traces = [way.forward for way in one.trip.ways] if one.trip is not None else []
    if any(trace.reason is not Reason.EXTERNAL or not trace.hops for trace in traces):
        return ""
    return " or ".join(dict.fromkeys(f"{trace.hops[-1].oif} of {trace.hops[-1].node}" for trace in traces))


def _hidden(inquiry: Inquiry) -> str:
    found = ["a switch, hypervisor or firewall between the nodes", "traffic control and eBPF", "a full queue"]
    missing = [
        name for name in inquiry.case.evidence.plan.get("nodes") or [] if name not in inquiry.case.evidence.nodes
    ]
    return "; ".join([*(f"node {name}, which was not read" for name in missing), *found])
