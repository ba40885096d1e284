# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Which namespace an id of the kernel means: ``ip`` shows the other end of a veth pair as (namespace id, index).

RTM_GETNSID of rtnetlink (linux/net_namespace.h) answers the id that the namespace of a process has in ours, if any.
"""

from __future__ import annotations

import os
import socket
import struct
import typing as t

NETLINK_ROUTE = 0
NLM_F_REQUEST = 1
NLMSG_ERROR = 2
RTM_NEWNSID = 88
RTM_GETNSID = 90
NETNSA_NSID = 1
NETNSA_PID = 2
HEADER = struct.Struct("=IHHII")
ATTRIBUTE = struct.Struct("=HH")
RTGENMSG_SIZE = 4
TIMEOUT = 1.0


def namespace_ids(processes: t.Mapping[int, int]) -> dict[int, int]:
    """The inode of each namespace that has an id in the calling thread's, by that id.

    processes: a process number for each inode. OSError when the kernel cannot be asked.
    """
    ids: dict[int, int] = {}
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, NETLINK_ROUTE) as channel:
        channel.settimeout(TIMEOUT)
        channel.bind((0, 0))
        for sequence, (inode, pid) in enumerate(processes.items(), 1):
            channel.send(_request(pid, sequence))
            nsid = _answer(channel.recv(4096), sequence)
            if nsid is not None and nsid >= 0:
                ids[nsid] = inode
    return ids


def own_process(inode: int) -> dict[int, int]:
    """This process, in the form that namespace_ids takes."""
    return {inode: os.getpid()}


def _request(pid: int, sequence: int) -> bytes:
    body = bytes(RTGENMSG_SIZE) + ATTRIBUTE.pack(ATTRIBUTE.size + 4, NETNSA_PID) + struct.pack("=I", pid)
    return HEADER.pack(HEADER.size + len(body), RTM_GETNSID, NLM_F_REQUEST, sequence, 0) + body


def _answer(data: bytes, sequence: int) -> int | None:
    """The id in an answer: -1 when the namespace has none, None when the process is gone."""
    if len(data) < HEADER.size:
        return None
    length, kind, _flags, answered, _port = HEADER.unpack_from(data)
    if kind != RTM_NEWNSID or answered != sequence:
        return None
    offset, end = HEADER.size + RTGENMSG_SIZE, min(length, len(data))
    while offset + ATTRIBUTE.size <= end:
        size, name = ATTRIBUTE.unpack_from(data, offset)
        if size < ATTRIBUTE.size:
            return None
        if name == NETNSA_NSID and size >= ATTRIBUTE.size + 4:
            return int(struct.unpack_from("=i", data, offset + ATTRIBUTE.size)[0])
        offset += (size + 3) & ~3
    return None
