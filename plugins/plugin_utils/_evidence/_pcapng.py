# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Write pcapng (draft-ietf-opsawg-pcapng): one file for all devices of a node, each an interface with its name."""

from __future__ import annotations

import dataclasses
import struct
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._pcap import Frame

SECTION_HEADER = 0x0A0D0D0A
INTERFACE_DESCRIPTION = 1
INTERFACE_STATISTICS = 5
ENHANCED_PACKET = 6
BYTE_ORDER_MAGIC = 0x1A2B3C4D
# Option codes
OPT_COMMENT = 1
SHB_USERAPPL = 4
IF_NAME = 2
IF_DESCRIPTION = 3
IF_TSRESOL = 9
IF_FILTER = 11
ISB_IFRECV = 4
ISB_IFDROP = 5
NANOSECONDS = 9


@dataclasses.dataclass(frozen=True)
class Interface:
    """What one device captured. received and dropped: packets, None when not known."""

    name: str
    link_type: int
    snaplen: int
    frames: t.Sequence[Frame]
    description: str = ""
    filter: str = ""
    received: int | None = None
    dropped: int | None = None


def write_pcapng(interfaces: t.Sequence[Interface], comment: str = "") -> bytes:
    """The file. Packets of all devices are in the order of their times, which are of one clock."""
    packets = [
        (frame.time_ns, number, position, frame)
        for number, interface in enumerate(interfaces)
        for position, frame in enumerate(interface.frames)
    ]
    packets.sort(key=lambda item: item[:3])
    last = packets[-1][0] if packets else 0
    blocks = [packet_block(number, frame) for _time, number, _position, frame in packets]
    return opening(interfaces, comment) + b"".join(blocks) + closing(interfaces, last)


def opening(interfaces: t.Sequence[Interface], comment: str = "") -> bytes:
    """What stands before the packets: from here on they may come one by one."""
    return _section_header(comment) + b"".join(map(_interface, interfaces))


def packet_block(number: int, frame: Frame) -> bytes:
    """A packet of the interface with that number, counted from 0."""
    fixed = struct.pack(
        "<IIIII", number, frame.time_ns >> 32, frame.time_ns & 0xFFFFFFFF, len(frame.data), frame.length
    )
    return _block(ENHANCED_PACKET, fixed + _padded(frame.data))


def closing(interfaces: t.Sequence[Interface], last: int) -> bytes:
    """What stands behind the packets: how many each interface has seen and lost. last: the time of the last packet."""
    return b"".join(_statistics(number, interface, last) for number, interface in enumerate(interfaces))


def _block(kind: int, body: bytes) -> bytes:
    length = len(body) + 12
    return struct.pack("<II", kind, length) + body + struct.pack("<I", length)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _options(options: t.Iterable[tuple[int, bytes]]) -> bytes:
    text = b"".join(struct.pack("<HH", code, len(value)) + _padded(value) for code, value in options if value)
    return text + struct.pack("<HH", 0, 0) if text else b""


def _section_header(comment: str) -> bytes:
    fixed = struct.pack("<IHHq", BYTE_ORDER_MAGIC, 1, 0, -1)
    options = _options([(OPT_COMMENT, _text(comment)), (SHB_USERAPPL, b"podnet.diagnostics")])
    return _block(SECTION_HEADER, fixed + options)


def _interface(interface: Interface) -> bytes:
    options = _options(
        [
            (IF_NAME, _text(interface.name)),
            (IF_DESCRIPTION, _text(interface.description)),
            (IF_TSRESOL, bytes([NANOSECONDS])),
            # The first byte says that the filter is libpcap text.
            (IF_FILTER, b"\0" + _text(interface.filter) if interface.filter else b""),
        ]
    )
    return _block(INTERFACE_DESCRIPTION, struct.pack("<HHI", interface.link_type, 0, interface.snaplen) + options)


def _statistics(number: int, interface: Interface, time_ns: int) -> bytes:
    counters = [(ISB_IFRECV, interface.received), (ISB_IFDROP, interface.dropped)]
    options = _options([(code, struct.pack("<Q", value)) for code, value in counters if value is not None])
    return _block(INTERFACE_STATISTICS, struct.pack("<III", number, time_ns >> 32, time_ns & 0xFFFFFFFF) + options)


def _text(text: str) -> bytes:
    """Option text: UTF-8, as long as an option may be."""
    return text.encode("utf-8", "replace")[:65000]
