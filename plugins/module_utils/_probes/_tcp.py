# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""kind tcp: connect again and again, as paping does. No data is sent.

The last connection is watched for a moment: what the other end does with one that it took, before anything was said.
"""

from __future__ import annotations

import select
import socket
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._connect import Connecting, Connection
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._context import Context
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._target import begin
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._types import Address, Attempt, Measured

# A program that does not want a connection, or has nobody behind it, closes it within this time; seconds.
WATCHED = 0.1
_RDHUP = getattr(select, "POLLRDHUP", 0x2000)


def probe_tcp(context: Context, measured: Measured) -> None:
    """count connections, the starts interval apart, whether or not the earlier ones are decided; each is closed as
    soon as it is open, the last one after a moment.

    data.then: what came on that one first, silent, data, closed or reset, and after how many milliseconds.
    """
    address = begin(context, measured)
    if address is None:
        return
    series = _Series(context, measured, address)
    try:
        series.run()
    finally:
        series.close()


def note_peer(measured: Measured, done: Connection) -> None:
    """Keep what programs in the way of connect() made of a connection."""
    measured.add_peer(done.peer)
    if done.forbidden:
        measured.add_forbidden()


class _Series:
    """measured.attempts has an entry for each attempt from its start on."""

    def __init__(self, context: Context, measured: Measured, address: Address) -> None:
        self.context = context
        self.measured = measured
        self.address = address
        self.waiting: dict[int, Connecting] = {}
        self.poll = select.poll()
        self.last: socket.socket | None = None

    def run(self) -> None:
        request = self.context.request
        next_start, seq = self.context.now(), 0
        while seq < request.count or self.waiting:
            self.context.check_time()
            if seq < request.count and self.context.now() >= next_start:
                seq += 1
                self._start(seq)
                next_start += request.interval
                continue
            moments = [self.context.deadline, *(attempt.until for attempt in self.waiting.values())]
            self._wait(min([*moments, next_start] if seq < request.count else moments))
        if self.last is not None:
            self._watch(self.last)

    def _start(self, seq: int) -> None:
        request = self.context.request
        source_port = request.source_port + seq - 1 if request.source_port is not None else None
        attempt = Connecting(self.context, self.address, t.cast(int, request.port), source_port)
        self.measured.attempts.append(Attempt(seq, "timed_out", None, str(self.address)))
        if attempt.done is not None:
            self._record(seq, attempt.done)
            return
        self.waiting[seq] = attempt
        self.poll.register(attempt.sock, select.POLLOUT)

    def _wait(self, until: float) -> None:
        left = until - self.context.now()
        if not self.waiting:
            self.context.pause(max(left, 0.0))
            return
        ready = {number for number, _events in self.poll.poll(max(left, 0.0) * 1000)}
        now = self.context.now()
        for seq, attempt in list(self.waiting.items()):
            if attempt.sock.fileno() in ready or now >= attempt.until:
                self.poll.unregister(attempt.sock)
                del self.waiting[seq]
                self._record(seq, attempt.finish(attempt.sock.fileno() in ready))

    def _record(self, seq: int, done: Connection) -> None:
        if done.sock is not None and seq == self.context.request.count:
            self.last = done.sock
        elif done.sock is not None:
            done.sock.close()
        self.measured.attempts[seq - 1] = done.attempt(seq, str(self.address))
        self.measured.local_address = done.local_address or self.measured.local_address
        self.measured.add_icmp_error(done.icmp)
        note_peer(self.measured, done)

    def _watch(self, sock: socket.socket) -> None:
        started = self.context.now()
        until = min(self.context.until(WATCHED), self.context.deadline)
        came = self.context.wait(sock, select.POLLIN | _RDHUP, until)
        after = round((self.context.now() - started) * 1000, 3)
        self.measured.data["then"] = {"outcome": _came(sock) if came else "silent", "ms": after}

    def close(self) -> None:
        if self.last is not None:
            self.last.close()
        for attempt in self.waiting.values():
            attempt.sock.close()


def _came(sock: socket.socket) -> str:
    try:
        return "data" if sock.recv(1) else "closed"
    except BlockingIOError:
        return "silent"
    except OSError:
        return "reset"
