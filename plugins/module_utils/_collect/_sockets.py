# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Listening and bound sockets of a namespace, from /proc/PID/net, and how full their accept queues are."""

from __future__ import annotations

import dataclasses
import functools
import os
import re
import socket
import struct
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils import _netns
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import _sock_diag
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._reader import Namespace, Reader, ReadError
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import Problem, Socket, Sockets

# The listening sockets come first in /proc/net/tcp, so these are never cut off.
MAX_LINES = 50000
MAX_DESCRIPTORS = 20000
TABLES = (("tcp", 4), ("tcp6", 6), ("udp", 4), ("udp6", 6))
# include/net/tcp_states.h
STATES = {
    1: "ESTABLISHED",
    2: "SYN_SENT",
    3: "SYN_RECV",
    4: "FIN_WAIT1",
    5: "FIN_WAIT2",
    6: "TIME_WAIT",
    7: "CLOSE",
    8: "CLOSE_WAIT",
    9: "LAST_ACK",
    10: "LISTEN",
    11: "CLOSING",
    12: "NEW_SYN_RECV",
}
LISTEN = 10
UDP_BOUND = 7
SS = ("ss", "-l", "-t", "-n", "-H")
_SOCKET_LINK = re.compile(r"socket:\[(\d+)\]")
_ENDPOINT = re.compile(r"(\S+):(\d+)")


def read_sockets(
    reader: Reader, namespace: Namespace, backlogs: bool, owners: t.Mapping[int, str] | None = None
) -> tuple[Sockets, list[Problem]]:
    """The sockets of a namespace. backlogs: whether ss may be asked for the queues' limits; owners: see owners_in."""
    problems: list[Problem] = []
    sockets: list[Socket] = []
    counts: dict[str, int] = {}
    details = _details(namespace, backlogs)
    limits = _limits(reader, namespace) if backlogs and details is None else {}
    for table, family in TABLES:
        try:
            lines, cut = _lines(f"{namespace.proc}/net/{table}")
        except OSError as exc:
            if family == 4 or not isinstance(exc, FileNotFoundError):  # no IPv6 in this kernel: no tcp6
                reason = f"{table}: {exc.strerror or exc}"
                problems.append(reader.fail("sockets", namespace, reason).problem)
            continue
        if cut:
            reason = f"{table} has more than {MAX_LINES} sockets; only these were counted"
            problems.append(reader.fail("sockets", namespace, reason).problem)
        sockets.extend(parse_table(table, family, lines, counts, owners or {}, limits))
    return Sockets([_detailed(entry, details or {}) for entry in sockets], counts), problems


def _details(namespace: Namespace, wanted: bool) -> dict[int, _sock_diag.Details] | None:
    """What only the kernel says of a socket, by inode; None where it cannot be asked."""
    try:
        read = functools.partial(_sock_diag.read, ("tcp", "udp"))
        return _netns.call_in(namespace.pid, read, namespace.inode) if wanted else None
    except (OSError, _netns.NetnsError):
        return None


def _detailed(entry: Socket, details: t.Mapping[int, _sock_diag.Details]) -> Socket:
    found = details.get(entry.inode)
    if found is None or not entry.inode:
        return entry
    limit = found.limit if entry.state == STATES[LISTEN] else entry.max_backlog
    return dataclasses.replace(entry, v6only=found.v6only, dev=found.dev, max_backlog=limit, mark=found.mark)


def _lines(path: str) -> tuple[list[str], bool]:
    lines: list[str] = []
    with open(path, encoding="ascii", errors="replace") as stream:
        next(stream, None)
        for line in stream:
            if len(lines) >= MAX_LINES:
                return lines, True
            lines.append(line)
    return lines, False


def parse_table(
    table: str,
    family: int,
    lines: t.Iterable[str],
    counts: dict[str, int],
    owners: t.Mapping[int, str],
    limits: t.Mapping[tuple[str, int], int],
) -> list[Socket]:
    """The listening or bound sockets in the lines of one /proc/net file; all sockets are added to counts."""
    protocol = table[:3]
    sockets: list[Socket] = []
    for line in lines:
        fields = line.split()
        if len(fields) < 10:
            continue
        state = int(fields[3], 16)
        name = "UDP" if protocol == "udp" else STATES.get(state, f"STATE_{state}")
        counts[name] = counts.get(name, 0) + 1
        if state == (LISTEN if protocol == "tcp" else UDP_BOUND):
            sockets.append(_socket(protocol, family, fields, owners, limits))
    return sockets


def _socket(
    protocol: str,
    family: int,
    fields: t.Sequence[str],
    owners: t.Mapping[int, str],
    limits: t.Mapping[tuple[str, int], int],
) -> Socket:
    address, _colon, port = fields[1].partition(":")
    local, number, inode = decode_address(address, family), int(port, 16), int(fields[9])
    tcp = protocol == "tcp"
    return Socket(
        protocol=protocol,
        family=family,
        local=local,
        port=number,
        state="LISTEN" if tcp else "UNCONN",
        inode=inode,
        uid=int(fields[7]),
        process=owners.get(inode),
        # For a listening socket the kernel shows the length of the accept queue as rx_queue.
        backlog=int(fields[4].partition(":")[2], 16) if tcp else None,
        max_backlog=limits.get((local, number)) if tcp else None,
        drops=int(fields[12]) if not tcp and len(fields) > 12 and fields[12].isdigit() else None,
    )


def decode_address(text: str, family: int) -> str:
    """An address of /proc/net: 32-bit words in hexadecimal, each in the byte order of the machine."""
    words = [int(text[start : start + 8], 16) for start in range(0, len(text), 8)]
    packed = struct.pack(f"={len(words)}I", *words)
    return socket.inet_ntop(socket.AF_INET6 if family == 6 else socket.AF_INET, packed)


# -- accept queues -----------------------------------------------------------------------------------------------
def _limits(reader: Reader, namespace: Namespace) -> dict[tuple[str, int], int]:
    """The greatest length of each accept queue by address and port; empty when ss cannot say: it is a bonus."""
    try:
        return parse_limits(reader.text("sockets", SS, namespace))
    except ReadError:
        return {}


def parse_limits(text: str) -> dict[tuple[str, int], int]:
    """Send-Q of each line of ss -ltnH, which is the limit for a listening socket (ss(8))."""
    limits: dict[tuple[str, int], int] = {}
    for line in text.splitlines():
        fields = line.split()
        match = _ENDPOINT.fullmatch(fields[3]) if len(fields) > 4 and fields[2].isdigit() else None
        if match is None:
            continue
        address = match.group(1).strip("[]").partition("%")[0].strip("[]")
        port = int(match.group(2))
        for local in ("0.0.0.0", "::") if address == "*" else (address,):
            limits[(local, port)] = int(fields[2])
    return limits


# -- owners ------------------------------------------------------------------------------------------------------
def owners_in(inode: int, proc: str = "/proc") -> dict[int, str]:
    """The name (comm) of a process that has each socket open, by socket inode, for the processes of a namespace."""
    owners: dict[int, str] = {}
    seen = 0
    for name in os.listdir(proc):
        if not name.isdigit() or not _is_in(inode, name, proc):
            continue
        command: str | None = None
        for number in _descriptors(name, proc):
            seen += 1
            if seen > MAX_DESCRIPTORS:
                return owners
            command = command if command is not None else _command(name, proc)
            owners.setdefault(number, command)
    return owners


def _is_in(inode: int, pid: str, proc: str) -> bool:
    try:
        return _netns.netns_inode(pid, proc) == inode
    except OSError:
        return False


def _descriptors(pid: str, proc: str) -> t.Iterator[int]:
    try:
        names = os.listdir(f"{proc}/{pid}/fd")
    except OSError:
        return
    for name in names:
        try:
            match = _SOCKET_LINK.fullmatch(os.readlink(f"{proc}/{pid}/fd/{name}"))
        except OSError:
            continue
        if match:
            yield int(match.group(1))


def _command(pid: str, proc: str) -> str:
    try:
        with open(f"{proc}/{pid}/comm", encoding="utf-8", errors="replace") as stream:
            return stream.read().strip()
    except OSError:
        return ""
