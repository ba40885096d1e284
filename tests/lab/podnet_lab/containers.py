# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes of the programs in a pod: paused, stopped, without processor time or threads; and held pods."""

from __future__ import annotations

from dataclasses import dataclass

from .changes import Change, Objects
from .context import Context
from .errors import LabError

# The programs of a pod are those that carry its uid in their control group, without the one that holds its namespaces.
_PROGRAMS = """
import os, pathlib, signal, sys
uids = (sys.argv[1], sys.argv[1].replace("-", "_"))
def programs():
    for path in pathlib.Path("/proc").glob("[0-9]*/cgroup"):
        try:
            text = path.read_text()
            if any(uid in text for uid in uids) and (path.parent / "comm").read_text().strip() != "pause":
                yield int(path.parent.name), text
        except (FileNotFoundError, ProcessLookupError):
            pass
"""
_SIGNAL = """
for pid, _text in list(programs()):
    os.kill(pid, getattr(signal, "SIG" + sys.argv[2]))
"""
# A shim is the parent of the process that holds the namespaces of its pod.
_SHIM = """
for path in pathlib.Path("/proc").glob("[0-9]*/cgroup"):
    try:
        inside = any(uid in path.read_text() for uid in uids)
        if inside and (path.parent / "comm").read_text().strip() == "pause":
            parent = (path.parent / "stat").read_text().rpartition(")")[2].split()[1]
            os.kill(int(parent), getattr(signal, "SIG" + sys.argv[2]))
    except (FileNotFoundError, ProcessLookupError):
        pass
"""
# Version 1 has a tree of directories for each controller, version 2 one for all.
_WRITE = """
controller, *pairs = sys.argv[2:]
groups = {line.split(":", 2)[1]: line.split(":", 2)[2] for _pid, text in programs() for line in text.splitlines()}
own = pathlib.Path("/sys/fs/cgroup", controller)
directory = own / groups[controller].lstrip("/") if controller in groups else own.parent / groups[""].lstrip("/")
for name, value in (pair.split("=", 1) for pair in pairs):
    if (directory / name).exists():
        (directory / name).write_text(value)
"""


def _on_node(lab: Context, pod: str, namespace: str, program: str, *words: str) -> None:
    """Run a program about a pod on its node, while the pod is there."""
    try:
        found = lab.get("pod", lab.fill(pod), "-n", namespace)
    except LabError:
        return
    argv = ["python3", "-c", _PROGRAMS + program, str(found["metadata"]["uid"]), *words]
    lab.exec_in(str(found["spec"]["nodeName"]), argv)


@dataclass(frozen=True)
class Signalled(Change):
    """A signal to the programs of a pod, and one that takes it back."""

    pod: str
    signal: str = "STOP"
    back: str = "CONT"
    namespace: str = "default"

    def make(self, lab: Context) -> None:
        """Send it."""
        _on_node(lab, self.pod, self.namespace, _SIGNAL, self.signal)

    def undo(self, lab: Context) -> None:
        """Send the other one."""
        _on_node(lab, self.pod, self.namespace, _SIGNAL, self.back)


@dataclass(frozen=True)
class ShimStopped(Change):
    """The process by which containerd speaks to the containers of a pod is stopped by a signal."""

    pod: str

    def make(self, lab: Context) -> None:
        """Stop it."""
        _on_node(lab, self.pod, "default", _SHIM, "STOP")

    def undo(self, lab: Context) -> None:
        """Let it go on."""
        _on_node(lab, self.pod, "default", _SHIM, "CONT")


@dataclass(frozen=True)
class Grouped(Change):
    """Settings of a container's control group, of both versions as they are there ("FILE=VALUE"), and those before."""

    pod: str
    controller: str
    settings: tuple[str, ...]
    normal: tuple[str, ...]
    namespace: str = "default"

    def make(self, lab: Context) -> None:
        """Write them."""
        _on_node(lab, self.pod, self.namespace, _WRITE, self.controller, *self.settings)

    def undo(self, lab: Context) -> None:
        """Write those before."""
        _on_node(lab, self.pod, self.namespace, _WRITE, self.controller, *self.normal)


def paused(pod: str) -> Grouped:
    """A pod's container is paused, as its runtime does it."""
    return Grouped(
        pod, "freezer", ("freezer.state=FROZEN", "cgroup.freeze=1"), ("freezer.state=THAWED", "cgroup.freeze=0")
    )


def starved(pod: str, namespace: str = "default") -> Grouped:
    """A pod's container gets a millisecond of a processor in each second."""
    return Grouped(
        pod,
        "cpu",
        ("cpu.cfs_period_us=1000000", "cpu.cfs_quota_us=1000", "cpu.max=1000 1000000"),
        ("cpu.cfs_quota_us=-1", "cpu.cfs_period_us=100000", "cpu.max=max 100000"),
        namespace,
    )


def without_threads(pod: str) -> Grouped:
    """A pod's container may have no more processes and threads than its first."""
    return Grouped(pod, "pids", ("pids.max=1",), ("pids.max=max",))


@dataclass(frozen=True)
class Held(Change):
    """A pod with a finalizer that is deleted: its programs end, and its object stays."""

    objects: Objects
    pod: str

    def make(self, lab: Context) -> None:
        """Make it, delete it, and wait until its containers have ended."""
        self.objects.make(lab)
        lab.kubectl("delete", "pod", self.pod, "--wait=false")
        lab.wait_until(lambda: self._ended(lab), f"the containers of {self.pod} have ended", 40)

    def undo(self, lab: Context) -> None:
        """Take the finalizer away, where the pod is."""
        if lab.kubectl("get", "pod", self.pod, "--ignore-not-found", "-o", "name"):
            lab.kubectl("patch", "pod", self.pod, "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
        self.objects.undo(lab)

    def _ended(self, lab: Context) -> bool:
        status = lab.get("pod", self.pod)["status"]
        return all("terminated" in one["state"] for one in status["containerStatuses"])
