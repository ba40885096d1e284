# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""TCP connections, as Go's net.Dialer makes them: several addresses share one deadline, and where a name has addresses
of both families the second one gets its chance after 300 ms (RFC 8305, https://pkg.go.dev/net#Dialer).
"""

from __future__ import annotations

import asyncio
import errno
import socket
import time
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._failure import TIMEOUT, Failure, from_os
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._poller import (
    BROKEN,
    WRITABLE,
    Watched,
    current_poller,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._endpoint import join

FALLBACK_SECONDS = 0.3
SHORTEST_ATTEMPT = 2.0
_STREAM = socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC


async def dial(addresses: t.Sequence[str], port: int, until: float) -> Watched:
    """A connection to the first address that answers before that moment (monotonic). Failure is that of the first one.

    The caller closes what it gets.
    """
    if len(addresses) == 1:
        return await connect(addresses[0], port, until)
    primary = [address for address in addresses if (":" in address) == (":" in addresses[0])]
    fallback = [address for address in addresses if address not in primary]
    if not fallback:
        return await _in_turn(primary, port, until)
    return await _race(primary, fallback, port, until)


async def connect(address: str, port: int, until: float) -> Watched:
    """A connection to one address; Failure says what became of the attempt."""
    target = join(address, port)
    try:
        sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, _STREAM)
    except OSError as exc:
        raise from_os(f"dial tcp {target}: socket", exc) from None
    try:
        number = sock.connect_ex(socket_address(address, port))
        if number not in (0, errno.EINPROGRESS):
            raise OSError(number, "")
        watched = current_poller().watch(sock)
    except OSError as exc:
        sock.close()
        raise from_os(f"dial tcp {target}: connect", exc) from None
    try:
        events = await watched.wait(WRITABLE, until)
    except BaseException:
        watched.close()
        raise
    if events and not events & BROKEN:
        return watched
    number = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) if events else 0
    if events and not number:
        return watched  # it was up, and the other side has hung up meanwhile
    watched.close()
    if number:
        raise from_os(f"dial tcp {target}: connect", OSError(number, ""))
    raise Failure(TIMEOUT, f"dial tcp {target}: i/o timeout")


def socket_address(address: str, port: int) -> t.Any:
    """What the kernel takes; OSError where a link-local address names an interface that is not there."""
    if ":" not in address:
        return (address, port)
    plain, _percent, scope = address.partition("%")
    if not scope:
        return (plain, port, 0, 0)
    return (plain, port, 0, int(scope) if scope.isdigit() else socket.if_nametoindex(scope))


async def _in_turn(addresses: t.Sequence[str], port: int, until: float) -> Watched:
    """One after the other. Each gets its share of the time that is left, but not less than two seconds."""
    first: Failure | None = None
    for number, address in enumerate(addresses):
        now = time.monotonic()
        left = until - now
        if left <= 0:
            break
        share = max(left / (len(addresses) - number), min(SHORTEST_ATTEMPT, left))
        try:
            return await connect(address, port, now + share)
        except Failure as failure:
            first = first or failure
    raise first or Failure(TIMEOUT, f"dial tcp {join(addresses[0], port)}: i/o timeout")


async def _race(primary: t.Sequence[str], fallback: t.Sequence[str], port: int, until: float) -> Watched:
    """The second family starts when the first one has failed, or not answered for a while."""
    first = asyncio.ensure_future(_in_turn(primary, port, until))
    attempts = [first]
    winner: asyncio.Future[Watched] | None = None
    try:
        await asyncio.wait([first], timeout=max(0.0, min(FALLBACK_SECONDS, until - time.monotonic())))
        if not first.done() or first.exception() is not None:
            attempts.append(asyncio.ensure_future(_in_turn(fallback, port, until)))
        pending = set(attempts)
        while pending and winner is None:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            winner = next((attempt for attempt in done if attempt.exception() is None), None)
        return (winner or first).result()
    finally:
        for attempt in attempts:
            if attempt is not winner:
                attempt.cancel()
                attempt.add_done_callback(_hang_up)


def _hang_up(attempt: asyncio.Future[Watched]) -> None:
    """Both may have been answered at the same moment."""
    if not attempt.cancelled() and attempt.exception() is None:
        attempt.result().close()
