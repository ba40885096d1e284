# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Calls of a library that starts programs and waits for them without a bound, as it does for credential plugins."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import typing as t


def within(seconds: float, work: t.Callable[[], None]) -> None:
    """Make a call in a thread of its own and raise what it raises. Where it takes longer than so many seconds its
    programs are ended, and TimeoutError is raised."""
    raised: list[BaseException] = []
    begun: list[int] = []

    def run() -> None:
        begun.append(threading.get_native_id())
        try:
            work()
        except BaseException as exc:
            raised.append(exc)

    thread = threading.Thread(target=run, name="bounded", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        for number in begun:
            _end_programs(number)
        raise TimeoutError
    if raised:
        raise raised[0]


def _end_programs(thread: int) -> None:
    """End what a thread has started, and what that has started."""
    todo = _children("self", thread)
    for process in todo:
        todo += _children(str(process), process)
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def _children(process: str, thread: int) -> list[int]:
    """See proc_pid_task_children(5); none on another system, or by a kernel without that."""
    try:
        with open(f"/proc/{process}/task/{thread}/children", encoding="ascii") as stream:
            return [int(word) for word in stream.read().split()]
    except OSError:
        return []
