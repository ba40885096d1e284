# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""A small process that stays beside a playbook, outlives it, and removes what belongs to its run.

It is forked twice and leads a session of its own with no open file of its parent: neither Ctrl-C, nor a signal to the
playbook's process group, nor a hang-up reaches it, and nobody who reads the playbook's output waits for it. It holds
what its maker held in memory, so that no credential is written anywhere or shown among its arguments.
"""

from __future__ import annotations

import dataclasses
import os
import signal
import time
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._capture._process import Process

LOOK_SECONDS = 1.0
# For how long removing is tried again where the API or a node does not answer.
PATIENCE_SECONDS = 120.0
RETRY_SECONDS = 2.0


@dataclasses.dataclass(frozen=True)
class Charge:
    """What a watcher looks after. over: asked about once a second while the playbook lives, true when there is nothing
    left to look after; remove: called when the playbook is gone, and again where it raises an exception."""

    over: t.Callable[[], bool]
    remove: t.Callable[[], None]


def watch(charge: Charge, playbook: int | None = None) -> None:
    """Leave a watcher behind and return at once. playbook: its process id, by default that of the parent: a task runs
    in a child of ansible-playbook."""
    process = os.getppid() if playbook is None else playbook
    child = os.fork()
    if child == 0:
        _detach(lambda: _stay(charge, process))
    os.waitpid(child, 0)


def _detach(work: t.Callable[[], None]) -> t.NoReturn:
    """In the child: lead a session, and leave the work to a grandchild, which init then owns."""
    status = 1
    try:
        os.setsid()
        if os.fork() == 0:
            _alone()
            work()
        status = 0
    except Exception:  # there is nobody to tell
        status = 1
    finally:
        os._exit(status)  # never back into the worker that was forked, nor into its exit handlers


def _alone() -> None:
    """Let go of everything that is the playbook's."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGPIPE, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL if number == signal.SIGTERM else signal.SIG_IGN)
    os.chdir("/")
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    _close_others()


def _close_others() -> None:
    try:
        names = os.listdir("/proc/self/fd")
    except OSError:  # not Linux
        os.closerange(3, 4096)
        return
    for name in names:
        if int(name) > 2:
            try:
                os.close(int(name))
            except OSError:
                continue  # the one that listed the directory


def _stay(charge: Charge, playbook: int) -> None:
    known = Process.of(playbook)
    while _lives(playbook, known):
        if charge.over():
            return
        time.sleep(LOOK_SECONDS)
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        try:
            charge.remove()
            return
        except Exception:  # whatever it is, there is nobody to tell, and it may be over in a moment
            time.sleep(RETRY_SECONDS)


def _lives(playbook: int, known: Process | None) -> bool:
    if playbook <= 1:
        return False
    if known is not None:
        return known.alive()
    try:
        os.kill(playbook, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return not os.path.isdir("/proc/self")  # on Linux, it was gone before it could be known
