# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of bad weather: what it shows can be read again, and new results are added to it."""

from __future__ import annotations

from podnet_weather.case import Case
from podnet_weather.page import page, read
from podnet_weather.results import Result, Results

CASES = [
    Case("a name with | in it", "input", verdicts=("healthy",)),
    Case("too late", "input", verdicts=("healthy", "inconclusive")),
    Case("no netem", "nodes"),
    Case("new", "nodes", ended=False),
    Case("closed port", "api"),
    Case("closed port", "ssh"),
]
MEASURED = [
    Result("input", "a name with | in it", 2.5, 1.5, "healthy", [], "1e88c95cf"),
    Result("input", "too late", 99.0, 1.0, "fault x (proven)", ["took 99.0 s, at most 35 s are allowed"], "1e88c95cf"),
    Result("nodes", "no netem", 0.0, 0.0, "not played: no netem | here", [], "b09f5a5d2"),
    Result("api", "closed port", 6.4, 3.0, "inconclusive", [], ""),
    Result("ssh", "closed port", 6.3, 3.0, "healthy", [], "1e88c95cf"),
    Result("chaos", "1 of seed 7: agent, no fault, a at 1 s for 2 s", 20.0, 1.5, "healthy", [], "ef53517f8"),
    Result("chaos", "2 of seed 7: ssh, x, a at 1 s for 2 s", 20.0, 1.5, "healthy", ["healthy over x"], "ef53517f8"),
]


def _results(*measured: Result) -> Results:
    results = Results(None)
    results.before(measured)
    return results


def test_what_a_page_shows_can_be_read_again() -> None:
    shown = page(CASES, _results(*MEASURED))

    again = list(read(shown, CASES))

    assert page(CASES, _results(*again)) == shown
    known = {(one.group, one.name): one for one in again}
    assert known["input", "a name with | in it"].seconds == 2.5
    assert known["input", "too late"].problems and not known["ssh", "closed port"].problems
    assert known["api", "closed port"].verdict == "inconclusive"
    assert ("nodes", "new") not in known


def test_what_was_measured_again_takes_the_place_of_what_the_page_shows(tmp_path) -> None:
    results = Results(tmp_path, "abcdef123")
    results.add(Result("input", "too late", 9.0, 1.0, "healthy", []), "")
    results.before(read(page(CASES, _results(*MEASURED)), CASES))

    shown = page(CASES, results)

    assert "| too late | healthy or inconclusive | 35 | 9.0 | 1.0 | abcdef123 | healthy | as it should be |" in shown
    assert "6 cases: 4 as they should be, 0 not, 1 not to be had on that machine, 1 not measured." in shown
    assert "2 runs, 1 not as they should be." in shown
