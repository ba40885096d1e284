# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure the diagnosis on a lab: `python3 tests/bench/bench.py --help`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from podnet_bench.main import main

if __name__ == "__main__":
    sys.exit(main())
