# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""What /proc does not say of listening and bound sockets: whether one of IPv6 takes no IPv4, its queue's limit, its
device.

Asked of the kernel by NETLINK_SOCK_DIAG (sock_diag(7), linux/inet_diag.h), as ss does.
"""

from __future__ import annotations

import dataclasses
import errno
import os
import socket
import struct

NETLINK_SOCK_DIAG = 4
SOCK_DIAG_BY_FAMILY = 20
NLM_F_REQUEST, NLM_F_DUMP = 1, 0x300
NLMSG_ERROR, NLMSG_DONE = 2, 3
LISTEN, BOUND = 10, 7
INET_DIAG_SKV6ONLY = 11
INET_DIAG_MARK = 15
HEADER = struct.Struct("=IHHII")
# inet_diag_req_v2: family, protocol, extensions, padding, states; then the socket's id, which a dump leaves empty.
REQUEST = struct.Struct("=BBBxI48x")
# inet_diag_msg: family, state, timer, retransmits; of the id the device; expires, both queues, user, inode.
MESSAGE = struct.Struct("=BBBB36xI8xIIIII")
ATTRIBUTE = struct.Struct("=HH")
TIMEOUT = 2.0
MAX_MESSAGES = 100000


@dataclasses.dataclass(frozen=True)
class Details:
    """Of one socket. limit: the length of the accept queue that it was made with; dev: None for any; mark: of what it
    sends."""

    v6only: bool | None
    limit: int
    dev: str | None
    mark: int = 0


def read(protocols: tuple[str, ...]) -> dict[int, Details]:
    """Details of the sockets of the calling thread's namespace, by inode. protocols: of tcp and udp.

    OSError where the kernel cannot be asked.
    """
    found: dict[int, Details] = {}
    names: dict[int, str | None] = {}
    for protocol in protocols:
        number = socket.IPPROTO_TCP if protocol == "tcp" else socket.IPPROTO_UDP
        states = 1 << (LISTEN if protocol == "tcp" else BOUND)
        for family in (socket.AF_INET, socket.AF_INET6):
            found.update(_dump(int(family), number, states, names))
    return found


def _dump(family: int, protocol: int, states: int, names: dict[int, str | None]) -> dict[int, Details]:
    found: dict[int, Details] = {}
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, NETLINK_SOCK_DIAG) as channel:
        channel.settimeout(TIMEOUT)
        body = REQUEST.pack(family, protocol, 0, states)
        length = HEADER.size + len(body)
        channel.send(HEADER.pack(length, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, 1, 0) + body)
        for _number in range(MAX_MESSAGES):
            if not _take(channel.recv(65536), names, found):
                return found
    raise OSError(errno.EMSGSIZE, os.strerror(errno.EMSGSIZE))


def _take(data: bytes, names: dict[int, str | None], found: dict[int, Details]) -> bool:
    """Add the sockets of one answer; whether more answers follow."""
    offset = 0
    while offset + HEADER.size <= len(data):
        length, kind, _flags, _sequence, _port = HEADER.unpack_from(data, offset)
        if kind == NLMSG_DONE or length < HEADER.size:
            return False
        if kind == NLMSG_ERROR:
            code = -struct.unpack_from("=i", data, offset + HEADER.size)[0]
            raise OSError(code, os.strerror(code))
        end = min(offset + length, len(data))
        if kind == SOCK_DIAG_BY_FAMILY and end - offset >= HEADER.size + MESSAGE.size:
            inode, details = _socket(data[offset + HEADER.size : end], names)
            found[inode] = details
        offset += (length + 3) & ~3
    return True


def _socket(data: bytes, names: dict[int, str | None]) -> tuple[int, Details]:
    _family, _state, _timer, _retransmits, device, _expires, _rqueue, wqueue, _uid, inode = MESSAGE.unpack_from(data)
    v6only: bool | None = None
    mark = 0
    offset = MESSAGE.size
    while offset + ATTRIBUTE.size <= len(data):
        size, name = ATTRIBUTE.unpack_from(data, offset)
        if size < ATTRIBUTE.size:
            break
        if name == INET_DIAG_SKV6ONLY and offset + ATTRIBUTE.size < len(data):
            v6only = bool(data[offset + ATTRIBUTE.size])
        if name == INET_DIAG_MARK and size >= ATTRIBUTE.size + 4 and offset + size <= len(data):
            mark = struct.unpack_from("=I", data, offset + ATTRIBUTE.size)[0]
        offset += (size + 3) & ~3
    if device and device not in names:
        names[device] = _name(device)
    return inode, Details(v6only, wqueue, names.get(device), mark)


def _name(device: int) -> str | None:
    try:
        return socket.if_indextoname(device)
    except OSError:
        return None
