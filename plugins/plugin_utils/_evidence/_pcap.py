# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Read pcap files (the classic format, draft-ietf-opsawg-pcap), of either byte order and time resolution."""

from __future__ import annotations

import dataclasses
import struct
import typing as t

_MAGIC = {
    b"\xd4\xc3\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
    b"\xa1\xb2\x3c\x4d": (">", 1),
}
FILE_HEADER = 24
RECORD_HEADER = 16
# A record longer than this is not a record: the file is damaged.
MAX_RECORD = 262144
CHUNK = 1 << 20


class PcapError(ValueError):
    """The data is not a pcap file."""


class Frame(t.NamedTuple):
    """One captured packet. time_ns: nanoseconds since 1970 on the node's clock; length: bytes on the wire."""

    time_ns: int
    length: int
    data: bytes


@dataclasses.dataclass(frozen=True)
class PcapFile:
    """A capture on one device. link_type: LINKTYPE_ number; incomplete: the last record is cut off or damaged."""

    link_type: int
    snaplen: int
    frames: tuple[Frame, ...]
    incomplete: bool = False


def stream_frames(stream: t.BinaryIO) -> t.Iterator[Frame]:
    """The frames of a pcap file one after the other, however large it is; PcapError when it is none.

    A file that is cut off or damaged ends with the last frame that is whole.
    """
    head = stream.read(FILE_HEADER)
    if len(head) < FILE_HEADER or head[:4] not in _MAGIC:
        raise PcapError("Cannot read a capture: this is not a pcap file")
    order, resolution = _MAGIC[head[:4]]
    unpack = struct.Struct(order + "IIII").unpack_from
    make = Frame._make
    data = b""
    while True:
        chunk = stream.read(CHUNK)
        if not chunk:
            return
        data += chunk
        position, end = 0, len(data)
        while position + RECORD_HEADER <= end:
            seconds, fraction, captured, length = unpack(data, position)
            start = position + RECORD_HEADER
            if captured > MAX_RECORD:
                return
            if start + captured > end:
                break
            position = start + captured
            yield make((seconds * 1000000000 + fraction * resolution, length, data[start:position]))
        data = data[position:]


def read_pcap(data: bytes) -> PcapFile:
    """The frames of a pcap file, as far as it is whole; PcapError when it is none."""
    if len(data) < FILE_HEADER or data[:4] not in _MAGIC:
        raise PcapError("Cannot read a capture: this is not a pcap file")
    order, resolution = _MAGIC[data[:4]]
    snaplen, link = struct.unpack_from(order + "II", data, 16)
    header = struct.Struct(order + "IIII")
    frames = []
    position = FILE_HEADER
    while position + RECORD_HEADER <= len(data):
        seconds, fraction, captured, length = header.unpack_from(data, position)
        start = position + RECORD_HEADER
        if captured > MAX_RECORD or start + captured > len(data):
            break
        frames.append(Frame(seconds * 1000000000 + fraction * resolution, length, data[start : start + captured]))
        position = start + captured
    return PcapFile(link & 0x0FFFFFFF, snaplen, tuple(frames), position != len(data))
