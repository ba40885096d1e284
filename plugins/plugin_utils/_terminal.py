# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Waiting while somebody at a terminal may have had enough."""

from __future__ import annotations

import os
import signal
import time

from ansible.errors import AnsiblePromptInterrupt, AnsiblePromptNoninteractive
from ansible.utils.display import Display

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._shown import show

PR_SET_PDEATHSIG = 1


def wait(display: Display, progress: str, seconds: float) -> bool:
    """Let time pass, with the progress shown; False when somebody at the terminal has had enough (Ctrl-C)."""
    _end_with_the_playbook()
    text = f"{progress} (Ctrl-C ends it)" if progress else ""
    try:
        display.prompt_until(text, seconds=max(1, round(seconds)), interrupt_input=(b"\x03",))
    except AnsiblePromptInterrupt:
        return False
    except (AnsiblePromptNoninteractive, OSError):
        # There is no terminal, or one that somebody else is in charge of (ENOTTY): nobody can be asked.
        if progress:
            show(progress)
        time.sleep(max(0.0, seconds))
    return True


def _end_with_the_playbook() -> None:
    """A task asks the playbook's process for a terminal and waits for its answer, for ever if it was killed meanwhile:
    the kernel ends the task then."""
    try:
        import ctypes  # not a part of the smallest Python packages

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    except (ImportError, OSError, AttributeError):  # no Linux
        return
    if os.getppid() == 1:
        os.kill(os.getpid(), signal.SIGKILL)  # it was killed before that
