# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Work of a task in a process of its own, so that the task may end before it.

It belongs to the playbook: Ctrl-C and the signals to the playbook's process group end it. Nothing comes back from it
but what it writes into the bundle."""

from __future__ import annotations

import os
import select
import signal
import typing as t

from ansible.utils.display import Display


class Apart:
    """Begins at once. over(): whether it has ended."""

    def __init__(self, work: t.Callable[[], object], seconds: int) -> None:
        """seconds: after which a TimeoutError is raised in it."""
        self._ended, writing = os.pipe()
        self._process = os.fork()
        if self._process == 0:
            os.close(self._ended)
            _work(work, seconds)
        os.close(writing)

    def over(self, seconds: float) -> bool:
        """Wait for its end, at most so many seconds."""
        if self._process and select.select([self._ended], [], [], seconds)[0]:
            os.close(self._ended)
            os.waitpid(self._process, 0)
            self._process = 0
        return not self._process


def _work(work: t.Callable[[], object], seconds: int) -> t.NoReturn:
    """In the child."""
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGALRM, _too_long)
        signal.alarm(seconds)
        # Nobody takes what Ansible wants to show when the task has ended.
        Display()._final_q = None
        work()
    except Exception:  # what it was to write is not there, which its caller notices
        os._exit(1)
    finally:
        os._exit(0)  # never back into the worker that was forked, nor into its exit handlers


def _too_long(_number: int, _frame: object) -> None:
    raise TimeoutError
