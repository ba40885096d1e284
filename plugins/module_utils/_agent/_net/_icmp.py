# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""ICMP echo without privileges, by the kernel's ping sockets (net.ipv4.ping_group_range; for IPv6 the same one
counts).
"""

from __future__ import annotations

import os
import socket
import struct
import time

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._dial import socket_address
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._failure import TIMEOUT, Failure, from_os
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._poller import (
    READABLE,
    Watched,
    current_poller,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._kernel import report_errors

ECHOES = 3
LONGEST_PAUSE = 1.0
_REQUEST, _REPLY = {4: 8, 6: 128}, {4: 0, 6: 129}
_HEADER = 8
_FILLER = bytes(range(0x10, 0x40))


class CannotPing(Exception):
    """This process may not, so nothing can be said about the network."""


async def ping(address: str, until: float) -> float:
    """Seconds from an echo request to its reply. Up to three requests are sent, the first reply ends it.

    until: moment (monotonic) at which to give up. Failure says why there was no reply; CannotPing that none could be
      asked for.
    """
    family = 6 if ":" in address else 4
    sock = _open(address, family)
    try:
        watched = current_poller().watch(sock)
    except OSError as exc:
        sock.close()
        raise from_os(f"ping {address}", exc) from None
    try:
        return await _Series(watched, address, family, until).run()
    finally:
        watched.close()


async def ping_many(address: str, count: int, pause: float, until: float) -> tuple[float | None, int]:
    """Send so many echo requests, a pause apart: the seconds of the quickest reply, and how many were answered.

    until: moment (monotonic) at which to give up. Failure where none could be sent; CannotPing as ping() raises it.
    """
    family = 6 if ":" in address else 4
    sock = _open(address, family)
    try:
        watched = current_poller().watch(sock)
    except OSError as exc:
        sock.close()
        raise from_os(f"ping {address}", exc) from None
    try:
        return await _Series(watched, address, family, until).count(count, pause)
    finally:
        watched.close()


def _open(address: str, family: int) -> socket.socket:
    protocol = socket.IPPROTO_ICMP if family == 4 else socket.IPPROTO_ICMPV6
    kind = socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
    try:
        sock = socket.socket(socket.AF_INET if family == 4 else socket.AF_INET6, kind, protocol)
    except PermissionError as exc:
        raise CannotPing(
            "Cannot open a ping socket: net.ipv4.ping_group_range of this pod leaves its group out"
        ) from exc
    except OSError as exc:
        raise from_os(f"ping {address}: socket", exc) from None
    try:
        report_errors(sock, family)
        sock.connect(socket_address(address, 0))
    except OSError as exc:
        sock.close()
        raise from_os(f"ping {address}: connect", exc) from None
    return sock


class _Series:
    def __init__(self, watched: Watched, address: str, family: int, until: float) -> None:
        self._watched = watched
        self._prefix = f"ping {address}"
        self._family = family
        self._until = until
        self._pause = min(LONGEST_PAUSE, max(0.0, until - time.monotonic()) / ECHOES)
        self._token = os.urandom(8)
        self._sent: dict[int, float] = {}
        self._refused: OSError | None = None
        self._refusals = 0

    async def run(self) -> float:
        for seq in range(1, ECHOES + 1):
            self._send(seq)
            last = seq == ECHOES
            next_send = self._until if last else min(self._until, time.monotonic() + self._pause)
            seconds = await self._receive(next_send, last)
            if seconds is not None:
                return seconds
        if self._refused is not None:
            raise from_os(self._prefix, self._refused) from None
        raise Failure(TIMEOUT, f"{self._prefix}: i/o timeout")

    async def count(self, count: int, pause: float) -> tuple[float | None, int]:
        """As ping_many()."""
        times: dict[int, float] = {}
        started = time.monotonic()
        for seq in range(1, count + 1):
            self._send(seq)
            await self._gather(times, min(self._until, started + seq * pause), count)
        await self._gather(times, self._until, count)
        if not times and self._refused is not None:
            raise from_os(self._prefix, self._refused) from None
        return min(times.values(), default=None), len(times)

    async def _gather(self, times: dict[int, float], until: float, count: int) -> None:
        """Take replies until a moment, or until all have come."""
        while len(times) < count:
            found = self._next_reply()
            if found is not None:
                times.setdefault(*found)
                continue
            if not await self._watched.wait(READABLE, until):
                return

    def _send(self, seq: int) -> None:
        packet = struct.pack("!BBHHH", _REQUEST[self._family], 0, 0, 0, seq) + self._token + _FILLER
        self._sent[seq] = time.monotonic()
        for _attempt in range(2):
            try:
                self._watched.sock.send(packet)
                return
            except OSError as exc:
                # It may only be reporting the ICMP error to an earlier request: then the second attempt goes out.
                self._refuse(exc)

    async def _receive(self, until: float, last: bool) -> float | None:
        """Seconds of the first reply; None when none has come until then, or when all requests were refused."""
        while True:
            seconds = self._next()
            if seconds is not None:
                return seconds
            if last and self._refusals >= ECHOES:
                return None
            if not await self._watched.wait(READABLE, until):
                return None

    def _next(self) -> float | None:
        found = self._next_reply()
        return None if found is None else found[1]

    def _next_reply(self) -> tuple[int, float] | None:
        """The next reply to one of our requests: its number and its seconds."""
        while True:
            try:
                data = self._watched.sock.recv(2048)
            except BlockingIOError:
                return None
            except OSError as exc:
                self._refuse(exc)
                continue
            moment = time.monotonic()
            seq = struct.unpack_from("!H", data, 6)[0] if len(data) >= _HEADER + 8 else 0
            sent = self._sent.get(seq)
            if sent is not None and data[0] == _REPLY[self._family] and data[_HEADER : _HEADER + 8] == self._token:
                return seq, moment - sent

    def _refuse(self, exc: OSError) -> None:
        self._refused = exc
        self._refusals += 1
