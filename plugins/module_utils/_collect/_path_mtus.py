# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""What ICMP taught a namespace about a destination, the exceptions of its routes: its size, and another next hop.

Asked of the kernel by RTM_GETROUTE with RTM_F_CLONED, as ``ip route show cache`` does (Linux 5.3 and newer; an older
one tells none). ``ip`` does not say in JSON whether the size is locked, which decides whether forwarded packets meet
it. The kernel tells those that a packet has met since.
"""

from __future__ import annotations

import errno
import ipaddress
import socket
import struct

from ansible_collections.podnet.diagnostics.plugins.module_utils import _netns
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import _netlink
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._reader import Namespace, Reader
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import PathMtu

WHAT = "path_mtus"
RTM_GETROUTE = 26
RTM_F_CLONED = 0x200
# The gateway is one that a redirect named (RTCF_REDIRECTED); the kernel tells it of IPv4.
REDIRECTED = 0x40000
# rtmsg: family, lengths of both networks, TOS, table, protocol, scope, type, flags.
RTMSG = struct.Struct("=BBBBBBBBI")
RTA_DST, RTA_OIF, RTA_GATEWAY, RTA_METRICS, RTA_CACHEINFO = 1, 4, 5, 8, 12
_WANTED = frozenset((RTA_DST, RTA_OIF, RTA_GATEWAY, RTA_METRICS, RTA_CACHEINFO))
RTAX_LOCK, RTAX_MTU = 1, 2
# rta_cacheinfo: references, last use, expiry in ticks of which there are 100 a second (USER_HZ).
CACHEINFO = struct.Struct("=iii")
TICKS = 100
SECONDS = 2.0
MAX_ENTRIES = 1000
FAMILIES = {4: int(socket.AF_INET), 6: int(socket.AF_INET6)}


def read_path_mtus(reader: Reader, namespace: Namespace) -> list[PathMtu]:
    """All that is cached, of both address families; ReadError."""
    try:
        return _netns.call_in(namespace.pid, ask, namespace.inode)
    except _netns.NetnsError as exc:
        raise reader.fail(WHAT, namespace, str(exc)) from exc
    except OSError as exc:
        if exc.errno in (errno.ENOPROTOOPT, errno.EINVAL, errno.EOPNOTSUPP, errno.EAFNOSUPPORT):
            return []  # a kernel that does not tell
        raise reader.fail(WHAT, namespace, str(exc.strerror or exc)) from exc


def ask() -> list[PathMtu]:
    """The same, of the calling thread's namespace; OSError."""
    found: list[PathMtu] = []
    names: dict[int, str | None] = {}
    for family, number in FAMILIES.items():
        body = RTMSG.pack(number, 0, 0, 0, 0, 0, 0, 0, RTM_F_CLONED)
        for message in _netlink.dump(_netlink.ROUTE, RTM_GETROUTE, body, SECONDS, strict=True):
            entry = parse_entry(message, family, names)
            if entry is not None:
                found.append(entry)
            if len(found) >= MAX_ENTRIES:
                return list(dict.fromkeys(found))
    # Routes that share a next hop share its exceptions, too, and the kernel tells them of each.
    return list(dict.fromkeys(found))


def parse_entry(message: bytes, family: int, names: dict[int, str | None]) -> PathMtu | None:
    """An exception with a size, or with a next hop of its own, from the body of a message; names: of devices by their
    index, kept from call to call."""
    flags = RTMSG.unpack_from(message)[-1] if len(message) >= RTMSG.size else 0
    if not flags & RTM_F_CLONED:
        return None
    parts = _netlink.attributes(message[RTMSG.size :], _WANTED)
    metrics = _netlink.attributes(parts.get(RTA_METRICS, b""))
    mtu, index = _netlink.number(metrics.get(RTAX_MTU)), _netlink.number(parts.get(RTA_OIF))
    destination, gateway = _address(parts.get(RTA_DST)), _address(parts.get(RTA_GATEWAY))
    redirected = bool(flags & REDIRECTED) and gateway is not None
    if destination is None or not (mtu or redirected):
        return None
    locked = (_netlink.number(metrics.get(RTAX_LOCK)) or 0) >> RTAX_MTU & 1
    cache = parts.get(RTA_CACHEINFO, b"")
    expires = CACHEINFO.unpack_from(cache)[2] // TICKS if len(cache) >= CACHEINFO.size else None
    if index and index not in names:
        names[index] = _name(index)
    return PathMtu(family, destination, gateway, names.get(index or 0), mtu or 0, bool(locked), expires, redirected)


def _address(data: bytes | None) -> str | None:
    try:
        return str(ipaddress.ip_address(data)) if data else None
    except ValueError:
        return None


def _name(index: int) -> str | None:
    try:
        return socket.if_indextoname(index)
    except OSError:
        return None
