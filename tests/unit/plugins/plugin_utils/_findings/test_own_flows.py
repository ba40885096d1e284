# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flows of the source's own programs that nobody answers, though every probe is answered."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.tests.unit import builders
from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, World

CLIENT, SERVER, SOURCE, ADDRESS = "pod:default/client-1", "pod:default/web-b", "10.244.1.2", "10.244.2.4"
MOMENT = "2026-01-01T00:00:06.000000Z"
PRIVILEGED = f"-d {ADDRESS}/32 -p tcp -m tcp --sport 1:1023"


def _entry(sport: int, status: t.Sequence[str] = ("CONFIRMED",), state: str = "SYN_SENT", dport: int = 8080) -> Json:
    return {
        "protocol": "tcp",
        "src": SOURCE,
        "dst": ADDRESS,
        "sport": sport,
        "dport": dport,
        "reply_src": ADDRESS,
        "reply_dst": SOURCE,
        "reply_sport": dport,
        "reply_dport": sport,
        "status": list(status),
        "state": state,
        "seconds_left": 108,
        "mark": 0,
        "zone": 0,
    }


def _found(entry: Json, rule: str = PRIVILEGED, late: bool = False, **outcomes: builders.Outcome) -> Json:
    world = World()
    world.set_netfilter("node-2", builders.netfilter(first=f"[0:0] -A FORWARD {rule} -j DROP\n"))
    if late:
        world.counters["node-1"] = {"before": MOMENT, "after": MOMENT, "netns": {}, "connections": [entry]}
    else:
        world.netns("node-1")["connections"] = [entry]
    found = world.diagnose(CLIENT, SERVER, 8080, outcomes=outcomes)
    assert found["errors"] == []
    return found


@pytest.mark.parametrize("late", [False, True])
def test_a_rule_means_the_port_that_the_program_binds(late: bool) -> None:
    verdict = _found(_entry(713), late=late)["verdict"]
    assert (verdict["root_causes"], verdict["confidence"]) == (["netfilter-drop"], "likely"), verdict["summary"]
    assert verdict["location"] == {"node": "node-2"}
    assert "sends from port 713" in verdict["summary"]


@pytest.mark.parametrize(
    "entry", [_entry(40000), _entry(713, ("SEEN_REPLY", "CONFIRMED"), "ESTABLISHED"), _entry(713, dport=9090)]
)
def test_another_port_an_answer_or_another_question_is_nothing(entry: Json) -> None:
    assert _found(entry)["verdict"]["result"] == "healthy"


def test_a_rule_that_may_mean_it_is_not_enough() -> None:
    assert _found(_entry(713), f"{PRIVILEGED} -m u32 --u32 0x0=0x0")["verdict"]["result"] == "healthy"


def test_what_probes_suffer_from_is_the_cause() -> None:
    found = _found(_entry(713), f"-d {ADDRESS}/32 -p tcp", tcp={"status": "fail", "outcome": "timed_out"})
    assert found["verdict"]["root_causes"] == ["netfilter-drop"]
    assert "sends from port" not in found["verdict"]["summary"]
