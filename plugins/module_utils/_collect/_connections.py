# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Entries of the connection tracking table between addresses that were asked about, from ctnetlink.

Source: linux/netfilter/nfnetlink_conntrack.h and nf_conntrack_netlink.c. The kernel leaves out what is not wanted
since 5.8; an older one tells all, and everything is left out here. No other address becomes a part of the answer.
"""

from __future__ import annotations

import errno
import ipaddress
import socket
import struct
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils import _netns
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import _netlink
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._reader import Namespace, Reader
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import ConntrackEntry
from ansible_collections.podnet.diagnostics.plugins.module_utils._ip_address import is_address

WHAT = "connections"
# NFNL_SUBSYS_CTNETLINK (1) and IPCTNL_MSG_CT_GET (1).
GET = (1 << 8) | 1
NFGENMSG = struct.Struct("=BBH")
TUPLE_ORIG, TUPLE_REPLY, STATUS, PROTOINFO, TIMEOUT, MARK, ZONE, FILTER = 1, 2, 3, 4, 7, 8, 18, 25
_WANTED = frozenset((TUPLE_ORIG, TUPLE_REPLY, STATUS, PROTOINFO, TIMEOUT, MARK, ZONE))
TUPLE_IP, TUPLE_PROTO = 1, 2
SOURCE = {4: 1, 6: 3}
DESTINATION = {4: 2, 6: 4}
PROTO_NUM, PROTO_SRC_PORT, PROTO_DST_PORT = 1, 2, 3
# Where the identifier of an echo request stands, which both directions share.
PROTO_ID = {"icmp": 4, "icmpv6": 7}
FILTER_ORIG_FLAGS, BY_SOURCE = 1, 1
PROTOINFO_TCP, TCP_STATE = 1, 1
PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmpv6", 132: "sctp"}
# enum ip_conntrack_status; those that only the kernel itself needs are left out.
STATUSES = {
    0: "EXPECTED",
    1: "SEEN_REPLY",
    2: "ASSURED",
    3: "CONFIRMED",
    4: "SNAT",
    5: "DNAT",
    9: "DYING",
    14: "OFFLOAD",
}
# enum tcp_conntrack
TCP_STATES = (
    "NONE",
    "SYN_SENT",
    "SYN_RECV",
    "ESTABLISHED",
    "FIN_WAIT",
    "CLOSE_WAIT",
    "LAST_ACK",
    "TIME_WAIT",
    "CLOSE",
    "SYN_SENT2",
)
SECONDS = 2.0
MAX_ENTRIES = 500
MAX_SOURCES = 8
FAMILIES = {4: int(socket.AF_INET), 6: int(socket.AF_INET6)}


def read_connections(
    reader: Reader, namespace: Namespace, sources: t.Sequence[str], destinations: t.Sequence[str]
) -> list[ConntrackEntry]:
    """The entries whose first packet went from one of the sources to one of the destinations; ReadError."""
    if not sources or not destinations:
        return []
    try:
        return _netns.call_in(namespace.pid, lambda: ask(sources, destinations), namespace.inode)
    except _netns.NetnsError as exc:
        raise reader.fail(WHAT, namespace, str(exc)) from exc
    except OSError as exc:
        if exc.errno in (errno.EPROTONOSUPPORT, errno.EINVAL, errno.ENOENT):
            # No connection tracking, or none that can be asked: then there is no table either.
            return []
        late = isinstance(exc, (TimeoutError, socket.timeout))  # two classes until Python 3.10
        reason = f"the table was too long for {SECONDS:g} s" if late else str(exc.strerror or exc)
        raise reader.fail(WHAT, namespace, reason) from exc


def ask(sources: t.Sequence[str], destinations: t.Sequence[str]) -> list[ConntrackEntry]:
    """The same, of the calling thread's namespace; OSError, TimeoutError among them."""
    wanted, found = frozenset(destinations), list[ConntrackEntry]()
    for source in dict.fromkeys(filter(is_address, sources[:MAX_SOURCES])):
        family = 6 if ":" in source else 4
        for entry in _entries(source, family):
            if entry.src == source and entry.dst in wanted:
                found.append(entry)
                if len(found) >= MAX_ENTRIES:
                    return found
    return found


def _entries(source: str, family: int) -> t.Iterator[ConntrackEntry]:
    body = NFGENMSG.pack(FAMILIES[family], 0, 0) + _filter(source, family)
    for message in _netlink.dump(_netlink.NETFILTER, GET, body, SECONDS):
        entry = parse_entry(message)
        if entry is not None:
            yield entry


def _filter(source: str, family: int) -> bytes:
    """Leave the others out in the kernel. Not for IPv6: there it leaves out those that are wanted, as its comparison is
    the wrong way round (ctnetlink_filter_match_tuple() of Linux 6.18 and before).
    """
    if family == 6:
        return b""
    packed = ipaddress.ip_address(source).packed
    tuple_ = _netlink.nested(TUPLE_ORIG, _netlink.nested(TUPLE_IP, _netlink.attribute(SOURCE[family], packed)))
    return tuple_ + _netlink.nested(FILTER, _netlink.attribute(FILTER_ORIG_FLAGS, struct.pack("=I", BY_SOURCE)))


# -- answers -----------------------------------------------------------------------------------------------------
class _Tuple(t.NamedTuple):
    protocol: str
    src: str
    dst: str
    sport: int | None
    dport: int | None


def parse_entry(message: bytes) -> ConntrackEntry | None:
    """An entry from the body of a message; None for one that cannot be read."""
    parts = _netlink.attributes(message[NFGENMSG.size :], _WANTED)
    original, reply = _tuple(parts.get(TUPLE_ORIG)), _tuple(parts.get(TUPLE_REPLY))
    if original is None or reply is None:
        return None
    status = _netlink.number(parts.get(STATUS), True) or 0
    return ConntrackEntry(
        protocol=original.protocol,
        src=original.src,
        dst=original.dst,
        sport=original.sport,
        dport=original.dport,
        reply_src=reply.src,
        reply_dst=reply.dst,
        reply_sport=reply.sport,
        reply_dport=reply.dport,
        status=[name for bit, name in STATUSES.items() if status >> bit & 1],
        state=_tcp_state(parts.get(PROTOINFO)),
        seconds_left=_netlink.number(parts.get(TIMEOUT), True),
        mark=_netlink.number(parts.get(MARK), True) or 0,
        zone=_netlink.number(parts.get(ZONE), True) or 0,
    )


def _tuple(data: bytes | None) -> _Tuple | None:
    outer = _netlink.attributes(data or b"")
    address, protocol = _netlink.attributes(outer.get(TUPLE_IP, b"")), _netlink.attributes(outer.get(TUPLE_PROTO, b""))
    number = _netlink.number(protocol.get(PROTO_NUM))
    family = 6 if SOURCE[6] in address else 4
    try:
        source = str(ipaddress.ip_address(address[SOURCE[family]]))
        destination = str(ipaddress.ip_address(address[DESTINATION[family]]))
    except (KeyError, ValueError):
        return None
    if number is None:
        return None
    name = PROTOCOLS.get(number, str(number))
    sport, dport = (_netlink.number(protocol.get(key), True) for key in (PROTO_SRC_PORT, PROTO_DST_PORT))
    if name in PROTO_ID:
        sport = dport = _netlink.number(protocol.get(PROTO_ID[name]), True)
    return _Tuple(name, source, destination, sport, dport)


def _tcp_state(data: bytes | None) -> str | None:
    tcp = _netlink.attributes(_netlink.attributes(data or b"").get(PROTOINFO_TCP, b""))
    state = _netlink.number(tcp.get(TCP_STATE))
    return TCP_STATES[state] if state is not None and state < len(TCP_STATES) else None
