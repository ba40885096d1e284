# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""The process that outlives the task: it starts the captures, ends them at the deadline and removes their files.

It is forked twice and leads a session of its own with no open file of its parent, so that neither sshd nor an exec
stream waits for it and no hang-up reaches it. It imports nothing after the fork from the collection: the archive
that Ansible ran it from is removed when the task ends. When it is killed, its tcpdumps are told by the kernel
(PR_SET_PDEATHSIG); its directory is then left to the next run.
"""

from __future__ import annotations

import array
import contextlib
import dataclasses
import fcntl
import json
import os
import select
import signal
import socket
import struct
import time
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils import _netns
from ansible_collections.podnet.diagnostics.plugins.module_utils._capture import _rule_trace, _tracefs
from ansible_collections.podnet.diagnostics.plugins.module_utils._capture._process import Process
from ansible_collections.podnet.diagnostics.plugins.module_utils._capture._tcpdump import (
    Tcpdump,
    environment,
    link_type,
    read_log,
    start_error,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._capture._types import (
    CaptureError,
    Device,
    DeviceStatus,
    StartOptions,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._capture._workspace import State, Workspace, free_bytes

READY_SECONDS = 10.0
END_SECONDS = 2.0
POLL_SECONDS = 0.01
LOOK_SECONDS = 5.0  # how often to see whether the directory is still there
GUARD_SECONDS = 0.25  # how often to see how large the files are, and how much room is left
PR_SET_PDEATHSIG = 1
SIOCETHTOOL = 0x8946
ETHTOOL_GDRVINFO = 3
DRVINFO_SIZE = 196
_WAKE_UP = (signal.SIGCHLD, signal.SIGTERM)


@dataclasses.dataclass(frozen=True)
class Target:
    """A device to capture on. netns_pid: a process in its namespace, None for our own; netns_inode: to verify it."""

    device: Device
    netns_pid: int | None = None
    netns_inode: int | None = None


@dataclasses.dataclass(frozen=True)
class Job:
    """The work of one supervisor. failed: devices that are known to have no capture, for the record."""

    workspace: Workspace
    options: StartOptions
    tool: Tcpdump
    targets: t.Sequence[Target]
    failed: t.Sequence[DeviceStatus] = ()


def launch(job: Job) -> list[DeviceStatus]:
    """Start a supervisor and wait until every capture listens or has failed; CaptureError when it does not answer."""
    reader, writer = os.pipe()
    try:
        child = os.fork()
        if child == 0:
            _detach(Supervisor(job, writer))
        os.close(writer)
        writer = -1
        os.waitpid(child, 0)
        return _read_report(reader, READY_SECONDS + END_SECONDS + 5.0)
    finally:
        os.close(reader)
        if writer >= 0:
            os.close(writer)


def _detach(supervisor: Supervisor) -> t.NoReturn:
    """In the child: become the session leader and leave the work to a grandchild, which init then owns."""
    status = 1
    try:
        os.setsid()
        if os.fork() == 0:
            supervisor.run()
        status = 0
    finally:
        os._exit(status)  # never back into the module that was forked, nor into its exit handlers


def _read_report(reader: int, timeout: float) -> list[DeviceStatus]:
    until = time.monotonic() + timeout
    data = b""
    while True:
        ready, _write, _error = select.select([reader], [], [], max(0.0, until - time.monotonic()))
        if not ready:
            raise CaptureError(f"Cannot start the capture: its supervisor did not answer within {timeout:.0f} s")
        chunk = os.read(reader, 65536)
        if not chunk:
            break
        data += chunk
    try:
        report = json.loads(data.decode("utf-8"))
    except ValueError as exc:
        raise CaptureError("Cannot start the capture: its supervisor died") from exc
    if report["error"]:
        raise CaptureError(f"Cannot start the capture: {report['error']}")
    return [DeviceStatus.from_json(device) for device in report["devices"]]


class Supervisor:
    """One per run and node."""

    def __init__(self, job: Job, report: int) -> None:
        self.job = job
        self.workspace = job.workspace
        self.options = job.options
        self.report_to = report
        self.running: set[int] = set()  # pids of captures that have not ended yet
        self.pids: dict[int, int] = {}  # of every capture, by its number
        self.pid_namespace = 0
        self.deadline = 0.0
        self.trace: str | None = None
        self.trace_error: str | None = None
        self.rule_trace: list[int] = []  # pids of nft
        self.rule_owner = -1  # while this is open, the table of the rule trace is there
        self.rule_error: str | None = None

    def run(self) -> None:
        """All of it, from the first capture to the removal of the directory."""
        try:
            self._prepare()
            statuses = self._start_all()
            if self.running:
                self._start_trace()
                self._write_state(statuses)
        except BaseException as exc:  # whatever it is, the waiting task is told
            self._end_all()
            self._end_trace()
            self.workspace.remove()
            self._report([], str(exc) or type(exc).__name__)
            return
        if not self.running:
            self.workspace.remove()
            self._report(statuses)
            return
        self._report(statuses)
        try:
            self._watch()
        finally:
            self._end_all()
            self._end_trace()
            self.workspace.remove()

    def _start_trace(self) -> None:
        """Have the kernel tell of the marked packets. Captures are of use without it."""
        myself = Process.of(os.getpid())
        if not self.options.marked or myself is None:
            return
        expires = time.time() + self.deadline - time.monotonic() + self.options.grace
        if self.options.trace_rules:
            try:
                self._start_rule_trace()
            except (_rule_trace.RuleTraceError, OSError) as exc:
                self.rule_error = str(exc)
        name = _tracefs.instance_name(self.options.run_id, myself, expires)
        try:
            _tracefs.start(name, self.options.marked)
            self.trace = name
        except _tracefs.TraceError as exc:
            self.trace_error = str(exc)

    def _start_rule_trace(self) -> None:
        """One nft that listens, then one that owns the table with the rule that asks for the trace."""
        nft, name = _rule_trace.find_nft(), _rule_trace.table_name(self.options.run_id)
        self.rule_trace.append(self._spawn_nft([nft, "monitor", "trace"], -1, self.workspace.rules()))
        reader, self.rule_owner = os.pipe()
        try:
            self.rule_trace.append(self._spawn_nft([nft, "-i"], reader, self.workspace.rules_log()))
        finally:
            os.close(reader)
        _rule_trace.write_all(self.rule_owner, _rule_trace.commands(name, self.options.marked))
        _rule_trace.wait_ready(self.workspace.rules_log(), name)

    def _spawn_nft(self, argv: t.Sequence[str], reader: int, messages: str) -> int:
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            try:
                _redirect(os.devnull, messages)
                if reader >= 0:
                    os.dup2(reader, 0)
                _close_all_but(-1)
                for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGPIPE):
                    signal.signal(number, signal.SIG_DFL)
                signal.pthread_sigmask(signal.SIG_SETMASK, ())
                _die_with(parent)
                os.execve(argv[0], list(argv), environment())
            finally:
                os._exit(127)
        return pid

    def _end_rule_trace(self) -> None:
        """The table goes with its process. They are our own children: their pids cannot be anyone else's yet."""
        if self.rule_owner >= 0:
            os.close(self.rule_owner)
            self.rule_owner = -1
        for pid in self.rule_trace:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
        self.rule_trace = []

    def _end_trace(self) -> None:
        self._end_rule_trace()
        if self.trace is not None:
            # Where it stays for now, the next run sweeps it.
            with contextlib.suppress(_tracefs.TraceError):
                _tracefs.remove(self.trace)

    def _prepare(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, _WAKE_UP)
        for number in _WAKE_UP:
            signal.signal(number, signal.SIG_DFL)  # ignored, it would never be waited for
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
            signal.signal(number, signal.SIG_IGN)
        os.chdir("/")
        os.umask(0o077)
        _redirect(os.devnull, os.devnull)
        _close_all_but(self.report_to)
        self.deadline = time.monotonic() + self.options.deadline
        myself = Process.of(os.getpid())
        self.pid_namespace = myself.pid_namespace if myself else 0

    # -- starting --------------------------------------------------------------------------------------------
    def _start_all(self) -> list[DeviceStatus]:
        pids = [self._spawn(index, target) for index, target in enumerate(self.job.targets)]
        self.running.update(pids)
        self.pids = dict(enumerate(pids))
        until = time.monotonic() + READY_SECONDS
        statuses: dict[int, DeviceStatus] = {}
        while len(statuses) < len(pids):
            late = time.monotonic() >= until
            for index, pid in enumerate(pids):
                if index not in statuses:
                    status = self._look(index, pid, late)
                    if status is not None:
                        statuses[index] = status
            if len(statuses) < len(pids):
                time.sleep(POLL_SECONDS)
        return [statuses[index] for index in range(len(pids))]

    def _look(self, index: int, pid: int, late: bool) -> DeviceStatus | None:
        """The status of a capture that listens or has failed; None while it is neither."""
        device = self.job.targets[index].device
        ended = self._reap(pid)
        log = read_log(self.workspace.log(index))
        kind = link_type(log)
        if kind is not None and not ended:
            process = Process.of(pid)
            if process is not None:
                return DeviceStatus(device, pid, process.start_time, None, kind)
        if ended:
            return DeviceStatus(device, error=start_error(device, log))
        if late:
            self._end([pid])
            text = f"Cannot capture on {device}: tcpdump did not listen within {READY_SECONDS:.0f} s"
            return DeviceStatus(device, error=text)
        return None

    def _spawn(self, index: int, target: Target) -> int:
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            try:
                self._become_tcpdump(index, target, parent)
            except BaseException as exc:  # there is nobody else to tell
                os.write(2, str(exc).encode("utf-8", "replace"))
            finally:
                os._exit(127)
        return pid

    def _become_tcpdump(self, index: int, target: Target, parent: int) -> None:
        """In the child: turn into tcpdump, in the device's network namespace."""
        _redirect(os.devnull, self.workspace.log(index))
        _close_all_but(-1)
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        if target.netns_pid is not None:
            _netns.enter(target.netns_pid, target.netns_inode)
        promiscuous = is_bridge(target.device.name)
        argv = self.job.tool.command(target.device, self.options, self.workspace.pcap(index), promiscuous)
        _die_with(parent)
        os.execve(argv[0], argv, environment())

    def _write_state(self, statuses: t.Sequence[DeviceStatus]) -> None:
        myself = Process.of(os.getpid())
        if myself is None:
            raise CaptureError("/proc cannot be read")
        options = self.options
        left = self.deadline - time.monotonic() + options.grace
        self.workspace.write_state(
            State(
                options.run_id,
                myself,
                time.time() + left,
                options.filter,
                options.snaplen,
                options.max_packets,
                (*statuses, *self.job.failed),
                options.marked,
                self.trace,
                self.trace_error,
                options.trace_rules,
                self.rule_error,
                options.ring,
            )
        )

    def _report(self, statuses: t.Sequence[DeviceStatus], error: str = "") -> None:
        data = json.dumps({"error": error, "devices": [status.to_json() for status in statuses]}).encode("utf-8")
        try:
            while data:
                data = data[os.write(self.report_to, data) :]
            os.close(self.report_to)
        except OSError:
            return  # the task that asked is gone; the deadline still holds

    # -- watching --------------------------------------------------------------------------------------------
    def _watch(self) -> None:
        """Until the directory may go: someone asks for it by SIGTERM, took it, or deadline and grace are over."""
        over = self.deadline + self.options.grace
        while time.monotonic() < over and self.workspace.exists():
            if time.monotonic() >= self.deadline and self.running:
                self.workspace.mark_deadline()
                self._end_all()
            next_event = self.deadline if self.running else over
            guarded = bool(self.running and (self.options.max_file_bytes or self.options.min_free))
            pause = min(next_event - time.monotonic(), GUARD_SECONDS if guarded else LOOK_SECONDS)
            woken = signal.sigtimedwait(_WAKE_UP, max(0.0, pause))
            if woken is not None and woken.si_signo == signal.SIGTERM:
                return
            for pid in tuple(self.running):
                self._reap(pid)
            if guarded:
                self._guard()

    def _guard(self) -> None:
        """End a capture whose file is as large as it may be, and all of them when the disk is nearly full."""
        for index, pid in self.pids.items():
            if pid in self.running and 0 < self.options.max_file_bytes <= self._size(index):
                self.workspace.mark_end(index, "max_file_bytes")
                self._end([pid])
        try:
            short = free_bytes(self.workspace.path) < self.options.min_free
        except OSError:
            return  # the directory was removed; the loop sees it
        if short:
            for index, pid in self.pids.items():
                if pid in self.running:
                    self.workspace.mark_end(index, "no_space")
            self._end_all()

    def _size(self, index: int) -> int:
        """Of a capture that is no ring: a ring is as large as it was asked to be."""
        if self.options.ring:
            return 0
        try:
            return os.stat(self.workspace.pcap(index)).st_size
        except OSError:
            return 0

    def _reap(self, pid: int) -> bool:
        """Whether a capture has ended."""
        if pid not in self.running:
            return True
        try:
            done, _status = os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            done = pid
        if done == pid:
            self.running.discard(pid)
        return done == pid

    def _end_all(self) -> None:
        self._end(tuple(self.running))

    def _end(self, pids: t.Iterable[int]) -> None:
        """End captures, gently at first. They are our own children: their pids cannot be anyone else's yet."""
        left = [pid for pid in pids if not self._reap(pid)]
        for number, seconds in ((signal.SIGINT, END_SECONDS), (signal.SIGKILL, END_SECONDS)):
            for pid in left:
                os.kill(pid, number)
            until = time.monotonic() + seconds
            while left and time.monotonic() < until:
                time.sleep(POLL_SECONDS)
                left = [pid for pid in left if not self._reap(pid)]
            if not left:
                return


def is_bridge(name: str) -> bool:
    """Whether a device of this network namespace is a bridge, by its driver (ETHTOOL_GDRVINFO).

    A bridge hands itself what goes from port to port only while it is promiscuous (br_handle_frame_finish).
    """
    info = array.array("B", struct.pack("=I", ETHTOOL_GDRVINFO) + bytes(DRVINFO_SIZE - 4))
    request = struct.pack("16sP", name.encode("utf-8", "surrogateescape"), info.buffer_info()[0]) + bytes(16)
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            fcntl.ioctl(sock, SIOCETHTOOL, request)
    except OSError:
        return False
    return info.tobytes()[4:36].rstrip(b"\0") == b"bridge"


def _die_with(parent: int) -> None:
    """Have the kernel interrupt this process when its parent ends, however that comes."""
    try:
        import ctypes  # not a part of the smallest Python packages

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGINT), 0, 0, 0)
    except (ImportError, OSError, AttributeError):
        return
    if os.getppid() != parent:
        os._exit(1)


def _redirect(source: str, messages: str) -> None:
    """Let standard input come from one file, and all output go to another."""
    reading = os.open(source, os.O_RDONLY)
    writing = os.open(messages, os.O_WRONLY | os.O_CREAT, 0o600)
    os.dup2(reading, 0)
    os.dup2(writing, 1)
    os.dup2(writing, 2)
    for descriptor in (reading, writing):
        if descriptor > 2:
            os.close(descriptor)


def _close_all_but(kept: int) -> None:
    """Close every inherited descriptor but the standard ones; the limit may be a thousand million, so ask /proc."""
    for name in os.listdir("/proc/self/fd"):
        descriptor = int(name)
        if descriptor > 2 and descriptor != kept:
            try:
                os.close(descriptor)
            except OSError:
                continue  # the one that listed the directory
