# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure what the first build of the lab costs: `XDG_CACHE_HOME=/an/empty/directory python3 tests/bench/build.py`.

Both caches that a build fills, the lab's and that of Go's compiler, lie under that directory, so everything is
installed, compiled, linked and imported anew. Counted is the CPU time, in user and kernel mode, of `lab build` and of
all its children: Debian packages, compiler, linker, images. Sources that Go has downloaded already are taken from its
module cache; a machine without them needs about 30 seconds more to unpack them.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

LAB = Path(__file__).resolve().parent.parent / "lab" / "lab"


def main() -> int:
    """Build, and say what it took."""
    place = os.environ.get("XDG_CACHE_HOME", "")
    if not place or not Path(place).is_dir() or any(Path(place).iterdir()):
        print("Set XDG_CACHE_HOME to an empty directory: the first build is to be measured.", file=sys.stderr)
        return 2
    environment = {name: value for name, value in os.environ.items() if name != "GOCACHE"}
    began = time.monotonic()
    status = subprocess.run([sys.executable, str(LAB), "build"], env=environment, check=False).returncode
    elapsed = time.monotonic() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        f"first build: {used.ru_utime:.0f} s user + {used.ru_stime:.0f} s kernel = "
        f"{used.ru_utime + used.ru_stime:.0f} s of CPU time, {elapsed:.0f} s by the clock on {os.cpu_count()} cores, "
        f"load {os.getloadavg()[1]:.1f}, exit status {status}"
    )
    return status


if __name__ == "__main__":
    sys.exit(main())
