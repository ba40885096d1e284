# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller half of podnet.diagnostics.health: ask the agents, judge the matrix, show, write and send it."""

from __future__ import annotations

import dataclasses
import itertools
import json
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
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle import utc_now
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._judge._statements import Verdict
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._judge._verdict import judge
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._model import Matrix
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._read._agents import HealthError, Limits
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._read._measure import Question, measure
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._show._cilium import view as own_view
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._show._delivery import (
    FileError,
    absolute,
    post,
    write_files,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._show._html import render_html
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._show._json import document
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._show._json import event as make_event
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._show._text import (
    Line,
    View,
    findings,
    render,
    render_node_view,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._shown import show

display = Display()

# Which results fail the task, for each value of fail_on.
FAILING: dict[str, frozenset[str]] = {
    "never": frozenset(),
    "unhealthy": frozenset(("unhealthy",)),
    "unknown": frozenset(("unhealthy", "unknown")),
}
# The result of a task is kept by AWX and by callbacks: a large matrix is in the report folder only.
MOST_PAIRS_IN_RESULT = 100
HTML = "health.html"
# As the agent's own command bounds it.


@dataclasses.dataclass(frozen=True)
class _Outcome:
    """Everything that is shown, written and sent."""

    matrix: Matrix
    verdict: Verdict
    document: dict[str, t.Any]
    lines: list[Line]

    @property
    def event(self) -> dict[str, t.Any]:
        """The event, which is part of the document."""
        return t.cast(dict[str, t.Any], self.document["event"])


class ActionModule(ControllerAction):
    """One task for the whole cluster; what one node cannot tell is told by the others."""

    ARGUMENTS: t.ClassVar[dict[str, t.Any]] = {
        "namespace": {"type": "str", "default": "podnet-connectivity-checks"},
        "probe": {"type": "bool", "default": False},
        "confirm": {"type": "bool", "default": True},
        "nodes": {"type": "list", "elements": "str", "default": []},
        "from_node": {"type": "str"},
        "output": {"type": "str", "choices": ["text", "json"], "default": "text"},
        "succinct": {"type": "bool", "default": False},
        "verbose": {"type": "bool", "default": False},
        "report_dir": {"type": "path"},
        "fail_on": {"type": "str", "choices": sorted(FAILING), "default": "never"},
        "timeout": {"type": "float", "default": 30.0},
        "total_timeout": {"type": "float", "default": 300.0},
        "workers": {"type": "int", "default": 32},
        "packets": {"type": "int", "default": 0},
        "event_url": {"type": "str"},
        "event_token": {"type": "str", "no_log": True},
        "event_timeout": {"type": "float", "default": 10.0},
        "event_validate_certs": {"type": "bool", "default": True},
        "event_ca_path": {"type": "path"},
        **KUBE_ARGUMENT_SPEC,
    }

    def run_checked(self, arguments: dict[str, t.Any], task_vars: dict[str, t.Any]) -> Result:
        """Returns result, summary, health, health_event, diagnose, report and read."""
        question = _question(arguments)
        try:
            kube = connect(options_from_params(arguments))
            matrix = measure(kube, question)
        except (HealthError, KubeError) as exc:
            raise AnsibleActionFail(str(exc)) from None
        outcome = _outcome(kube, matrix, question, arguments)
        if arguments["output"] == "text":
            show(str(matrix.read))
        # One call for all lines of a colour that stand together, because each is one event of a job.
        for colour, lines in itertools.groupby(outcome.lines, key=lambda line: line.colour):
            show("\n".join(line.text for line in lines), color=colour or None)
        report, problem = _written(outcome, arguments)
        if in_job(task_vars):
            outcome.event["report"] = None
        if arguments["event_url"] and not self._task.check_mode:
            _send(outcome.event, arguments)
        return _result(outcome, report, problem, arguments)


def _question(arguments: dict[str, t.Any]) -> Question:
    limits = Limits(
        timeout=arguments["timeout"],
        total=arguments["total_timeout"],
        workers=arguments["workers"],
        packets=arguments["packets"],
    )
    return Question(
        arguments["namespace"],
        arguments["probe"],
        arguments["confirm"],
        tuple(dict.fromkeys(arguments["nodes"])),
        arguments["from_node"] or "",
        limits,
    )


def _outcome(kube: Kube, matrix: Matrix, question: Question, arguments: dict[str, t.Any]) -> _Outcome:
    verdict = judge(matrix, question.namespace)
    now = f"{utc_now()[:19]}Z"
    place = {"time": now, "cluster": kube.server, "namespace": question.namespace}
    page = str(absolute(arguments["report_dir"]) / HTML) if arguments["report_dir"] else None
    event = make_event(matrix, verdict, report=page, **place)
    found = {**document(matrix, verdict, probed=question.probe, own_view=question.own_view, **place), "event": event}
    if arguments["output"] == "json":
        lines = [Line(text) for text in json.dumps(found, indent=2).splitlines()]
    else:
        lines = _text(
            matrix, verdict, View(now, question.probe, arguments["succinct"], arguments["verbose"]), question.own_view
        )
    return _Outcome(matrix, verdict, found, lines)


def _text(matrix: Matrix, verdict: Verdict, view: View, node: str) -> list[Line]:
    if not node:
        return render(matrix, verdict, view)
    found = own_view(matrix, node)
    if found is None:
        reason = matrix.answers[node].problem
        return [
            Line(f"Cluster health:   Warning   the agent on {node} could not be asked: {reason}"),
            Line(""),
            *findings(verdict, view.succinct),
        ]
    return [*render_node_view(found, view), Line(""), *findings(verdict, view.succinct)]


def _written(outcome: _Outcome, arguments: dict[str, t.Any]) -> tuple[dict[str, str], str]:
    """The paths of the report's files by kind, or why there are none."""
    if not arguments["report_dir"]:
        return {}, ""
    found = outcome.document
    text = render(outcome.matrix, outcome.verdict, View(found["time"], found["probed"], verbose=arguments["verbose"]))
    page = render_html(
        outcome.matrix,
        outcome.verdict,
        time=found["time"],
        cluster=found["cluster"],
        namespace=found["namespace"],
        probed=found["probed"],
    )
    files = {
        "health.json": json.dumps(found, indent=1) + "\n",
        "health.txt": "".join(f"{line.text}\n" for line in text),
        "event.json": json.dumps(outcome.event, indent=1) + "\n",
        HTML: page,
    }
    try:
        written = write_files(arguments["report_dir"], files)
    except FileError as exc:
        outcome.event["report"] = None
        return {}, str(exc)
    show(f"Report: {written[HTML]}")
    kinds = {"health.json": "json", "health.txt": "txt", "event.json": "event", HTML: "html"}
    return {kinds[name]: path for name, path in written.items()}, ""


def _send(event: dict[str, t.Any], arguments: dict[str, t.Any]) -> None:
    problem = post(
        arguments["event_url"],
        event,
        arguments["event_token"],
        arguments["event_timeout"],
        arguments["event_validate_certs"],
        arguments["event_ca_path"],
    )
    if problem:
        display.warning(problem)


def _result(outcome: _Outcome, report: dict[str, str], problem: str, arguments: dict[str, t.Any]) -> Result:
    verdict, event = outcome.verdict, outcome.event
    found = {key: value for key, value in outcome.document.items() if key != "event"}
    if len(found["matrix"]) > MOST_PAIRS_IN_RESULT:
        found.update(matrix=[], matrix_complete=False)
    diagnose = event["diagnose"] or {}
    summary = {
        "result": verdict.result,
        "summary": verdict.summary,
        "nodes": event["nodes"],
        "diagnose": diagnose,
        "report": event["report"] or "",
    }
    return {
        "result": verdict.result,
        "summary": verdict.summary,
        "msg": problem or verdict.summary,
        "health": found,
        "health_event": event,
        "diagnose": diagnose,
        "report": report,
        "read": dataclasses.asdict(outcome.matrix.read) if outcome.matrix.read else {},
        "failed": bool(problem) or verdict.result in FAILING[arguments["fail_on"]],
        "ansible_stats": {"data": {"podnet_health": summary}, "per_host": False, "aggregate": False},
    }
