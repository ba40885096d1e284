# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random weather: which verdicts are wrong over a fault that lasts, or over none."""

from __future__ import annotations

import types
import typing as t

import pytest
from podnet_weather.chaos import BLOWS, Storm, _judge

CUT = next(blow for blow in BLOWS if blow.name == "node-2 cut off")
FROZEN = next(blow for blow in BLOWS if blow.name == "kubelet of node-2 frozen")
ON_1, ON_2 = {"node": "node-1"}, {"node": "node-2"}


@pytest.mark.parametrize(
    ("fault", "blow", "result", "cause", "sure", "told", "problem"),
    [
        ("route-missing", FROZEN, "fault", "route-missing", "proven", ON_1, ""),
        ("route-missing", FROZEN, "fault", "route-missing", "proven", {**ON_1, "device": "flannel.1"}, ""),
        ("route-missing", FROZEN, "fault", "route-missing", "proven", ON_2, "is at"),
        ("route-missing", FROZEN, "fault", "route-missing", "likely", ON_2, ""),
        ("route-missing", CUT, "fault", "route-missing", "proven", ON_2, ""),  # a device that is down loses its routes
        ("route-missing", FROZEN, "healthy", None, None, {}, "healthy over"),
        ("route-missing", FROZEN, "inconclusive", None, None, {}, ""),
        (None, FROZEN, "fault", "node-not-ready", "proven", ON_2, ""),
        (None, FROZEN, "fault", "netfilter-drop", "proven", ON_2, "nobody made it"),
        (None, FROZEN, "healthy", None, None, {}, ""),
    ],
)
def test_a_verdict_of_random_weather_is_judged(
    fault: str | None, blow: t.Any, result: str, cause: str | None, sure: str | None, told: t.Any, problem: str
) -> None:
    verdict = {"result": result, "root_cause": cause, "confidence": sure, "location": told}
    run = types.SimpleNamespace(findings={"verdict": verdict}, output="")
    found = _judge(t.cast("t.Any", run), Storm(fault, (blow,), (1.0,), (1.0,)), ON_1 if fault else {}, 10.0, 1.0)
    assert [problem in one for one in found] == ([True] if problem else [])
