# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Processes that are still the ones they were: a pid alone may have been given to another process since."""

from __future__ import annotations

import dataclasses
import os
import signal
import time

POLL_SECONDS = 0.01


@dataclasses.dataclass(frozen=True)
class Process:
    """A process by its pid, the time it was started (clock ticks since boot) and the pid namespace it is seen from."""

    pid: int
    start_time: int
    pid_namespace: int

    @classmethod
    def of(cls, pid: int) -> Process | None:
        """The process that has this pid now; None when there is none."""
        started = start_time(pid)
        return None if started is None else cls(pid, started, namespace_inode("pid"))

    def alive(self) -> bool:
        """Whether it still runs; a zombie does not."""
        return self.pid_namespace == namespace_inode("pid") and start_time(self.pid) == self.start_time

    def send(self, number: int) -> bool:
        """Send a signal; False when the process is gone or not ours to signal."""
        if not self.alive():
            return False
        try:
            os.kill(self.pid, number)
        except OSError:
            return False
        return True

    def wait(self, seconds: float) -> bool:
        """Wait until it is gone; False when it still runs after that time."""
        until = time.monotonic() + seconds
        while self.alive():
            if time.monotonic() >= until:
                return False
            time.sleep(POLL_SECONDS)
        return True

    def end(self, seconds: float, number: int = signal.SIGINT) -> bool:
        """End it, at first gently; False when it had to be killed."""
        self.send(number)
        if self.wait(seconds):
            return True
        self.send(signal.SIGKILL)
        self.wait(1.0)
        return False


def start_time(pid: int) -> int | None:
    """Clock ticks from boot to the start of a process (proc(5), field 22); None when it is gone or a zombie."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stream:
            text = stream.read()
    except OSError:
        return None
    # The command name stands in parentheses and may itself contain any character.
    fields = text.rpartition(")")[2].split()
    if len(fields) < 20 or fields[0] in ("Z", "X"):
        return None
    return int(fields[19])


def namespace_inode(kind: str) -> int:
    """The number that identifies a namespace of this process; 0 when it cannot be read."""
    try:
        return os.stat(f"/proc/self/ns/{kind}").st_ino
    except OSError:
        return 0
