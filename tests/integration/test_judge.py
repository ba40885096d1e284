# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sample of what `make judge` does: the kernel and the simulation come to the same."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

JUDGE = pathlib.Path(__file__).resolve().parents[1] / "judge"
CASES = "60"
SIZED = "8"


def _judge(module: str, cases: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(JUDGE), *(entry for entry in sys.path if entry)])
    return subprocess.run(
        [sys.executable, "-m", module, "--cases", cases, "--seed", "1"],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def test_the_kernel_does_with_packets_what_the_simulation_says() -> None:
    done = _judge("podnet_judge", CASES)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 refused" in done.stdout


def test_the_kernel_takes_the_sizes_that_the_simulation_takes() -> None:
    done = _judge("podnet_judge.sizes", SIZED)
    assert done.returncode == 0, done.stdout + done.stderr
    assert ", 0 did not fit" not in done.stdout
