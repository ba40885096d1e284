# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The packets of one node as a stream that Wireshark reads while they are captured (`wireshark -k -i FIFO`).

Nothing waits for a reader: whoever opens the pipe gets all packets from the first on, whoever reads slowly gets them
later, and whoever closes it may open it again.
"""

from __future__ import annotations

import contextlib
import errno
import os
import pathlib
import select
import stat
import time
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._capturing._merge import Source
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._pcap import (
    FILE_HEADER,
    RECORD_HEADER,
    Frame,
    PcapError,
    read_pcap,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._pcapng import opening, packet_block
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._redact._frames import Rewriter
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._redact._mapping import Mapping

# What is read of the files at once, and for how long a reader is waited for each time.
MOST_WAITING = 8 << 20
WRITE_SECONDS = 0.8


class LiveError(Exception):
    """There can be no pipe; the text says why."""


def make_fifo(folder: pathlib.Path, node: str) -> pathlib.Path:
    """The pipe of a node: a new one, or the one of an earlier run. What is no pipe there is left alone."""
    path = folder / f"{node}.pcapng"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.mkfifo(path, 0o600)
        info = os.lstat(path)
    except OSError as exc:
        raise LiveError(f"Cannot make the pipe {path}: {exc.strerror}") from None
    if not stat.S_ISFIFO(info.st_mode) or info.st_uid != os.geteuid():
        raise LiveError(f"Cannot make the pipe {path}: there is something else of this name")
    return path


class Live:
    """The pipe of one node. payload, mapping: see merge()."""

    def __init__(
        self,
        path: pathlib.Path,
        payload: bool = False,
        mapping: Mapping | None = None,
        vxlan_ports: t.Iterable[int] = (),
    ) -> None:
        self._path = path
        self._mapping = mapping
        self._rewriter = None if payload and mapping is None else Rewriter(mapping, vxlan_ports)
        self._pipe = -1
        self._waiting = bytearray()
        self._shown: dict[int, int] = {}  # how many bytes of the file of each source were handed on

    def show(self, sources: t.Sequence[Source]) -> None:
        """Hand on what the files have that the reader does not have yet."""
        if not self._open(sources):
            return
        links = [source.interface().link_type for source in sources]
        frames: list[tuple[Frame, int]] = []
        for number, source in enumerate(sources):
            room = (MOST_WAITING - len(self._waiting)) // len(sources)
            found, self._shown[number] = _after(source.files[0], self._shown.get(number, FILE_HEADER), room)
            frames += [(frame, number) for frame in found]
        frames.sort(key=lambda item: item[0].time_ns)
        for frame, number in frames:
            shown = self._rewriter.frame(frame, links[number]) if self._rewriter is not None else frame
            self._waiting += packet_block(number, shown)
        self._write()

    def close(self) -> None:
        """The end of the stream, and of the pipe."""
        if self._pipe >= 0:
            self._write()
            os.close(self._pipe)
            self._pipe = -1
        self._path.unlink(missing_ok=True)

    def _open(self, sources: t.Sequence[Source]) -> bool:
        """Whether somebody reads."""
        if self._pipe >= 0:
            return True
        if not all(source.files and source.files[0].exists() for source in sources):
            return False
        try:
            self._pipe = os.open(self._path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as exc:
            if exc.errno in (errno.ENXIO, errno.ENOENT):
                return False  # nobody reads, or somebody has removed it
            raise
        self._shown.clear()
        self._waiting = bytearray(opening([source.interface(self._mapping) for source in sources], "live view"))
        return True

    def _write(self) -> None:
        until = time.monotonic() + WRITE_SECONDS
        try:
            while self._waiting:
                if not select.select([], [self._pipe], [], max(0.0, until - time.monotonic()))[1]:
                    return  # the reader is slow
                del self._waiting[: os.write(self._pipe, self._waiting[:4096])]
        except BrokenPipeError:
            os.close(self._pipe)
            self._pipe = -1


def _after(path: pathlib.Path, position: int, room: int) -> tuple[tuple[Frame, ...], int]:
    """The packets of a file that still grows, from a position on and about so many bytes of them; the next position."""
    with path.open("rb") as stream:
        head = stream.read(FILE_HEADER)
        stream.seek(position)
        data = stream.read(max(0, room))
    try:
        frames = read_pcap(head + data).frames
    except PcapError:
        return (), position
    return frames, position + sum(RECORD_HEADER + len(frame.data) for frame in frames)
