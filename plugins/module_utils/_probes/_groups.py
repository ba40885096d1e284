# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Three groups of probes, one after and beside the other, with the counters read before and after the dose.

The plain probes see the network as it is. The dose (many packets, growing connections, pairs of DNS questions) begins
when they are done, at the latest a moment after they began: the other nodes read their counters around that moment
without being told. Idle connections wait beside all of it.
"""

from __future__ import annotations

import dataclasses
import threading
import time
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._looks import Look, Looker, compare
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._reader import Namespace
from ansible_collections.podnet.diagnostics.plugins.module_utils._netns import PodProcess, PodRef, find_pods
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._engine import Report, run_probes
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._types import DOSE_KINDS, JsonObject, Result

IDLE = "idle"
PLAIN = "plain"
DOSE = "dose"
# When the first look is taken, in seconds after the start: most plain packets are through by then, so that the counters
# are about the dose. The dose begins a moment later, since another node may have started later by so much.
FIRST_LOOK = 0.65
LATEST = 1.0
# The first look may take so long before the dose goes on without it.
LOOK_PATIENCE = 2.0


@dataclasses.dataclass(frozen=True)
class Counting:
    """Whether and where counters are read. dwell: the second look is taken so many seconds after the start, on each
    node at the same time, whether or not the last answers have come: then the numbers of two nodes can be
    compared. 0: when
    all probes are done.

    tracked_from, tracked_to: the addresses between which tracked connections are told at the second look."""

    node: str
    pods: t.Sequence[str] = ()
    dwell: float = 0.0
    tracked_from: t.Sequence[str] = ()
    tracked_to: t.Sequence[str] = ()


def group_of(probe: t.Any) -> str:
    """plain, dose or idle; what cannot be read is plain, and is refused there."""
    kind = probe.get("kind") if isinstance(probe, dict) else None
    return DOSE if kind in DOSE_KINDS else IDLE if kind == IDLE else PLAIN


class _Group(threading.Thread):
    """Probes of one group under way."""

    def __init__(self, probes: t.Sequence[t.Any], run: t.Callable[[t.Sequence[t.Any]], list[Result]]) -> None:
        super().__init__(name="probes", daemon=True)
        self._probes = probes
        self._run = run
        self.results: list[Result] = []

    def run(self) -> None:
        if self._probes:
            self.results = self._run(self._probes)


def run_in_groups(
    probes: t.Sequence[t.Any],
    pods: t.Sequence[PodRef] = (),
    timeout: float = 30.0,
    workers: int = 32,
    counting: Counting | None = None,
) -> tuple[Report, JsonObject | None]:
    """Results in the order of the probes, and what the counters moved by (None where none were wanted)."""
    started = time.monotonic()
    found = find_pods(pods) if pods else {}

    def run(group: t.Sequence[t.Any]) -> list[Result]:
        left = max(0.1, timeout - (time.monotonic() - started))
        return run_probes(group, (), left, workers, found=found).results

    members = {name: [probe for probe in probes if group_of(probe) == name] for name in (PLAIN, DOSE, IDLE)}
    groups = {name: _Group(members[name], run) for name in members}
    counter = _Counter(counting, found) if counting is not None else None
    groups[IDLE].start()
    groups[PLAIN].start()
    if members[DOSE]:
        groups[PLAIN].join(LATEST)
        if counter is not None:
            time.sleep(max(0.0, LATEST - (time.monotonic() - started)))
            counter.wait(LOOK_PATIENCE)
    groups[DOSE].start()
    if counter is not None and counter.dwell > 0:
        time.sleep(max(0.0, counter.dwell - (time.monotonic() - started)))
        counter.look_again()
    for name in (DOSE, PLAIN, IDLE):
        groups[name].join()
    moved = counter.finish() if counter is not None else None
    results = {name: iter(groups[name].results) for name in groups}
    return Report([next(results[group_of(probe)]) for probe in probes], found), moved


class _Counter:
    """The two looks. The first is taken when most plain probes are done, the second when it is asked for."""

    def __init__(self, counting: Counting, found: t.Mapping[str, PodProcess]) -> None:
        spaces = [
            Namespace(name, found[name].pid, found[name].netns_inode)
            for name in dict.fromkeys(counting.pods)
            if name in found and found[name].pid is not None and not found[name].error
        ]
        self.looker = Looker(counting.node, spaces, counting.tracked_from, counting.tracked_to)
        self.dwell = counting.dwell
        self.before: Look | None = None
        self.after: Look | None = None
        self.problem = ""
        self._thread = threading.Thread(target=self._look, name="counters", daemon=True)
        self._thread.start()

    def _look(self) -> None:
        time.sleep(FIRST_LOOK)
        try:
            self.before = self.looker.look()
        except Exception as exc:  # what counters say is a help; the probes are the measurement
            self.problem = f"Cannot read counters: {type(exc).__name__}: {exc}"

    def wait(self, seconds: float) -> None:
        self._thread.join(seconds)

    def look_again(self) -> None:
        """The second look, if it is not taken yet."""
        self._thread.join()
        if self.after is None and not self.problem:
            try:
                self.after = self.looker.look()
            except Exception as exc:
                self.problem = f"Cannot read counters: {type(exc).__name__}: {exc}"

    def finish(self) -> JsonObject:
        """What moved between the two."""
        self.look_again()
        watch, flapping = self.looker.watch.finish(), self.looker.route_watch.finish()
        if self.before is None or self.after is None:
            return {"problems": [self.problem]}
        return compare(self.before, self.after, watch, flapping)
