# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
import random

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._duration import (
    format_go_duration,
    parse_go_duration,
)

SAME_BOTH_WAYS = [
    (0.0, "0s"),
    (1e-9, "1ns"),
    (999e-9, "999ns"),
    (1.1e-6, "1.1\u00b5s"),
    (0.000130845, "130.845\u00b5s"),
    (0.010, "10ms"),
    (0.002241775, "2.241775ms"),
    (0.999999999, "999.999999ms"),
    (1.0, "1s"),
    (10.005827597, "10.005827597s"),
    (59.5, "59.5s"),
    (60.0, "1m0s"),
    (179.999789186, "2m59.999789186s"),
    (3600.0, "1h0m0s"),
    (90061.001, "25h1m1.001s"),
    (-1.5, "-1.5s"),
    (-0.0005, "-500\u00b5s"),
]


@pytest.mark.parametrize(("seconds", "text"), SAME_BOTH_WAYS)
def test_both_ways(seconds: float, text: str) -> None:
    assert format_go_duration(seconds) == text
    assert parse_go_duration(text) == pytest.approx(seconds, rel=1e-12)


def test_whole_nanoseconds_survive_the_way_there_and_back() -> None:
    """Up to 90 days, which is more than any outage log goes back."""
    dice = random.Random(1)
    for _unused in range(20000):
        text = format_go_duration(dice.randrange(10 ** dice.randrange(1, 16)) / 1e9)
        assert format_go_duration(parse_go_duration(text)) == text


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("+5s", 5.0),
        ("1.5h", 5400.0),
        (".5s", 0.5),
        ("5.s", 5.0),
        ("3us", 3e-6),
        ("3\u03bcs", 3e-6),
        ("1m1m", 120.0),
        ("0.1ns", 0.0),
        ("1h1ms", 3600.001),
    ],
)
def test_other_spellings(text: str, seconds: float) -> None:
    assert parse_go_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "-", "5", "s", ".s", "1 s", "1s ", "1d", "-0x1s", "1e3s", "\u0661s", "1s2"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="Cannot read a duration"):
        parse_go_duration(text)


def test_what_does_not_fit() -> None:
    assert format_go_duration(math.nan) == "0s"
    assert format_go_duration(math.inf).startswith("2562047h47m16.8")
    assert format_go_duration(-math.inf).startswith("-2562047h47m16.8")
    assert format_go_duration(4e-10) == "0s"
