# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Durations as Go writes them, which is how they stand in the objects: 2.241775ms, 2m59.999789186s, 1h0m0s.

Rules: https://pkg.go.dev/time#Duration.String and https://pkg.go.dev/time#ParseDuration.
"""

from __future__ import annotations

import math
import re

# Nanoseconds. Go writes the micro sign (U+00B5) and also reads the Greek letter mu (U+03BC) and a plain u.
_UNITS = {
    "ns": 1,
    "us": 1_000,
    "\u00b5s": 1_000,
    "\u03bcs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_UNIT = "|".join(_UNITS)
_PART = re.compile(rf"([0-9]+)(?:\.([0-9]*))?({_UNIT})|\.([0-9]+)({_UNIT})")
_LONGEST = 2**63 - 1  # nanoseconds: what Go's type can hold


def format_go_duration(seconds: float) -> str:
    """To the nanosecond, in the largest unit that leaves a whole number before the point; from 1 s on in h, m and s.
    What is no number of seconds (NaN) or does not fit into Go's type becomes the nearest that does."""
    whole = _nanoseconds(seconds)
    sign, rest = ("-", -whole) if whole < 0 else ("", whole)
    if rest == 0:
        return "0s"
    for unit, size in (("ns", 1), ("\u00b5s", 1_000), ("ms", 1_000_000)):
        if rest < size * 1000:
            return f"{sign}{_decimal(rest, size)}{unit}"
    minutes, rest = divmod(rest, _UNITS["m"])
    text = f"{_decimal(rest, _UNITS['s'])}s"
    if minutes:
        hours, minutes = divmod(minutes, 60)
        text = (f"{hours}h" if hours else "") + f"{minutes}m{text}"
    return sign + text


def _nanoseconds(seconds: float) -> int:
    if math.isnan(seconds):
        return 0
    limit = _LONGEST / 1e9
    return max(-_LONGEST, min(_LONGEST, round(max(-limit, min(limit, seconds)) * 1e9)))


def _decimal(value: int, unit: int) -> str:
    """value / unit, exact; both whole, unit a power of ten."""
    whole, fraction = divmod(value, unit)
    if not fraction:
        return str(whole)
    digits = str(fraction).rjust(len(str(unit)) - 1, "0").rstrip("0")
    return f"{whole}.{digits}"


def parse_go_duration(text: str) -> float:
    """Seconds; ValueError for what is no duration."""
    rest = text[1:] if text[:1] in ("-", "+") else text
    if rest == "0":
        return 0.0
    total, position = 0, 0
    while position < len(rest):
        part = _PART.match(rest, position)
        if part is None:
            break
        total += _part(part)
        position = part.end()
    if not rest or position < len(rest):
        raise ValueError(f"Cannot read a duration from {text!r}")
    return (-total if text[0] == "-" else total) / 1e9


def _part(part: re.Match[str]) -> int:
    """Nanoseconds of one number with its unit; what is below a nanosecond is dropped, as Go does."""
    whole, digits, unit = part.group(1) or "0", part.group(2) or part.group(4) or "", part.group(3) or part.group(5)
    size = _UNITS[unit]
    return int(whole) * size + (int(digits) * size // 10 ** len(digits) if digits else 0)
