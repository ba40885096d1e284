# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab itself: it goes without a trace, comes over remains, and refuses clearly. Labs of their own, one node
each.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import pathlib
import signal
import subprocess
import typing as t

import pytest

LAB = pathlib.Path(__file__).resolve().parents[1] / "lab" / "lab"
# Its own lab, named after the checkout.
NAME = f"life-{hashlib.sha256(__file__.encode()).hexdigest()[:8]}"
NEIGHBOUR = "podnet-test-near"
CGROUPS = pathlib.Path("/sys/fs/cgroup")
STATE = pathlib.Path("/var/lib/podnet-lab")

pytestmark = [pytest.mark.lab, pytest.mark.skipif(os.geteuid() != 0, reason="the lab needs root")]


def _lab(*arguments: str, name: str = NAME, timeout: float = 2400) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(LAB), *arguments],
        env={**os.environ, "PODNET_LAB_NAME": name},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=timeout,
        check=False,
    )


def _up(name: str = NAME) -> None:
    done = _lab("up", "--nodes", "1", name=name)
    assert done.returncode == 0, done.stderr


def _works(name: str = NAME) -> bool:
    """A pod of the lab asks the Service by its DNS name."""
    program = "import urllib.request; urllib.request.urlopen('http://web/', timeout=5).read()"
    return _lab("run", "--", "kubectl", "exec", "client-1", "--", "python3", "-c", program, name=name).returncode == 0


@pytest.fixture(autouse=True)
def clean() -> t.Iterator[None]:
    """Whatever a test leaves is taken down."""
    yield
    for name in (NAME, NEIGHBOUR):
        _lab("down", name=name)


def _start_time(pid: int) -> str | None:
    """When a process started; with its id that names it for ever. None: it is not there."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]


def _pids() -> list[int]:
    return [int(path.name) for path in pathlib.Path("/proc").iterdir() if path.name.isdigit()]


def _namespaces(pid: int) -> set[str]:
    """The namespaces of a process, but for user, time and cgroup, which the lab does not make."""
    try:
        return {os.readlink(f"/proc/{pid}/ns/{kind}") for kind in ("net", "mnt", "pid", "uts", "ipc")}
    except OSError:
        return set()


def _members() -> set[int]:
    """The processes in the lab's cgroups."""
    found: set[int] = set()
    for procs in CGROUPS.glob(f"**/podnet-lab-{NAME}/**/cgroup.procs"):
        found |= {int(line) for line in procs.read_text().split()}
    return found


@dataclasses.dataclass(frozen=True)
class Traces:
    """What a running lab has on this machine."""

    processes: set[tuple[int, str]]
    namespaces: set[str]

    @staticmethod
    def take() -> Traces:
        """Everything in the lab's cgroups, and every process that shares a namespace with one of those."""
        ours = _namespaces(1)
        namespaces = set().union(*(_namespaces(pid) for pid in _members())) - ours - _namespaces(os.getpid())
        everyone = {pid for pid in _pids() if _namespaces(pid) & namespaces} | _members()
        started = {(pid, _start_time(pid)) for pid in everyone}
        return Traces({(pid, start) for pid, start in started if start is not None}, namespaces)

    def left(self) -> dict[str, list[str]]:
        """What of it is still there."""
        alive = [pid for pid, start in self.processes if _start_time(pid) == start]
        # The kernel may give the number of a namespace that is gone to one of a lab that boots beside this.
        held = set().union(*(_namespaces(pid) for pid in _pids() if not _of_another_lab(pid))) & self.namespaces
        return {"processes": [str(pid) for pid in sorted(alive)], "namespaces": sorted(held)}


def _of_another_lab(pid: int) -> bool:
    try:
        parts = pathlib.Path(f"/proc/{pid}/cgroup").read_text().replace("/", " ").split()
    except OSError:
        return False
    labs = [part for part in parts if part.startswith("podnet-lab-")]
    return bool(labs) and f"podnet-lab-{NAME}" not in labs


def _machine() -> dict[str, list[str]]:
    """The interfaces of the machine, and whatever else on it carries the lab's name."""
    mounts = [line.split(" ")[4] for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines()]
    links = json.loads(subprocess.run(["ip", "-j", "link"], capture_output=True, text=True, check=True).stdout)
    return {
        "links": sorted(link["ifname"] for link in links),
        "mounts": sorted(path for path in mounts if NAME in path),
        "named namespaces": sorted(str(path) for path in pathlib.Path("/run/netns").glob(f"*{NAME}*")),
        "cgroups": sorted(str(path) for path in CGROUPS.glob(f"**/*{NAME}*")),
        "files": [str(STATE / NAME)] if (STATE / NAME).exists() else [],
    }


NOTHING_LEFT: dict[str, list[str]] = {"processes": [], "namespaces": []}


def test_down_is_quick_and_leaves_nothing() -> None:
    before = _machine()
    _up()
    assert _machine()["links"] == before["links"], "the lab made an interface in the machine's own network"
    stray = subprocess.Popen(
        [str(LAB), "run", "--", "sleep", "600"], env={**os.environ, "PODNET_LAB_NAME": NAME}, start_new_session=True
    )
    try:
        assert _works()
        traces = Traces.take()
        assert len(traces.processes) > 20
        done = _lab("down")
        assert stray.wait(timeout=5) != 0
    finally:
        stray.kill()
    assert done.returncode == 0, done.stderr
    assert traces.left() == NOTHING_LEFT
    assert _machine() == before


def test_down_after_half_of_it_was_killed() -> None:
    before = _machine()
    _up()
    traces = Traces.take()
    for pid, start in sorted(traces.processes)[::2]:
        if _start_time(pid) == start:
            os.kill(pid, signal.SIGKILL)
    done = _lab("down")
    assert done.returncode == 0, done.stderr
    assert traces.left() == NOTHING_LEFT
    assert _machine() == before


def test_up_over_the_remains_of_a_dead_lab() -> None:
    before = _machine()
    _up()
    again = _lab("up", "--nodes", "1")
    assert again.returncode == 0 and "up already" in again.stderr
    first = Traces.take()
    for pid, start in first.processes:
        if _start_time(pid) == start:
            os.kill(pid, signal.SIGKILL)
    assert json.loads(_lab("status", "--json").stdout)["up"] is False
    assert (STATE / NAME).exists()
    _up()
    assert _works()
    # Not the namespaces: the kernel gives their numbers to those of the new lab.
    assert first.left()["processes"] == []
    _lab("down")
    assert _machine() == before


def test_two_labs_side_by_side() -> None:
    _up()
    _up(NEIGHBOUR)
    assert _works() and _works(NEIGHBOUR)
    assert _lab("down").returncode == 0
    assert _works(NEIGHBOUR)


def test_down_without_a_lab_is_harmless() -> None:
    before = _machine()
    assert _lab("down").returncode == 0
    assert _machine() == before


# Why a machine is refused: how to make one like it, and the words its sentence must have.
REFUSED = {
    "not root": (["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"], "run it as root"),
    "no namespaces": (["setpriv", "--bounding-set=-sys_admin"], "Cannot make namespaces"),
    "no cgroups": (
        ["unshare", "--mount", "sh", "-c", 'umount -R /sys/fs/cgroup; exec "$@"', "sh"],
        "Cannot find a mounted cgroup",
    ),
    "no memory": (
        [
            "unshare",
            "--mount",
            "sh",
            "-c",
            'echo "MemAvailable: 9999 kB" > "$HOME/memory"; mount --bind "$HOME/memory" /proc/meminfo; exec "$@"',
            "sh",
        ],
        "of free memory",
    ),
    "no registry": (["unshare", "--net"], "Cannot reach the registry"),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_a_machine_is_refused_in_one_sentence_before_anything_is_changed(reason: str, tmp_path: pathlib.Path) -> None:
    before = _machine()
    wrapper, words = REFUSED[reason]
    cache = tmp_path / "cache"
    done = subprocess.run(
        [*wrapper, "/usr/bin/python3", "-B", str(LAB), "up"],
        env={
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(tmp_path),
            "XDG_CACHE_HOME": str(cache),
            "PODNET_LAB_NAME": NAME,
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert not cache.exists()
    assert _machine() == before
