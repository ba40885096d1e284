# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Watching: gentle bursts again and again until the first failure, then the whole dose once more while it lasts."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject

# Seconds between the starts of two rounds, and what one round sends: less than the dose by far.
ROUND_SECONDS = 10
# The probes of a round take so long where nothing is lost; the rest of its time nothing is sent.
BUSY_SECONDS = 3
# What the last round and the dose after a failure may take when the minutes are over.
SLACK_SECONDS = 90
# What the bundle holds of the first failure, and of the counters around the round that failed.
FAILURE, COUNTERS = "watch/failure.json", "watch/counters.json"
GENTLE: t.Mapping[str, JsonObject] = {
    "burst": {"count": 40, "interval": 0.01},
    "connections": {"count": 3},
    "dns-pairs": {"count": 3},
}


def watch_requests(requests: t.Sequence[JsonObject], number: int) -> list[JsonObject]:
    """One round on the ways of the dose. number: of the round, so that its probes can be told apart."""
    return [
        {**request, **GENTLE[request["role"]], "id": f"{request['id']}-watch-{number}"}
        for request in requests
        if request.get("role") in GENTLE
    ]


def is_watched(request: JsonObject) -> bool:
    """Whether a probe belongs to watching, not to what was sent before it."""
    return "-watch-" in request["id"] or request["id"].endswith("-again")


def dose_requests(requests: t.Sequence[JsonObject]) -> list[JsonObject]:
    """The dose once more, for the moment of the failure."""
    return [{**request, "id": f"{request['id']}-again"} for request in requests if request.get("role") in GENTLE]


@dataclasses.dataclass
class Watched:
    """What all rounds together counted."""

    rounds: int = 0
    sent: int = 0
    lost: int = 0
    failed: str = ""

    def add(self, results: t.Sequence[JsonObject]) -> bool:
        """Count a round; the first failure is kept in words. Whether there was one by now."""
        self.rounds += 1
        for result in results:
            sent, received = int(result.get("sent") or 0), int(result.get("received") or 0)
            self.sent += sent
            self.lost += max(0, sent - received)
            if result.get("status") == "fail" and not self.failed:
                what = f"{sent - received} of {sent} {result.get('role')} to {result.get('target')}"
                self.failed = f"{what} went wrong in round {self.rounds}"
        return bool(self.failed)

    def text(self, seconds: float) -> str:
        """One line for people: how long, how much, what was seen."""
        length = f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"
        what = self.failed or f"{self.lost} lost"
        return f"watched for {length}: {self.rounds} rounds, {self.sent} packets, connections and questions, {what}"
