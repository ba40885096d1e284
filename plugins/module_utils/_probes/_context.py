# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""What a probe function gets besides its request: a clock, a way to make sockets, the time that is left."""

from __future__ import annotations

import dataclasses
import random
import select
import socket
import time
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._netns import (
    PodProcess,
    host_root,
    pod_file,
    read_in_root,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._types import Address, Request

SocketFactory = t.Callable[[int, int, int], socket.socket]


class OutOfTime(Exception):
    """The time for all probes together is over; what was measured so far is kept."""


class Clock:
    """The real clock; tests have one of their own."""

    def monotonic(self) -> float:
        """Seconds, for durations."""
        return time.monotonic()

    def wall(self) -> float:
        """Seconds since 1970, for people."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


@dataclasses.dataclass
class Context:
    """The circumstances of one probe. It is already in its network namespace when a probe function gets this.

    deadline: on the monotonic clock. process: the pod whose namespace it is, None for the host. files: the pod whose
    files are read, where it is another one: a pod on its node's network has a resolv.conf and hosts of its own.
    """

    request: Request
    deadline: float
    process: PodProcess | None = None
    clock: Clock = dataclasses.field(default_factory=Clock)
    new_socket: SocketFactory = socket.socket
    random: random.Random = dataclasses.field(default_factory=random.SystemRandom)
    files: PodProcess | None = None

    def now(self) -> float:
        return self.clock.monotonic()

    def until(self, seconds: float) -> float:
        """The moment some seconds from now, or the deadline when that is earlier."""
        return min(self.now() + seconds, self.deadline)

    def pause(self, seconds: float) -> None:
        """Wait; OutOfTime when the deadline comes first."""
        left = self.deadline - self.now()
        if left < seconds:
            self.clock.sleep(max(left, 0.0))
            raise OutOfTime
        if seconds > 0:
            self.clock.sleep(seconds)

    def check_time(self) -> None:
        """OutOfTime when the deadline is over."""
        if self.now() >= self.deadline:
            raise OutOfTime

    def wait(self, sock: socket.socket, events: int, until: float) -> int:
        """Wait for a socket until a moment of the monotonic clock; the poll events, 0 when it came to nothing."""
        poll = select.poll()
        poll.register(sock, events)
        milliseconds = max(0.0, (until - self.now()) * 1000.0)
        ready = poll.poll(milliseconds if milliseconds > 0 else 0)
        return ready[0][1] if ready else 0

    def read_file(self, path: str) -> str:
        """The text of a file as the pod, or the node, sees it; OSError when there is none."""
        process = self.files or self.process
        return read_in_root(host_root(), path) if process is None else pod_file(process, path)


def socket_family(address: Address) -> int:
    return socket.AF_INET if address.family == 4 else socket.AF_INET6


def socket_address(address: Address, port: int) -> tuple[t.Any, ...]:
    """What connect and sendto take. OSError when the scope is no interface of this namespace."""
    if address.family == 4:
        return (address.text, port)
    scope = 0
    if address.scope:
        scope = int(address.scope) if address.scope.isdigit() else socket.if_nametoindex(address.scope)
    return (address.text, port, 0, scope)
