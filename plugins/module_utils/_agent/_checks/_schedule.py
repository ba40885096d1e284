# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Running every check once a period: never one twice at a time, never too many at once, and at an even pace."""

from __future__ import annotations

import asyncio
import collections
import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._timetable import Timetable

# Waking up for each check costs more than the check: those of so many seconds are started together, or of this part of
# a period.
# With more of them at a time they would measure one another, which shows in latencies.
GRAIN = 0.1
GRAIN_OF_PERIOD = 0.01
Run = t.Callable[[str], t.Coroutine[t.Any, t.Any, None]]
Clock = t.Callable[[], float]


@dataclasses.dataclass(frozen=True)
class Counts:
    """checks: known, paused ones too. in_flight and waiting: now; the latter are due, but too many are in flight.
    started, failed (the run raised something), skipped (the one before was not done yet): since the start.
    largest_burst: most starts
    in one second. lateness: the longest time from due to started, in seconds."""

    checks: int
    paused: int
    in_flight: int
    waiting: int
    started: int
    failed: int
    skipped: int
    largest_burst: int
    lateness: float


class Schedule:
    """Calls run(name) for each check once a period, within the first period for a new one.

    period: seconds, from 1 on; jitter: at most this part of it, 0.02 say; clock: monotonic seconds; on_error: told what
      a run raised.
    """

    def __init__(
        self,
        period: float,
        jitter: float,
        max_in_flight: int,
        clock: Clock,
        run: Run,
        on_error: t.Callable[[str, BaseException], None] | None = None,
    ) -> None:
        self._table = Timetable(period, jitter)
        self._grain = min(GRAIN, period * GRAIN_OF_PERIOD)
        self._max_in_flight = max(1, max_in_flight)
        self._clock = clock
        self._run = run
        self._on_error = on_error
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._waiting: dict[str, float] = {}
        self._queue: collections.deque[str] = collections.deque()
        self._timer: asyncio.TimerHandle | None = None
        self._running = False
        self._started = self._failed = self._skipped = 0
        self._burst = _Burst()
        self._lateness = 0.0

    # -- what is to be run ---------------------------------------------------------------------------------------
    def set_checks(self, names: t.Iterable[str]) -> None:
        """Exactly these from now on. Those that stay are not disturbed, and what runs now may end."""
        wanted = set(names)
        for name in self._table.names() - wanted:
            self.remove(name)
        now = self._clock()
        for name in sorted(wanted - self._table.names()):
            self._table.add(name, now)
        self._wake()

    def add(self, name: str) -> None:
        self._table.add(name, self._clock())
        self._wake()

    def remove(self, name: str) -> None:
        self._table.remove(name)
        self._waiting.pop(name, None)

    def pause(self, name: str) -> None:
        """Leave it out until it is resumed; what runs now may end."""
        self._table.pause(name)
        self._waiting.pop(name, None)

    def resume(self, name: str) -> None:
        self._table.resume(name, self._clock())
        self._wake()

    # -- running -------------------------------------------------------------------------------------------------
    def start(self) -> None:
        """Begin, in the running event loop."""
        self._running = True
        self._wake()

    async def stop(self, deadline: float = 0.0) -> int:
        """Start nothing more, and let what is in flight end within so many seconds. How many had to be cancelled."""
        self._running = False
        self._waiting.clear()
        self._queue.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        tasks = list(self._tasks.values())
        late: t.Collection[asyncio.Task[None]] = ()
        if tasks:
            late = (await asyncio.wait(tasks, timeout=max(0.0, deadline)))[1]
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks.clear()  # one that was cancelled before it began could not do this itself
        return len(late)

    def counts(self) -> Counts:
        return Counts(
            len(self._table),
            self._table.paused,
            len(self._tasks),
            len(self._waiting),
            self._started,
            self._failed,
            self._skipped,
            self._burst.largest,
            self._lateness,
        )

    def tick(self) -> None:
        """Start what is due now. Called by the schedule itself once it has been started."""
        now = self._clock()
        for name, due in self._table.take(now):
            if name in self._tasks or name in self._waiting:
                self._skipped += 1
            elif len(self._tasks) >= self._max_in_flight or self._waiting:
                self._waiting[name] = due
                self._queue.append(name)
            else:
                self._begin(name, due, now)

    def _begin(self, name: str, due: float, now: float) -> None:
        self._started += 1
        self._burst.count(now)
        self._lateness = max(self._lateness, now - due)
        self._tasks[name] = asyncio.get_running_loop().create_task(self._guarded(name))

    async def _guarded(self, name: str) -> None:
        """One check that breaks must not stop the others."""
        try:
            await self._run(name)
        except Exception as exc:  # pylint: disable=broad-except
            self._failed += 1
            if self._on_error is not None:
                self._on_error(name, exc)
        finally:
            self._tasks.pop(name, None)
            self._next()

    def _next(self) -> None:
        """There is room for one that waits."""
        while self._running and self._queue and len(self._tasks) < self._max_in_flight:
            name = self._queue.popleft()
            due = self._waiting.pop(name, None)
            if due is not None and name not in self._tasks:
                self._begin(name, due, self._clock())

    def _wake(self) -> None:
        """Be there when the next one is due. A timer that comes too early costs little, so it is left alone."""
        due = self._table.next_due()
        if not self._running or due is None:
            return
        loop = asyncio.get_running_loop()
        when = loop.time() + max(self._grain, due - self._clock())
        if self._timer is None or self._timer.when() > when:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = loop.call_at(when, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        try:
            self.tick()
        finally:
            self._wake()


class _Burst:
    """The largest number of starts in any second of the clock."""

    def __init__(self) -> None:
        self._second = 0
        self._count = 0
        self.largest = 0

    def count(self, now: float) -> None:
        second = int(now)
        if second != self._second:
            self._second, self._count = second, 0
        self._count += 1
        if self._count > self.largest:
            self.largest = self._count
