# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""The range of every numeric option, written once: the checks read it, and a test holds the documentation to it.

A role's variable has the range of the option that it becomes: its name is the role's prefix and that of the option.
"""

from __future__ import annotations

import dataclasses
import json
import math
import typing as t

_DAY = 86400


@dataclasses.dataclass(frozen=True)
class Range:
    """What a number may be, both ends included. whole: no fraction."""

    low: float
    high: float
    whole: bool = True

    def __str__(self) -> str:
        return f"from {_plain(self.low)} to {_plain(self.high)}"

    def allowed(self) -> str:
        """As it stands in a message."""
        return f"a {'whole number' if self.whole else 'number'} {self}"

    def number(self, value: object) -> float | int | None:
        """The number that a value means; None where it means none or one out of range."""
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            return None
        try:
            number = float(value)
        except ValueError:
            return None
        # NaN is not within anything.
        if not self.low <= number <= self.high or (self.whole and number != math.floor(number)):
            return None
        return int(number) if self.whole else number


def _seconds(low: float, high: float) -> Range:
    return Range(low, high, whole=False)


# Module → option → range. An option of an option is written with a dot.
RANGES: t.Mapping[str, t.Mapping[str, Range]] = {
    "capture": {
        "snaplen": Range(64, 65535),
        "deadline": _seconds(1, _DAY + 600),
        "grace": _seconds(0, 3600),
        "max_packets": Range(1, 1000000000),
        "max_bytes": Range(1024, 67108864),
        "max_file_bytes": Range(0, 1000000000000),
        "min_free": Range(0, 1000000000000000),
        "ring_megabytes": Range(2, 4096),
        "parts.offset": Range(0, 1000000000000),
    },
    "capture_finish": {"sink_keep": Range(1, 1000), "sink_timeout": _seconds(0.1, 3600)},
    "capture_prepare": {
        "seconds": _seconds(1, 82800),
        "packets": Range(1, 1000000000),
        "megabytes": Range(1, 100000),
        "snaplen": Range(64, 65535),
        "ring_megabytes": Range(2, 4096),
        "after": _seconds(0, 3600),
        "min_free": Range(0, 1000000000),
        "max_nodes": Range(1, 64),
        "probe_interval": _seconds(1, 3600),
        "probe_timeout": _seconds(0.05, 10),
        "probe_failures": Range(1, 1000),
    },
    "connectivity_check": {"wait_timeout": _seconds(0, _DAY)},
    "connectivity_check_deployment": {
        "period": _seconds(1, 3600),
        "timeout": _seconds(0.1, 300),
        "write_interval": _seconds(10, _DAY),
        "replicas": Range(1, 100),
        "run_as_user": Range(1, 2147483647),
        "extra_targets.port": Range(1, 65535),
        "mesh.interval": _seconds(1, 3600),
        "mesh.all_pairs_up_to": Range(0, 1000),
        "mesh.partners": Range(0, 1000),
        "mesh.host_port": Range(1, 65535),
        "mesh.timeout": _seconds(0.1, 60),
        "wait_timeout": _seconds(0, _DAY),
    },
    "diagnose_prepare": {
        "max_nodes": Range(1, 64),
        "ping_count": Range(1, 100),
        "tcp_count": Range(1, 100),
        "probe_timeout": _seconds(0.05, 10),
        "task_timeout": Range(10, 3600),
        "pause": Range(0, 3600),
        "dose_packets": Range(0, 5000),
        "dose_connections": Range(0, 500),
        "dose_queries": Range(0, 200),
        "idle": Range(0, 7200),
        "watch": Range(0, 1440),
    },
    "diagnose_report": {"sink_keep": Range(1, 1000), "sink_timeout": _seconds(0.1, 3600)},
    "drill": {"seed": Range(0, 2147483647), "wait_timeout": _seconds(1, 3600), "seconds": _seconds(0, _DAY)},
    "health": {
        "timeout": _seconds(0.1, 3600),
        "total_timeout": _seconds(0.1, _DAY),
        "workers": Range(1, 256),
        "packets": Range(0, 100),
        "event_timeout": _seconds(0.1, 3600),
    },
    "node_agent": {
        "deadline": Range(1, _DAY),
        "lease": Range(15, _DAY),
        "ttl": Range(0, _DAY),
        "wait_timeout": _seconds(0, 3600),
    },
    "node_agent_connection": {"agent_command_timeout": _seconds(0.1, _DAY)},
    "node_snapshot": {"timeout": _seconds(1, 300)},
    "probe": {"timeout": _seconds(0.1, 3600), "workers": Range(1, 256), "dwell": _seconds(0, 600)},
}


def allowed(module: str, option: str) -> Range:
    """The range of an option; KeyError where it has none."""
    return RANGES[module][option]


def number_problem(name: str, value: object, range_: Range) -> str:
    """Why a value cannot be used: its name, the value, and what is allowed; empty if it can."""
    return "" if range_.number(value) is not None else f"{name} is {shown(value)}; it must be {range_.allowed()}"


def range_problems(module: str, values: t.Mapping[str, t.Any], prefix: str = "") -> list[str]:
    """Every number of a module's options that is out of its range. An option that is None was not given."""
    problems = []
    for option, range_ in RANGES.get(module, {}).items():
        for name, value in _given(option, values):
            if value is not None:
                problems.append(number_problem(prefix + name, value, range_))
    return [problem for problem in problems if problem]


def _given(option: str, values: t.Mapping[str, t.Any]) -> t.Iterator[tuple[str, t.Any]]:
    """The values of an option with their places: one, or one for each element of a list."""
    outer, dot, inner = option.partition(".")
    value = values.get(outer)
    if not dot:
        yield outer, value
    elif isinstance(value, dict):
        yield option, value.get(inner)
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            if isinstance(item, dict):
                yield f"{outer}[{index}].{inner}", item.get(inner)


def shown(value: object) -> str:
    """A value as it may stand in a message: one line, no control characters, at most 80 characters."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        text = f"{value:g}" if isinstance(value, float) else str(value)
    else:
        try:
            text = json.dumps(value if isinstance(value, (dict, list, bool)) or value is None else str(value))
        except (TypeError, ValueError):
            text = json.dumps(repr(value))
    return text if len(text) <= 80 else text[:77] + "..."


def _plain(number: float) -> str:
    return str(int(number)) if number == int(number) else repr(number)
