# SPDX-License-Identifier: GPL-3.0-or-later
"""Build steps side by side, each told with the time it is expected to take and what is left after it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .cache import Item
from .proc import stop_running

TELL_EVERY = 30.0
# Steps that are shorter than this together say nothing about the machine.
SAYS_SOMETHING = 5.0


@dataclass(frozen=True)
class Step:
    """One thing to build, after the things it needs of the other lanes."""

    item: Item
    needs: tuple[Item, ...] = ()


def words(seconds: float) -> str:
    """A duration for people: 8 s, 1 min 10 s, 12 min."""
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    return f"{minutes} min {rest} s" if rest and minutes < 10 else f"{minutes} min"


class Run:
    """Lanes of steps: one step of each lane at a time, in the lane's order.

    known is how long an item took last time, by what it is about; say tells a line.
    """

    def __init__(self, lanes: list[list[Step]], known: Mapping[str, float], say: Callable[[str], None]) -> None:
        self._lanes = lanes
        self._known = known
        self._say = say
        self._lock = threading.Lock()
        self._started: dict[str, float] = {}
        self._took: dict[str, float] = {}
        self._done = {step.item.key: threading.Event() for lane in lanes for step in lane}
        self._stop = threading.Event()
        self._errors: list[BaseException] = []
        self.count = len(self._done)

    def to_the_end(self, remember: Callable[[Item, float], None]) -> None:
        """Run every step; the first error ends the run, after the steps that go on beside it are complete."""
        threads = [threading.Thread(target=self._lane, args=(lane, remember), daemon=True) for lane in self._lanes]
        for thread in threads:
            thread.start()
        try:
            self._watch(threads)
        except BaseException:
            self._stop.set()
            stop_running()
            for thread in threads:
                thread.join(10)
            raise
        if self._errors:
            raise self._errors[0]

    def _watch(self, threads: list[threading.Thread]) -> None:
        told = time.monotonic()
        while any(thread.is_alive() for thread in threads):
            for thread in threads:
                thread.join(0.2)
            if time.monotonic() - told > TELL_EVERY:
                told = time.monotonic()
                self._tell()

    def _lane(self, steps: list[Step], remember: Callable[[Item, float], None]) -> None:
        try:
            for step in steps:
                if not self._ready(step):
                    return
                self._one(step.item, remember)
        except BaseException as error:
            self._errors.append(error)
            self._stop.set()

    def _ready(self, step: Step) -> bool:
        """Wait for what a step needs; whether it is to be run at all."""
        for item in step.needs:
            while not self._done[item.key].wait(0.1):
                if self._stop.is_set():
                    return False
        return not self._stop.is_set()

    def _one(self, item: Item, remember: Callable[[Item, float], None]) -> None:
        begin = time.monotonic()
        with self._lock:
            self._started[item.key] = begin
            self._say(f"building {item.about}: {self._expectation(item)}")
        item.ensure()
        seconds = time.monotonic() - begin
        with self._lock:
            self._took[item.key] = seconds
            self._done[item.key].set()
            remember(item, seconds)
            left = self.seconds_left()
            after = f"about {words(left)} left" if left else "nothing is left"
            self._say(f"built {item.about} in {words(seconds)}; {after}")

    def _expectation(self, item: Item) -> str:
        if item.about in self._known:
            return f"it took {words(self._known[item.about])} last time"
        return f"about {words(item.seconds)} on two cores"

    def _seconds(self, item: Item) -> float:
        return self._known.get(item.about, item.seconds)

    def seconds_left(self) -> float:
        """What the longest lane still has to do; a step that takes longer than expected counts as nearly done."""
        return max(sum(self._left_of(step.item) for step in lane) for lane in self._lanes)

    def _left_of(self, item: Item) -> float:
        if self._done[item.key].is_set():
            return 0.0
        begun = self._started.get(item.key)
        gone = 0.0 if begun is None else time.monotonic() - begun
        return max(self._seconds(item) * self._slowness() - gone, 0.0)

    def _slowness(self) -> float:
        """How many times longer than expected the steps of this run take: 1 or more.

        Only steps that are done, or that are over their time, say something about it.
        """
        now = time.monotonic()
        gone = expected = 0.0
        for step in (step for lane in self._lanes for step in lane if step.item.key in self._started):
            took = self._took.get(step.item.key)
            running = now - self._started[step.item.key]
            if took is not None or running > self._seconds(step.item):
                gone += running if took is None else took
                expected += self._seconds(step.item)
        return max(gone / expected, 1.0) if expected >= SAYS_SOMETHING else 1.0

    def _late(self) -> bool:
        """Whether a step is running that takes longer than expected, so that nobody knows when it ends."""
        now = time.monotonic()
        running = self._started.keys() - self._took.keys()
        return any(
            now - self._started[step.item.key] > self._seconds(step.item)
            for lane in self._lanes
            for step in lane
            if step.item.key in running
        )

    def _tell(self) -> None:
        """One line for who waits: what is being built since when, and what comes after it."""
        with self._lock:
            now = time.monotonic()
            items = [step.item for lane in self._lanes for step in lane if not self._done[step.item.key].is_set()]
            running = [
                f"{item.about} ({words(now - self._started[item.key])} of about {words(self._seconds(item))})"
                for item in items
                if item.key in self._started
            ]
            waiting = sum(item.key not in self._started for item in items)
            then = f", then {waiting} more" if waiting else ""
            left = f"{'more than' if self._late() else 'about'} {words(self.seconds_left())} left"
            self._say(f"still building {' and '.join(running)}{then}; {left}")
