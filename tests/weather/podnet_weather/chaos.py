# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random weather: components are stopped, killed, cut and put back at random moments of runs, with and without a real
fault. The seed repeats a run."""

from __future__ import annotations

import contextlib
import dataclasses
import pathlib
import random
import shutil
import threading
import time
from collections.abc import Callable

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
OF_WEATHER = frozenset(
    ("node-not-ready", "pod-not-ready", "container-not-ready", "kube-proxy-missing", "cni-agent-missing")
)
BOUND_SECONDS = 120.0


@dataclasses.dataclass(frozen=True)
class Blow:
    """One thing that happens: to do and, a while later, to undo."""

    name: str
    do: Callable[[Lab], object]
    undo: Callable[[Lab], object]


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


def chaos(
    lab: Lab, folder: pathlib.Path, runs: int, seed: int, slack: float, results: Results, end: float
) -> tuple[int, int]:
    """How many runs were played, and how many of them were not as they should be. Those that the results call good are
    drawn, so that the others stay the same, and not played again."""
    generator = random.Random(seed)
    bad = played = 0
    for number in range(1, runs + 1):
        fault = generator.choice([None, None, *FAULTS])
        blows = generator.sample(BLOWS, generator.randint(1, 2))
        moments = [round(generator.uniform(0.5, 10), 1) for _blow in blows]
        lasting = [round(generator.uniform(0.5, 12), 1) for _blow in blows]
        access = generator.choice(["agent", "agent", "ssh"])
        told = ", ".join(f"{blow.name} at {at} s for {long} s" for blow, at, long in zip(blows, moments, lasting))
        name = f"{number} of seed {seed}: {access}, {fault or 'no fault'}, {told}"
        if results.good("chaos", name) or time.monotonic() > end:
            continue
        problems, seconds, verdict, output = _one(
            lab, folder / str(number), fault, access, blows, moments, lasting, slack
        )
        problems += secrets.found(lab, folder / str(number), output)
        played += 1
        bad += bool(problems)
        results.add(Result("chaos", name, seconds, slack, verdict, problems), output)
        print(f"{number:3} {seconds:6.1f} s  {access:5} {fault or 'no fault':20} {told}: {verdict}", flush=True)
        for problem in problems:
            print(f"      WRONG: {problem}", flush=True)
    return played, bad


def _one(
    lab: Lab,
    folder: pathlib.Path,
    fault: str | None,
    access: str,
    blows: list[Blow],
    moments: list[float],
    lasting: list[float],
    slack: float,
) -> tuple[list[str], float, str, str]:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with _faulty(lab, fault):
        run = Run(
            lab,
            folder / "bundle",
            {
                "diagnose_source": "pod:default/client-1",
                "diagnose_destination": "pod:default/client-2",
                "diagnose_bundle_dir": str(folder / "bundle"),
                "podnet_access": access,
            },
        )
        threads = [
            threading.Thread(target=_strike, args=(lab, blow, at, long))
            for blow, at, long in zip(blows, moments, lasting)
        ]
        for thread in threads:
            thread.start()
        run.wait(2 * BOUND_SECONDS * slack)
        seconds = time.monotonic() - run.started
        for thread in threads:
            thread.join()
        _mend(lab)
        problems = _judge(run, fault, seconds, slack)
        problems += _nothing_left(lab, slack)
    verdict = run.findings.get("verdict") or {}
    told = f"{verdict.get('result', 'no verdict')} {verdict.get('root_cause') or ''}".strip()
    return problems, seconds, told, run.output


@contextlib.contextmanager
def _faulty(lab: Lab, fault: str | None):  # type: ignore[no-untyped-def]
    if fault is None:
        yield
        return
    lab.lab("fault", "inject", fault)
    try:
        yield
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


def _judge(run: Run, fault: str | None, seconds: float, slack: float) -> list[str]:
    verdict = run.findings.get("verdict") or {}
    result, cause, sure = verdict.get("result"), verdict.get("root_cause"), verdict.get("confidence")
    problems = []
    if fault is not None and result == "healthy":
        problems.append(f"healthy over {fault}")
    expected = FAULTS.get(fault or "", ())
    if sure == "proven" and cause not in expected and cause not in OF_WEATHER:
        problems.append(f"{cause} is proven, and nobody made it")
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
