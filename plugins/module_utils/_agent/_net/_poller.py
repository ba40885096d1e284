# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Waiting for sockets, cheaply: thousands of short connections a minute in one asyncio program.

asyncio itself spends more time on the bookkeeping of one connection than the kernel does on the connection. Here all
sockets are in one epoll of our own, which the event loop sees as a single file; a socket is registered once,
edge-triggered,
and closing it is all it takes to forget it. Deadlines are coarse: one timer serves all of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import resource
import select
import socket
import time
import weakref

READABLE = int(select.EPOLLIN)
WRITABLE = int(select.EPOLLOUT)
BROKEN = int(select.EPOLLERR | select.EPOLLHUP)
_REGISTERED = READABLE | WRITABLE | int(select.EPOLLET)
_TICKS_PER_SECOND = 50
_MAX_EVENTS = 512
FILES = 16384


class Watched:
    """A non-blocking socket under watch. At most one coroutine waits for it at a time."""

    __slots__ = ("_events", "_fd", "_future", "_poller", "_tick", "_wanted", "sock")

    def __init__(self, poller: Poller, sock: socket.socket) -> None:
        self.sock = sock
        self._poller = poller
        self._fd = sock.fileno()
        self._events = 0
        self._wanted = 0
        self._tick = 0
        self._future: asyncio.Future[int] | None = None

    async def wait(self, wanted: int, until: float) -> int:
        """What has happened to the socket of what is wanted (READABLE, WRITABLE; BROKEN always is); 0 when nothing has
        until that moment (monotonic seconds, up to 20 ms late).

        An event is reported once. So read until the socket would block before you wait to read on.
        """
        wanted |= BROKEN
        events = self._events & wanted
        if events:
            self._events &= ~wanted
            return events
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._future = future
        self._wanted = wanted
        self._poller.arm(self, until)
        try:
            return await future
        finally:
            self._future = None
            self._poller.disarm(self)

    def close(self) -> None:
        """Close the socket, also one that a TLS connection has taken over."""
        self._poller.forget(self)
        self.sock.close()

    # -- for the poller ------------------------------------------------------------------------------------------
    @property
    def fd(self) -> int:
        return self._fd

    @property
    def tick(self) -> int:
        return self._tick

    @tick.setter
    def tick(self, value: int) -> None:
        self._tick = value

    def notice(self, events: int) -> None:
        """Something happened: wake who waits for it, else remember it."""
        future = self._future
        self._events |= events
        seen = self._events & self._wanted
        if future is not None and seen and not future.done():
            self._events &= ~seen
            future.set_result(seen)

    def expire(self) -> None:
        if self._future is not None and not self._future.done():
            self._future.set_result(0)


class Poller:
    """The epoll of one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        _raise_file_limit()
        self._epoll = select.epoll()
        self._watched: dict[int, Watched] = {}
        self._deadlines: dict[int, set[Watched]] = {}
        # Weak, as is the table below: a timer refers to its loop, and a poller must not keep that alive.
        self._timer: weakref.ref[asyncio.TimerHandle] | None = None
        self._timer_tick = 0
        loop.add_reader(self._epoll.fileno(), self._dispatch)

    def watch(self, sock: socket.socket) -> Watched:
        """Watch a non-blocking socket, from now until it is closed."""
        watched = Watched(self, sock)
        self._epoll.register(watched.fd, _REGISTERED)
        self._watched[watched.fd] = watched
        return watched

    def __len__(self) -> int:
        return len(self._watched)

    # -- for Watched ---------------------------------------------------------------------------------------------
    def forget(self, watched: Watched) -> None:
        """The kernel does the rest when the socket is closed."""
        if self._watched.get(watched.fd) is watched:
            del self._watched[watched.fd]

    def arm(self, watched: Watched, until: float) -> None:
        tick = watched.tick = int(until * _TICKS_PER_SECOND) + 1
        bucket = self._deadlines.get(tick)
        if bucket is None:
            bucket = self._deadlines[tick] = set()
        bucket.add(watched)
        if self._timer is None or tick < self._timer_tick:
            self._set_timer(tick)

    def disarm(self, watched: Watched) -> None:
        bucket = self._deadlines.get(watched.tick)
        if bucket is not None:
            bucket.discard(watched)
            if not bucket:
                del self._deadlines[watched.tick]

    # -- events --------------------------------------------------------------------------------------------------
    def _dispatch(self) -> None:
        watched = self._watched
        for fd, events in self._epoll.poll(0, _MAX_EVENTS):
            one = watched.get(fd)
            if one is not None:
                one.notice(events)

    def _set_timer(self, tick: int) -> None:
        old = self._timer() if self._timer is not None else None
        if old is not None:
            old.cancel()
        self._timer_tick = tick
        self._timer = weakref.ref(asyncio.get_running_loop().call_at(tick / _TICKS_PER_SECOND, self._expire))

    def _expire(self) -> None:
        """Most have long been answered when their time is over: then the timer moves on to the next one that waits."""
        self._timer = None
        now = int(time.monotonic() * _TICKS_PER_SECOND + 0.01)
        for tick in sorted(tick for tick in self._deadlines if tick <= now):
            for watched in self._deadlines.pop(tick):
                watched.expire()
        if self._deadlines:
            self._set_timer(min(self._deadlines))


def _raise_file_limit() -> None:
    """Many container runtimes start programs with 1024 files, which is for select(), and let them have more: a probe
    must not fail because of so many others.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


_POLLERS: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Poller] = weakref.WeakKeyDictionary()


def current_poller() -> Poller:
    """The poller of the running event loop; it lives as long as that."""
    loop = asyncio.get_running_loop()
    poller = _POLLERS.get(loop)
    if poller is None:
        poller = _POLLERS[loop] = Poller(loop)
    return poller
