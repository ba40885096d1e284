# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run one command and write down its time and memory: python3 meter.py [--memory] RESULT OUTPUT COMMAND...

This runs inside `lab run`, so that neither the start of the lab's command line nor that of this file counts.
Linux only. Sizes in KiB, times in seconds of UTC.
"""

from __future__ import annotations

import argparse
import ctypes
import dataclasses
import json
import os
import pathlib
import resource
import subprocess
import sys
import time

INTERVAL = 0.1


@dataclasses.dataclass
class Memory:
    """The most that all processes of the command had at one time, over all samples.

    with_detached: the PSS of those together with the ones that have left the command's family: who watches over the
    agents, ssh's shared connections.
    """

    samples: int = 0
    processes: int = 0
    pss: int = 0
    rss: int = 0
    with_detached: int = 0

    def sample(self, root: int) -> None:
        """Look at the command and all its descendants once.

        A page that n processes share counts 1/n in the proportional set size (PSS) of each: the sum over processes is
        what they really hold, while the sum of RSS counts it n times (Linux, Documentation/filesystems/proc.rst).
        """
        family = _tree(root)
        found = [size for size in map(_sizes, family) if size]
        detached = [size for size in map(_sizes, set(_tree(os.getpid())) - {os.getpid(), *family}) if size]
        self.samples += 1
        self.processes = max(self.processes, len(found))
        self.pss = max(self.pss, sum(size["Pss"] for size in found))
        self.rss = max(self.rss, sum(size["Rss"] for size in found))
        self.with_detached = max(self.with_detached, sum(size["Pss"] for size in (*found, *detached)))


def _tree(root: int) -> list[int]:
    """The process and all its descendants; one that made itself a daemon (ssh's shared connection) is none any more."""
    children: dict[int, list[int]] = {}
    for path in pathlib.Path("/proc").iterdir():
        if path.name.isdigit():
            try:
                # The name, in brackets, may hold anything.
                parent = int((path / "stat").read_text(errors="replace").rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
            children.setdefault(parent, []).append(int(path.name))
    found, queue = [], [root]
    while queue:
        process = queue.pop()
        found.append(process)
        queue += children.get(process, [])
    return found


def _sizes(process: int) -> dict[str, int]:
    try:
        text = pathlib.Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return {}
    sizes = {}
    for line in text.splitlines()[1:]:
        name, _colon, value = line.partition(":")
        if name in ("Pss", "Rss"):
            sizes[name] = int(value.split()[0])
    return sizes if len(sizes) == 2 else {}


def main() -> int:
    """Returns the exit status of the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--memory", action="store_true", help="sample memory ten times a second, which costs some time")
    parser.add_argument("result", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    memory = Memory()
    # Whoever leaves the family is ours then, and not init's (PR_SET_CHILD_SUBREAPER, prctl(2)).
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
    load = float(pathlib.Path("/proc/loadavg").read_text().split()[0])
    with arguments.output.open("wb") as output:
        begin = time.time()
        process = subprocess.Popen(arguments.command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        while arguments.memory and process.poll() is None:
            memory.sample(process.pid)
            time.sleep(INTERVAL)
        status = process.wait()
        end = time.time()
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    arguments.result.write_text(
        json.dumps(
            {
                "begin": begin,
                "end": end,
                "status": status,
                "load": load,
                "cpu_seconds": usage.ru_utime + usage.ru_stime,
                # Of all processes that ended and were waited for, the largest one, not their sum (getrusage(2)).
                "largest_process": usage.ru_maxrss,
                "memory": dataclasses.asdict(memory) if arguments.memory else None,
            }
        )
    )
    return status


if __name__ == "__main__":
    sys.exit(main())
