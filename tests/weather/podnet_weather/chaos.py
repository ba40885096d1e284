# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random weather: components are stopped, killed, cut and put back at random moments of runs, with and without a real
fault. The seed repeats a run."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import pathlib
import random
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping

from . import secrets
from .lab import Lab, Run
from .results import Result, Results

# Faults of the lab that last, and the root causes that may be named for each.
FAULTS = {
    "forward-policy-drop": ("forward-policy-drop",),
    "route-missing": ("route-missing",),
    "fdb-entry-wrong": ("fdb-entry-wrong", "fdb-entry-missing"),
}
# What weather alone may be called: all else that is proven without a fault of ours is wrong.
OF_WEATHER = ("node-not-ready", "pod-not-ready", "container-not-ready", "kube-proxy-missing", "cni-agent-missing")
# A device that is set down loses its routes.
OF_LINKS = ("device-down", "route-missing")
BOUND_SECONDS = 120.0


@dataclasses.dataclass(frozen=True)
class Blow:
    """One thing that happens: to do and, a while later, to undo. causes: what it may be called, truly."""

    name: str
    do: Callable[[Lab], object]
    undo: Callable[[Lab], object]
    causes: tuple[str, ...] = OF_WEATHER


def _daemon(host: str, name: str) -> list[Blow]:
    return [
        Blow(
            f"{name} of {host} frozen",
            lambda lab: lab.signal(host, name, "STOP"),
            lambda lab: lab.signal(host, name, "CONT"),
        ),
        Blow(f"{name} of {host} killed", lambda lab: lab.signal(host, name, "KILL"), lambda lab: None),
    ]


def _link(host: str) -> Blow:
    return Blow(
        f"{host} cut off",
        lambda lab: lab.shell(host, "ip link set eth0 down"),
        lambda lab: (
            lab.shell(host, "ip link set eth0 up; ip route replace default via 192.0.2.1", check=False) and None
        ),
        (*OF_WEATHER, *OF_LINKS),
    )


BLOWS = (
    *_daemon("controller", "kube-apiserver"),
    *_daemon("controller", "kube-controller"),
    *_daemon("node-1", "kubelet"),
    *_daemon("node-2", "kubelet"),
    *_daemon("node-2", "containerd"),
    *_daemon("node-1", "sshd"),
    _link("node-2"),
)


@dataclasses.dataclass(frozen=True)
class Storm:
    """Random weather that one or two runs have at the same time. moments, lasting: seconds, for each of the blows."""

    fault: str | None
    blows: tuple[Blow, ...]
    moments: tuple[float, ...]
    lasting: tuple[float, ...]

    def __str__(self) -> str:
        told = zip(self.blows, self.moments, self.lasting)
        return f"{self.fault or 'no fault'}, " + ", ".join(
            f"{blow.name} at {at} s for {long} s" for blow, at, long in told
        )


def _drawn(generator: random.Random) -> Storm:
    fault = generator.choice([None, None, *FAULTS])
    blows = tuple(generator.sample(BLOWS, generator.randint(1, 2)))
    moments = tuple(round(generator.uniform(0.5, 10), 1) for _blow in blows)
    return Storm(fault, blows, moments, tuple(round(generator.uniform(0.5, 12), 1) for _blow in blows))


def chaos(
    lab: Lab, folder: pathlib.Path, runs: int, seed: int, slack: float, results: Results, end: float
) -> tuple[int, int]:
    """How many runs were played, and how many of them were not as they should be: each storm has a run by agents and
    one by SSH. Those that the results call good are drawn, so that the others stay the same, and not played again."""
    generator = random.Random(seed)
    bad = played = 0
    for number in range(1, runs + 1, 2):
        storm = _drawn(generator)
        ways = dict(zip(("agent", "ssh"), range(number, runs + 1)))
        names = {way: f"{run} of seed {seed}: {way}, {storm}" for way, run in ways.items()}
        if all(results.good("chaos", name) for name in names.values()) or time.monotonic() > end:
            continue
        outcomes = _weathered(lab, folder / str(number), storm, tuple(ways), slack)
        for way, result, output in outcomes:
            result = dataclasses.replace(result, name=names[way])
            played += 1
            bad += bool(result.problems)
            results.add(result, output)
            print(f"{result.seconds:6.1f} s  {result.name}: {result.verdict}", flush=True)
            for problem in result.problems:
                print(f"      WRONG: {problem}", flush=True)
    return played, bad


def _weathered(
    lab: Lab, folder: pathlib.Path, storm: Storm, ways: tuple[str, ...], slack: float
) -> list[tuple[str, Result, str]]:
    """What became of a run by each way to the nodes."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    ended: dict[str, float] = {}
    with _faulty(lab, storm.fault) as place:
        runs = {way: _started(lab, folder / way, way) for way in ways}
        threads = [
            threading.Thread(target=_strike, args=(lab, *blow))
            for blow in zip(storm.blows, storm.moments, storm.lasting)
        ]
        threads += [threading.Thread(target=_await, args=(run, way, slack, ended)) for way, run in runs.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        _mend(lab)
        left = _nothing_left(lab, slack)
    outcomes = []
    for way, run in runs.items():
        problems = [*_judge(run, storm, place, ended[way], slack), *left]
        problems += secrets.found(lab, folder / way, run.output)
        outcomes.append((way, Result("chaos", "", ended[way], slack, _told(run), problems), run.output))
    return outcomes


def _started(lab: Lab, folder: pathlib.Path, way: str) -> Run:
    bundle = folder / "bundle"
    folder.mkdir()
    ends = {"diagnose_source": "pod:default/client-1", "diagnose_destination": "pod:default/client-2"}
    places = {"diagnose_bundle_dir": str(bundle), "ansible_control_path_dir": str(folder / "cp")}
    return Run(lab, bundle, {**ends, **places, "podnet_access": way})


def _await(run: Run, way: str, slack: float, ended: dict[str, float]) -> None:
    run.wait(2 * BOUND_SECONDS * slack)
    ended[way] = time.monotonic() - run.started


def _told(run: Run) -> str:
    verdict = run.findings.get("verdict") or {}
    sure = f" ({verdict['confidence']})" if verdict.get("root_cause") else ""
    return f"{verdict.get('result', 'no verdict')} {verdict.get('root_cause') or ''}".strip() + sure


@contextlib.contextmanager
def _faulty(lab: Lab, fault: str | None) -> Iterator[Mapping[str, str]]:
    """Where the fault is, as its truth has it."""
    if fault is None:
        yield {}
        return
    lab.lab("fault", "inject", fault)
    try:
        yield json.loads(lab.lab("fault", "show", fault).stdout)["truth"]["location"]
    finally:
        lab.lab("fault", "heal", fault, check=False)


def _strike(lab: Lab, blow: Blow, at: float, long: float) -> None:
    time.sleep(at)
    with contextlib.suppress(Exception):
        blow.do(lab)
    time.sleep(long)
    with contextlib.suppress(Exception):
        blow.undo(lab)


def _mend(lab: Lab) -> None:
    for blow in BLOWS:
        with contextlib.suppress(Exception):
            blow.undo(lab)
    lab.until("all nodes are Ready", lambda: all(lab.node_ready(node) for node in lab.nodes), 180)


def _judge(run: Run, storm: Storm, place: Mapping[str, str], seconds: float, slack: float) -> list[str]:
    verdict = run.findings.get("verdict") or {}
    result, cause, sure = verdict.get("result"), verdict.get("root_cause"), verdict.get("confidence")
    problems = []
    if storm.fault is not None and result == "healthy":
        problems.append(f"healthy over {storm.fault}")
    ours, weather = FAULTS.get(storm.fault or "", ()), {cause for blow in storm.blows for cause in blow.causes}
    if sure == "proven" and cause not in {*ours, *weather}:
        problems.append(f"{cause} is proven, and nobody made it")
    told = verdict.get("location") or {}
    if sure == "proven" and cause in ours and cause not in weather and not place.items() <= told.items():
        problems.append(f"{cause} is proven at {dict(told)}, and is at {dict(place)}")
    if seconds > BOUND_SECONDS * slack:
        problems.append(f"took {seconds:.0f} s")
    if "Traceback (most recent call last)" in run.output:
        problems.append("a traceback")
    return problems


def _nothing_left(lab: Lab, slack: float) -> list[str]:
    end = time.monotonic() + 90 * slack
    while left := lab.left():
        if time.monotonic() > end:
            return [f"left: {', '.join(left)[:300]}"]
        time.sleep(1)
    return []
