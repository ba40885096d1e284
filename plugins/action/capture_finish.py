# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller half of podnet.diagnostics.capture_finish: one file of everything, its index, and where they go."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.utils.display import Display

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import connect
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._options import (
    KUBE_ARGUMENT_SPEC,
    options_from_params,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._action import ControllerAction, Result, in_job
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle import Bundle, BundleError
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._capturing._follow import RAW
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._capturing._merge import Merged, Source, merge
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._capturing._redaction import mapping_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._capturing._summary import (
    FILE,
    Outcome,
    capture_entries,
    capture_problems,
    counts,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._capturing._trigger import BEFORE, FIRED
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._node_action import is_lost
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._redact._key import KeyFileError
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._redact._mapping import Mapping
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._shown import show
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._sink._options import (
    SINK_ARGUMENT_SPEC,
    web_from_params,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._sink._places import SinkError, parse_places
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._sink._store import Evidence, Stored, store

display = Display()

FAILING: dict[str, frozenset[str]] = {
    "never": frozenset(),
    "nothing": frozenset(("nothing",)),
    "incomplete": frozenset(("nothing", "incomplete")),
}
COLOURS = {"complete": "green", "not_triggered": "yellow", "incomplete": "yellow", "nothing": "red"}
# What is not a part of the evidence: it was needed on the way.
_WORK = ("plan.json", "events.jsonl", "wait.json", BEFORE, FIRED, "started", "ended", "whole", "progress")
# Of an archive; see _sink._archive.
MOST_BYTES = 512 << 20


class ActionModule(ControllerAction):
    """The last step. Nothing is removed but what is a part of the file that was made of it."""

    ARGUMENTS: t.ClassVar[dict[str, t.Any]] = {
        "bundle": {"type": "path", "required": True},
        "fail_on": {"type": "str", "choices": sorted(FAILING), "default": "incomplete"},
        **SINK_ARGUMENT_SPEC,
        **KUBE_ARGUMENT_SPEC,
    }

    def run_checked(self, arguments: dict[str, t.Any], task_vars: dict[str, t.Any]) -> Result:
        """Returns result, summary, file, evidence, failure and the statistics for the next job."""
        bundle = Bundle.open(arguments["bundle"])
        plan = bundle.plan()
        try:
            mapping = mapping_of(plan["options"])
        except KeyFileError as exc:
            raise AnsibleActionFail(str(exc)) from None
        for pipe in plan["options"]["live"].values():
            with contextlib.suppress(OSError):
                os.unlink(pipe)
        outcome = _outcome(bundle, plan, mapping)
        index, report, lines = outcome.index(), outcome.markdown(), outcome.lines()
        if mapping is not None:
            index = json.loads(mapping.text(json.dumps(index)))
            report = mapping.text(report)
            lines = [mapping.text(line) for line in lines]
        bundle.write_json("index.json", index)
        bundle.write_bytes("report.md", report.encode("utf-8", "replace"))
        _tidy(bundle, keep_raw=outcome.file is None and not outcome.plan["options"]["redact"])
        bundle.seal()
        stored = self._store(bundle, outcome, report, arguments)
        file = str(bundle.path(FILE)) if outcome.file is not None else ""
        lines += [f"File: {file}"] if file else []
        lines += [f"Evidence: {address}" for address in stored.addresses]
        show("\n".join(lines), color=COLOURS[outcome.result])
        for problem in stored.problems:
            display.warning(problem)
        failing = outcome.result in FAILING[arguments["fail_on"]] or (
            bool(stored.problems) and arguments["fail_on"] == "incomplete"
        )
        failure = stored.problems[0] if stored.problems and outcome.result == "complete" else index["summary"]
        return {
            "result": outcome.result,
            "summary": index["summary"],
            "msg": index["summary"],
            "file": file,
            "captures": index["captures"],
            "trigger": index["trigger"],
            "problems": [*index["problems"], *stored.problems],
            "evidence": list(stored.addresses),
            "failure": failure if failing else "",
            "ansible_stats": {
                "data": {"podnet_capture": _summary(index, stored, bundle, file, task_vars)},
                "per_host": False,
                "aggregate": False,
            },
        }

    def _store(self, bundle: Bundle, outcome: Outcome, report: str, arguments: dict[str, t.Any]) -> Stored:
        places = parse_places(arguments["sink"])
        if not places or self._task.check_mode:
            return Stored()
        if outcome.file is not None and outcome.file["bytes"] > MOST_BYTES:
            return Stored(problems=(f"Cannot store the evidence: {FILE} has more than {MOST_BYTES >> 20} MiB",))
        web = web_from_params(arguments)
        evidence = Evidence(bundle.root, str(bundle.manifest()["run_id"]), report)
        try:
            return store(places, evidence, lambda: connect(options_from_params(arguments)), web, arguments["sink_keep"])
        except SinkError as exc:
            return Stored(problems=(str(exc),))


def _outcome(bundle: Bundle, plan: JsonObject, mapping: Mapping | None) -> Outcome:
    """Everything that the nodes have told, and the file of it."""
    started = {path.stem: bundle.read_json(f"started/{path.name}") for path in bundle.glob("started/*.json")}
    records = {path.stem: bundle.read_json(f"ended/{path.name}") for path in bundle.glob("ended/*.json")}
    whole = {path.stem for path in bundle.glob("whole/*.json")}
    ended = bundle.read_json("wait.json") if bundle.path("wait.json").exists() else {"ended": "nothing", "text": ""}
    trigger = bundle.read_json(FIRED) if bundle.path(FIRED).exists() else None
    sources = [
        Source(
            node,
            {**record, "filter": _filter_of(started[node], record)},
            tuple(bundle.path(f"{RAW}/{node}") / file["name"] for file in record["files"]),
        )
        for node in sorted(whole)
        for record in records[node]
        if record["ended"] != "not_started" and record["files"]
    ]
    problems = [problem["text"] for problem in plan["problems"]] + _problems(bundle, plan, started)
    if ended["ended"] == "given_up":
        problems.append(ended["text"])
    file, merged = None, Merged([])
    if sources:
        ports = {port for node in whole for port in started[node]["vxlan_ports"]}
        try:
            file, merged = _written(bundle, plan, sources, mapping, ports)
        except OSError as exc:
            kept = "" if mapping is not None else f"; the packets of each device are in {bundle.root / RAW}"
            problems.append(f"Cannot write {FILE}: {exc.strerror}{kept}")
    packets = counts(sources, merged) if file is not None else {}
    captures = [
        entry
        for node in sorted(whole)
        for entry in capture_entries(node, records[node], started[node], packets.get(node, {}))
    ]
    for entry in captures:
        problems += capture_problems(entry)
    lost = sorted({event["node"] for event in bundle.events() if is_lost(event)})
    return Outcome(plan, ended, trigger, captures, list(dict.fromkeys(problems)), file, lost)


def _filter_of(started: JsonObject, record: JsonObject) -> str:
    for device, filter_ in zip(started["devices"], started["filters"]):
        if (device["name"], device["netns"]) == (record["device"], record["netns"]):
            return str(filter_)
    return ""


def _problems(bundle: Bundle, plan: JsonObject, started: JsonObject) -> list[str]:
    """What went wrong on nodes."""
    found = []
    for node in plan["nodes"]:
        events = [event for event in bundle.events() if event["node"] == node and event["status"] != "started"]
        errors = [event["text"] for event in events if event["status"] == "error"]
        found += [text if node in text else f"{node}: {text}" for text in dict.fromkeys(errors)]
        told = started.get(node) or {"devices": [], "problems": []}
        found += [f"{node}: {problem}" for problem in told["problems"] if not errors]
        if not events and plan["nodes"][node]["targets"]:
            found.append(f"{node}: nothing is known of it")
    return found


def _written(
    bundle: Bundle, plan: JsonObject, sources: list[Source], mapping: Mapping | None, ports: t.Iterable[int]
) -> tuple[JsonObject, Merged]:
    """The file, whole or not at all."""
    path = bundle.path(FILE)
    partial = path.with_name(f".{FILE}.partial")
    comment = f"podnet.diagnostics capture {plan['run_id']}; each packet has the time of its node's own clock"
    if mapping is not None:
        comment += "; addresses are redacted"
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            merged = merge(sources, stream, comment, plan["options"]["payload"], mapping, ports)
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
    return {"name": FILE, "bytes": path.stat().st_size, "first_ns": merged.first, "last_ns": merged.last}, merged


def _tidy(bundle: Bundle, keep_raw: bool) -> None:
    """Leave the evidence alone in its folder."""
    for name in (*_WORK, *([] if keep_raw else [RAW])):
        with contextlib.suppress(BundleError):
            path = bundle.path(name)
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _summary(index: JsonObject, stored: Stored, bundle: Bundle, file: str, task_vars: dict[str, t.Any]) -> JsonObject:
    """What the next job gets. The files of a job are gone when it ends: their paths are told outside of jobs only."""
    summary = {
        "result": index["result"],
        "summary": index["summary"],
        "trigger": index["trigger"],
        "packets": sum(capture["packets"] for capture in index["captures"]),
        "nodes": sorted({capture["node"] for capture in index["captures"]}),
        "evidence": list(stored.addresses),
    }
    if in_job(task_vars):
        return summary
    return {**summary, "dir": str(bundle.root), "file": file}
