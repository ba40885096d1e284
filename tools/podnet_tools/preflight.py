# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look before anything is changed: one sentence for what is missing."""

from __future__ import annotations

import os
import platform
import sys

from . import environment
from .errors import ToolError
from .process import capture

# The lab knows best what it needs; it is asked in a process of its own.
ASK_THE_LAB = """
import sys
from podnet_lab import build, config, preflight, state
from podnet_lab.errors import LabError
lab = config.lab_from_environment()
try:
    if not state.is_up(lab):
        preflight.check(lab, 2)
except LabError as error:
    sys.exit(str(error))
"""


def check_for_lab() -> None:
    """Raise ToolError (status 2) for the first thing without which no lab can run here."""
    if platform.system() != "Linux":
        raise ToolError(f"Cannot boot the lab: it needs Linux, this is {platform.system()}.", 2)
    if os.geteuid() != 0:
        raise ToolError(
            "Cannot boot the lab: it makes namespaces, cgroups and mounts and needs root (try: sudo make ...).", 2
        )
    env = {**os.environ, "PYTHONPATH": str(environment.LAB.parent)}
    done = capture([sys.executable, "-P", "-c", ASK_THE_LAB], env=env, timeout=120)
    if done.status:
        raise ToolError(
            f"Cannot boot the lab: {done.output.splitlines()[-1] if done.output else 'its preflight failed'}", 2
        )
