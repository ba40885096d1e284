# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The verdict: which findings are causes, which are consequences, and whether they account for what was measured."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._losses import harmed_by_dose
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._mtu import silent_sizes
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._path_breaks import capture_proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._performance import LOST, lost
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._promise import measured_promise, not_made
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    CONFIDENCE,
    INFO,
    SEVERITY,
    Finding,
    Location,
    Verdict,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._unmade import unmade
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Evidence, Probe

_UNREADY = ("pod-not-ready", "container-not-ready", "service-no-ready-pods", "service-no-endpoints")
_LOSS = ("packet-loss", "latency-high")
# What a cause brings about. Both findings must be there, and not be on different nodes.
# What the API's objects show by themselves, without a probe.
_SEEN_IN_OBJECTS = frozenset(
    (
        "service-port-missing",
        "service-selector-mismatch",
        "service-no-endpoints",
        "service-target-port-mismatch",
        "dns-server-down",
        "node-not-ready",
        *_UNREADY,
    )
)
EXPLAINS: t.Mapping[str, tuple[str, ...]] = {
    "nic-static-and-dhcp": ("tunnel-source-mismatch", "nic-config-drift", *_LOSS),
    "tunnel-source-mismatch": (*_LOSS, "dns-service-unreachable"),
    "kube-proxy-priority": ("kube-proxy-missing",),
    "kube-proxy-missing": ("dns-service-unreachable", "kube-proxy-rules-stale", *_LOSS),
    "service-selector-mismatch": ("service-no-endpoints", "service-no-ready-pods"),
    "service-target-port-mismatch": ("service-no-endpoints", "port-not-listening"),
    "service-no-ready-pods": ("service-no-endpoints",),
    "port-not-listening": ("container-not-ready", "service-no-ready-pods", "service-no-endpoints"),
    "port-listening-on-loopback": ("container-not-ready", "service-no-ready-pods", "service-no-endpoints"),
    "pod-not-ready": ("service-no-ready-pods", "service-no-endpoints", "port-not-listening"),
    "container-not-ready": ("service-no-ready-pods", "service-no-endpoints"),
    "device-down": ("route-missing", "dns-server-down", "dns-service-unreachable", *_UNREADY, *_LOSS),
    "device-missing": ("route-missing", *_UNREADY, *_LOSS),
    "cni-agent-missing": (
        "route-missing",
        "device-missing",
        "neighbour-failed",
        "fdb-entry-missing",
        "cni-config-missing",
        "node-not-ready",
    ),
    "node-not-ready": ("kube-proxy-missing", "cni-agent-missing", *_UNREADY),
    "dns-server-down": ("dns-service-unreachable", "dns-name-missing", "dns-upstream-failing"),
    "dns-upstream-failing": ("dns-service-unreachable",),
    **dict.fromkeys(
        (
            "rules-flapping",
            "address-flapping",
            "packet-loss",
            "connection-limit",
            "conntrack-full",
            "conntrack-insert-failed",
            "conntrack-invalid-reset",
            "nic-drops",
            "node-overloaded",
        ),
        (*_LOSS, "dns-answers-lost", "first-syn-lost", "connection-idle-timeout"),
    ),
    **dict.fromkeys(
        (
            "route-missing",
            "route-blackhole",
            "fdb-entry-wrong",
            "fdb-entry-missing",
            "neighbour-failed",
            "route-wrong",
            "forward-policy-drop",
            "netfilter-drop",
            "netfilter-reject",
            "ip-forwarding-off",
            "rp-filter-drop",
            "tunnel-vni-mismatch",
            "tunnel-port-mismatch",
            "bridge-port-detached",
        ),
        (*_LOSS, "dns-service-unreachable", "dns-upstream-failing"),
    ),
}


def symptoms(evidence: Evidence) -> list[Probe]:
    """Probes of the source that show harm to what the user asked about.

    A ping that goes unanswered is no harm where the connections succeed: some networks drop ICMP by intent.
    """
    protocol = evidence.plan["options"].get("protocol")
    port = evidence.destination.port if evidence.destination else None
    main = evidence.sent("tcp", "udp") if protocol != "icmp" and port else []
    harmed = evidence.failed("tcp", "udp", "backend-tcp") if main else []
    if not main or all(probe.status != "pass" for probe in main):
        harmed += evidence.failed("ping")
    harmed += [probe for probe in evidence.failed("ping") if lost(probe) >= LOST]
    if not main:
        harmed += evidence.failed("dns-pod")
    harmed += silent_sizes(evidence)
    harmed += harmed_by_dose(evidence)
    return list({probe.id: probe for probe in harmed}.values())


def relate(findings: t.Sequence[Finding], harmed: bool, measured: bool = True) -> list[Finding]:
    """Fill in what each finding explains. Without harm everything is odd at most.

    Where nothing could be measured (a pod that never started has no address to probe), what the API's objects show
    counts all the same.
    """
    if not harmed:
        findings = [
            finding if not measured and finding.id in _SEEN_IN_OBJECTS else dataclasses.replace(finding, severity=INFO)
            for finding in findings
        ]
    related = [
        dataclasses.replace(
            cause,
            explains=tuple(
                dict.fromkeys(
                    other.id
                    for other in findings
                    if other is not cause
                    and other.id in EXPLAINS.get(cause.id, ())
                    and _together(cause, other)
                    and (cause.severity == INFO or other.severity != INFO)
                )
            ),
        )
        for cause in findings
    ]
    # An agent that is away harms only by what it no longer keeps right.
    return [
        dataclasses.replace(finding, severity=INFO)
        if finding.id == "cni-agent-missing" and not finding.explains
        else finding
        for finding in related
    ]


def measured(evidence: Evidence) -> bool:
    """Whether any probe of the source came to a result."""
    return any(
        probe.status in ("pass", "fail") for probe in evidence.sent("tcp", "udp", "ping", "backend-tcp", "dns-pod")
    )


def _together(cause: Finding, other: Finding) -> bool:
    """Whether the one can have brought about the other: they are not on two different nodes."""
    if cause.location.node and other.location.node and cause.location.node != other.location.node:
        return other.id in (*_UNREADY, *_LOSS)
    return True


def causes(findings: t.Sequence[Finding]) -> list[Finding]:
    """What nothing else explains, the one that explains most first."""
    serious = [finding for finding in findings if finding.severity != INFO]
    explained = {
        (other.id, str(other.location))
        for cause in serious
        for other in serious
        if other is not cause
        and other.id in cause.explains
        and _together(cause, other)
        and cause.id not in other.explains
    }
    roots = [finding for finding in serious if (finding.id, str(finding.location)) not in explained]
    return sorted(
        roots,
        key=lambda finding: (
            -len(finding.explains),
            SEVERITY.index(finding.severity),
            -CONFIDENCE.index(finding.confidence),
        ),
    )


def judge(evidence: Evidence, findings: t.Sequence[Finding], errors: t.Sequence[str]) -> Verdict:
    """The verdict over findings that relate() has prepared."""
    harmed = symptoms(evidence)
    roots = causes(findings)
    if roots:
        first = roots[0]
        place = f" ({first.location})" if str(first.location) else ""
        more = f" {len(roots) - 1} more cause(s) beside it." if len(roots) > 1 else ""
        return Verdict(
            "fault",
            tuple(dict.fromkeys(root.id for root in roots)),
            first.confidence,
            f"{first.title}{place}: {first.observed}.{more}",
            first.location,
            first.remediation,
        )
    if harmed:
        return _inconclusive(
            _located(evidence, harmed),
            "Look at the failed steps; run again with diagnose_capture=always and more nodes (diagnose_max_nodes).",
        )
    missing = _not_measured(evidence, errors)
    if missing:
        return _inconclusive(
            f"It cannot be told: {missing}", "Mend what kept the probes from being made, and run again."
        )
    source = evidence.source.label if evidence.source else "the source"
    target = evidence.destination.text if evidence.destination else "the destination"
    promise = measured_promise(evidence)
    summary = f"{source} reaches {target}: every probe passed" + (f" ({promise})." if promise else ".")
    return Verdict("healthy", (), None, summary, Location(), "Nothing has to change.")


def _inconclusive(summary: str, change: str) -> Verdict:
    return Verdict("inconclusive", (), None, summary, Location(), change)


def _located(evidence: Evidence, harmed: t.Sequence[Probe]) -> str:
    """What is known of a fault whose cause is not."""
    seen = capture_proof(evidence, harmed) or capture_proof(evidence, harmed, backwards=True)
    text = f"{harmed[0]} fails, and no rule explains it"
    return f"{text}; its packets were {seen.text}." if seen else f"{text}."


def _not_measured(evidence: Evidence, errors: t.Sequence[str]) -> str:
    """Why "no probe failed" does not mean "healthy"; empty when it does."""
    problems = [str(problem["text"]) for problem in evidence.plan.get("problems") or []]
    if problems:
        return "; ".join(problems)
    main = evidence.sent("tcp", "udp", "ping", "backend-tcp")
    if not any(probe.status == "pass" for probe in main):
        reasons = [
            str(event.get("text"))
            for event in evidence.events
            if event.get("status") in ("error", "skipped") and event.get("phase") == "probe"
        ]
        reasons += [str(probe.result.get("error")) for probe in main if probe.status == "error"]
        if evidence.source is not None and evidence.source.netns is None:
            reasons.append(f"no probe can start at {evidence.source.text}, which nobody here manages")
        return "; ".join(dict.fromkeys(reasons)) or "no probe was made"
    port = evidence.destination.port if evidence.destination else None
    if port and evidence.plan["options"].get("protocol") != "icmp" and not evidence.sent("tcp", "udp"):
        return f"what was asked for passes, but port {port} was not tried"
    unclear = [probe for probe in evidence.sent("tcp", "udp") if probe.status == "error"]
    if unclear:
        return "; ".join(str(probe.result.get("error")) for probe in unclear)
    return "; ".join(filter(None, (unmade(evidence) or not_made(evidence), *errors)))
