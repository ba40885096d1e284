# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the files for AWX and Automation Controller anew: python -m podnet_awx."""

from __future__ import annotations

import sys
from pathlib import Path

from .generate import write

if __name__ == "__main__":
    for name in write(Path(__file__).resolve().parents[2]):
        sys.stdout.write(f"written: {name}\n")
