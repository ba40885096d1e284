# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When checks are due, on a fake clock, and how they are run, on a real event loop."""

from __future__ import annotations

import asyncio
import collections
import random
import time
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._schedule import Schedule
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._timetable import Timetable, phase

NAMES = [f"network-check-source-node-1-to-network-check-target-node-{number}" for number in range(1000)]


# -- the timetable -----------------------------------------------------------------------------------------------
def run_table(table: Timetable, start: float, seconds: float, step: float = 0.25) -> dict[str, list[float]]:
    """What is taken when, on a clock that moves in small steps."""
    taken: dict[str, list[float]] = collections.defaultdict(list)
    for number in range(int(seconds / step) + 1):
        now = start + number * step
        for name, due in table.take(now):
            assert now - step < due <= now
            taken[name].append(due)
    return taken


def table_of(names: t.Iterable[str], period: float = 60.0, now: float = 1000.0, jitter: float = 0.02) -> Timetable:
    table = Timetable(period, jitter, random.Random(1))
    for name in names:
        table.add(name, now)
    return table


def test_every_check_is_due_once_in_each_period_and_within_the_first() -> None:
    taken = run_table(table_of(NAMES), 1000.0, 6 * 60.0 + 2.0)
    assert set(taken) == set(NAMES)
    for name, moments in taken.items():
        assert 1000.0 <= moments[0] <= 1054.0, f"{name}: the program has needed some of its first period already"
        assert len(moments) in (6, 7)
        for earlier, later in zip(moments[1:], moments[2:]):
            assert 57.5 <= later - earlier <= 62.5, "twice the jitter of two percent at most"
        assert all(abs((moment - phase(name, 60.0) + 30.0) % 60.0 - 30.0) <= 1.2001 for moment in moments[1:])


def test_load_is_flat() -> None:
    taken = run_table(table_of(NAMES), 1000.0, 600.0)
    seconds = collections.Counter(int(moment) for moments in taken.values() for moment in moments)
    assert max(seconds.values()) < 2 * len(NAMES) / 60 + 10
    assert min(seconds[second] for second in range(1000, 1600)) > 2


def test_the_place_in_the_period_is_the_same_in_every_process_and_whenever_a_check_was_added() -> None:
    assert phase("a", 60.0) == pytest.approx(47.4825, abs=1e-4)
    late = run_table(table_of(["a"], now=1033.0, jitter=0.0), 1033.0, 200.0)["a"]
    assert late == run_table(table_of(["a"], jitter=0.0), 1000.0, 233.0)["a"][-len(late) :]


def test_what_comes_and_goes_disturbs_no_other() -> None:
    table = table_of(NAMES, jitter=0.0)
    before = run_table(table, 1000.0, 120.0)
    for name in NAMES[:500]:
        table.remove(name)
    table.add("new", 1120.25)
    after = run_table(table, 1120.25, 60.0)
    assert {name: moments[0] for name, moments in after.items() if name != "new"} == {
        name: pytest.approx(before[name][-1] + 60.0) for name in NAMES[500:]
    }
    assert "new" in after
    assert len(table) == 501


def test_paused_ones_are_left_out_until_they_are_resumed() -> None:
    table = table_of(["a", "b"])
    table.pause("a")
    assert set(run_table(table, 1000.0, 300.0)) == {"b"}
    assert table.paused == 1
    table.add("a", 1300.0)
    assert table.paused == 1, "it was here already"
    table.resume("a", 1300.25)
    assert len(run_table(table, 1300.25, 60.0)["a"]) >= 1
    table.pause("gone")
    table.resume("gone", 1400.0)
    assert table.names() == {"a", "b"}


def test_one_that_was_removed_and_added_is_due_once() -> None:
    table = table_of(["a"])
    for _number in range(1000):
        table.remove("a")
        table.add("a", 1000.0)
    assert 1 <= len(run_table(table, 1000.0, 59.0)["a"]) <= 2


def test_what_was_missed_is_not_made_up_for() -> None:
    table = table_of(NAMES)
    assert len(table.take(2000.0)) == len(NAMES)
    taken = run_table(table, 2000.0, 61.5)
    assert max(len(moments) for moments in taken.values()) <= 2
    assert sum(len(moments) for moments in taken.values()) < 1.1 * len(NAMES)


def test_a_period_of_nothing_is_refused() -> None:
    for period, jitter in ((0.0, 0.0), (-1.0, 0.0), (1.0, 0.5), (1.0, -0.1)):
        with pytest.raises(ValueError, match="Cannot schedule"):
            Timetable(period, jitter)


# -- the schedule ------------------------------------------------------------------------------------------------
class Runner:
    """Counts what runs, and how many at a time."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.runs: t.Counter[str] = collections.Counter()
        self.now: t.Counter[str] = collections.Counter()
        self.most_at_once = 0
        self.most_of_one = 0
        self.ended = 0

    async def run(self, name: str) -> None:
        self.runs[name] += 1
        self.now[name] += 1
        self.most_of_one = max(self.most_of_one, self.now[name])
        self.most_at_once = max(self.most_at_once, sum(self.now.values()))
        try:
            await asyncio.sleep(self.seconds)
            self.ended += 1
        finally:
            self.now[name] -= 1


async def until(condition: t.Callable[[], bool], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it does not happen"
        await asyncio.sleep(0.005)


def test_every_check_runs_once_a_period() -> None:
    async def scenario() -> None:
        runner = Runner()
        schedule = Schedule(0.5, 0.02, 1024, time.monotonic, runner.run)
        schedule.set_checks(NAMES[:200])
        schedule.start()
        await asyncio.sleep(2.0)
        assert await schedule.stop() == 0
        assert set(runner.runs) == set(NAMES[:200])
        assert min(runner.runs.values()) >= 2
        assert max(runner.runs.values()) <= 5
        counts = schedule.counts()
        assert counts.checks == 200
        assert counts.started == sum(runner.runs.values())
        assert counts.skipped == counts.failed == counts.in_flight == counts.waiting == 0
        assert 0 < counts.lateness < 2.0
        assert 150 <= counts.largest_burst <= 800

    asyncio.run(scenario())


def test_a_slow_check_is_never_run_twice_at_a_time_and_holds_up_no_other() -> None:
    async def scenario() -> None:
        runner = Runner()

        async def run(name: str) -> None:
            runner.seconds = 0.7 if name == "slow" else 0.0
            await runner.run(name)

        schedule = Schedule(0.1, 0.02, 1024, time.monotonic, run)
        schedule.start()
        schedule.set_checks(["slow", "fast"])
        await until(lambda: runner.runs["slow"] >= 2)
        assert runner.most_of_one == 1
        assert runner.runs["fast"] >= 5
        assert schedule.counts().skipped >= 4
        await schedule.stop()

    asyncio.run(scenario())


def test_no_more_than_so_many_at_a_time_and_everyone_gets_a_turn() -> None:
    async def scenario() -> None:
        runner = Runner(0.01)
        schedule = Schedule(1.0, 0.02, 3, time.monotonic, runner.run)
        schedule.set_checks(NAMES[:60])
        schedule.start()
        await until(lambda: len(runner.runs) == 60)
        assert runner.most_at_once <= 3
        await schedule.stop(1.0)

    asyncio.run(scenario())


def test_those_that_wait_for_room_are_removed_and_paused_too() -> None:
    async def scenario() -> None:
        clock = [0.0]
        runner = Runner(0.1)
        schedule = Schedule(60.0, 0.0, 1, lambda: clock[0], runner.run)
        schedule.set_checks(["a", "b", "c", "d"])
        schedule.start()
        clock[0] = 61.0
        schedule.tick()
        assert (schedule.counts().in_flight, schedule.counts().waiting) == (1, 3)
        first, *others = sorted("abcd", key=lambda name: phase(name, 60.0))
        schedule.remove(others[0])
        schedule.pause(others[1])
        assert schedule.counts().waiting == 1
        clock[0] = 200.0
        schedule.tick()
        assert schedule.counts().skipped == 2, "the one in flight and the one that waits"
        await until(lambda: schedule.counts().in_flight + schedule.counts().waiting == 0)
        assert runner.runs == {first: 1, others[2]: 1}
        assert runner.most_at_once == 1
        assert schedule.counts().lateness >= 139.0
        await schedule.stop()

    asyncio.run(scenario())


def test_a_check_that_breaks_is_told_and_goes_on() -> None:
    async def scenario() -> None:
        told: list[tuple[str, str]] = []

        async def run(name: str) -> None:
            raise RuntimeError(f"{name} is broken")

        schedule = Schedule(0.05, 0.0, 10, time.monotonic, run, lambda name, exc: told.append((name, str(exc))))
        schedule.set_checks(["a"])
        schedule.start()
        await until(lambda: len(told) >= 3)
        assert set(told) == {("a", "a is broken")}
        assert schedule.counts().failed >= 3
        await schedule.stop()

    asyncio.run(scenario())


def test_stop_lets_them_end_within_its_deadline() -> None:
    async def scenario(seconds: float, deadline: float) -> tuple[int, Runner, Schedule]:
        runner = Runner(seconds)
        schedule = Schedule(0.2, 0.0, 2, time.monotonic, runner.run)
        schedule.set_checks(NAMES[:5])
        schedule.start()
        await until(lambda: schedule.counts().in_flight == 2)
        started = time.monotonic()
        cancelled = await schedule.stop(deadline)
        assert time.monotonic() - started < deadline + 10
        seen = sum(runner.runs.values())
        await asyncio.sleep(0.3)
        assert sum(runner.runs.values()) == seen, "nothing is started any more"
        assert len(asyncio.all_tasks()) == 1
        return cancelled, runner, schedule

    cancelled, runner, schedule = asyncio.run(scenario(0.2, 2.0))
    assert (cancelled, runner.ended, schedule.counts().in_flight) == (0, 2, 0)
    cancelled, runner, schedule = asyncio.run(scenario(30.0, 0.1))
    assert (cancelled, runner.ended, schedule.counts().in_flight) == (2, 0, 0)


def test_checks_that_come_later_are_run_too() -> None:
    async def scenario() -> None:
        runner = Runner()
        schedule = Schedule(0.2, 0.02, 10, time.monotonic, runner.run)
        schedule.start()
        await asyncio.sleep(0.05)
        schedule.add("a")
        await until(lambda: runner.runs["a"] >= 1)
        schedule.pause("a")
        seen = runner.runs["a"]
        await asyncio.sleep(0.5)
        assert runner.runs["a"] == seen
        schedule.resume("a")
        await until(lambda: runner.runs["a"] > seen)
        schedule.set_checks([])
        await asyncio.sleep(0.3)
        seen = runner.runs["a"]
        await asyncio.sleep(0.3)
        assert runner.runs["a"] == seen
        assert schedule.counts().checks == 0

    asyncio.run(scenario())
