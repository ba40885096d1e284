# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's cgroups: every process of a lab is in one, so every one can be found again.

Works on cgroup v1 (each controller its own tree), on v2, and on the mixture.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from .config import Lab
from .errors import LabError


def hierarchies() -> list[Path]:
    """The mount points of every cgroup tree of this machine (proc(5), mountinfo)."""
    found: list[Path] = []
    for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines():
        before, _dash, after = line.partition(" - ")
        if after.split(" ", 1)[0] in ("cgroup", "cgroup2"):
            found.append(Path(before.split(" ")[4]))
    return list(dict.fromkeys(found))


def create(lab: Lab, member: str, group: str = "system") -> list[Path]:
    """Make the cgroup LAB/MEMBER/GROUP in every tree and return the directories.

    The kubelet keeps its pods in LAB/MEMBER beside GROUP: on v2 only leaves may
    hold processes.
    """
    made: list[Path] = []
    for root in hierarchies():
        directory = root
        for part in (lab.cgroup, member, group):
            _delegate(directory)
            parent, directory = directory, directory / part
            directory.mkdir(exist_ok=True)
            _copy_cpuset(parent, directory)
        _weigh(root / lab.cgroup)
        made.append(directory)
    return made


def _copy_cpuset(parent: Path, child: Path) -> None:
    """A new v1 cpuset is empty and takes no process before it has CPUs and memory nodes."""
    for name in ("cpuset.cpus", "cpuset.mems"):
        source, target = parent / name, child / name
        if (parent / "cgroup.controllers").exists() or not source.exists():
            continue
        if not target.read_text(encoding="ascii").strip():
            target.write_text(source.read_text(encoding="ascii"), encoding="ascii")


def _weigh(group: Path) -> None:
    """Let a lab have as much of a busy machine as ten processes: otherwise its sixty get as much as one."""
    for name, normal in (("cpu.shares", 1024), ("cpu.weight", 100)):
        path = group / name
        if path.exists() and path.read_text(encoding="ascii").strip() == str(normal):
            path.write_text(str(10 * normal), encoding="ascii")


def _delegate(directory: Path) -> None:
    """On v2, let the children of a cgroup use every controller it has."""
    available = directory / "cgroup.controllers"
    if not available.exists():
        return
    for controller in available.read_text(encoding="ascii").split():
        try:
            (directory / "cgroup.subtree_control").write_text(f"+{controller}", encoding="ascii")
        except OSError as error:
            raise LabError(f"Cannot delegate {controller} in {directory}: {error}") from error


def join(directories: list[Path], pid: int = 0) -> None:
    """Move a process (0: the calling one) into cgroups."""
    for directory in directories:
        (directory / "cgroup.procs").write_text(str(pid or os.getpid()), encoding="ascii")


JOIN_AND_RUN = """\
while [ "$1" != -- ]; do
    echo $$ > "$1/cgroup.procs"
    shift
done
shift
exec "$@"
"""


def argv_in(directories: list[Path], argv: Sequence[str]) -> list[str]:
    """The command that joins cgroups and then becomes argv."""
    return ["/bin/sh", "-c", JOIN_AND_RUN, "join", *map(str, directories), "--", *argv]


def members(lab: Lab) -> set[int]:
    """The ids of all processes in the lab's cgroups."""
    found: set[int] = set()
    for root in hierarchies():
        for directory, _folders, files in os.walk(root / lab.cgroup):
            if "cgroup.procs" in files:
                found |= _read_procs(Path(directory))
    return found


def _read_procs(directory: Path) -> set[int]:
    try:
        text = (directory / "cgroup.procs").read_text(encoding="ascii")
    except OSError:
        return set()
    return {int(line) for line in text.split() if line != "0"}


def kill_all(lab: Lab, timeout: float = 30) -> int:
    """End every process in the lab's cgroups but the calling one and its ancestors.

    Each is signalled through a pidfd after its membership was read again, so an
    id that was given to a stranger meanwhile is never hit. Returns how many
    processes were ended; raises LabError when some are left after timeout seconds.
    """
    spared = _own_line()
    ended: set[int] = set()
    deadline = time.monotonic() + timeout
    while True:
        _thaw(lab)
        left = members(lab) - spared
        if not left:
            return len(ended)
        if time.monotonic() > deadline:
            raise LabError(f"Cannot end the processes {sorted(left)} of the lab {lab.name}.")
        for pid in left:
            _kill(lab, pid)
        ended |= left
        time.sleep(0.01)


def _kill(lab: Lab, pid: int) -> None:
    try:
        handle = os.pidfd_open(pid)
    except OSError:
        return
    try:
        if lab.cgroup in _groups_of(pid):
            signal.pidfd_send_signal(handle, signal.SIGKILL)
    except ProcessLookupError:
        pass
    finally:
        os.close(handle)


def _groups_of(pid: int) -> set[str]:
    """The first part of each cgroup path a process is in."""
    try:
        text = Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8")
    except OSError:
        return set()
    return {line.split(":", 2)[2].lstrip("/").split("/")[0] for line in text.splitlines()}


def _own_line() -> set[int]:
    """The calling process and its ancestors (`lab down` may be called from `lab run`)."""
    line: set[int] = set()
    pid = os.getpid()
    while pid > 0 and pid not in line:
        line.add(pid)
        try:
            text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            break
        pid = int(text.rpartition(")")[2].split()[1])
    return line


def _thaw(lab: Lab) -> None:
    """A frozen process does not die: thaw before killing."""
    for root in hierarchies():
        for directory, _folders, files in os.walk(root / lab.cgroup):
            for name, word in (("freezer.state", "THAWED"), ("cgroup.freeze", "0")):
                if name in files:
                    try:
                        (Path(directory) / name).write_text(word, encoding="ascii")
                    except OSError:
                        continue  # it went away meanwhile


def remove(lab: Lab, timeout: float = 10) -> None:
    """Remove the lab's cgroups; spared processes move to the root of their tree first."""
    deadline = time.monotonic() + timeout
    for root in hierarchies():
        top = root / lab.cgroup
        for pid in _own_line() & members(lab):
            if top.is_dir():
                join([root], pid)
        while top.is_dir():
            for directory, _folders, _files in os.walk(top, topdown=False):
                try:
                    os.rmdir(directory)
                except OSError as error:
                    if time.monotonic() > deadline:
                        raise LabError(f"Cannot remove the cgroup {directory}: {error}") from error
            time.sleep(0.005)
