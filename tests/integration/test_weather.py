# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input and bad weather: the quick cases of tests/weather and a sample of the others; `make weather` plays all."""

from __future__ import annotations

import dataclasses
import pathlib
import typing as t

import pytest
from conftest import NAME
from conftest import Lab as Booted
from podnet_weather import secrets
from podnet_weather.case import Case, play
from podnet_weather.lab import Lab
from podnet_weather.table import ALL

# How long a case may take says nothing on a busy machine; that it ends at all does.
PATIENCE = 10.0
# Of input, one case of each kind of check is enough here: the others differ in their words only, which unit tests hold.
INPUT = ("diagnose_destination '0.0.0.0'", "diagnose_ping_count 1000000", "diagnose_protocol sctp", "port 70000")
SAMPLE = (
    "kill -9 in capture_start",
    "Ctrl-C in snapshot",
    "kill -9 in capture_start, by SSH",
    "the controller's machine gone",
    "bundle on a disk of 24k",
    "source that crashes",
    "image that is not there",
    "kubelet frozen",
    "server killed in the snapshot",
    "closed port",
    "unknown token",
    "a capture of random bytes",
    "600 MB of zeros",
)
CASES = [case for case in ALL if case.name in (INPUT if case.group == "input" else SAMPLE)]


@pytest.fixture(scope="module")
def weather(lab: Booted) -> t.Iterator[Lab]:
    """The lab with secrets planted in it."""
    found = Lab(NAME)
    with secrets.planted(found):
        yield found


def test_every_case_of_the_sample_is_in_the_table() -> None:
    assert {case.name for case in CASES} == {*INPUT, *SAMPLE} and len(ALL) >= 80
    assert len({(case.group, case.name) for case in ALL}) == len(ALL)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.group}: {case.name}")
def test_weather(weather: Lab, tmp_path: pathlib.Path, case: Case) -> None:
    outcome = play(weather, dataclasses.replace(case, bound=600), tmp_path / "case", PATIENCE)
    assert [*outcome.problems, *secrets.found(weather, tmp_path / "case", outcome.output)] == [], outcome.output
