# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connection requests that are sent again until they come through are lost where a device saw fewer of them."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._gaps import Gaps, lost_requests
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Evidence
from ansible_collections.podnet.diagnostics.tests.unit.builders import Json

WAY = (("node-1", "veth1"), ("node-1", "eth0"), ("node-2", "eth0"), ("node-2", "veth2"))
PROBE = "connections-1-again"


class Captured:
    """Evidence that is captures alone."""

    climbed = Evidence.climbed

    def __init__(self, *packets: Json, lossless: bool = True, missing: tuple[str, str] | None = None) -> None:
        point = {"node": missing[0], "device": missing[1]} if missing is not None else None
        fates = [{"label": one["label"], "missing_forward": point, "missing_reply": None} for one in packets]
        self.captures: Json = {"ladders": [{"probe_id": PROBE, "packets": list(packets)}]}
        self._flow = {"probe_id": PROBE, "lossless": lossless, "ambiguous": False, "packets": fates}

    def flows(self, *probe_ids: str) -> list[Json]:
        return [self._flow] if PROBE in probe_ids else []


def _request(*often: int, reply: t.Sequence[int] = (), shuffled: bool = False) -> Json:
    """A SYN that each device saw so often."""
    rungs = [
        {"node": node, "device": device, "direction": way, "first": number * 1000, "retransmitted": many - 1}
        for way, counts, order in (("forward", often, WAY), ("reply", reply, WAY[::-1]))
        for number, ((node, device), many) in enumerate(zip(order, counts))
        if many
    ]
    return {"label": f"SYN {often} {reply}", "what": "syn", "rungs": rungs[::-1] if shuffled else rungs}


def _lost(captured: Captured) -> Gaps:
    found = lost_requests(t.cast(Evidence, captured), PROBE)
    assert found is not None
    return found


@pytest.mark.parametrize("shuffled", [False, True])
def test_the_first_of_two_was_lost_between_the_nodes(shuffled: bool) -> None:
    found = _lost(Captured(_request(2, 2, 1, 1, reply=(1, 1, 1, 1), shuffled=shuffled)))
    assert (found.counts, found.sent, found.hit) == ({(WAY[1], WAY[2]): 1}, 2, 1)


def test_one_that_never_came_through() -> None:
    found = _lost(Captured(_request(4, 4), missing=WAY[2]))
    assert (found.counts, found.hit) == ({(WAY[1], WAY[2]): 4}, 1)


def test_answers_are_lost_on_their_own_way() -> None:
    found = _lost(Captured(_request(2, 2, 2, 2, reply=(2, 1, 1, 1))))
    assert found.counts == {(WAY[3], WAY[2]): 1}


def test_the_clock_of_a_node_does_not_matter() -> None:
    """node-2 is late: what it saw seems to come last, and first."""
    request = _request(3, 3, 2, 2)
    for rung in request["rungs"]:
        rung["first"] -= 10**9 if rung["node"] == "node-2" else 0
    assert _lost(Captured(request)).counts == {(WAY[1], WAY[2]): 1}


def test_what_opened_at_once_lost_nothing() -> None:
    found = _lost(Captured(_request(1, 1, 1, 1, reply=(1, 1, 1, 1))))
    assert (found.lost, found.hit) == (0, 0)


def test_captures_that_may_have_missed_some_tell_nothing() -> None:
    assert lost_requests(t.cast(Evidence, Captured(_request(2, 1), lossless=False)), PROBE) is None
    assert lost_requests(t.cast(Evidence, Captured(_request(2, 1))), "another-probe") is None
    assert lost_requests(t.cast(Evidence, Captured(_request(2, 1)))) is None
