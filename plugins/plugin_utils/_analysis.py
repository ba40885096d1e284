# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""From a bundle to findings and reports: the one way in for the runbook, its single steps and the offline analysis."""

from __future__ import annotations

import gc
import hashlib
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle import Bundle, BundleError
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle_files import digest
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle_parts import Parts, read_parts, read_shown
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._analyse import analyse
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import POSSIBLE
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import load
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._crossed import to_be_read
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._captures import index_captures
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._dose import idle_to_try
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._html import render_html
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._json import render_json
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._junit import render_junit
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._markdown import (
    render_markdown,
    render_markdown_verdict,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._text import STATUS_COLOURS, step_lines
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._version import COLLECTION_VERSION

# The last analysis, and what it was made from: a step that finds the same evidence is cut from it.
KEPT = "analysis.json.gz"
# What is made from the evidence.
_MADE = (KEPT, Bundle.IDLE, "findings.json")


def analyse_bundle(bundle: Bundle) -> JsonObject:
    """findings.json for what the bundle holds by now and can be relied on. Raises BundleError with one sentence.

    It is analysed again only where there is new evidence.
    """
    kept = _kept(bundle)
    if kept and kept.get("evidence") == _digest(bundle):
        return t.cast(JsonObject, kept["findings"])
    _index(bundle)
    parts = read_parts(bundle)
    key = _digest(bundle)
    try:
        findings, wanted, crossed = _findings(parts)
        if not parts.probes:
            # Each node's probe task would unpack the snapshots of all nodes for that.
            seconds = idle_to_try(parts.plan, parts.snapshots.values())
            bundle.write_json(bundle.IDLE, {"nodes": sorted(parts.snapshots), "seconds": seconds})
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError) as exc:
        raise BundleError(_unreadable(bundle, exc)) from None
    # What was simulated refers to itself: 10 MiB with the rules of 2000 Services, beside which reports would be made.
    gc.collect()
    findings["errors"] += [f"The bundle is damaged: {problem}" for problem in parts.problems]
    findings = _doubted(findings) if parts.doubtful else findings
    bundle.write_json(KEPT, {"evidence": key, "findings": findings, "wanted": wanted, "crossed": crossed})
    return findings


def _findings(parts: Parts) -> tuple[JsonObject, dict[str, list[str]], list[str]]:
    """findings.json; what the analysis looked for in cluster.json and nobody had asked for; before anything is sent,
    the nodes that packets would be forwarded by and that nobody looked at."""
    evidence = load(
        plan=parts.plan,
        cluster=parts.cluster,
        snapshots=parts.snapshots,
        probes=parts.probes,
        captures=parts.captures,
        events=parts.events,
        counters=parts.counters,
        endpoints=parts.endpoints,
        counters_again=parts.counters_again,
    )
    findings = analyse(evidence).to_json()
    return findings, evidence.index.wanted, [] if parts.probes or not parts.snapshots else to_be_read(evidence)


def shown_steps(findings: JsonObject, names: t.Sequence[str]) -> list[tuple[str, str]]:
    """The steps of those names, each as lines for people and its colour: one event of a job for each."""
    steps = [step for step in findings["steps"] if step["name"] in names]
    return [("\n".join(step_lines(step)), STATUS_COLOURS[step["status"]]) for step in steps]


def still_wanted(bundle: Bundle) -> dict[str, list[str]]:
    """What the last analysis of a run that is not over looked for in cluster.json, and nobody had asked for."""
    return _kept(bundle).get("wanted") or {}


def still_crossed(bundle: Bundle) -> list[str]:
    """The nodes that the packets of a run would be forwarded by, and that nobody looked at. Known before anything is
    sent."""
    return _kept(bundle).get("crossed") or []


def _digest(bundle: Bundle) -> str:
    """What the analysis is made from, and by which version of it."""
    found = hashlib.sha256(COLLECTION_VERSION.encode())
    for name, path in sorted(bundle.files().items()):
        if name in _MADE or name.startswith("report."):
            continue
        found.update(f"{name} {digest(path)}\n".encode())
    return found.hexdigest()


def _kept(bundle: Bundle) -> JsonObject:
    """The last analysis; nothing where there is none, or where the run is over."""
    try:
        # A bundle that is complete is always analysed: anybody may have written to it since.
        if bundle.manifest().get("sealed"):
            return {}
        found = bundle.read_json(KEPT) if bundle.path(KEPT).exists() else {}
    except BundleError:
        return {}
    return found if isinstance(found, dict) and isinstance(found.get("findings"), dict) else {}


def report_context(bundle: Bundle) -> JsonObject:
    """What a report shows beside the findings."""
    _index(bundle)
    return {"manifest": bundle.manifest(), **read_shown(bundle)}


def short_report(findings: JsonObject, context: JsonObject, most: int = 6000) -> str:
    """The verdict in Markdown, short enough for one event of a job and for a chat."""
    return render_markdown_verdict(findings, context, most)


def _index(bundle: Bundle) -> None:
    """Bring the index of the captures up to date."""
    try:
        index_captures(bundle)
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as exc:
        raise BundleError(_unreadable(bundle, exc)) from None


def _unreadable(bundle: Bundle, exc: Exception) -> str:
    return (
        f"Cannot analyse the bundle {bundle.root}: one of its files has a value that nothing can be made of "
        f"({type(exc).__name__}: {' '.join(str(exc).split())[:200]})"
    )


def _doubted(findings: JsonObject) -> JsonObject:
    """The same with nothing proven, since it is not known what was planned."""
    verdict = findings["verdict"]
    if verdict["result"] == "healthy":
        verdict.update(
            result="inconclusive",
            summary="It cannot be told: plan.json is not what was written.",
            remediation="Run the diagnosis again.",
        )
    for found in (verdict, *findings["findings"]):
        if found["confidence"] is not None:
            found["confidence"] = POSSIBLE
    return findings


def write_reports(bundle: Bundle, findings: JsonObject) -> dict[str, str]:
    """Write report.html, report.md, report.json and report.xml, seal the bundle, and return their paths."""
    context = report_context(bundle)
    rendered = {
        "html": render_html(findings, context),
        "md": render_markdown(findings, context),
        "json": render_json(findings, context),
        "xml": render_junit(findings, context),
    }
    paths = {
        kind: str(bundle.write_bytes(f"report.{kind}", text.encode("utf-8", "replace")))
        for kind, text in rendered.items()
    }
    # What was kept for the steps is in findings.json now.
    for name in (KEPT, bundle.IDLE):
        bundle.path(name).unlink(missing_ok=True)
    bundle.seal()
    return paths
