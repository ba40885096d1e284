# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find Python interpreters that really run."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PROBE = (
    "import sys, ensurepip, ssl, venv, zlib; "
    "print('%d.%d' % sys.version_info[:2], sys.version_info.releaselevel, sys.base_prefix)"
)


@cache
def find(version: str) -> Path | None:
    """An interpreter of this version ("3.9") that can make virtual environments; None if the machine has none.

    Every candidate is run: version managers leave shims behind that refuse to.
    """
    for candidate in _candidates(version):
        prefix = _base_prefix(candidate, version)
        if prefix:
            real = Path(prefix) / "bin" / f"python{version}"
            return real if real.exists() else candidate
    return None


def _candidates(version: str) -> Iterator[Path]:
    name = f"python{version}"
    home = Path.home()
    directories = [Path(entry) for entry in os.environ.get("PATH", "").split(os.pathsep) if entry]
    directories += sorted(Path(os.environ.get("PYENV_ROOT") or home / ".pyenv").glob(f"versions/{version}*/bin"))
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    directories += sorted(data.glob(f"uv/python/cpython-{version}*/bin"))
    directories += [Path("/usr/local/bin"), Path("/usr/bin")]
    for directory in directories:
        if os.access(directory / name, os.X_OK):
            yield directory / name


def _base_prefix(candidate: Path, version: str) -> str | None:
    try:
        done = subprocess.run(
            [str(candidate), "-I", "-c", PROBE],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    words = done.stdout.strip().split(" ", 2)
    return words[2] if done.returncode == 0 and words[:2] == [version, "final"] else None
