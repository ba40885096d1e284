# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Questions to the kernel by netlink (netlink(7)): messages, attributes, answers of many parts, all of them bounded."""

from __future__ import annotations

import errno
import os
import socket
import struct
import time
import typing as t

ROUTE, NETFILTER, GENERIC = 0, 12, 16
NLM_F_REQUEST, NLM_F_DUMP = 1, 0x300
NLMSG_ERROR, NLMSG_DONE = 2, 3
SOL_NETLINK, NETLINK_GET_STRICT_CHK = 270, 12
NLA_F_NESTED = 0x8000
# The two highest bits of an attribute's type are flags.
TYPE_MASK = 0x3FFF
HEADER = struct.Struct("=IHHII")
ATTRIBUTE = struct.Struct("=HH")
BUFFER = 65536
# Asked for so that a busy kernel does not overrun the socket.
RECEIVE_BUFFER = 1 << 20

Attributes = dict[int, bytes]


def attribute(kind: int, value: bytes) -> bytes:
    """One attribute, padded as the next one wants it."""
    length = ATTRIBUTE.size + len(value)
    return ATTRIBUTE.pack(length, kind) + value + bytes(-length % 4)


def nested(kind: int, *attributes: bytes) -> bytes:
    """An attribute that holds others."""
    return attribute(kind | NLA_F_NESTED, b"".join(attributes))


def each_attribute(data: bytes, wanted: t.Container[int] | None = None) -> t.Iterator[tuple[int, bytes]]:
    """Type and value of every attribute; what is cut off is left out. wanted: those of other types are not copied."""
    offset = 0
    while offset + ATTRIBUTE.size <= len(data):
        size, kind = ATTRIBUTE.unpack_from(data, offset)
        if size < ATTRIBUTE.size or offset + size > len(data):
            return
        if wanted is None or kind & TYPE_MASK in wanted:
            yield kind & TYPE_MASK, data[offset + ATTRIBUTE.size : offset + size]
        offset += (size + 3) & ~3


def attributes(data: bytes, wanted: t.Container[int] | None = None) -> Attributes:
    """Attributes by type. wanted: those of other types are not copied."""
    return dict(each_attribute(data, wanted))


def number(value: bytes | None, big_endian: bool = False) -> int | None:
    """An unsigned number of any size; None where there is none. big_endian: as netfilter writes it."""
    return int.from_bytes(value, "big" if big_endian else _native()) if value else None


def _native() -> t.Literal["little", "big"]:
    return "little" if struct.pack("=H", 1) == b"\1\0" else "big"


def dump(
    protocol: int, kind: int, body: bytes, seconds: float, flags: int = NLM_F_DUMP, strict: bool = False
) -> t.Iterator[bytes]:
    """The bodies of all messages of an answer, of the calling thread's namespace.

    seconds: for all of it; TimeoutError when they are over. OSError as the kernel answers it. strict: the kernel is to
    heed every part of the question, or to refuse it.
    """
    deadline = time.monotonic() + seconds
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, protocol) as channel:
        channel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        channel.settimeout(seconds)
        if strict:
            channel.setsockopt(SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1)
        channel.send(HEADER.pack(HEADER.size + len(body), kind, NLM_F_REQUEST | flags, 1, 0) + body)
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
            channel.settimeout(left)
            more, bodies = split(channel.recv(BUFFER))
            yield from bodies
            if not more or not flags:
                return


def split(data: bytes) -> tuple[bool, list[bytes]]:
    """The bodies of the messages of one datagram, and whether more datagrams follow; OSError for an error."""
    bodies: list[bytes] = []
    offset = 0
    while offset + HEADER.size <= len(data):
        length, kind, _flags, _sequence, _port = HEADER.unpack_from(data, offset)
        end = offset + length
        if length < HEADER.size or end > len(data):
            return False, bodies
        if kind == NLMSG_DONE:
            return False, bodies
        if kind == NLMSG_ERROR:
            code = -struct.unpack_from("=i", data, offset + HEADER.size)[0] if length >= HEADER.size + 4 else errno.EIO
            if code:
                raise OSError(code, os.strerror(code))
            return False, bodies
        bodies.append(data[offset + HEADER.size : end])
        offset += (length + 3) & ~3
    return True, bodies
