# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Start the captures of a run on this node, and stop them and hand over what they saw."""

from __future__ import annotations

import base64
import errno
import gzip
import os
import signal
import struct
import time
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils import _netns
from ansible_collections.podnet.diagnostics.plugins.module_utils._capture import (
    _kernel_trace,
    _rule_trace,
    _tcpdump,
    _tracefs,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._capture._process import Process
from ansible_collections.podnet.diagnostics.plugins.module_utils._capture._supervisor import Job, Target, launch
from ansible_collections.podnet.diagnostics.plugins.module_utils._capture._types import (
    Captured,
    CaptureError,
    Device,
    DeviceStatus,
    StartOptions,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._capture._workspace import State, Workspace

JsonObject = dict[str, t.Any]
STOP_SECONDS = 3.0
SETTLE_SECONDS = 0.5
SETTLE_STEP = 0.03
SETTLE_LOOKS = 2
PCAP_HEADER = 24
RECORD_HEADER = 16


# -- start -------------------------------------------------------------------------------------------------------
def start(options: StartOptions) -> list[DeviceStatus]:
    """Capture on every device that can be captured on; one status per device, in the order asked.

    A device that cannot be captured on has an error and keeps none of the others from it. CaptureError when the
    run already has another capture here, or no directory can be made.
    """
    for workspace in Workspace.all_here():
        if workspace.abandoned():
            workspace.sweep()
    running = Workspace.find(options.run_id)
    if running is not None:
        return _same_again(running, options)
    errors, targets = _targets(options)
    try:
        tool = _tcpdump.find_tcpdump()
    except _netns.CommandError as exc:
        errors.update({target.device: f"Cannot capture on {target.device}: {exc}" for target in targets})
        targets = []
    started: dict[Device, DeviceStatus] = {
        device: DeviceStatus(device, error=error) for device, error in errors.items()
    }
    if targets:
        workspace = Workspace.create(options.run_id, options.min_free)
        job = Job(workspace, options, tool, targets, tuple(started.values()))
        started.update({status.device: status for status in launch(job)})
    return [started[device] for device in options.devices]


def _same_again(workspace: Workspace, options: StartOptions) -> list[DeviceStatus]:
    """A second start of one run: what runs already, when it is what is asked for."""
    state = workspace.read_state()
    same = state is not None and (
        (state.filter, state.snaplen, state.max_packets, state.ring)
        == (options.filter, options.snaplen, options.max_packets, options.ring)
        and {status.device for status in state.devices} == set(options.devices)
    )
    if state is None or not same or workspace.deadline_passed():
        raise CaptureError(
            f"Cannot start a capture for run {options.run_id}: it already has one here that is not the same; "
            "stop that one first"
        )
    known = {status.device: status for status in state.devices}
    return [known[device] for device in options.devices]


def _targets(options: StartOptions) -> tuple[dict[Device, str], list[Target]]:
    """The devices with the processes through which their namespaces are entered; errors for those without."""
    pods = {}
    if any(device.netns != _netns.HOST for device in options.devices):
        pods = _netns.find_pods(options.pods)
    errors: dict[Device, str] = {}
    targets = []
    for device in options.devices:
        if device.netns == _netns.HOST:
            targets.append(Target(device))
            continue
        found = pods.get(device.netns)
        if found is None:
            errors[device] = f"Cannot capture on {device}: the pod is not in the list of pods"
        elif found.pid is None:
            errors[device] = f"Cannot capture on {device}: {found.error}"
        else:
            targets.append(Target(device, found.pid, found.netns_inode))
    return errors, targets


# -- kernel ------------------------------------------------------------------------------------------------------
def kernel_ways(run_id: str) -> JsonObject | None:
    """What the kernel says of the marked packets so far; None where nothing was marked or the run is not here.

    ways: see _kernel_trace. lost: events that the buffers lost. error: why there are none.
    """
    workspace = Workspace.find(run_id)
    state = workspace.read_state() if workspace is not None else None
    if state is None or not state.marked:
        return None
    ways: list[JsonObject] = []
    lost, error = 0, state.trace_error
    if state.trace is not None:
        try:
            text, lost = _tracefs.read(state.trace)
            ways = _kernel_trace.ways(text, state.marked)
        except _tracefs.TraceError as exc:
            error = str(exc)
    return {"ways": ways, "lost": lost, "error": error}


def rule_ends(run_id: str) -> JsonObject | None:
    """At which packet filter rules of the node marked packets ended so far; None where nobody asked for it.

    ends: see _rule_trace. error: why there are none.
    """
    workspace = Workspace.find(run_id)
    state = workspace.read_state() if workspace is not None else None
    if workspace is None or state is None or not state.trace_rules or not state.marked:
        return None
    if state.rule_error is not None:
        return {"ends": [], "error": state.rule_error}
    found = _rule_trace.ends(workspace.rules(), state.marked, _rule_trace.table_name(run_id))
    return {"ends": found, "error": None}


# -- stop --------------------------------------------------------------------------------------------------------
def stop(run_id: str, max_bytes: int, keep: bool = False) -> list[Captured] | None:
    """End the captures of a run, return what they saw and remove everything; None when the run has none here.

    keep: leave the files to their supervisor, so that the same can be asked once more.
    max_bytes: of a pcap, before compression; a larger one is cut between two packets and marked as truncated.
    """
    workspace = Workspace.find(run_id)
    if workspace is None:
        return None
    state = workspace.read_state()
    if state is None:
        workspace.remove()
        raise CaptureError(f"Cannot stop the capture of run {run_id}: its record cannot be read; its files are removed")
    settle(workspace, state)
    killed = end_all(state)
    captured = [
        _collect(workspace, state, index, status, status.device in killed, max_bytes)
        for index, status in enumerate(state.devices)
    ]
    if keep:
        return captured
    workspace.remove()
    state.supervisor.send(signal.SIGTERM)
    state.supervisor.wait(STOP_SECONDS)
    workspace.remove()  # what the supervisor wrote meanwhile
    return captured


def settle(workspace: Workspace, state: State) -> None:
    """Wait until no file grows any more, within a bound: the last packets may still be on their way to it.

    On a busy node it may take a while until tcpdump has its turn, so one look that finds nothing new is not enough.
    """
    until = time.monotonic() + SETTLE_SECONDS
    sizes: list[int] = []
    quiet = 0
    while time.monotonic() < until and quiet < SETTLE_LOOKS:
        now = [sum(map(_size, files(workspace, state, index))) for index in range(len(state.devices))]
        quiet = quiet + 1 if now == sizes else 0
        sizes = now
        time.sleep(SETTLE_STEP)


def files(workspace: Workspace, state: State, index: int) -> list[str]:
    return workspace.ring(index) if state.ring else [workspace.pcap(index)]


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return -1


def processes(state: State) -> dict[Device, Process]:
    namespace = state.supervisor.pid_namespace
    return {
        status.device: Process(status.pid, status.start_time, namespace)
        for status in state.devices
        if status.pid is not None and status.start_time is not None
    }


def end_all(state: State) -> set[Device]:
    """Interrupt every tcpdump at once, then wait for each; those that had to be killed."""
    known = processes(state)
    for process in known.values():
        process.send(signal.SIGINT)
    return {device for device, process in known.items() if not process.end(STOP_SECONDS)}


def _collect(
    workspace: Workspace, state: State, index: int, status: DeviceStatus, killed: bool, max_bytes: int
) -> Captured:
    device = status.device
    if status.pid is None:
        return Captured(device, state.snaplen, "not_started", error=status.error)
    log = _tcpdump.read_log(workspace.log(index))
    numbers = _tcpdump.counters(log)
    ended, error = ending(workspace, state, index, log, numbers["captured"], killed)
    try:
        parts = [_read(path, max_bytes) for path in files(workspace, state, index) if os.path.exists(path)]
        if not parts:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    except OSError as exc:
        return Captured(device, state.snaplen, ended, error=f"Cannot read the capture on {device}: {exc.strerror}")
    if state.ring:
        data, cut = newest(parts, max_bytes)
    else:
        data, cut = parts[0][: whole_records(parts[0], max_bytes)], len(parts[0]) > max_bytes
    # tcpdump does not say that it could not write: a full disk shows only here.
    unwritten = 0 if cut else (numbers["captured"] or 0) - records(data)
    if unwritten > 0 and not state.ring and error is None:
        error = (
            f"Cannot keep the capture on {device}: {unwritten} of {numbers['captured']} packets are not in its file; "
            "is the disk full?"
        )
    return Captured(
        device,
        state.snaplen,
        ended,
        base64.b64encode(gzip.compress(data, 6)).decode("ascii"),
        truncated=cut or unwritten > 0,
        error=error,
        **numbers,
    )


def ending(
    workspace: Workspace, state: State, index: int, log: str, captured: int | None, killed: bool
) -> tuple[str, str | None]:
    """Why a capture ended, and what that means for it."""
    device = state.devices[index].device
    if killed:
        return "stopped", f"Cannot tell what the capture on {device} lost: tcpdump had to be killed"
    if captured is not None and captured >= state.max_packets and not state.ring:
        return "max_packets", None
    reason = workspace.end_mark(index)
    if reason:
        return reason, None
    text = _tcpdump.complaint(log)
    if text:
        return "died", f"Cannot capture on {device} to the end: {text}"
    if workspace.deadline_passed():
        return "deadline", None
    if captured is None:
        return "died", f"Cannot tell what the capture on {device} lost: tcpdump ended without its numbers"
    return "stopped", None


def _read(path: str, max_bytes: int) -> bytes:
    with open(path, "rb") as stream:
        return stream.read(max_bytes + 65536)


def newest(parts: t.Sequence[bytes], limit: int) -> tuple[bytes, bool]:
    """The files of a ring as one, oldest packets first; whether packets at its begin were left out for the limit."""
    whole = [part[: whole_records(part, len(part))] for part in parts]
    files = sorted((part for part in whole if len(part) > PCAP_HEADER), key=_first_time)
    if not files:
        return next((part for part in whole if part), b""), False
    body = b"".join(part[PCAP_HEADER:] for part in files)
    data = files[0][:PCAP_HEADER] + body
    cut = False
    while len(data) > limit:
        (length,) = struct.unpack_from(_order(data) + "I", data, PCAP_HEADER + 8)
        data, cut = data[:PCAP_HEADER] + data[PCAP_HEADER + RECORD_HEADER + length :], True
    return data, cut


def _first_time(data: bytes) -> tuple[int, int]:
    seconds, part = struct.unpack_from(_order(data) + "II", data, PCAP_HEADER)
    return int(seconds), int(part)


def _order(data: bytes) -> str:
    return "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"


def records(data: bytes) -> int:
    """How many packets a pcap of whole records has."""
    position, count = PCAP_HEADER, 0
    while position + RECORD_HEADER <= len(data):
        (length,) = struct.unpack_from(_order(data) + "I", data, position + 8)
        position += RECORD_HEADER + length
        count += 1
    return count


def whole_records(data: bytes, limit: int) -> int:
    """How many bytes of a pcap are whole packets and within a limit: tcpdump may have been killed while it wrote."""
    if len(data) < PCAP_HEADER:
        return 0
    order = _order(data)
    position = PCAP_HEADER
    end = min(len(data), limit)
    while position + RECORD_HEADER <= end:
        (length,) = struct.unpack_from(order + "I", data, position + 8)
        if position + RECORD_HEADER + length > end:
            break
        position += RECORD_HEADER + length
    return position
