# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demonstration: break a real cluster's network, have the cause named with proof, mend it, and see it called
healthy.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import environment
from .errors import ToolError
from .process import capture, say, stream

FAULT = "nic-static-and-dhcp"
GREEN, RED, BOLD = "32", "31", "1"


@dataclass(frozen=True)
class Truth:
    """What is really broken, and the question that finds it."""

    about: str
    finding: str
    location: Mapping[str, str]
    question: Mapping[str, str | int]


@dataclass(frozen=True)
class Run:
    """One diagnosis: its verdict (findings.json) and its folder."""

    verdict: Mapping[str, Any]
    bundle: Path


def demo() -> int:
    """Run it all; 0 only if both verdicts are right.

    The fault is healed also when the run is interrupted; when a step fails, the lab is left as it is and shown.
    """
    demonstration = Demonstration()
    try:
        demonstration.lab("up", what="boot the lab")
        demonstration.lab("fault", "heal", "--all", what="heal what an earlier run left broken")
        return demonstration.run()
    except ToolError:
        demonstration.show_the_lab()
        raise


class Demonstration:
    """The lab, the playbook on it, and what is said about them."""

    def __init__(self) -> None:
        venv = environment.python_environment()
        self._environment = environment.surroundings(venv, environment.collections_tree())
        del self._environment["PYTHONPATH"]
        # What does not boot is left to be looked at; the next boot removes it.
        self._environment["PODNET_LAB_KEEP_FAILED"] = "1"
        if _coloured():
            self._environment["ANSIBLE_FORCE_COLOR"] = "1"
        self._folder = environment.ROOT / "bundles" / time.strftime("demo-%Y%m%dT%H%M%SZ", time.gmtime())

    def lab(self, *arguments: str, what: str) -> None:
        """Run a command of the lab, shown."""
        done = stream([environment.LAB, *arguments], env=self._environment)
        if done.status:
            raise ToolError(f"Cannot {what}: lab {' '.join(arguments)} exited {done.status}.", done.status)

    def run(self) -> int:
        """Break, diagnose, heal, diagnose."""
        truth = self._truth()
        _title("1. Break the network")
        try:
            self.lab("fault", "inject", FAULT, what=f"inject {FAULT}")
            say(f"What was done: {truth.about}.")
            _title("2. Ask why, as a user would")
            broken = self._diagnose("fault", truth.question)
        except KeyboardInterrupt:
            self._heal()
            raise
        self._heal()
        _title("4. Ask again")
        healthy = self._diagnose("healthy", truth.question)
        _title("Result")
        good = [_judge_fault(truth, broken), _judge_healthy(healthy)]
        say()
        for run in (broken, healthy):
            say(f"Report:   {run.bundle / 'report.html'}")
        lab = environment.lab_command()
        say(f"The lab is still up:  {lab} status")
        say(f"Take it down with:    {lab} down")
        return 0 if all(good) else 1

    def show_the_lab(self) -> None:
        """After a failed step: what the lab's programs wrote last, how the lab is, and how to go on."""
        _title("The last lines of the lab's logs")
        stream([environment.LAB, "logs"], env=self._environment, timeout=60)
        _title("The lab")
        stream([environment.LAB, "status"], env=self._environment, timeout=60)
        lab = environment.lab_command()
        again = lab.replace("tests/lab/lab", "make demo")
        _title("Go on")
        say("Nothing was taken down, and what is built stays built.")
        say(f"Once more:       {again}")
        say(f"Look at it:      {lab} exec node-1 -- sh     (also: logs, status, fault list)")
        say(f"Take it down:    {lab} down")
        say()

    def _heal(self) -> None:
        _title("3. Mend it")
        self.lab("fault", "heal", FAULT, what=f"heal {FAULT}")

    def _truth(self) -> Truth:
        done = capture([environment.LAB, "fault", "list", "--json"], env=self._environment)
        if done.status:
            raise ToolError(f"Cannot list the lab's faults: {done.output}")
        entry = next(item for item in json.loads(done.output) if item["name"] == FAULT)
        truth = entry["truth"]
        asked = {key: truth[key] for key in ("source", "destination", "port", "protocol") if truth.get(key)}
        return Truth(entry["about"], truth["id"], truth["location"], asked)

    def _diagnose(self, name: str, question: Mapping[str, str | int]) -> Run:
        bundle = self._folder / name
        bundle.parent.mkdir(parents=True, exist_ok=True)
        settings = [word for key, value in question.items() for word in ("-e", f"diagnose_{key}={value}")]
        playbook = ["ansible-playbook", "podnet.diagnostics.diagnose", *settings]
        say(f"$ {' '.join(playbook)}")
        # As JSON: a path may contain spaces.
        folder = ["-e", json.dumps({"diagnose_bundle_dir": str(bundle)})]
        command: Sequence[str | Path] = [environment.LAB, "run", "--", *playbook, *folder]
        done = stream(command, env=self._environment, timeout=900)
        try:
            findings = json.loads((bundle / "findings.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ToolError(f"Cannot read the verdict: ansible-playbook exited {done.status}: {error}") from error
        say(f"({done.seconds:.0f} s from ansible-playbook to report)")
        return Run(findings["verdict"], bundle)


def _judge_fault(truth: Truth, run: Run) -> bool:
    verdict = run.verdict
    place = verdict.get("location") or {}
    found = verdict.get("root_cause") == truth.finding
    there = all(place.get(key) == value for key, value in truth.location.items())
    where = ", ".join(f"{key} {value}" for key, value in truth.location.items())
    say(
        _colour(RED, "broken cluster:  ")
        + f"{verdict.get('result')}, {verdict.get('root_cause')}: {verdict.get('summary')}"
    )
    if found and there:
        say(_colour(GREEN, f"                 right: the root cause is {truth.finding} at {where}"))
    else:
        say(_colour(RED, f"                 WRONG: the root cause is {truth.finding} at {where}"))
    return found and there


def _judge_healthy(run: Run) -> bool:
    good = bool(run.verdict.get("result") == "healthy")
    say(_colour(GREEN, "mended cluster:  ") + f"{run.verdict.get('result')}: {run.verdict.get('summary')}")
    if not good:
        say(_colour(RED, "                 WRONG: nothing is broken any more"))
    return good


def _title(text: str) -> None:
    say()
    say(_colour(BOLD, f"=== {text}"))


def _coloured() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


def _colour(code: str, text: str) -> str:
    return f"\033[{code}m{text}\033[0m" if _coloured() else text
