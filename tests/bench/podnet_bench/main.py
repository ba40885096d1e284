# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure on a lab: the diagnosis (times, remote tasks, sizes, memory), and the source of connectivity checks; simulate
the mesh; what captures cost the node they run on, and the matching of what they caught.

Nothing is asserted but the verdicts.

The lab PODNET_LAB_NAME (podnet-bench if unset) is used if it is up, else booted and taken down at the end; needs root.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from . import capturing, cluster, generated, matching, mesh, report, source
from .diagnosis import Run, Scenario, diagnose
from .lab import ROOT, BenchError, Lab

HEALTHY = Scenario("healthy", "pod:default/client-1", "service:default/web", 80)
FAULTS = ("route-missing", "forward-policy-drop")
ACCESSES = ("agent", "ssh")
OUTPUT = ROOT / "tests" / "output" / "bench.json"


def main() -> int:
    """Status 1 if a verdict was wrong, 2 if nothing could be measured."""
    parser = argparse.ArgumentParser(
        prog="bench.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="runs of each kind (default: 3)")
    parser.add_argument("--json", type=Path, default=OUTPUT, metavar="FILE", help="default: tests/output/bench.json")
    parser.add_argument(
        "--only",
        choices=("diagnosis", "source", "mesh", "cluster", "api", "captures", "matching"),
        help="measure only this; mesh and api are simulated, captures for the matching generated, and captures makes "
        "namespaces of its own: these need no lab",
    )
    parser.add_argument(
        "--size",
        choices=sorted(cluster.SIZES),
        nargs="+",
        default=["large"],
        metavar="SIZE",
        help="how large the API server is made for one question: large (1000 nodes) or huge (5000); default: large",
    )
    parser.add_argument("--access", choices=ACCESSES, default="agent", help="for one question (default: agent)")
    parser.add_argument(
        "--checks",
        type=int,
        nargs="+",
        default=[100, 1000, 5000],
        metavar="N",
        help="checks of one source (default: 100 1000 5000)",
    )
    parser.add_argument(
        "--settle",
        type=float,
        default=0,
        metavar="M",
        help="minutes before that; regular writes of a status are 20 minutes apart, so 12 show them (default: 0)",
    )
    parser.add_argument(
        "--minutes",
        type=float,
        default=2,
        metavar="M",
        help="how long a source is watched in its steady state (default: 2)",
    )
    parser.add_argument(
        "--max-load",
        type=float,
        metavar="LOAD",
        help="before each run wait, two minutes at most, for a load below this",
    )
    parser.add_argument(
        "--millions",
        type=int,
        nargs="+",
        default=[1, 5, 10],
        metavar="N",
        help="packets of the captures for the matching, in millions (default: 1 5 10)",
    )
    arguments = parser.parse_args()
    if arguments.only == "matching":
        _say(matching.table(matching.measure([matching.MILLION * number for number in arguments.millions])))
        return 0
    if arguments.only == "captures":
        _say(capturing.table(capturing.measure(_say)))
        return 0
    meshes = mesh.simulate() if arguments.only in (None, "mesh") else []
    if arguments.only == "mesh":
        _say(mesh.table(meshes))
        return 0
    if arguments.only == "api":
        _say(generated.table(generated.measure({"small": (10, 300, 40), **cluster.SIZES})))
        return 0
    try:
        if os.geteuid() != 0:
            raise BenchError("Cannot measure: the lab needs root")
        if not shutil.which("ansible-playbook"):
            raise BenchError("Cannot measure: there is no ansible-playbook on PATH (make bench brings its own)")
        lab = Lab(os.environ.get("PODNET_LAB_NAME", "podnet-bench"))
        with lab.booted():
            costs = (
                cluster.measure(lab, HEALTHY, arguments.access, arguments.size, _say)
                if arguments.only in (None, "cluster")
                else []
            )
            runs = (
                _measure(lab, max(1, arguments.runs), arguments.max_load)
                if arguments.only in (None, "diagnosis")
                else []
            )
            sources = (
                source.measure(lab, arguments.checks, arguments.settle, arguments.minutes)
                if arguments.only in (None, "source")
                else []
            )
    except BenchError as error:
        sys.stderr.write(f"bench: {error}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("bench: interrupted\n")
        return 130
    where = report.machine()
    report.write_json(arguments.json, runs, where, sources, [dataclasses.asdict(each) for each in meshes])
    _say(
        f"\nMachine: {where['cores']} cores, {where['memory_kib'] / 2**20:.0f} GiB, Linux {where['kernel']},"
        f" {where['ansible']}, Python {where['python']}; lab of two nodes on the same machine\n"
    )
    if costs:
        _say(cluster.table(costs))
    if runs:
        _say(report.tables(runs))
    if sources:
        _say("\n" + source.table(sources))
    if meshes:
        _say("\n" + mesh.table(meshes))
    _say(f"\nAll of it: {arguments.json}")
    return 0 if all(run.right for run in (*runs, *(cost.run for cost in costs))) else 1


def _measure(lab: Lab, count: int, max_load: float | None) -> list[Run]:
    runs = _repeat(lab, HEALTHY, count, max_load)
    runs += [_once(lab, HEALTHY, access, memory=True) for access in ACCESSES]
    for name in FAULTS:
        truth = lab.truth(name)
        scenario = Scenario(
            name, truth["source"], truth["destination"], truth.get("port"), truth.get("protocol"), truth["id"]
        )
        with lab.fault(name):
            runs += _repeat(lab, scenario, count, max_load)
    return runs


def _repeat(lab: Lab, scenario: Scenario, count: int, max_load: float | None) -> list[Run]:
    """By turns, so that a busy minute of the machine does not hit one kind of access alone."""
    runs = []
    for _turn in range(count):
        for access in ACCESSES:
            if max_load is not None:
                _await_load(max_load)
            runs.append(_once(lab, scenario, access))
    return runs


def _once(lab: Lab, scenario: Scenario, access: str, memory: bool = False) -> Run:
    with tempfile.TemporaryDirectory(prefix="podnet-bench-") as folder:
        run = diagnose(lab, scenario, access, Path(folder), memory)
    what = "memory" if memory else f"{run.report_seconds:.1f} s to the report"
    _say(
        f"bench: {scenario.name}, {access}: {what}, verdict {run.verdict}{'' if run.right else ' (WRONG)'}, load"
        f" {run.load}"
    )
    return run


def _await_load(limit: float) -> None:
    deadline = time.monotonic() + 120
    while os.getloadavg()[0] >= limit and time.monotonic() < deadline:
        time.sleep(2)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
