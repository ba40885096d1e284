# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One case of the table: what is wrong, and what has to come of it."""

from __future__ import annotations

import contextlib
import dataclasses
import pathlib
import re
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .lab import Lab, Run

# No case leaves anything for longer than this after its run has ended.
LEFT_SECONDS = 30.0
# What nobody should have to read.
NEVER = ("Traceback (most recent call last)", "KeyError", "maximum recursion depth", "AttributeError")
# How a problem begins that a slower machine may explain.
TOO_LONG = "took "
ANY = ("healthy", "fault", "inconclusive")
# The run may come to no verdict, too.
ANY_OR_NONE = (*ANY, "none")
Around = Callable[[Lab, pathlib.Path], contextlib.AbstractContextManager[Mapping[str, Any] | None]]
During = Callable[[Lab, Run], None]


@contextlib.contextmanager
def fair(_lab: Lab, _folder: pathlib.Path) -> Any:
    """Nothing is wrong with the cluster."""
    yield {}


@dataclasses.dataclass(frozen=True)
class Case:
    """says: patterns that the output has; verdicts: allowed, empty where there must be none; causes: allowed root
    causes, None where any or none is; bound: seconds on a quiet machine; around: the weather, which may give variables;
    during: what happens when the phase `at` has begun; left: seconds after which nothing is left; alone: false where
    other cases notice nothing of it, and may be played at the same time; environment: None where a variable is not
    there; wrapper: a command that has the playbook's as its arguments."""

    name: str
    group: str
    says: Sequence[str] = ()
    verdicts: Sequence[str] = ()
    causes: Sequence[str] | None = None
    bound: float = 35.0
    variables: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    arguments: Sequence[str] = ()
    environment: Mapping[str, str | None] = dataclasses.field(default_factory=dict)
    wrapper: Sequence[str] = ()
    around: Around = fair
    during: During | None = None
    at: str = "snapshot"
    left: float = LEFT_SECONDS
    quick: bool = False
    ended: bool = True
    playbook: str = "podnet.diagnostics.diagnose"
    alone: bool = True


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What became of a case. problems: empty where all was as it should be."""

    case: Case
    seconds: float
    verdict: str
    problems: tuple[str, ...]
    output: str
    summary: str = ""


def play(lab: Lab, case: Case, folder: pathlib.Path, slack: float, *, alone: bool = True) -> Outcome:
    """Run a case in a fresh folder. slack: by how much this machine is slower than a quiet one. alone: no other case is
    played at the same time, so that what is left is of this one."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    bundle = folder / "bundle"
    values: dict[str, Any] = {
        "diagnose_source": "pod:default/client-1",
        "diagnose_destination": "service:default/web",
        "diagnose_port": 80,
        "diagnose_bundle_dir": str(bundle),
        # A connection that an earlier case has left open knows nothing of this one's weather.
        "ansible_control_path_dir": str(folder / "cp"),
        **case.variables,
    }
    with case.around(lab, folder) as more:
        values.update(more or {})
        run = Run(
            lab,
            pathlib.Path(str(values["diagnose_bundle_dir"] or bundle)),
            values,
            case.arguments,
            case.environment,
            case.playbook,
            case.wrapper,
        )
        if case.during is not None:
            lab.until(f"phase {case.at}", lambda: run.reached(case.at), 120 * slack)
            case.during(lab, run)
        status = run.wait(max(120.0, 4 * case.bound) * slack)
        seconds = time.monotonic() - run.started
        problems = [*_said(case, run), *_judged(case, run)]
        if case.ended and seconds > case.bound * slack:
            problems.append(f"{TOO_LONG}{seconds:.1f} s, at most {case.bound * slack:.0f} s are allowed")
        if status == 0 and not case.verdicts:
            problems.append("the run succeeded")
        problems += left_after(lab, case.left * slack) if alone else []
    summary = str((run.findings.get("verdict") or {}).get("summary") or "")
    return Outcome(case, seconds, _verdict(run), tuple(problems), run.output, summary)


def without_time(outcome: Outcome, slack: float) -> Outcome:
    """An outcome held against another measure of the machine: too long only where it is so by this one too."""
    if outcome.seconds > outcome.case.bound * slack:
        return outcome
    kept = tuple(problem for problem in outcome.problems if not problem.startswith(TOO_LONG))
    return dataclasses.replace(outcome, problems=kept)


def _verdict(run: Run) -> str:
    verdict = run.findings.get("verdict") or {}
    cause, confidence = verdict.get("root_cause"), verdict.get("confidence")
    return str(verdict.get("result", "-")) + (f" {cause} ({confidence})" if cause else "")


def _said(case: Case, run: Run) -> list[str]:
    # A terminal wraps what one looks for.
    words = " ".join(run.output.split())
    problems = [f"does not say {pattern!r}" for pattern in case.says if not re.search(pattern, words)]
    problems += [f"says {text!r}" for text in NEVER if text in run.output]
    return problems


def _judged(case: Case, run: Run) -> list[str]:
    verdict = run.findings.get("verdict")
    if not case.ended:
        return ["came to its verdict: it was not interrupted"] if verdict else []
    if not case.verdicts:
        return [f"gave the verdict {verdict['result']}"] if verdict else []
    if verdict is None:
        return [] if "none" in case.verdicts else ["gave no verdict"]
    problems = []
    if verdict["result"] not in case.verdicts:
        problems.append(f"verdict {verdict['result']}, allowed: {', '.join(case.verdicts)}")
    if case.causes is not None and verdict["root_cause"] is not None and verdict["root_cause"] not in case.causes:
        problems.append(f"root cause {verdict['root_cause']}, allowed: {', '.join(case.causes)}")
    return problems


def left_after(lab: Lab, seconds: float) -> list[str]:
    """What is there yet after so many seconds, as a problem."""
    end = time.monotonic() + seconds
    while True:
        left = lab.left()
        if not left:
            return []
        if time.monotonic() > end:
            return [f"left after {seconds:.0f} s: {', '.join(left)[:400]}"]
        time.sleep(1)
