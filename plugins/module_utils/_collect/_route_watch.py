# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Links, routes, policy rules, neighbours, forwarding entries and the switch of forwarding that go and come while we
look, as the kernel tells each change of them (rtnetlink(7)). Listening changes nothing; what is written anew as it was
is no change.
"""

from __future__ import annotations

import contextlib
import dataclasses
import ipaddress
import socket
import struct
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._netlink import HEADER, ROUTE, attributes

# RTMGRP_LINK, _NEIGH, _IPV4_ROUTE, _IPV4_RULE, _IPV6_ROUTE, IPv6 rules, and IPv4's settings of devices
# (linux/rtnetlink.h).
GROUPS = 0x1 | 0x4 | 0x40 | 0x80 | 0x400 | 0x40000 | 0x800000
BUFFER = 1 << 20
NEWLINK, DELLINK, NEWROUTE, DELROUTE, NEWNEIGH, DELNEIGH, NEWRULE, DELRULE = 16, 17, 24, 25, 28, 29, 32, 33
IFF_UP, IFF_LOWER_UP = 0x1, 0x10000
NEWNETCONF = 80
AF_BRIDGE = 7
NETCONFA_IFINDEX, NETCONFA_FORWARDING, IFINDEX_ALL = 1, 2, -1
# NUD_REACHABLE, _STALE, _DELAY, _PROBE, _NOARP, _PERMANENT: the hardware address is in use.
IN_USE = 0x02 | 0x04 | 0x08 | 0x10 | 0x40 | 0x80
IFLA_IFNAME, RTA_DST, RTA_OIF, RTA_GATEWAY, RTA_PRIORITY, RTA_TABLE = 3, 1, 4, 5, 6, 15
NDA_DST, NDA_LLADDR, NDA_MASTER = 1, 2, 9
LOCAL_TABLE = 255
GONE = "gone"
MAX_EVENTS, MAX_TOLD, MAX_STATES = 20000, 20, 4
# So many states one after the other, or more: went, came, went. Fewer may be somebody's repair.
LEAST = 3

# What, which one, and its state, in words.
Change = tuple[str, str, str]


@dataclasses.dataclass
class _Entry:
    """The states that one thing took. changes: how many there were."""

    states: list[str]
    changes: int = 1


class RouteWatch:
    """Hears of changes in the namespace of its maker's thread, from now on."""

    def __init__(self) -> None:
        self._sock: socket.socket | None = None
        try:
            self._sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, ROUTE)
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
            self._sock.bind((0, GROUPS))
            self._sock.setblocking(False)
        except OSError:
            self.close()

    def close(self) -> None:
        if self._sock is not None:
            self._sock.close()
            self._sock = None

    def finish(self) -> list[dict[str, t.Any]]:
        """What went and came, the most often first: kind (link, route, rule, neighbour, fdb, forwarding), name, states
        in their order and the number of changes. Nothing where the kernel had no room for all that it told."""
        changes: list[Change] = []
        while self._sock is not None and len(changes) < MAX_EVENTS:
            try:
                data = self._sock.recv(1 << 16)
            except BlockingIOError:
                break
            except OSError:  # ENOBUFS
                changes = []
                break
            changes += read(data)
        self.close()
        return flapping(changes)


def flapping(changes: t.Iterable[Change]) -> list[dict[str, t.Any]]:
    """Those of which the state turned again and again."""
    entries: dict[tuple[str, str], _Entry] = {}
    for kind, name, state in changes:
        entry = entries.get((kind, name))
        if entry is None:
            entries[kind, name] = _Entry([state])
        elif entry.states[-1] != state:
            entry.changes += 1
            entry.states = [*entry.states, state][-MAX_STATES:]
    if ("forwarding", "all") in entries:
        # The switch of all devices is written to each of them.
        entries = {key: entry for key, entry in entries.items() if key[0] != "forwarding" or key[1] == "all"}
    told = sorted((entry for entry in entries.items() if entry[1].changes >= LEAST), key=lambda one: -one[1].changes)
    return [
        {"kind": kind, "name": name, "states": entry.states, "changes": entry.changes}
        for (kind, name), entry in told[:MAX_TOLD]
    ]


def read(data: bytes) -> t.Iterator[Change]:
    """The changes in one buffer of messages; what is cut off is left out."""
    while len(data) >= HEADER.size:
        length, kind = HEADER.unpack_from(data)[:2]
        if length < HEADER.size or length > len(data):
            return
        body = data[HEADER.size : length]
        reader = _READERS.get(kind & ~1)
        change = None
        if reader is not None:
            with contextlib.suppress(struct.error, ValueError):
                change = reader(body, bool(kind & 1))
        if change is not None:
            yield change
        data = data[(length + 3) & ~3 :]


def _link(body: bytes, gone: bool) -> Change | None:
    family, _pad, _type, _index, flags = struct.unpack_from("=BBHiI", body)
    name = attributes(body[16:]).get(IFLA_IFNAME, b"").rstrip(b"\0").decode("ascii", "replace")
    if family == AF_BRIDGE or not name:
        return None
    if gone:
        return "link", name, GONE
    return "link", name, "down" if not flags & IFF_UP else "up" if flags & IFF_LOWER_UP else "without carrier"


def _route(body: bytes, gone: bool) -> Change | None:
    family, length, _source, _tos, table = struct.unpack_from("=BBBBB", body)
    found = attributes(body[12:])
    table = _number(found.get(RTA_TABLE)) or table
    # RTM_F_CLONED: a learned entry, no route.
    if table == LOCAL_TABLE or struct.unpack_from("=I", body, 8)[0] & 0x200:
        return None
    target = f"{_address(family, found.get(RTA_DST))}/{length}" if length else "default"
    name = f"{target} table {table} metric {_number(found.get(RTA_PRIORITY))}"
    via = _address(family, found[RTA_GATEWAY]) if RTA_GATEWAY in found else ""
    return "route", name, GONE if gone else f"via {via} dev {_device(_number(found.get(RTA_OIF)))}".replace("via  ", "")


def _neighbour(body: bytes, gone: bool) -> Change | None:
    family, index, state = struct.unpack_from("=BxxxiH", body)
    found = attributes(body[12:])
    mac = found.get(NDA_LLADDR, b"").hex(":")
    device = _device(index)
    if family == AF_BRIDGE:
        where = device if NDA_DST not in found else _address(4 if len(found[NDA_DST]) == 4 else 6, found[NDA_DST])
        master = _number(found.get(NDA_MASTER))
        return ("fdb", f"{mac} of {_device(master) if master else device}", GONE if gone else where) if mac else None
    # An entry that is asked for anew, or given up, has no address to be compared.
    if gone or not mac or not state & IN_USE:
        return None
    return "neighbour", f"{_address(family, found.get(NDA_DST))} dev {device}", mac


def _rule(body: bytes, gone: bool) -> Change | None:
    found = attributes(body[12:])
    priority = _number(found.get(6))
    content = body[1:3] + body[4:8] + b"".join(found[kind] for kind in sorted(found) if kind != 6)
    return "rule", f"{priority}: {content.hex()[:64]}", GONE if gone else "there"


def _setting(body: bytes, _gone: bool) -> Change | None:
    """Forwarding of all devices, or of one, which follows that of all."""
    found = attributes(body[4:])
    if NETCONFA_FORWARDING not in found or NETCONFA_IFINDEX not in found:
        return None
    (index,) = struct.unpack_from("=i", found[NETCONFA_IFINDEX])
    if index < IFINDEX_ALL:
        return None
    name = "all" if index == IFINDEX_ALL else _device(index)
    return "forwarding", name, "on" if _number(found[NETCONFA_FORWARDING]) else "off"


_READERS: t.Mapping[int, t.Callable[[bytes, bool], Change | None]] = {
    NEWLINK: _link,
    NEWROUTE: _route,
    NEWNEIGH: _neighbour,
    NEWRULE: _rule,
    NEWNETCONF: _setting,
}


def _number(value: bytes | None) -> int:
    return int(struct.unpack_from("=I", value)[0]) if value else 0


def _address(family: int, value: bytes | None) -> str:
    return str(ipaddress.ip_address(value)) if value and len(value) in (4, 16) else f"({family})"


def _device(index: int) -> str:
    with contextlib.suppress(OSError, OverflowError):
        return socket.if_indextoname(index)
    return str(index)
