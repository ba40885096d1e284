# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""What the Linux kernel says about a packet that did not arrive: error numbers, ICMP messages, error queues.

Numbers are those of the kernel's user interface (linux/in.h, linux/errqueue.h, asm-generic/socket.h); Python's
socket module knows only some of them.
"""

from __future__ import annotations

import dataclasses
import errno
import itertools
import socket
import struct

from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._types import IcmpError

SO_ATTACH_FILTER = 26
SO_RCVBUFFORCE = 33
SO_TIMESTAMPNS = 35
IP_MTU_DISCOVER = 10
IP_RECVERR = 11
IP_MTU = 14
IPV6_MTU_DISCOVER = 23
IPV6_MTU = 24
IPV6_RECVERR = 25
PMTUDISC_DO = 2
PMTUDISC_PROBE = 3
READ_ERROR_QUEUE = 0x2000 | int(socket.MSG_DONTWAIT)  # MSG_ERRQUEUE
# Lines of /proc/net/tcp that are looked through, and a connection that waits for its SYN-ACK there.
MAX_CONNECTIONS = 20000
_SYN_SENT = "02"
ORIGIN_ICMP = 2
ORIGIN_ICMP6 = 3

# RFC 792, RFC 1122 and RFC 1812 (type 3), RFC 792 (11, 12)
_ICMP4 = {
    3: (
        "network unreachable",
        "host unreachable",
        "protocol unreachable",
        "port unreachable",
        "fragmentation needed",
        "source route failed",
        "network unknown",
        "host unknown",
        "source host isolated",
        "network administratively prohibited",
        "host administratively prohibited",
        "network unreachable for type of service",
        "host unreachable for type of service",
        "communication administratively prohibited",
        "host precedence violation",
        "precedence cutoff",
    ),
    4: ("source quench",),
    11: ("time to live exceeded", "fragment reassembly time exceeded"),
    12: ("parameter problem",),
}
# RFC 4443
_ICMP6 = {
    1: (
        "no route to destination",
        "communication administratively prohibited",
        "beyond scope of source address",
        "address unreachable",
        "port unreachable",
        "source address failed policy",
        "reject route to destination",
    ),
    2: ("packet too big",),
    3: ("hop limit exceeded", "fragment reassembly time exceeded"),
    4: ("parameter problem",),
}
# What the kernel answers at once, before a packet has left (net/ipv4/route.c, net/ipv4/fib_semantics.c)
_LOCAL_REASON = {
    errno.ENETUNREACH: "no route to it",
    errno.EHOSTUNREACH: "the route to it is of type unreachable",
    errno.EACCES: "the route to it is of type prohibit, or it is a broadcast address",
    errno.EINVAL: "the route to it is of type blackhole",
    errno.EADDRINUSE: "the local port is in use",
    errno.EADDRNOTAVAIL: "no local port is free",
    errno.ENETDOWN: "the interface is down",
    errno.ENODEV: "there is no such interface",
}
NO_ROUTE = frozenset((errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EACCES, errno.EINVAL, errno.ENETDOWN, errno.ENODEV))
NO_PORT = frozenset((errno.EADDRINUSE, errno.EADDRNOTAVAIL))


def icmp_text(family: int, kind: int, code: int) -> str:
    """The name of an ICMP error message, as its RFC has it."""
    names = (_ICMP4 if family == 4 else _ICMP6).get(kind, ())
    if code < len(names):
        return names[code]
    return f"{names[0]}, code {code}" if names else f"type {kind}, code {code}"


def is_too_big(family: int, kind: int, code: int) -> bool:
    """Whether an ICMP error says that a packet does not fit ("fragmentation needed", "packet too big")."""
    return (kind, code) == (3, 4) if family == 4 else kind == 2


def refused_locally(exc: OSError) -> str | None:
    """no_route or no_port when the kernel refused to send for that reason; None for any other."""
    if exc.errno in NO_PORT:
        return "no_port"
    return "no_route" if exc.errno in NO_ROUTE else None


def local_reason(exc: OSError) -> str:
    """Why the kernel refused to send at all, in words."""
    name = errno.errorcode.get(exc.errno or 0, str(exc.errno))
    return f"{_LOCAL_REASON.get(exc.errno or 0, exc.strerror or str(exc))} ({name})"


def peer_of(sock: socket.socket, port: int | None, proc: str = "/proc") -> tuple[str, int] | None:
    """Whom a socket is really connected to, which a program of its control group may have changed (connect(2) with
    BPF_CGROUP_INET4_CONNECT); None where it is not known. port: its own, by which a connection that is not open yet is
    found in the table of the kernel.
    """
    try:
        address, number = sock.getpeername()[:2]
        return str(address), int(number)
    except OSError:
        pass
    if sock.family != socket.AF_INET or not port:
        return None
    try:
        with open(f"{proc}/thread-self/net/tcp", encoding="ascii") as stream:
            for line in itertools.islice(stream, 1, MAX_CONNECTIONS):
                fields = line.split()
                if fields[3] == _SYN_SENT and int(fields[1].partition(":")[2], 16) == port:
                    address, _colon, number = fields[2].partition(":")
                    return socket.inet_ntop(socket.AF_INET, struct.pack("=I", int(address, 16))), int(number, 16)
    except (OSError, ValueError, IndexError):
        pass
    return None


def other_peer(sock: socket.socket, port: int | None, asked: tuple[str, int]) -> tuple[str, int] | None:
    """Whom a socket is really connected to, where that is known and not who was asked for."""
    peer = peer_of(sock, port)
    return peer if peer not in (None, asked) else None


def error_name(number: int) -> str:
    return errno.errorcode.get(number, str(number))


@dataclasses.dataclass(frozen=True)
class QueuedError:
    """One entry of a socket's error queue. icmp: None for an error of this machine itself. info: the MTU, of EMSGSIZE.

    payload: the start of the packet that was refused.
    """

    number: int
    icmp: IcmpError | None
    info: int
    payload: bytes


def report_errors(sock: socket.socket, family: int) -> None:
    """Ask the kernel to keep the ICMP errors that belong to this socket (for TCP: Linux 5.8 and newer)."""
    if family == 4:
        sock.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
    else:
        sock.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)


def next_error(sock: socket.socket, family: int) -> QueuedError | None:
    """The next entry of the error queue, None when it is empty."""
    try:
        payload, ancillary, _flags, _source = sock.recvmsg(2048, 512, READ_ERROR_QUEUE)
    except OSError:
        return None
    for level, kind, data in ancillary:
        if (level, kind) in ((socket.IPPROTO_IP, IP_RECVERR), (socket.IPPROTO_IPV6, IPV6_RECVERR)) and len(data) >= 16:
            return _queued(family, data, payload)
    return None


def _queued(family: int, data: bytes, payload: bytes) -> QueuedError:
    number, origin, kind, code, _pad, info, _more = struct.unpack_from("=IBBBBII", data)
    icmp = None
    if origin in (ORIGIN_ICMP, ORIGIN_ICMP6):
        mtu = info if is_too_big(family, kind, code) and info else None
        icmp = IcmpError(_offender(data[16:]), kind, code, icmp_text(family, kind, code), mtu)
    return QueuedError(number, icmp, info, payload)


def _offender(data: bytes) -> str:
    """The address in the sockaddr that follows an error queue entry."""
    family = struct.unpack_from("=H", data)[0] if len(data) >= 2 else 0
    if family == socket.AF_INET and len(data) >= 8:
        return socket.inet_ntop(socket.AF_INET, data[4:8])
    if family == socket.AF_INET6 and len(data) >= 24:
        return socket.inet_ntop(socket.AF_INET6, data[8:24])
    return "unknown"


def set_dont_fragment(sock: socket.socket, family: int, mode: int) -> None:
    """PMTUDISC_PROBE: don't fragment, whatever path MTU the kernel has learned. PMTUDISC_DO: obey that too."""
    if family == 4:
        sock.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, mode)
    else:
        sock.setsockopt(socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, mode)
