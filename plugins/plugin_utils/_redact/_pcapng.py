# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""A pcapng file once more, block by block, with other addresses in it, or with the true ones again.

Blocks and options that are not understood are left out: they may hold addresses, as those of name resolution do.
"""

from __future__ import annotations

import dataclasses
import struct
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._pcap import MAX_RECORD, Frame
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._pcapng import (
    BYTE_ORDER_MAGIC,
    ENHANCED_PACKET,
    IF_DESCRIPTION,
    IF_FILTER,
    IF_NAME,
    IF_TSRESOL,
    INTERFACE_DESCRIPTION,
    INTERFACE_STATISTICS,
    ISB_IFDROP,
    ISB_IFRECV,
    NANOSECONDS,
    OPT_COMMENT,
    SECTION_HEADER,
    Interface,
    closing,
    opening,
    packet_block,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._redact._frames import Rewriter
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._redact._mapping import Mapping

MAX_BLOCK = MAX_RECORD + 65536
MAX_INTERFACES = 4096
WRITE_BYTES = 1 << 20
_HEAD = struct.Struct("<II")


class PcapngError(ValueError):
    """The file is none that can be read; the text says why."""


@dataclasses.dataclass
class Counts:
    """Of what was written."""

    packets: int = 0
    interfaces: int = 0


def rewrite(source: t.BinaryIO, target: t.BinaryIO, mapping: Mapping, vxlan_ports: t.Iterable[int] = ()) -> Counts:
    """Write the file with other addresses. Raises PcapngError and OSError.

    Packets of several devices, in nanoseconds, with all interfaces before the first packet: as write_pcapng() makes
    them. Other files can be made so with `mergecap`.
    """
    rewriter = Rewriter(mapping, vxlan_ports)
    interfaces: list[Interface] = []
    comment, begun, last = "", False, 0
    counts = Counts()
    buffer = bytearray()
    statistics: dict[int, tuple[int | None, int | None]] = {}
    for kind, body in _blocks(source):
        if kind == SECTION_HEADER:
            if interfaces or begun:
                raise PcapngError("it has more than one section")
            comment = _text(_options(body[16:]).get(OPT_COMMENT, b""))
        elif kind == INTERFACE_DESCRIPTION:
            if begun:
                raise PcapngError("an interface is described after the first packet")
            interfaces.append(_interface(body, mapping))
            if len(interfaces) > MAX_INTERFACES:
                raise PcapngError(f"it has more than {MAX_INTERFACES} interfaces")
        elif kind == ENHANCED_PACKET:
            if not begun:
                buffer += opening(interfaces, mapping.text(comment))
                begun = True
            number, frame = _packet(body, len(interfaces))
            buffer += packet_block(number, rewriter.frame(frame, interfaces[number].link_type))
            counts.packets += 1
            last = frame.time_ns
            if len(buffer) >= WRITE_BYTES:
                target.write(buffer)
                buffer.clear()
        elif kind == INTERFACE_STATISTICS and len(body) >= 12:
            found = _options(body[12:])
            statistics[struct.unpack_from("<I", body)[0]] = (_number(found, ISB_IFRECV), _number(found, ISB_IFDROP))
    if not begun:
        buffer += opening(interfaces, mapping.text(comment))
    interfaces = [
        dataclasses.replace(interface, received=statistics[number][0], dropped=statistics[number][1])
        if number in statistics
        else interface
        for number, interface in enumerate(interfaces)
    ]
    target.write(buffer + closing(interfaces, last))
    counts.interfaces = len(interfaces)
    return counts


def _blocks(stream: t.BinaryIO) -> t.Iterator[tuple[int, bytes]]:
    first = True
    while True:
        head = stream.read(_HEAD.size)
        if not head and not first:
            return
        if len(head) < _HEAD.size:
            raise PcapngError("it is cut off" if not first else "it is no pcapng file")
        kind, size = _HEAD.unpack(head)
        if first and kind != SECTION_HEADER:
            raise PcapngError("it is no pcapng file")
        if not 12 <= size <= MAX_BLOCK or size % 4:
            raise PcapngError("it is damaged, or of the other byte order" if first else "it is damaged")
        body = stream.read(size - 12)
        if len(body) < size - 12 or stream.read(4) != struct.pack("<I", size):
            raise PcapngError("it is cut off or damaged")
        if first and (len(body) < 16 or struct.unpack_from("<I", body)[0] != BYTE_ORDER_MAGIC):
            raise PcapngError("it is no pcapng file")
        first = False
        yield kind, body


def _options(data: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    at = 0
    while at + 4 <= len(data):
        code, size = struct.unpack_from("<HH", data, at)
        if code == 0:
            break
        found.setdefault(code, data[at + 4 : at + 4 + size])
        at += 4 + size + -size % 4
    return found


def _interface(body: bytes, mapping: Mapping) -> Interface:
    if len(body) < 8:
        raise PcapngError("it is damaged")
    link_type, _reserved, snaplen = struct.unpack_from("<HHI", body)
    found = _options(body[8:])
    if found.get(IF_TSRESOL) != bytes([NANOSECONDS]):
        raise PcapngError("its times are not in nanoseconds")
    name, description, filter_ = (
        mapping.text(_text(found.get(code, b""))) for code in (IF_NAME, IF_DESCRIPTION, IF_FILTER)
    )
    return Interface(name, link_type, snaplen, (), description, filter_.removeprefix("\0"))


def _packet(body: bytes, interfaces: int) -> tuple[int, Frame]:
    if len(body) < 20:
        raise PcapngError("it is damaged")
    number, high, low, captured, length = struct.unpack_from("<IIIII", body)
    if number >= interfaces or captured > len(body) - 20:
        raise PcapngError("it is damaged")
    return number, Frame(high << 32 | low, length, body[20 : 20 + captured])


def _number(options: t.Mapping[int, bytes], code: int) -> int | None:
    data = options.get(code)
    return struct.unpack("<Q", data)[0] if data is not None and len(data) == 8 else None


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
