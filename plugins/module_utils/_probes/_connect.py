# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""One TCP connection attempt, and exactly what became of it."""

from __future__ import annotations

import dataclasses
import errno
import os
import select
import socket
import struct
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._probes import _kernel
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._context import (
    Context,
    socket_address,
    socket_family,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._types import Address, Attempt, IcmpError

Prepare = t.Callable[[socket.socket], None]
_OUTCOME = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "refused",
    errno.ETIMEDOUT: "timed_out",
    errno.EHOSTUNREACH: "unreachable",
    errno.ENETUNREACH: "unreachable",
    errno.ENOPROTOOPT: "unreachable",  # ICMP protocol unreachable
    errno.EMSGSIZE: "unreachable",
}

# How often a port is looked for that connect() would take.
USUAL_PORTS = 5
# tcp_connect() hides from its caller what a packet filter does to a SYN; what says EPERM here sees connect() itself.
FORBIDDEN = (
    "refused before a packet was made, by a BPF program of its control group, IPsec or a security module (EPERM)"
)


@dataclasses.dataclass(frozen=True)
class Connection:
    """outcome: open, refused, timed_out, no_route, no_port or unreachable. sock: only when open; the caller closes it.

    icmp: the ICMP error that ended the attempt. A reject rule answers a connection with one, which looks to an
    application just like a port without a listener. peer: whom it was really sent to, where that is not who was asked
    for; forbidden: connect() itself was refused, before any packet was made (EPERM).
    """

    outcome: str
    seconds: float
    sock: socket.socket | None = None
    local_address: str | None = None
    source_port: int | None = None
    detail: str | None = None
    icmp: IcmpError | None = None
    peer: tuple[str, int] | None = None
    forbidden: bool = False

    def attempt(self, seq: int, address: str) -> Attempt:
        answered = self.outcome in ("open", "refused")
        rtt = round(self.seconds * 1000, 3) if answered else None
        return Attempt(seq, self.outcome, rtt, address, self.source_port, self.detail)


class Connecting:
    """A connection attempt under way, so that several can be at the same time.

    done is set as soon as it is decided, which may be at once. The socket is bound first, so that the source port of a
    failed attempt is known as well: to one of those that connect() takes by itself. A chosen source port is given back
    by a reset: it would wait a minute in TIME_WAIT otherwise, and could not be used again.
    """

    def __init__(
        self,
        context: Context,
        address: Address,
        port: int,
        source_port: int | None = None,
        prepare: Prepare | None = None,
    ) -> None:
        """Send the SYN. prepare: sets options before that."""
        self._context = context
        self._address = address
        self._port = port
        self._source_port = source_port
        self._local: str | None = None
        self.done: Connection | None = None
        self.sock = context.new_socket(socket_family(address), socket.SOCK_STREAM, 0)
        self._started = context.now()
        try:
            self._start(port, prepare)
        except OSError as exc:
            self._end(_kernel.refused_locally(exc) or "no_route", _kernel.local_reason(exc))
        self.until = self._started + context.request.timeout

    def _start(self, port: int, prepare: Prepare | None) -> None:
        sock = self.sock
        sock.setblocking(False)
        _kernel.report_errors(sock, self._address.family)
        if prepare is not None:
            prepare(sock)
        if self._source_port is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("@ii", 1, 0))
        self._source_port = _bind(sock, self._source_port) if self._source_port is not None else self._bind_as_usual()
        target = socket_address(self._address, port)
        self._started = self._context.now()
        number = sock.connect_ex(target)
        if number == errno.EINPROGRESS:
            self._local, self._source_port = sock.getsockname()[:2]
        else:
            self._decide(number, at_once=True)

    def _bind_as_usual(self) -> int | None:
        """Bind as connect() would. Of two neighbouring ports it takes the one, and leaves the other to sockets that are
        bound to any port (__inet_hash_connect(), inet_csk_find_open_port()): a rule on source ports may take the ones
        that programs have, and not the others."""
        for _attempt in range(USUAL_PORTS):
            with self._context.new_socket(socket_family(self._address), socket.SOCK_STREAM, 0) as other:
                bound = _bind(other, None)
            if bound is None:
                break
            try:
                return _bind(self.sock, bound - 1)
            except OSError:
                continue  # it is in use
        return _bind(self.sock, None)

    def finish(self, ready: bool) -> Connection:
        """Decide. ready: poll said so, otherwise its time is over."""
        if self.done is None:
            number = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) if ready else errno.ETIMEDOUT
            self._decide(number, at_once=False)
        return t.cast(Connection, self.done)

    def _decide(self, number: int, at_once: bool) -> None:
        if number != 0:
            self._end(*_explain(self.sock, self._address, number, at_once), forbidden=at_once and number == errno.EPERM)
            return
        seconds = self._context.now() - self._started
        local, source_port = self.sock.getsockname()[:2]
        self.done = Connection("open", seconds, self.sock, local, source_port, peer=self._other_peer())

    def _other_peer(self) -> tuple[str, int] | None:
        return _kernel.other_peer(self.sock, self._source_port, (str(self._address), self._port))

    def _end(self, outcome: str, detail: str | None, icmp: IcmpError | None = None, forbidden: bool = False) -> None:
        seconds = self._context.now() - self._started
        peer = self._other_peer() if outcome == "timed_out" and not forbidden else None
        self.sock.close()
        self.done = Connection(outcome, seconds, None, self._local, self._source_port, detail, icmp, peer, forbidden)


def connect(
    context: Context, address: Address, port: int, source_port: int | None = None, prepare: Prepare | None = None
) -> Connection:
    """Connect within the request's timeout."""
    attempt = Connecting(context, address, port, source_port, prepare)
    if attempt.done is not None:
        return attempt.done
    return attempt.finish(bool(context.wait(attempt.sock, select.POLLOUT, min(attempt.until, context.deadline))))


def _bind(sock: socket.socket, port: int | None) -> int | None:
    """The port it is bound to. None when none is free for this: connecting can still share a port that is used with
    another target, and it is then for the kernel to say whether it could."""
    try:
        sock.bind(("", port or 0))
    except OSError:
        if port is not None:
            raise
        return None
    return int(sock.getsockname()[1])


def _explain(
    sock: socket.socket, address: Address, number: int, at_once: bool
) -> tuple[str, str | None, IcmpError | None]:
    queued = _kernel.next_error(sock, address.family)
    icmp = queued.icmp if queued is not None else None
    if icmp is not None:
        return _OUTCOME.get(number, "unreachable"), str(icmp), icmp
    exc = OSError(number, os.strerror(number))
    local = _kernel.refused_locally(exc) if at_once else None
    if local is not None:
        return local, _kernel.local_reason(exc), None
    if at_once and number == errno.EPERM:
        return "timed_out", FORBIDDEN, None
    detail = None if number in (errno.ECONNREFUSED, errno.ETIMEDOUT) else _kernel.error_name(number)
    return _OUTCOME.get(number, "unreachable"), detail, None
