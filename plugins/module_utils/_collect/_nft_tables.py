# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""The tables of nf_tables of a namespace, asked of the kernel itself.

`nft list tables` reads every rule of the namespace before it prints their few names (nft 1.0): with 10 000 Services it
takes longer than reading the rules that are wanted. Source: include/uapi/linux/netfilter/nf_tables.h.
"""

from __future__ import annotations

import os
import socket
import struct
import typing as t

NETLINK_NETFILTER = 12
_GET_TABLE = (10 << 8) | 1  # NFNL_SUBSYS_NFTABLES, NFT_MSG_GETTABLE
_NEW_TABLE = 10 << 8  # NFT_MSG_NEWTABLE
_ERROR, _DONE = 2, 3  # NLMSG_ERROR, NLMSG_DONE
_REQUEST_DUMP = 0x301  # NLM_F_REQUEST | NLM_F_DUMP
_NAME, _FLAGS, _HANDLE = 1, 2, 4  # NFTA_TABLE_NAME, NFTA_TABLE_FLAGS, NFTA_TABLE_HANDLE
_DORMANT = 1  # NFT_TABLE_F_DORMANT: none of its chains is asked
_FAMILIES = {1: "inet", 2: "ip", 3: "arp", 5: "netdev", 7: "bridge", 10: "ip6"}
_SECONDS = 2.0
DORMANT = "dormant"
Json = dict[str, t.Any]


def read_tables() -> list[Json]:
    """family, name and handle of each table, and that it is dormant, in the namespace of the thread that calls. OSError
    where the kernel does not say."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER) as sock:
        sock.settimeout(_SECONDS)
        sock.bind((0, 0))
        sock.send(struct.pack("=IHHIIBBH", 20, _GET_TABLE, _REQUEST_DUMP, 1, 0, 0, 0, 0))
        found: list[Json] = []
        while True:
            data = sock.recv(1 << 17)
            for kind, body in _messages(data):
                if kind == _DONE:
                    return found
                if kind == _ERROR:
                    code = -struct.unpack_from("=i", body)[0]
                    raise OSError(code, os.strerror(code))
                if kind == _NEW_TABLE:
                    found.append(_table(body))


def _messages(data: bytes) -> t.Iterator[tuple[int, bytes]]:
    while len(data) >= 16:
        length, kind = struct.unpack_from("=IH", data)
        if length < 16:
            return
        yield kind, data[16:length]
        data = data[(length + 3) & ~3 :]


def _table(body: bytes) -> Json:
    found: Json = {"family": _FAMILIES.get(body[0], str(body[0])), "name": "", "handle": 0}
    attributes = body[4:]
    while len(attributes) >= 4:
        length, kind = struct.unpack_from("=HH", attributes)
        if length < 4:
            break
        value = attributes[4:length]
        if kind & 0x3FFF == _NAME:
            found["name"] = value.rstrip(b"\0").decode("utf-8", "replace")
        elif kind & 0x3FFF == _FLAGS and len(value) == 4 and int.from_bytes(value, "big") & _DORMANT:
            found["flags"] = [DORMANT]
        elif kind & 0x3FFF == _HANDLE and len(value) == 8:
            found["handle"] = int.from_bytes(value, "big")
        attributes = attributes[(length + 3) & ~3 :]
    return found
