# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""UDP echo: what comes is sent back, in a way that serves nobody as a weapon.

A reply is never larger than its request. Nothing goes to port numbers of servers, or to our own: two echo servers would
play ping-pong for ever with one forged datagram. And there are only so many replies in a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
import typing as t

MAX_DATAGRAM = 1500
REPLIES_PER_SECOND = 2000
FIRST_CLIENT_PORT = 1024
_PER_WAKE_UP = 64


class UdpEcho:
    """Echoes on this socket, in the running event loop, until it is closed."""

    def __init__(self, sock: socket.socket, clock: t.Callable[[], float] = time.monotonic) -> None:
        self._sock = sock
        self._clock = clock
        self._port = sock.getsockname()[1]
        self._second = 0
        self._replies = 0
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(sock.fileno(), self._ready)

    def close(self) -> None:
        self._loop.remove_reader(self._sock.fileno())
        self._sock.close()

    def _ready(self) -> None:
        for _number in range(_PER_WAKE_UP):
            try:
                data, client = self._sock.recvfrom(MAX_DATAGRAM)
            except BlockingIOError:
                return
            except OSError:
                continue  # an ICMP error to an earlier reply
            if client[1] >= FIRST_CLIENT_PORT and client[1] != self._port and self._may_reply():
                # As if it had been lost on its way, which may happen to any datagram.
                with contextlib.suppress(OSError):
                    self._sock.sendto(data, client)

    def _may_reply(self) -> bool:
        second = int(self._clock())
        if second != self._second:
            self._second, self._replies = second, 0
        self._replies += 1
        return self._replies <= REPLIES_PER_SECOND
