# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller half of podnet.diagnostics.diagnose_report: analyse a bundle, write the reports, give the verdict."""

from __future__ import annotations

import typing as t

from ansible.utils.display import Display

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._action import ControllerAction, Result
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._analysis import (
    analyse_bundle,
    report_context,
    write_reports,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle import Bundle
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._text import VERDICT_COLOURS, verdict_lines

# Which verdicts fail the run, for each value of fail_on.
FAILING: dict[str, frozenset[str]] = {
    "never": frozenset(),
    "fault": frozenset(("fault",)),
    "inconclusive": frozenset(("fault", "inconclusive")),
}


class ActionModule(ControllerAction):
    """The last step: nothing is measured here, so it gives the same answer for the same bundle, anywhere."""

    ARGUMENTS: t.ClassVar[dict[str, t.Any]] = {
        "bundle": {"type": "path", "required": True},
        "fail_on": {"type": "str", "choices": sorted(FAILING), "default": "never"},
    }

    def run_checked(self, arguments: dict[str, t.Any], task_vars: dict[str, t.Any]) -> Result:
        """Returns verdict, findings (ids), report (paths) and the statistics for the next job."""
        bundle = Bundle.open(arguments["bundle"])
        findings = analyse_bundle(bundle)
        bundle.write_json("findings.json", findings)
        reports = write_reports(bundle, findings)
        verdict = findings["verdict"]
        display = Display()
        for line in verdict_lines(findings, report_context(bundle)):
            display.display(line, color=VERDICT_COLOURS[verdict["result"]])
        display.display(f"Report: {reports['html']}")
        summary = {
            "result": verdict["result"],
            "root_cause": verdict["root_cause"],
            "confidence": verdict["confidence"],
            "summary": verdict["summary"],
            "location": verdict["location"],
            "bundle": str(bundle.root),
            "report": reports["html"],
        }
        result: Result = {
            "verdict": verdict,
            "findings": [finding["id"] for finding in findings["findings"]],
            "report": reports,
            "msg": verdict["summary"],
            "ansible_stats": {"data": {"podnet_diagnosis": summary}, "per_host": False, "aggregate": False},
        }
        problem = _nothing_diagnosed(bundle)
        if problem:
            return {**result, "failed": True, "msg": problem}
        return {**result, "failed": verdict["result"] in FAILING[arguments["fail_on"]]}


def _nothing_diagnosed(bundle: Bundle) -> str:
    """Why this run diagnosed nothing at all; empty when something was."""
    plan = bundle.plan()
    if plan["source"] is None or plan["destination"] is None:
        return "Nothing was diagnosed: " + "; ".join(problem["text"] for problem in plan["problems"])
    if plan["nodes"] and set(plan["nodes"]) == set(plan["outside_limit"]):
        return f"Nothing was diagnosed: every node involved ({', '.join(plan['nodes'])}) is outside the limit"
    return ""
