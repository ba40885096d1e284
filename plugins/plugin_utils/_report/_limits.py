# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What was not measured, and why: a report must never say more than the run knows."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report import _wording
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._content import Hop, Problem, Report

NO_REASON = "no reason was recorded"


def not_measured(report: Report) -> tuple[Problem, ...]:
    """Everything the run skipped or could not measure, in the order of the run; what has one reason stands together."""
    found = [
        *report.problems,
        *(Problem(f"node {node}", "outside the limit of this run") for node in report.outside_limit),
        *_steps(report),
        *_probes(report),
        *_captures(report),
        *_hops(report.forward, "way there"),
        *_hops(report.reverse, "way back"),
    ]
    reasons: dict[str, list[str]] = {}
    for item in found:
        reasons.setdefault(item.why or NO_REASON, []).append(item.what or "the run")
    return tuple(Problem(", ".join(dict.fromkeys(what)), why) for why, what in reasons.items())


def _steps(report: Report) -> t.Iterator[Problem]:
    if not report.steps:
        yield Problem("the runbook", "no step was recorded")
    for step in report.steps:
        # An undecided verdict is told as the verdict, it is not a measurement.
        if step.status not in ("pass", "fail") and step.name != "verdict":
            what = "not run" if step.status == "skipped" else "could not be measured"
            yield Problem(f"step {step.name}: {what}", step.summary)


def _probes(report: Report) -> t.Iterator[Problem]:
    """Probes without a result, those with the same reason together."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for probe in report.probes:
        if probe.status not in ("pass", "fail"):
            reasons.setdefault((probe.status, probe.error), []).append(_wording.role(probe))
    for (status, error), roles in reasons.items():
        which = ", ".join(dict.fromkeys(roles))
        what = "skipped" if status == "skipped" else "not measured"
        yield Problem(f"{_wording.plural(len(roles), 'probe')} {what} ({which})", error)


def _captures(report: Report) -> t.Iterator[Problem]:
    for capture in report.captures:
        name = f"capture of {capture.device or 'a device'} on {capture.node or 'an unknown node'}"
        if capture.error:
            yield Problem(name, capture.error)
        elif capture.weakness:
            yield Problem(f"{name}: incomplete", capture.weakness)
        elif capture.dropped:
            yield Problem(f"{name}: incomplete", f"the kernel dropped {_wording.plural(capture.dropped, 'packet')}")


def _hops(hops: tuple[Hop, ...], direction: str) -> t.Iterator[Problem]:
    """Hops whose state is not known, those with the same reason together."""
    reasons: dict[str, list[str]] = {}
    for hop in hops:
        if hop.status == "unknown":
            where = f" on {hop.node}" if hop.node else ""
            reasons.setdefault(hop.note, []).append(f"{_wording.hop_name(hop)}{where}")
    for note, names in reasons.items():
        what = f"{_wording.plural(len(names), 'hop')} of the {direction} ({', '.join(names)})"
        yield Problem(what, note or "what is there was not examined")
