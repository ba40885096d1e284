# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Lines for whoever watches the playbook.

Tasks run in workers, whose lines are written by a thread of ansible-playbook. That thread ends where it cannot write,
and ansible-playbook then waits for ever: behind `| head`, in a log on a full disk. So nothing is shown there."""

from __future__ import annotations

import errno
import os
import select
import stat

from ansible.utils.display import Display

# What Python keeps of a file before it writes it, and some lines of Ansible's own.
ROOM_BYTES = 32 * 1024


def show(text: str, color: str | None = None) -> None:
    """Show lines, where they can be shown."""
    if takes_lines(os.getppid(), len(text.encode("utf-8", "replace"))):
        Display().display(text, color=color)


def takes_lines(process: int, size: int) -> bool:
    """Whether the standard output of a process takes so many bytes; where that cannot be known it does."""
    path = f"/proc/{process}/fd/1"
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISREG(mode):
            disk = os.statvfs(path)
            return disk.f_bfree * disk.f_frsize >= size + ROOM_BYTES
    except OSError:
        return True
    return _is_read(path) if stat.S_ISFIFO(mode) else True


def _is_read(pipe: str) -> bool:
    """Whether somebody reads a pipe (POLLERR, see poll(2))."""
    try:
        descriptor = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    except OSError as exc:
        return exc.errno != errno.ENXIO
    try:
        asked = select.poll()
        asked.register(descriptor, 0)
        return not any(event & select.POLLERR for _descriptor, event in asked.poll(0))
    finally:
        os.close(descriptor)
