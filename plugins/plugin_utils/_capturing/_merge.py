# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""One pcapng of all devices of all nodes, packet by packet, however large the files are."""

from __future__ import annotations

import contextlib
import dataclasses
import heapq
import itertools
import pathlib
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._captures import HOST
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._pcap import (
    FILE_HEADER,
    Frame,
    PcapError,
    read_pcap,
    stream_frames,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._pcapng import (
    Interface,
    closing,
    opening,
    packet_block,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._redact._frames import Rewriter
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._redact._mapping import Mapping
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._printable import one_line

WRITE_BYTES = 1 << 20
# The link type of a file that has no whole header: tcpdump was ended before it wrote one.
ETHERNET = 1


@dataclasses.dataclass(frozen=True)
class Source:
    """What one device captured. files: of a ring, more than one. record: what the node told of the capture."""

    node: str
    record: JsonObject
    files: tuple[pathlib.Path, ...]

    def interface(self, mapping: Mapping | None = None) -> Interface:
        """Its interface in the file, with names that are safe to show."""
        netns = str(self.record.get("netns") or HOST)
        device, place = str(self.record["device"]), "" if netns == HOST else f" {netns}"
        where = f"{netns} on {self.node}" if place else self.node
        texts = [f"{self.node} {device}{place}", f"{device} of {where}", str(self.record.get("filter") or "")]
        name, description, filter_ = (mapping.text(one_line(text)) if mapping else one_line(text) for text in texts)
        received, dropped = self.record.get("received"), self.record.get("dropped_by_kernel")
        link_type, snaplen = self._header()
        return Interface(name, link_type, snaplen, (), description, filter_, received, dropped)

    def frames(self) -> t.Iterator[Frame]:
        """The packets, oldest first."""
        parts = []
        for path in self.files:
            frames = _frames_of(path)
            first = next(frames, None)
            if first is not None:
                parts.append((first.time_ns, itertools.chain((first,), frames)))
        for _time, frames in sorted(parts, key=lambda part: part[0]):
            yield from frames

    def _header(self) -> tuple[int, int]:
        for path in self.files:
            with path.open("rb") as stream:
                head = stream.read(FILE_HEADER)
            with contextlib.suppress(PcapError):
                known = read_pcap(head)
                return known.link_type & 0xFFFF, known.snaplen
        return ETHERNET, int(self.record.get("snaplen") or 0)


def _frames_of(path: pathlib.Path) -> t.Iterator[Frame]:
    """The packets of a file; none where it is none."""
    with path.open("rb") as stream:
        try:
            yield from stream_frames(stream)
        except PcapError:
            return


@dataclasses.dataclass
class Merged:
    """What went into the file. packets: by source, in their order; first, last: nanoseconds since 1970, else 0."""

    packets: list[int]
    first: int = 0
    last: int = 0


def merge(
    sources: t.Sequence[Source],
    stream: t.BinaryIO,
    comment: str,
    payload: bool = False,
    mapping: Mapping | None = None,
    vxlan_ports: t.Iterable[int] = (),
) -> Merged:
    """Write the packets of all sources in the order of their times, each by the clock of its node.

    payload: whether what applications sent stays; with a mapping it never does. Raises OSError.
    """
    interfaces = [source.interface(mapping) for source in sources]
    rewriter = None if payload and mapping is None else Rewriter(mapping, vxlan_ports)
    merged = Merged([0] * len(sources))
    buffer = bytearray(opening(interfaces, mapping.text(comment) if mapping else comment))
    streams = [_numbered(source.frames(), number) for number, source in enumerate(sources)]
    for frame, number in heapq.merge(*streams, key=lambda item: item[0].time_ns):
        if rewriter is not None:
            frame = rewriter.frame(frame, interfaces[number].link_type)
        buffer += packet_block(number, frame)
        merged.packets[number] += 1
        merged.first = merged.first or frame.time_ns
        merged.last = frame.time_ns
        if len(buffer) >= WRITE_BYTES:
            stream.write(buffer)
            buffer.clear()
    stream.write(buffer + closing(interfaces, merged.last))
    return merged


def _numbered(frames: t.Iterator[Frame], number: int) -> t.Iterator[tuple[Frame, int]]:
    for frame in frames:
        yield frame, number
