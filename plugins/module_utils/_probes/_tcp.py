# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""kind tcp: connect again and again, as paping does. No data is sent."""

from __future__ import annotations

import select
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._connect import Connecting, Connection
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._context import Context
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._target import begin
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._types import Address, Attempt, Measured


def probe_tcp(context: Context, measured: Measured) -> None:
    """count connections, the starts interval apart, whether or not the earlier ones are decided; each is closed as
    soon as it is open."""
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
        if done.sock is not None:
            done.sock.close()
        self.measured.attempts[seq - 1] = done.attempt(seq, str(self.address))
        self.measured.local_address = done.local_address or self.measured.local_address
        self.measured.add_icmp_error(done.icmp)
        note_peer(self.measured, done)

    def close(self) -> None:
        for attempt in self.waiting.values():
            attempt.sock.close()
