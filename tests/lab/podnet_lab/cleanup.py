# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking a lab down, or what is left of one."""

from __future__ import annotations

import contextlib
import shutil

from . import cgroups
from .config import Lab
from .errors import LabError


def clean(lab: Lab) -> int:
    """End the lab's processes and remove its cgroups and its files.

    Namespaces, mounts, bridges and cables belong to the processes and go with
    them. Returns how many processes were ended.
    """
    ended = cgroups.kill_all(lab)
    cgroups.remove(lab)
    _remove_files(lab)
    return ended


def _remove_files(lab: Lab) -> None:
    if not lab.state.exists():
        return
    try:
        shutil.rmtree(lab.state)
    except OSError as error:
        raise LabError(f"Cannot remove {lab.state}: {error}") from error
    # Where another lab is there, it stays.
    with contextlib.suppress(OSError):
        lab.state.parent.rmdir()
