# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Wait with a limit, wait before trying again, and end tasks. Seconds.

asyncio.wait_for loses a cancellation that comes together with the result, until Python 3.12
(https://github.com/python/cpython/issues/86296): a program that uses it may never end.
"""

from __future__ import annotations

import asyncio
import random
import typing as t

T = t.TypeVar("T")


class TooLate(Exception):
    """The time is over."""


async def wait_set(event: asyncio.Event, seconds: float) -> None:
    """Until the event is set, which it is after so many seconds."""
    handle = asyncio.get_running_loop().call_later(max(0.0, seconds), event.set)
    try:
        await event.wait()
    finally:
        handle.cancel()


async def within(seconds: float, work: t.Coroutine[t.Any, t.Any, T]) -> T:
    """The result; TooLate when there is none after so many seconds."""
    task = asyncio.ensure_future(work)
    expired = False

    def expire() -> None:
        nonlocal expired
        expired = True
        task.cancel()

    handle = asyncio.get_running_loop().call_later(seconds, expire)
    try:
        return await task
    except asyncio.CancelledError:
        if expired:
            raise TooLate from None
        raise
    finally:
        handle.cancel()


async def end(tasks: t.Iterable[asyncio.Future[t.Any]]) -> None:
    """Cancel them until they have ended."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        left = (await asyncio.wait(left, timeout=1.0))[1]


class Backoff:
    """A pause that doubles from first to limit, cut by up to a third at random so that clients do not come at once."""

    def __init__(self, first: float = 0.5, limit: float = 10.0) -> None:
        self._first, self._limit = first, limit
        self._next = first

    def reset(self) -> None:
        """It worked."""
        self._next = self._first

    def pause(self, asked: float = 0.0) -> float:
        """It failed: seconds to wait, at least as many as the server has asked for."""
        base, self._next = self._next, min(self._limit, self._next * 2)
        return max(asked, base * (1 - random.random() / 3))
