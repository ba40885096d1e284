# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""kind icmp: a series of echo requests, as ping sends them."""

from __future__ import annotations

import binascii
import errno
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._probes import _kernel
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._context import Context, OutOfTime
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._echo import (
    CannotPing,
    EchoRefused,
    EchoReply,
    EchoSocket,
    token_payload,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._target import begin, source_address
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._types import Address, Attempt, Measured


def probe_token(context: Context) -> bytes:
    """The bytes by which packets of this probe are told apart: the request's, or random ones."""
    token = binascii.unhexlify(context.request.token)
    return token or bytes(context.random.randrange(256) for _byte in range(8))


def with_echo(
    context: Context, measured: Measured, run: t.Callable[[Context, Measured, Address, EchoSocket], None]
) -> None:
    """Open a socket for pings to the target and run with it; measured says why where that cannot be."""
    address = begin(context, measured)
    if address is None:
        return
    measured.local_address = source_address(context, address)
    try:
        with EchoSocket(context, address) as echo:
            run(context, measured, address, echo)
    except CannotPing as exc:
        measured.status, measured.error = "error", str(exc)


def probe_icmp(context: Context, measured: Measured) -> None:
    """Send count requests, one each interval, and wait up to timeout for each answer."""
    with_echo(context, measured, lambda *parts: _Series(*parts).run())


class _Series:
    """One series of requests in flight. measured.attempts has an entry for each, from the moment it is sent."""

    def __init__(self, context: Context, measured: Measured, address: Address, echo: EchoSocket) -> None:
        self.context = context
        self.measured = measured
        self.address = address
        self.echo = echo
        self.token = probe_token(context)
        self.payload = token_payload(self.token, context.request.size)
        self.waiting: dict[int, float] = {}
        measured.data.update(
            {
                "icmp_id": echo.ident,
                "token": self.token.hex(),
                "duplicates": 0,
                "ttl": None,
                "socket": "raw" if echo.raw else "ping",
            }
        )

    def run(self) -> None:
        request = self.context.request
        next_send, seq = self.context.now(), 0
        while seq < request.count or self.waiting:
            now = self.context.now()
            self._give_up(now)
            if seq < request.count and now >= next_send:
                seq += 1
                self._send(seq)
                next_send += request.interval
                continue
            if seq >= request.count and not self.waiting:
                return
            moments = [self.context.deadline, *self.waiting.values()]
            answer = self.echo.receive(min([*moments, next_send] if seq < request.count else moments))
            if isinstance(answer, EchoReply):
                self._answered(answer)
            elif isinstance(answer, EchoRefused):
                self._refused(answer)
            elif self.context.now() >= self.context.deadline:
                raise OutOfTime

    def _send(self, seq: int) -> None:
        self.waiting[seq] = self.context.now() + self.context.request.timeout
        # A token is in the packets of one series; the sequence number tells them apart (16 bits on the wire).
        self.measured.attempts.append(Attempt(seq, "no_reply", None, str(self.address)))
        try:
            self.echo.send(seq, self.payload)
        except OSError as exc:
            self._settle(seq, *_not_sent(exc))

    def _give_up(self, now: float) -> None:
        for seq in [seq for seq, moment in self.waiting.items() if moment <= now]:
            del self.waiting[seq]

    def _answered(self, reply: EchoReply) -> None:
        if self.waiting.pop(reply.seq, None) is None:
            self.measured.data["duplicates"] += self.measured.attempts[reply.seq - 1].outcome == "reply"
            return
        detail = None if reply.intact else "the payload came back changed"
        self.measured.data["ttl"] = reply.ttl
        self.measured.attempts[reply.seq - 1] = Attempt(
            reply.seq, "reply", self.echo.rtt_ms(reply), reply.source, None, detail
        )

    def _refused(self, answer: EchoRefused) -> None:
        self.measured.add_icmp_error(answer.error)
        if answer.seq in self.waiting:
            self._settle(answer.seq, "unreachable", str(answer.error), answer.error.sender)

    def _settle(self, seq: int, outcome: str, detail: str, sender: str | None = None) -> None:
        del self.waiting[seq]
        address = sender or str(self.address)
        self.measured.attempts[seq - 1] = Attempt(seq, outcome, None, address, None, detail)


def _not_sent(exc: OSError) -> tuple[str, str]:
    """Outcome and detail of a request that the kernel refused to send."""
    if exc.errno == errno.EPERM:
        return "no_reply", "dropped by a netfilter rule of this namespace before it left (EPERM)"
    if exc.errno in _kernel.NO_ROUTE:
        return "no_route", _kernel.local_reason(exc)
    return "no_reply", f"not sent: {_kernel.local_reason(exc)}"
