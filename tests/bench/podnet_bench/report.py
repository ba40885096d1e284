# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The numbers as a table for people, with the goal beside each, and as JSON for programs."""

from __future__ import annotations

import dataclasses
import json
import os
import platform
import statistics
import subprocess
import time
import typing as t
from pathlib import Path

from .diagnosis import ORDER, Node, Run

SCHEMA = "podnet.diagnostics/bench/v1"
HEALTHY_GOAL, FAULT_GOAL, TASKS_GOAL, SOURCE_GOAL = 15, 30, 4, 5
Row = tuple[str, str, str, str]


def machine() -> dict[str, t.Any]:
    """What the numbers depend on."""
    memory = next(
        line.split()[1] for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal")
    )
    ansible = subprocess.run(["ansible-playbook", "--version"], capture_output=True, text=True, check=True).stdout
    python = next(
        (line.partition("=")[2].split()[0] for line in ansible.splitlines() if "python version" in line), "unknown"
    )
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory_kib": int(memory),
        "kernel": platform.release(),
        "ansible": ansible.splitlines()[0],
        "python": python,
    }


def write_json(
    path: Path,
    runs: t.Sequence[Run],
    where: t.Mapping[str, t.Any],
    sources: t.Sequence[t.Mapping[str, t.Any]],
    meshes: t.Sequence[t.Mapping[str, t.Any]],
) -> None:
    """Every run with all that was measured of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    goals = {
        "healthy_seconds": HEALTHY_GOAL,
        "fault_seconds": FAULT_GOAL,
        "remote_tasks": TASKS_GOAL,
        "remote_tasks_source": SOURCE_GOAL,
    }
    value = {
        "schema": SCHEMA,
        "time": written,
        "machine": where,
        "goals": goals,
        "runs": [dataclasses.asdict(run) for run in runs],
        "sources": list(sources),
        "meshes": list(meshes),
    }
    path.write_text(json.dumps(value, indent=1) + "\n")


def tables(runs: t.Sequence[Run]) -> str:
    """Everything that is printed at the end. Runs that sampled memory were slowed by it: no time is taken from them."""
    timed = [run for run in runs if run.memory is None]
    parts = [
        _table("Time, ansible-playbook to report (s)", ("", "min / median / max", "goal", "notes"), _times(timed)),
        _phase_table(timed),
        _table("Remote tasks per node and run", ("", "tasks, commands", "goal", "which"), _tasks(timed)),
        _table("Sizes and memory", ("", "measured", "goal", "notes"), [*_sizes(timed), *_memory(runs)]),
    ]
    return "\n\n".join(parts)


def _groups(runs: t.Sequence[Run]) -> dict[tuple[str, str], list[Run]]:
    groups: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        groups.setdefault((run.scenario, run.access), []).append(run)
    return groups


def _times(runs: t.Sequence[Run]) -> list[Row]:
    rows = []
    for (scenario, access), group in _groups(runs).items():
        goal = HEALTHY_GOAL if scenario == "healthy" else FAULT_GOAL
        notes = (
            f"n={len(group)}; whole command {_median(run.total_seconds for run in group):.1f} s, controller's CPU"
            f" {_median(run.cpu_seconds for run in group):.1f} s; load before {_spread([run.load for run in group])}"
        )
        wrong = [run.verdict for run in group if not run.right]
        rows.append(
            (
                f"{scenario}, {access}",
                _spread([run.report_seconds for run in group]),
                f"<= {goal}",
                notes + (f"; WRONG VERDICT: {', '.join(wrong)}" if wrong else ""),
            )
        )
    return rows


def _phase_table(runs: t.Sequence[Run]) -> str:
    groups = _groups(runs)
    rows = [["median s", *(f"{scenario}, {access}" for scenario, access in groups)]]
    for phase in ORDER:
        rows.append(
            [phase, *(_with_net([run for run in group if phase in run.phases], phase) for group in groups.values())]
        )
    evidence = {key: [sum(run.phases[name] for name in EVIDENCE) for run in group] for key, group in groups.items()}
    rows.append(
        ["of it evidence", *(f"{_median(seconds):.2f} (at most {max(seconds):.2f})" for seconds in evidence.values())]
    )
    rows.append(["whole command", *(f"{_median(run.total_seconds for run in group):.2f}" for group in groups.values())])
    return "Where the time goes (in brackets: the slowest node's own part, without Ansible's around it)\n" + _aligned(
        rows
    )


# What evidence adds to a run.
EVIDENCE = ("captures started", "probes again", "captures stopped")
# The names of the phases in the bundle's events.
EVENTS = {
    "snapshot": "snapshot",
    "probes": "probe",
    "captures started": "capture_start",
    "probes again": "reprobe",
    "captures stopped": "capture_stop",
}


def _with_net(group: t.Sequence[Run], phase: str) -> str:
    whole = f"{_median(run.phases[phase] for run in group):.2f}"
    event = EVENTS.get(phase)
    net = [
        max(seconds)
        for run in group
        if (seconds := [node.seconds[event] for node in run.nodes.values() if event in node.seconds])
    ]
    return f"{whole} ({_median(net):.2f})" if net else whole


def _tasks(runs: t.Sequence[Run]) -> list[Row]:
    rows = []
    for (scenario, access), group in _groups(runs).items():
        for name in group[0].nodes:
            nodes = [run.nodes[name] for run in group if name in run.nodes]
            most = max(nodes, key=lambda node: len(node.tasks))
            source = name == group[0].source
            rows.append(
                (
                    f"{scenario}, {access}: {name}{' (source)' if source else ''}",
                    f"{len(most.tasks)}, {max(node.commands for node in nodes)}",
                    f"<= {SOURCE_GOAL if source else TASKS_GOAL}",
                    ", ".join(most.tasks),
                )
            )
        if access == "agent":
            requests = sorted({run.exec_requests for run in group})
            counted = ", ".join(map(str, requests))
            rows.append(
                (f"{scenario}, {access}: exec requests, all nodes", counted, "", "by the API server's own count")
            )
    return rows


def _sizes(runs: t.Sequence[Run]) -> list[Row]:
    rows = []
    nodes: dict[str, list[Node]] = {}
    for run in runs:
        for name, node in run.nodes.items():
            if node.snapshot_gzip:
                nodes.setdefault(name, []).append(node)
    for name, found in nodes.items():
        plain, packed = ([getattr(node, f"snapshot_{kind}") for node in found] for kind in ("json", "gzip"))
        rows.append(
            (
                f"snapshot of {name}",
                f"{_kib(_median(plain))} JSON, {_kib(_median(packed))} gzip",
                "-",
                f"median; largest {_kib(max(plain))}, {_kib(max(packed))}",
            )
        )
    for (scenario, access), group in _groups(runs).items():
        captured = _median(run.capture_bytes for run in group)
        rows.append(
            (
                f"bundle: {scenario}, {access}",
                _kib(_median(run.bundle_bytes for run in group)),
                "-",
                f"of it captures {_kib(captured)}" if captured else "no captures",
            )
        )
    return rows


def _memory(runs: t.Sequence[Run]) -> list[Row]:
    rows = []
    for run in runs:
        if run.memory:
            rows.append(
                (
                    f"controller's memory: {run.scenario}, {run.access}",
                    f"{run.memory['pss'] / 1024:.0f} MiB",
                    "-",
                    (
                        f"peak of the summed PSS of up to {run.memory['processes']} processes,"
                        f" {run.memory['with_detached'] / 1024:.0f} MiB with what has left them;"
                        f" {run.memory['samples']} samples;"
                        f" summed RSS {run.memory['rss'] / 1024:.0f} MiB counts shared pages often; largest"
                        f" process {run.largest_process / 1024:.0f} MiB RSS"
                    ),
                )
            )
    return rows


def _median(values: t.Iterable[float]) -> float:
    return statistics.median(list(values))


def _spread(values: t.Sequence[float]) -> str:
    return f"{min(values):.1f} / {_median(values):.1f} / {max(values):.1f}"


def _kib(size: float) -> str:
    return f"{size / 1024:.1f} KiB"


def _table(title: str, head: Row, rows: t.Sequence[Row]) -> str:
    return title + "\n" + _aligned([list(head), *(list(row) for row in rows)])


def _aligned(rows: t.Sequence[t.Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)
