# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""The directory of a running capture: where it is, what is in it, and when it is nobody's any more.

It is 0700 and named by the run id and the network namespace it was started in, so that neither two runs nor two
hosts that share a file system meet in it. state.json says which processes belong to it.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import stat
import time

from ansible_collections.podnet.diagnostics.plugins.module_utils import _netns
from ansible_collections.podnet.diagnostics.plugins.module_utils._capture._process import Process, namespace_inode
from ansible_collections.podnet.diagnostics.plugins.module_utils._capture._tcpdump import RING_FILES
from ansible_collections.podnet.diagnostics.plugins.module_utils._capture._types import CaptureError, DeviceStatus

PARENTS = ("/var/tmp", "/tmp", "/dev/shm")
PREFIX = "podnet-capture-"
STATE = "state.json"
DEADLINE_MARK = "deadline"
MEGABYTE = 1000000
# Seconds after which a directory that should long be gone is removed by the next run, whoever it belonged to.
STALE_AFTER = 300


@dataclasses.dataclass(frozen=True)
class State:
    """What state.json holds. expires: Unix time at which the supervisor removes the directory.

    trace_rules: whether the packet filter's rules are traced, too; rule_error: why they are not.
    trace: the name of the tracefs instance, None without one; trace_error: why there is none. marked: the lengths it
    was made for.
    """

    run_id: str
    supervisor: Process
    expires: float
    filter: str
    snaplen: int
    max_packets: int
    devices: tuple[DeviceStatus, ...]
    marked: tuple[int, ...] = ()
    trace: str | None = None
    trace_error: str | None = None
    trace_rules: bool = False
    rule_error: str | None = None
    ring: bool = False

    def to_json(self) -> str:
        return json.dumps(
            {
                "run_id": self.run_id,
                "supervisor": dataclasses.asdict(self.supervisor),
                "expires": self.expires,
                "filter": self.filter,
                "snaplen": self.snaplen,
                "max_packets": self.max_packets,
                "devices": [device.to_json() for device in self.devices],
                "marked": self.marked,
                "trace": self.trace,
                "trace_error": self.trace_error,
                "trace_rules": self.trace_rules,
                "rule_error": self.rule_error,
                "ring": self.ring,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> State:
        data = json.loads(text)
        return cls(
            data["run_id"],
            Process(**data["supervisor"]),
            data["expires"],
            data["filter"],
            data["snaplen"],
            data["max_packets"],
            tuple(DeviceStatus.from_json(device) for device in data["devices"]),
            tuple(data.get("marked") or ()),
            data.get("trace"),
            data.get("trace_error"),
            bool(data.get("trace_rules")),
            data.get("rule_error"),
            bool(data.get("ring")),
        )


class Workspace:
    """One such directory."""

    def __init__(self, path: str) -> None:
        self.path = path

    @classmethod
    def create(cls, run_id: str, min_free: int = 0) -> Workspace:
        """Make the directory in the first place that can be written to and has room; CaptureError when there is none.

        min_free: bytes that have to be free there.
        """
        problems = []
        for parent in PARENTS:
            path = os.path.join(parent, _name(run_id))
            try:
                free = free_bytes(parent)
                if free < min_free:
                    problems.append(
                        f"{path}: only {free // MEGABYTE} MB are free, {min_free // MEGABYTE} MB have to be"
                    )
                    continue
                os.mkdir(path, 0o700)
                return cls(path)
            except FileExistsError as exc:
                raise CaptureError(f"Cannot create {path}: it is there already, and not a capture of ours") from exc
            except OSError as exc:
                problems.append(f"{path}: {exc.strerror}")
        raise CaptureError("Cannot create a directory for the capture: " + "; ".join(problems))

    @classmethod
    def find(cls, run_id: str) -> Workspace | None:
        """The directory of a run; None when it has none here."""
        for parent in PARENTS:
            path = os.path.join(parent, _name(run_id))
            if _is_ours(path):
                return cls(path)
        return None

    @classmethod
    def all_here(cls) -> list[Workspace]:
        """The directories of every run that was started in this network namespace by this user."""
        ending = "-" + _own_inode()
        found = []
        for parent in PARENTS:
            try:
                names = sorted(os.listdir(parent))
            except OSError:
                continue
            paths = [os.path.join(parent, name) for name in names if name.startswith(PREFIX) and name.endswith(ending)]
            found += [cls(path) for path in paths if _is_ours(path)]
        return found

    # -- files -----------------------------------------------------------------------------------------------
    def pcap(self, index: int) -> str:
        """The file of the capture with that number. Security modules let tcpdump write to names like this one."""
        return os.path.join(self.path, f"{index}.pcap")

    def ring(self, index: int) -> list[str]:
        """The files of a capture that keeps the newest packets, as tcpdump names them."""
        return [f"{self.pcap(index)}{number}" for number in range(RING_FILES)]

    def rules(self) -> str:
        """The file with what nft told of the rules that marked packets met."""
        return os.path.join(self.path, "rules.txt")

    def rules_log(self) -> str:
        """The file with the messages of the nft that owns the table for it."""
        return os.path.join(self.path, "rules.log")

    def counters(self) -> str:
        """The file with the counters of the start."""
        return os.path.join(self.path, "counters.json")

    def log(self, index: int) -> str:
        """The file with tcpdump's messages."""
        return os.path.join(self.path, f"{index}.log")

    def read_state(self) -> State | None:
        """None when it was never written or cannot be read."""
        try:
            with open(os.path.join(self.path, STATE), encoding="utf-8") as stream:
                return State.from_json(stream.read())
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write_state(self, state: State) -> None:
        """Write it whole, by renaming it into place; OSError when that fails."""
        partial = os.path.join(self.path, "." + STATE)
        with open(partial, "w", encoding="utf-8") as stream:
            stream.write(state.to_json())
        os.replace(partial, os.path.join(self.path, STATE))

    def mark_deadline(self) -> None:
        """Note that the captures were ended by their deadline."""
        try:
            os.close(os.open(os.path.join(self.path, DEADLINE_MARK), os.O_WRONLY | os.O_CREAT, 0o600))
        except OSError:
            return  # a full disk; the stop then reports a capture that died

    def deadline_passed(self) -> bool:
        """Whether the captures were ended by their deadline."""
        return os.path.exists(os.path.join(self.path, DEADLINE_MARK))

    def mark_end(self, index: int, reason: str) -> None:
        """Note why the supervisor ended one capture."""
        try:
            with open(self._end_mark(index), "w", encoding="utf-8") as stream:
                stream.write(reason)
        except OSError:
            return  # a full disk; the stop then reports a capture that was stopped

    def end_mark(self, index: int) -> str:
        """Why the supervisor ended one capture; empty when it did not."""
        try:
            with open(self._end_mark(index), encoding="utf-8") as stream:
                return stream.read(64)
        except OSError:
            return ""

    def _end_mark(self, index: int) -> str:
        return os.path.join(self.path, f"{index}.ended")

    def exists(self) -> bool:
        return os.path.isdir(self.path)

    def remove(self) -> None:
        """Remove it with all that is in it; nothing happens when it is gone."""
        shutil.rmtree(self.path, ignore_errors=True)

    # -- remains ---------------------------------------------------------------------------------------------
    def abandoned(self) -> bool:
        """Whether the supervisor that would remove this directory is gone."""
        state = self.read_state()
        if state is None:
            try:
                return time.time() - os.lstat(self.path).st_mtime > STALE_AFTER
            except OSError:
                return False
        if state.supervisor.pid_namespace == namespace_inode("pid"):
            return not state.supervisor.alive()
        return time.time() > state.expires + STALE_AFTER

    def sweep(self) -> None:
        """End what an abandoned capture left behind."""
        state = self.read_state()
        for device in state.devices if state else ():
            if state and device.pid is not None and device.start_time is not None:
                Process(device.pid, device.start_time, state.supervisor.pid_namespace).end(1.0)
        self.remove()


def free_bytes(path: str) -> int:
    """How many bytes this user can still write there; OSError when it cannot be known."""
    info = os.statvfs(path)
    return info.f_bavail * info.f_frsize


def _name(run_id: str) -> str:
    return f"{PREFIX}{run_id}-{_own_inode()}"


def _own_inode() -> str:
    try:
        return str(_netns.netns_inode("self"))
    except OSError:
        return "0"


def _is_ours(path: str) -> bool:
    """A directory of this user that nobody else may enter: others can make names in /tmp, too."""
    try:
        info = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISDIR(info.st_mode) and info.st_uid == os.geteuid() and not info.st_mode & 0o077
