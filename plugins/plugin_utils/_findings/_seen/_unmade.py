# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Probes that were planned at the real source and not made: what was not measured cannot be healthy."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Evidence

# Probes that answer the question asked; the others tell causes apart.
_ANSWERING = frozenset(("tcp", "udp", "ping", "backend-tcp", "mtu", "tcp-mtu", "dns-pod"))
# Those may find that there is nothing to measure, where nobody answers a ping for example.
_AUXILIARY = frozenset(("mtu", "tcp-mtu"))


def unmade(evidence: Evidence) -> str:
    """Which probes of the source were not made, and why; empty where all were. A probe that was sent and is not
    answered was made."""
    source = evidence.source
    if source is None or source.node is None:
        return ""
    work = (evidence.plan.get("work") or {}).get(source.node) or {}
    planned = [
        request
        for request in work.get("probes") or []
        if request.get("netns") == source.netns and request.get("role") in _ANSWERING
    ]
    made = {probe.id: probe for probe in evidence.probes if probe.phase == "probe"}
    reasons: dict[str, list[str]] = {}
    for request in planned:
        probe = made.get(str(request.get("id")))
        if probe is None:
            reasons.setdefault(_why_none(evidence, source.node), []).append(str(request.get("id")))
        elif probe.status == "error" and not probe.result.get("attempts") and probe.role not in _AUXILIARY:
            reasons.setdefault(str(probe.result.get("error") or "no reason given"), []).append(probe.id)
    missing = sum(map(len, reasons.values()))
    if not missing:
        return ""
    why = "; ".join(f"{', '.join(ids[:4])}{' …' if len(ids) > 4 else ''}: {reason}" for reason, ids in reasons.items())
    return f"{missing} of {len(planned)} probes from {source.label} were not made ({why})"


def _why_none(evidence: Evidence, node: str) -> str:
    """Why a node sent nothing."""
    last: t.Mapping[str, t.Any] = next(
        (event for event in reversed(evidence.events) if event.get("node") == node and event.get("phase") == "probe"),
        {},
    )
    if last.get("status") == "started":
        return "the task did not end in time"
    return str(last.get("text") or "there is no result of it") if last.get("status") != "done" else "no result of it"
