# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One diagnosis: run it, and read from its bundle and its timeline what it took."""

from __future__ import annotations

import collections
import dataclasses
import gzip
import json
import sys
import typing as t
from pathlib import Path

from .lab import BenchError, Lab

HERE = Path(__file__).resolve().parent
AGENT_IMAGE = "podnet.lab/agent:1"
COLLECTION = "podnet.diagnostics."
# What a task of the playbook is for, by its action and the argument that tells its kinds apart.
PHASES: dict[tuple[str, str], str] = {
    ("diagnose_prepare", ""): "cluster read, plan",
    ("node_agent", "present"): "agents started",
    ("diagnose_node", "snapshot"): "snapshot",
    ("diagnose_node", "probe"): "probes",
    ("diagnose_node", "capture_start"): "captures started",
    ("diagnose_node", "reprobe"): "probes again",
    ("diagnose_node", "capture_stop"): "captures stopped",
    ("diagnose_step", ""): "steps shown",
    ("node_agent", "absent"): "agents removed",
    ("diagnose_report", ""): "analysis, report",
}
STARTS, OTHER, ENDS = "Ansible starts", "other tasks", "Ansible ends"
ORDER = (STARTS, *PHASES.values(), OTHER, ENDS)
Record = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Scenario:
    """A question, and what the verdict must be: a run that answers wrongly measures nothing."""

    name: str
    source: str
    destination: str
    port: int | None = None
    protocol: str | None = None
    root_cause: str | None = None

    @property
    def variables(self) -> dict[str, t.Any]:
        """The playbook's variables."""
        asked = {"source": self.source, "destination": self.destination, "port": self.port, "protocol": self.protocol}
        return {f"diagnose_{name}": value for name, value in asked.items() if value is not None}


@dataclasses.dataclass(frozen=True)
class Node:
    """What one run did on one node: Ansible tasks that went there, commands that they sent, its snapshot in bytes."""

    tasks: list[str]
    commands: int
    snapshot_json: int
    snapshot_gzip: int
    seconds: dict[str, float]


@dataclasses.dataclass(frozen=True)
class Run:
    """One diagnosis. Seconds count from the start of ansible-playbook; sizes in bytes, memory in KiB."""

    scenario: str
    access: str
    verdict: str
    right: bool
    load: float
    report_seconds: float
    total_seconds: float
    cpu_seconds: float
    phases: dict[str, float]
    source: str
    nodes: dict[str, Node]
    exec_requests: int
    bundle_bytes: int
    capture_bytes: int
    largest_process: int
    memory: dict[str, int] | None


def diagnose(
    lab: Lab, scenario: Scenario, access: str, folder: Path, memory: bool = False, inventory: bool = True
) -> Run:
    """Run the playbook once in an empty folder, as a user would, and measure it. inventory: whether it has one of all
    nodes, or the way to the API alone."""
    bundle, timeline, result, output = (
        folder / name for name in ("bundle", "timeline.jsonl", "result.json", "output.txt")
    )
    variables = {**scenario.variables, "podnet_access": access, "diagnose_bundle_dir": str(bundle)}
    meter = [sys.executable, str(HERE / "meter.py"), *(["--memory"] if memory else []), str(result), str(output)]
    before = lab.exec_requests()
    # Where to find the agents' image is all that the lab's inventory says beside the nodes.
    none = [] if inventory else ["-i", "localhost,", "-e", f"node_agent_image={AGENT_IMAGE}"]
    lab.run(
        [*meter, "ansible-playbook", *none, COLLECTION + "diagnose", "-e", json.dumps(variables)],
        {
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback"),
            "ANSIBLE_CALLBACKS_ENABLED": "podnet_timeline",
            "PODNET_BENCH_TIMELINE": str(timeline),
        },
    )
    requests = lab.exec_requests() - before
    try:
        return _read(scenario, access, bundle, _lines(timeline), json.loads(result.read_text()), requests)
    except (OSError, ValueError) as exc:
        said = output.read_text(errors="replace")[-2000:] if output.exists() else ""
        raise BenchError(f"Cannot measure {scenario.name} through {access}: {exc}\n{said}") from exc


def _read(scenario: Scenario, access: str, bundle: Path, timeline: list[Record], meter: Record, requests: int) -> Run:
    verdict = json.loads((bundle / "findings.json").read_text())["verdict"]
    plan = json.loads((bundle / "plan.json").read_text())
    wanted = "fault" if scenario.root_cause else "healthy"
    begin, end = meter["begin"], meter["end"]
    return Run(
        scenario=scenario.name,
        access=access,
        verdict=verdict["root_cause"] or verdict["result"],
        right=verdict["result"] == wanted and verdict["root_cause"] == scenario.root_cause,
        load=meter["load"],
        report_seconds=(bundle / "report.html").stat().st_mtime - begin,
        total_seconds=end - begin,
        cpu_seconds=meter["cpu_seconds"],
        phases=_phases(timeline, begin, end),
        source=str((plan["source"] or {}).get("node") or ""),
        nodes=_nodes(bundle, plan, timeline),
        exec_requests=requests,
        bundle_bytes=_size(bundle),
        capture_bytes=_size(bundle / "captures"),
        largest_process=meter["largest_process"],
        memory=meter["memory"],
    )


def _phases(timeline: list[Record], begin: float, end: float) -> dict[str, float]:
    """Seconds of each phase; together they are the whole run, because a task lasts until the next one begins."""
    marks = [(begin, STARTS)]
    for record in timeline:
        if record["event"] == "task":
            marks.append(
                (record["time"], PHASES.get((record["action"].removeprefix(COLLECTION), record["what"]), OTHER))
            )
        elif record["event"] == "end":
            marks.append((record["time"], ENDS))
    phases = dict.fromkeys(ORDER, 0.0)
    for (at, phase), (until, _next) in zip(marks, [*marks[1:], (end, "")]):
        phases[phase] += until - at
    return phases


def _nodes(bundle: Path, plan: Record, timeline: list[Record]) -> dict[str, Node]:
    tasks: dict[str, dict[str, str]] = collections.defaultdict(dict)
    commands: dict[str, int] = collections.Counter()
    for record in timeline:
        if record["event"] == "remote":
            tasks[record["host"]][record["task"]] = record["what"] or record["action"]
            commands[record["host"]] += 1
    events = _lines(bundle / "events.jsonl")
    nodes = {}
    for name, work in plan["work"].items():
        # A connection knows a host by its address, or by its name where the inventory has no address.
        known_as = next((key for key in (work["address"], work["inventory_name"]) if key in tasks), "")
        path = bundle / "nodes" / f"{name}.json.gz"
        packed = path.read_bytes() if path.exists() else b""
        nodes[name] = Node(
            tasks=list(tasks[known_as].values()),
            commands=commands[known_as],
            snapshot_gzip=len(packed),
            snapshot_json=len(gzip.decompress(packed)) if packed else 0,
            seconds={
                event["phase"]: event["seconds"]
                for event in events
                if event["node"] == name and event["status"] in ("done", "error")
            },
        )
    return nodes


def _lines(path: Path) -> list[Record]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
