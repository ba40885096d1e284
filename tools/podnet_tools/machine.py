# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs of the machine that are declared in tests/lab/machine.toml: found, installed, and alone on PATH."""

from __future__ import annotations

import os
import shutil

from podnet_lab import machine, preflight
from podnet_lab.errors import LabError

from .errors import ToolError

SYSTEM_PATH = machine.SYSTEM_PATH


def path() -> str:
    """The PATH of everything that these tools start."""
    return str(machine.directory())


def install(*groups: str) -> None:
    """Install the declared programs that are missing; ToolError (status 2) names those that cannot be had."""
    try:
        preflight.install(*groups)
    except LabError as error:
        raise ToolError(str(error), error.status) from error


def install_if_possible(*groups: str) -> str:
    """The same for programs whose tests are skipped without them; the reason when they cannot be had, else nothing."""
    if os.geteuid() != 0 or not shutil.which("apt-get", path=SYSTEM_PATH):
        return ""
    try:
        install(*groups)
    except ToolError as error:
        return str(error)
    return ""
