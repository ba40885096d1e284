# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller half of podnet.diagnostics.diagnose_report: analyse a bundle, write the reports, give the verdict."""

from __future__ import annotations

import pathlib
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.utils.display import Display

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Kube, connect
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._options import (
    KUBE_ARGUMENT_SPEC,
    options_from_params,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._action import ControllerAction, Result, in_job
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._analysis import (
    analyse_bundle,
    report_context,
    short_report,
    shown_steps,
    still_wanted,
    write_reports,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle import Bundle
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._runbook._steps import STEPS
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._look_again import look_again
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._reading._concealed import without_private_labels
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._reading._question import read_further, without_answer
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._text import VERDICT_COLOURS, verdict_lines
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._shown import show
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._sink._options import (
    SINK_ARGUMENT_SPEC,
    web_from_params,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._sink._places import Place, SinkError, parse_places
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._sink._store import (
    Evidence,
    Stored,
    local_bundle,
    store,
)

display = Display()

# What is found may lead to something else that is wanted: a pod, to the policies of its namespace.
MOST_ROUNDS = 3

# Which verdicts fail the run, for each value of fail_on.
FAILING: dict[str, frozenset[str]] = {
    "never": frozenset(),
    "fault": frozenset(("fault",)),
    "inconclusive": frozenset(("fault", "inconclusive")),
}


class ActionModule(ControllerAction):
    """The last step. But for a second look at the endpoints, where it is asked for, nothing is measured here, so it
    gives the same answer for the same bundle, anywhere."""

    ARGUMENTS: t.ClassVar[dict[str, t.Any]] = {
        "bundle": {"type": "path", "required": True},
        "fail_on": {"type": "str", "choices": sorted(FAILING), "default": "never"},
        "look_again": {"type": "bool", "default": False},
        "steps": {"type": "list", "elements": "str", "choices": list(STEPS), "default": []},
        "defer": {"type": "bool", "default": False},
        **SINK_ARGUMENT_SPEC,
        **KUBE_ARGUMENT_SPEC,
    }

    def run_checked(self, arguments: dict[str, t.Any], task_vars: dict[str, t.Any]) -> Result:
        """Returns verdict, findings (ids), report (paths), evidence (addresses) and the statistics for the next job."""
        try:
            places = parse_places(arguments["sink"])
            root = local_bundle(arguments["bundle"], lambda: _kube(arguments), web_from_params(arguments))
        except SinkError as exc:
            raise AnsibleActionFail(str(exc)) from None
        bundle = Bundle.open(root)
        if arguments["look_again"] and not self._task.check_mode:
            look_again(bundle, lambda: _kube(arguments))
        findings = _analysed(bundle, arguments)
        for text, colour in shown_steps(findings, arguments["steps"]):
            show(text, color=colour)
        bundle.write_json("findings.json", findings)
        reports = write_reports(bundle, findings)
        verdict, plan = findings["verdict"], bundle.plan()
        context = report_context(bundle)
        markdown = short_report(findings, context)
        stored = Stored() if self._task.check_mode else _store(places, bundle, arguments)
        unwritten, reports = _unwritten(bundle, reports)
        # One call, because each is one event of a job.
        lines = [*verdict_lines(findings, context), *([f"Report: {reports['html']}"] if reports["html"] else [])]
        lines += [f"Evidence: {address}" for address in stored.addresses]
        show("\n".join(lines), color=VERDICT_COLOURS[verdict["result"]])
        for problem in (*findings["errors"], *unwritten, *stored.problems):
            display.warning(problem)
        result: Result = {
            "verdict": verdict,
            "findings": [finding["id"] for finding in findings["findings"]],
            "report": reports,
            "evidence": list(stored.addresses),
            "evidence_problems": list(stored.problems),
            "markdown": markdown,
            "msg": verdict["summary"],
            "ansible_stats": {
                "data": {"podnet_diagnosis": _summary(verdict, markdown, stored, bundle, task_vars)},
                "per_host": False,
                "aggregate": False,
            },
        }
        problem = _nothing_diagnosed(plan)
        failing = verdict["result"] in FAILING[arguments["fail_on"]]
        result.update(msg=problem or verdict["summary"], failure=problem or (verdict["summary"] if failing else ""))
        return {**result, "failed": bool(result["failure"]) and not arguments["defer"]}


def _analysed(bundle: Bundle, arguments: dict[str, t.Any]) -> dict[str, t.Any]:
    """The findings, and with what the analysis lacked of the cluster's objects: an address without a pod may be that of
    one that nobody has asked for yet."""
    findings = analyse_bundle(bundle)
    for _round in range(MOST_ROUNDS):
        wanted = still_wanted(bundle)
        if not wanted:
            break
        cluster = bundle.read_json("cluster.json.gz")
        try:
            cluster = without_private_labels(read_further(_kube(arguments), cluster, wanted))
        except KubeError as exc:
            cluster = without_answer(cluster, exc, wanted)
        bundle.write_json("cluster.json.gz", cluster)
        findings = analyse_bundle(bundle)
    return findings


def _kube(arguments: dict[str, t.Any]) -> Kube:
    return connect(options_from_params(arguments))


def _store(places: list[Place], bundle: Bundle, arguments: dict[str, t.Any]) -> Stored:
    report = bundle.read_bytes("report.md").decode("utf-8", "replace")
    evidence = Evidence(bundle.root, str(bundle.manifest()["run_id"]), report)
    return store(places, evidence, lambda: _kube(arguments), web_from_params(arguments), arguments["sink_keep"])


def _summary(
    verdict: dict[str, t.Any], markdown: str, stored: Stored, bundle: Bundle, task_vars: dict[str, t.Any]
) -> dict[str, t.Any]:
    """What the next job gets. The files of a job are gone when it ends: their paths are told outside of jobs only."""
    summary = {
        "result": verdict["result"],
        "root_cause": verdict["root_cause"],
        "confidence": verdict["confidence"],
        "summary": verdict["summary"],
        "location": verdict["location"],
        "evidence": list(stored.addresses),
        "markdown": markdown,
    }
    if in_job(task_vars):
        return summary
    return {**summary, "bundle": str(bundle.root), "report": str(bundle.path("report.html"))}


def _unwritten(bundle: Bundle, reports: dict[str, str]) -> tuple[list[str], dict[str, str]]:
    """Why the evidence is not complete, and the reports that are there. What could not be kept is forgotten then."""
    reason, names = bundle.spilled()
    bundle.forget_spilled()
    kept = {kind: path if pathlib.Path(path).is_file() else "" for kind, path in reports.items()}
    return ([f"{reason}; {len(names)} files of the evidence could not be kept"] if reason else []), kept


def _nothing_diagnosed(plan: dict[str, t.Any]) -> str:
    """Why this run diagnosed nothing at all; empty when something was."""
    if plan["source"] is None or plan["destination"] is None:
        return "Nothing was diagnosed: " + "; ".join(problem["text"] for problem in plan["problems"])
    if plan["nodes"] and set(plan["nodes"]) == set(plan["outside_limit"]):
        return f"Nothing was diagnosed: every node involved ({', '.join(plan['nodes'])}) is outside the limit"
    return ""
