# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look before anything is built: one sentence for what is missing and cannot be installed."""

from __future__ import annotations

import os
import platform

from podnet_lab import config, preflight, state
from podnet_lab.errors import LabError

from .errors import ToolError


def check_for_lab() -> None:
    """Raise ToolError (status 2) for the first thing without which no lab can run here."""
    if platform.system() != "Linux":
        raise ToolError(f"Cannot boot the lab: it needs Linux, this is {platform.system()}.", 2)
    if os.geteuid() != 0:
        raise ToolError(
            "Cannot boot the lab: it makes namespaces, cgroups and mounts and needs root (try: sudo make ...).", 2
        )
    lab = config.lab_from_environment()
    try:
        if not state.is_up(lab):
            preflight.check(lab, 2)
    except LabError as error:
        raise ToolError(f"Cannot boot the lab: {error}", 2) from error
