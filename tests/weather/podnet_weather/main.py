# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: the table, or random weather."""

from __future__ import annotations

import argparse
import concurrent.futures
import dataclasses
import itertools
import os
import pathlib
import sys
import tempfile
import time
from collections.abc import Sequence

from . import secrets
from .case import TOO_LONG, Case, Outcome, fair, left_after, play, without_time
from .chaos import chaos
from .conditions import Unplayable
from .lab import ROOT, Lab
from .page import page, read
from .results import Result, Results, commit_of
from .table import ALL

# A healthy run on a quiet machine.
QUIET_SECONDS = 10.0
WARM_UP = Case("nothing is wrong", "input", (), ("healthy",), bound=600, around=fair)


def main() -> int:
    """0 where every case was as it should be."""
    parser = argparse.ArgumentParser(prog="weather", description=__doc__)
    parser.add_argument(
        "--random", type=int, default=int(os.environ.get("RANDOM_RUNS") or 0), help="so many random runs"
    )
    parser.add_argument("--seed", type=int, default=int(os.environ.get("SEED") or 1), help="repeats a random run")
    parser.add_argument("--group", action="append", help="only cases of this group")
    parser.add_argument("--only", action="append", help="only cases with this in their names")
    parser.add_argument("--quick", action="store_true", help="only those that the tests run")
    parser.add_argument(
        "--results", type=pathlib.Path, help="keep results here; what is good there is not played again"
    )
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin nothing after so many seconds")
    parser.add_argument(
        "--together", type=int, default=3, help="so many cases at a time of those that do not disturb each other"
    )
    parser.add_argument("--before", type=pathlib.Path, metavar="PAGE", help="results of this page count, too")
    parser.add_argument("--page", action="store_true", help="show the results as a page and do nothing")
    parser.add_argument("--list", action="store_true", help="show the table and do nothing")
    arguments = parser.parse_args()
    end = time.monotonic() + arguments.seconds
    results = Results(arguments.results, commit_of(ROOT))
    if arguments.before:
        results.before(read(arguments.before.read_text(encoding="utf-8"), ALL))
    cases = [case for case in ALL if _chosen(case, arguments)]
    if arguments.list:
        for case in cases:
            print(f"{case.group:8} {case.name:50} {'/'.join(case.verdicts) or 'no verdict':30} {case.bound:4.0f} s")
        print(f"{len(cases)} cases")
        return 0
    if arguments.page:
        print(page(cases, results), end="")
        return 0
    name = os.environ.get("PODNET_LAB_NAME")
    if not name:
        sys.stderr.write("weather: set PODNET_LAB_NAME to the name of a lab that is up\n")
        return 2
    lab = Lab(name)
    with tempfile.TemporaryDirectory(prefix="weather-") as folder, secrets.planted(lab):
        slack = _slack(lab, pathlib.Path(folder))
        if arguments.random:
            played, bad = chaos(
                lab, pathlib.Path(folder) / "chaos", arguments.random, arguments.seed, slack, results, end
            )
            print(f"{played} of {arguments.random} random runs with seed {arguments.seed}, {bad} not as they should be")
            return 1 if bad else 0
        table = Table(lab, pathlib.Path(folder), results, slack, arguments.together)
        table.play(cases, end)
        print(f"{table.played} of {len(cases)} cases played, {table.bad} not as they should be")
        return 1 if table.bad else 0


def _chosen(case: Case, arguments: argparse.Namespace) -> bool:
    return (
        (not arguments.group or case.group in arguments.group)
        and (not arguments.only or any(word in case.name for word in arguments.only))
        and (not arguments.quick or case.quick)
    )


def _slack(lab: Lab, folder: pathlib.Path) -> float:
    """By how much this machine is slower than a quiet one, now."""
    outcome = play(lab, WARM_UP, folder / "warm-up", 10)
    slack = max(1.0, outcome.seconds / QUIET_SECONDS)
    print(
        f"a healthy run takes {outcome.seconds:.1f} s: bounds are {slack:.1f} times those of a quiet machine",
        flush=True,
    )
    return slack


@dataclasses.dataclass
class Table:
    """The cases that are played now, with what came of them. together: so many at a time of those that may be."""

    lab: Lab
    folder: pathlib.Path
    results: Results
    slack: float
    together: int
    played: int = 0
    bad: int = 0

    def play(self, cases: Sequence[Case], end: float) -> None:
        """Play what is not known to be good, and begin nothing after the end."""
        todo = [case for case in cases if not self.results.good(case.group, case.name)]
        shared = [case for case in todo if not case.alone] if self.together > 1 else []
        for batch in itertools.zip_longest(*[iter(shared)] * self.together):
            if time.monotonic() < end:
                self._at_once([case for case in batch if case is not None])
        for case in todo:
            if time.monotonic() < end and (case.group, case.name) not in self.results.now:
                self._tell(self._one(case))

    def _at_once(self, cases: Sequence[Case]) -> None:
        """Those that are not as they should be are played again alone, later."""
        slack = self.slack * len(cases)
        with concurrent.futures.ThreadPoolExecutor(len(cases)) as pool:
            outcomes = list(
                pool.map(
                    lambda pair: _play(self.lab, pair[1], self.folder / f"case{pair[0]}", slack, alone=False),
                    enumerate(cases),
                )
            )
        if left_after(self.lab, max(case.left for case in cases) * slack):
            return
        for outcome in outcomes:
            if not outcome.problems:
                self._tell(outcome, slack)

    def _one(self, case: Case) -> Outcome:
        outcome = _play(self.lab, case, self.folder / "case", self.slack)
        if any(problem.startswith(TOO_LONG) for problem in outcome.problems):
            # The machine may have become slower since.
            self.slack = max(self.slack, _slack(self.lab, self.folder))
            outcome = without_time(outcome, self.slack)
        return outcome

    def _tell(self, outcome: Outcome, slack: float = 0.0) -> None:
        case = outcome.case
        self.played += 1
        self.bad += bool(outcome.problems)
        word = "WRONG" if outcome.problems else "ok"
        print(
            f"{self.played:3} {word:6} {outcome.seconds:6.1f} s  {case.group:8} {case.name}: {outcome.verdict}",
            flush=True,
        )
        for problem in [*outcome.problems, *([outcome.summary] if outcome.problems and outcome.summary else [])]:
            print(f"      {problem}", flush=True)
        self.results.add(
            Result(case.group, case.name, outcome.seconds, slack or self.slack, outcome.verdict, outcome.problems),
            outcome.output,
        )


def _play(lab: Lab, case: Case, folder: pathlib.Path, slack: float, *, alone: bool = True) -> Outcome:
    """Play a case and search the secrets in what it wrote and printed."""
    try:
        outcome = play(lab, case, folder, slack, alone=alone)
        return dataclasses.replace(outcome, problems=(*outcome.problems, *secrets.found(lab, folder, outcome.output)))
    except Unplayable as error:
        return Outcome(case, 0.0, f"not played: {error}", (), "")
    except Exception as error:  # one case must not keep the others from being played
        return Outcome(case, 0.0, "-", (f"could not be played: {type(error).__name__}: {error}",), "")
