# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Files of a capture that are too large for one answer: how far they are, their sums, and their content in parts.

Nothing is removed before it is asked for, so that whoever fetches them can compare the sums first.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import os
import re
import signal
import typing as t
import zlib

from ansible_collections.podnet.diagnostics.plugins.module_utils._capture import _session, _tcpdump
from ansible_collections.podnet.diagnostics.plugins.module_utils._capture._types import Captured, CaptureError, Device
from ansible_collections.podnet.diagnostics.plugins.module_utils._capture._workspace import State, Workspace, free_bytes

JsonObject = dict[str, t.Any]
# The names that tcpdump gives to the files of a capture.
_NAME = re.compile(r"[0-9]{1,3}\.pcap[0-9]?")
CHUNK = 1 << 20
MAX_PARTS = 256


@dataclasses.dataclass(frozen=True)
class Part:
    """A piece of a file that somebody wants. offset: bytes."""

    name: str
    offset: int

    @classmethod
    def from_dict(cls, data: t.Mapping[str, t.Any]) -> Part:
        """Check an item of the module's option; CaptureError where it can be no file of a capture."""
        name, offset = data.get("name"), data.get("offset")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise CaptureError(f"Cannot read {name!r}: this is no file of a capture")
        if isinstance(offset, bool) or not isinstance(offset, int) or offset < 0:
            raise CaptureError(f"Cannot read {name}: {offset!r} is no offset")
        return cls(name, offset)


def progress(run_id: str) -> JsonObject | None:
    """How far the captures of a run are; None where it has none here.

    free: bytes that are left on the disk with the files.
    """
    found = _found(run_id)
    if found is None:
        return None
    workspace, state = found
    running = {device for device, process in _session.processes(state).items() if process.alive()}
    return {
        "devices": [
            {
                **status.device.to_dict(),
                "running": status.device in running,
                "ended": "" if status.device in running else _ended(workspace, state, index),
                "files": [
                    {"name": os.path.basename(path), "size": size} for path, size in _sizes(workspace, state, index)
                ],
            }
            for index, status in enumerate(state.devices)
        ],
        "free": free_bytes(workspace.path),
    }


def end(run_id: str) -> list[JsonObject] | None:
    """End the captures of a run and keep their files; of each device what Captured has, and its files with their sums.

    None where the run has none here.
    """
    found = _found(run_id)
    if found is None:
        return None
    workspace, state = found
    _session.settle(workspace, state)
    killed = _session.end_all(state)
    return [
        {
            **_captured(workspace, state, index, status.device in killed).to_dict(),
            "files": [
                {"name": os.path.basename(path), "size": size, "sha256": _digest(path)}
                for path, size in _sizes(workspace, state, index)
            ],
        }
        for index, status in enumerate(state.devices)
    ]


def read(run_id: str, parts: t.Sequence[Part], max_bytes: int) -> list[JsonObject]:
    """Pieces of the files, in the order asked, together at most max_bytes before compression.

    data: compressed with zlib, in Base64. size: of the file now. CaptureError where one cannot be read.
    """
    found = _found(run_id)
    if found is None:
        raise CaptureError(f"Cannot read the capture of run {run_id}: it is not on this node")
    workspace, _state = found
    left = max_bytes
    answers = []
    for part in parts[:MAX_PARTS]:
        try:
            with open(os.path.join(workspace.path, part.name), "rb") as stream:
                size = os.fstat(stream.fileno()).st_size
                stream.seek(part.offset)
                data = stream.read(max(0, left))
        except OSError as exc:
            raise CaptureError(f"Cannot read {part.name} of the capture: {exc.strerror}") from exc
        left -= len(data)
        answers.append(
            {
                "name": part.name,
                "offset": part.offset,
                "length": len(data),
                "size": size,
                "data": base64.b64encode(zlib.compress(data, 1)).decode("ascii"),
            }
        )
    return answers


def remove(run_id: str) -> bool:
    """End what still runs and remove all files; whether there was anything."""
    workspace = Workspace.find(run_id)
    if workspace is None:
        return False
    state = workspace.read_state()
    if state is not None:
        _session.end_all(state)
    workspace.remove()
    if state is not None:
        state.supervisor.send(signal.SIGTERM)
        state.supervisor.wait(_session.STOP_SECONDS)
        workspace.remove()  # what the supervisor wrote meanwhile
    return True


# -- helpers -----------------------------------------------------------------------------------------------------
def _found(run_id: str) -> tuple[Workspace, State] | None:
    workspace = Workspace.find(run_id)
    if workspace is None:
        return None
    state = workspace.read_state()
    if state is None:
        raise CaptureError(f"Cannot read the capture of run {run_id}: its record cannot be read")
    return workspace, state


def _sizes(workspace: Workspace, state: State, index: int) -> list[tuple[str, int]]:
    found = []
    for path in _session.files(workspace, state, index):
        try:
            found.append((path, os.stat(path).st_size))
        except OSError:
            continue  # never made: the other file of a ring, or a capture that did not start
    return found


def _ended(workspace: Workspace, state: State, index: int) -> str:
    if state.devices[index].pid is None:
        return "not_started"
    log = _tcpdump.read_log(workspace.log(index))
    return _session.ending(workspace, state, index, log, _tcpdump.counters(log)["captured"], False)[0]


def _captured(workspace: Workspace, state: State, index: int, killed: bool) -> Captured:
    status = state.devices[index]
    device: Device = status.device
    if status.pid is None:
        return Captured(device, state.snaplen, "not_started", error=status.error)
    log = _tcpdump.read_log(workspace.log(index))
    numbers = _tcpdump.counters(log)
    ended, error = _session.ending(workspace, state, index, log, numbers["captured"], killed)
    return Captured(
        device,
        state.snaplen,
        ended,
        captured=numbers["captured"],
        received=numbers["received"],
        dropped_by_kernel=numbers["dropped_by_kernel"],
        dropped_by_interface=numbers["dropped_by_interface"],
        error=error,
    )


def _digest(path: str) -> str:
    total = hashlib.sha256()
    try:
        with open(path, "rb") as stream:
            for piece in iter(lambda: stream.read(CHUNK), b""):
                total.update(piece)
    except OSError as exc:
        raise CaptureError(f"Cannot read {os.path.basename(path)} of the capture: {exc.strerror}") from exc
    return total.hexdigest()
