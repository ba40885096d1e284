# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was measured, as a page of the documentation."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from .case import ANY, ANY_OR_NONE, Case
from .results import Result, Results

GROUPS = {
    "input": "Input",
    "api": "The API server",
    "rights": "Rights",
    "nodes": "Nodes",
    "cluster": "The cluster",
    "trouble": "More trouble in the cluster",
    "signals": "Signals",
    "disks": "Disks",
    "bundles": "Bundles",
    "ssh": "SSH",
    "calls": "How it is called",
    "secrets": "Secrets",
}
ALLOWED = {ANY: "any", ANY_OR_NONE: "any or none"}
HEAD = """\
<!-- SPDX-License-Identifier: GPL-3.0-or-later -->
# Bad weather

What a diagnosis does when its input is wrong or the cluster is in trouble, measured on the lab by `make weather`. Each
case holds the sentence that has to be said, the verdicts and root causes that are allowed, how long it may take and
after how long nothing of the run may be left. The secrets that are planted in the cluster are searched in everything
that is written and printed. How to play a case: [tests/weather](https://github.com/podnet/diagnostics/tree/main/tests/weather).

Seconds are from the start of `ansible-playbook` to its end. Beside them is by how much the machine was slower than a
quiet one when the case was played (other work was done on it); bounds are multiplied by that. Each result has the
commit that it was measured at; those without one are older than this column.
"""


def page(cases: Sequence[Case], results: Results) -> str:
    """The whole page, in Markdown."""
    return "\n".join([HEAD, *_summary(cases, results), *_table(cases, results), *_chaos(results)]).rstrip() + "\n"


def read(text: str, cases: Sequence[Case]) -> Iterator[Result]:
    """The results that such a page shows, so that new ones can be added to those of before."""
    names = {(case.group, " ".join(case.name.split())): case.name for case in cases}
    groups = {title: group for group, title in GROUPS.items()}
    group = ""
    for line in text.splitlines():
        if line.startswith("## "):
            group = groups.get(line[3:], "chaos")
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        # The name first, what was measured last; between them stands what is allowed, for a case of the table.
        if len(cells) < 6 or cells[0] in ("case", "run") or set(line) <= set("|-"):
            continue
        seconds, slack, commit, verdict, state = cells[-5:]
        if state != "not measured":
            name = names.get((group, cells[0]), cells[0])
            problems = [state.removeprefix("wrong: ")] if state.startswith("wrong: ") else []
            yield Result(group, name, float(seconds or 0), float(slack or 0), verdict, problems, commit)


def _summary(cases: Sequence[Case], results: Results) -> Iterator[str]:
    known = [results.known[key] for key in ((case.group, case.name) for case in cases) if key in results.known]
    wrong = sum(bool(result.problems) for result in known)
    left_out = [result for result in known if result.verdict.startswith("not played")]
    yield (
        f"{len(cases)} cases: {len(known) - wrong - len(left_out)} as they should be, {wrong} not,"
        f" {len(left_out)} not to be had on that machine, {len(cases) - len(known)} not measured."
    )
    older = sum(not result.commit for result in known)
    if older:
        yield f"{older} of these results are older than the column with the commit, and were not measured again since."
    yield ""


def _table(cases: Sequence[Case], results: Results) -> Iterator[str]:
    for group, members in itertools.groupby(cases, key=lambda case: case.group):
        yield f"## {GROUPS.get(group, group)}"
        yield ""
        yield "| case | allowed | bound, s | took, s | machine | commit | verdict | |"
        yield "|---|---|---|---|---|---|---|---|"
        for case in members:
            allowed = ALLOWED.get(tuple(case.verdicts)) or " or ".join(case.verdicts) or "none"
            measured = _measured(results.known.get((group, case.name)))
            yield f"| {_cell(case.name)} | {allowed} | {_bound(case)} | {measured} |"
        yield ""


def _bound(case: Case) -> str:
    return f"{case.bound:.0f}" if case.ended else f"{case.left:.0f} until nothing is left"


def _measured(result: Result | None) -> str:
    if result is None:
        return "| | | | not measured"
    if result.verdict.startswith("not played"):
        return f"| | {result.commit} | {_cell(result.verdict)} | "
    state = "wrong: " + _cell("; ".join(result.problems))[:200] if result.problems else "as it should be"
    measured = f"{result.seconds:.1f} | {result.slack:.1f} | {result.commit}"
    return f"{measured} | {_cell(result.verdict)} | {state}"


def _chaos(results: Results) -> Iterator[str]:
    runs = [result for (group, _name), result in results.known.items() if group == "chaos"]
    if not runs:
        return
    yield "## Random weather"
    yield ""
    yield f"{len(runs)} runs, {sum(bool(run.problems) for run in runs)} not as they should be."
    yield ""
    yield "| run | took, s | machine | commit | verdict | |"
    yield "|---|---|---|---|---|---|"
    for run in runs:
        yield f"| {_cell(run.name)} | {_measured(run)} |"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
