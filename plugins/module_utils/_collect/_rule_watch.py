# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Who writes packet filter rules while we look: the kernel tells each change of nf_tables (nfnetlink) with its writer.

iptables of the nf_tables back end is told as well; the legacy back end tells nothing. Listening changes nothing.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import typing as t

NETLINK_NETFILTER = 12
NFNLGRP_NFTABLES = 7
SOL_NETLINK = 270
NETLINK_ADD_MEMBERSHIP = 1
NEW_GENERATION = (10 << 8) | 15  # NFNL_SUBSYS_NFTABLES, NFT_MSG_NEWGEN
GEN_ID, GEN_PID, GEN_NAME = 1, 2, 3
BUFFER = 1 << 20
MAX_WRITES = 1000
_HEADERS = 20  # nlmsghdr and nfgenmsg


class RuleWatch:
    """Counts the changes of nf_tables in the namespace of its maker's thread, from now on."""

    def __init__(self) -> None:
        self.problem = ""
        self._sock: socket.socket | None = None
        try:
            self._sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
            self._sock.bind((0, 0))
            self._sock.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, NFNLGRP_NFTABLES)
            self._sock.setblocking(False)
        except OSError as exc:
            self.problem = f"Cannot hear of changes of packet filter rules: {exc.strerror or exc}"
            self.close()

    def close(self) -> None:
        if self._sock is not None:
            self._sock.close()
            self._sock = None

    def finish(self) -> dict[str, t.Any]:
        """changes: how many since the start; writers: how many by each program's name; lost: the kernel had no room for
        some of them, so there were more."""
        writers: dict[str, int] = {}
        lost = False
        while self._sock is not None and sum(writers.values()) < MAX_WRITES:
            try:
                data = self._sock.recv(1 << 16)
            except BlockingIOError:
                break
            except OSError:  # ENOBUFS
                if lost:
                    break
                lost = True
                continue
            for name in generations(data):
                writers[name] = writers.get(name, 0) + 1
        self.close()
        return {"changes": sum(writers.values()), "writers": writers, "lost": lost, "problem": self.problem or None}


def generations(data: bytes) -> t.Iterator[str]:
    """The writer's program name of each new generation in a buffer of netlink messages."""
    while len(data) >= _HEADERS:
        length, kind = struct.unpack_from("=IH", data)
        if length < _HEADERS or length > len(data):
            return
        if kind == NEW_GENERATION:
            yield _writer(data[_HEADERS:length])
        data = data[(length + 3) & ~3 :]


def _writer(attributes: bytes) -> str:
    while len(attributes) >= 4:
        length, kind = struct.unpack_from("=HH", attributes)
        if length < 4:
            break
        if kind & 0x3FFF == GEN_NAME:
            with contextlib.suppress(UnicodeDecodeError):
                return attributes[4:length].rstrip(b"\0").decode("ascii")
            break
        attributes = attributes[(length + 3) & ~3 :]
    return "unknown"
