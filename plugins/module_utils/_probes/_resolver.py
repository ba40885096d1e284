# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Asking nameservers, from the namespace the calling thread is in.

The C library is not used: it would read the node's resolv.conf for a pod, and it hides which server said what.
"""

from __future__ import annotations

import contextlib
import dataclasses
import socket
import struct
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._probes import _dns_message, _kernel
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._context import (
    Context,
    socket_address,
    socket_family,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._resolv_conf import (
    HOSTS,
    RESOLV_CONF,
    ResolvConf,
    in_hosts,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._types import Address

PORT = 53
ROUNDS = 2  # how often the list of nameservers is gone through, as the C library's default "attempts"
# The server was heard, and another one would hardly say something else.
FINAL_OUTCOMES = frozenset(("answer", "nxdomain", "no_data"))


class NoResolvConf(Exception):
    """The resolver configuration cannot be read."""


@dataclasses.dataclass(frozen=True)
class Query:
    """One question to one server and what came of it.

    outcome: answer, nxdomain, no_data, servfail, refused (rcode), formerr, notimp, timed_out, unreachable (ICMP error
    or refused connection), no_route, no_port, malformed.
    """

    server: str
    name: str
    qtype: str
    outcome: str
    rcode: str | None = None
    answers: tuple[_dns_message.Record, ...] = ()
    rtt_ms: float | None = None
    transport: str = "udp"
    source_port: int | None = None
    detail: str | None = None

    def to_dict(self) -> dict[str, t.Any]:
        return {
            "server": self.server,
            "name": self.name,
            "type": self.qtype,
            "outcome": self.outcome,
            "rcode": self.rcode,
            "answers": [record.to_dict() for record in self.answers],
            "rtt_ms": self.rtt_ms,
            "transport": self.transport,
            "detail": self.detail,
        }


@dataclasses.dataclass(frozen=True)
class Lookup:
    """Everything that was asked to find one name. final: the query that decided; None when /etc/hosts had it."""

    name: str
    address: Address | None
    queries: tuple[Query, ...] = ()
    in_hosts_file: bool = False

    @property
    def final(self) -> Query | None:
        return self.queries[-1] if self.queries else None

    def to_dict(self) -> dict[str, t.Any]:
        return {
            "name": self.name,
            "address": str(self.address) if self.address else None,
            "hosts_file": self.in_hosts_file,
            "queries": [query.to_dict() for query in self.queries],
        }

    def failure(self) -> str:
        """One sentence for a person."""
        asked = {query.name: query for query in self.queries}
        parts = [
            f"{name}: {query.outcome} from {query.server}" + (f" ({query.detail})" if query.detail else "")
            for name, query in asked.items()
        ]
        return f"Cannot resolve {self.name}: {'; '.join(parts) or 'nobody to ask'}"


def names_after(query: Query, left: t.Sequence[str], name: str) -> list[str]:
    """What a program asks for next, of the candidates that are left for a name: the next one where there is no such
    name, or a server failed; after any other failure, silence too, the name as it is, where that was not asked for yet;
    nothing where an error came back for the packet (res_nsearch of glibc, measured with 2.36).
    """
    if query.outcome in FINAL_OUTCOMES or query.outcome == "servfail":
        return list(left)
    if query.rcode is None and query.outcome != "timed_out":
        return []
    return [one for one in left if one == name.rstrip(".")]


def read_resolv_conf(context: Context) -> ResolvConf:
    """The resolver configuration of the pod or node; NoResolvConf says why there is none."""
    try:
        return ResolvConf.parse(context.read_file(RESOLV_CONF))
    except OSError as exc:
        where = context.request.application or context.request.netns
        raise NoResolvConf(f"Cannot read {RESOLV_CONF} of {where}: {exc.strerror or exc}") from exc


def find_address(context: Context, name: str, family: int) -> Lookup:
    """What an application there would connect to: hosts file, then search list and nameservers, IPv4 first."""
    try:
        address = in_hosts(context.read_file(HOSTS), name, family)
    except OSError:
        address = None
    if address is not None:
        return Lookup(name, address, (), True)
    configuration = read_resolv_conf(context)
    qtypes = {0: ("A", "AAAA"), 4: ("A",), 6: ("AAAA",)}[family]
    queries: list[Query] = []
    left = configuration.candidates(name)
    while left:
        candidate = left.pop(0)
        for qtype in qtypes:
            last = ask_in_turn(context, configuration, candidate, qtype, queries)
            if last.outcome == "answer":
                value = next(record.value for record in last.answers if record.type == qtype)
                return Lookup(name, Address.parse(value), tuple(queries))
            if last.outcome != "no_data":
                break
        left = names_after(last, left, name)
    return Lookup(name, None, tuple(queries))


def ask_in_turn(context: Context, configuration: ResolvConf, name: str, qtype: str, log: list[Query]) -> Query:
    """Ask one server after the other until one really answers: that query, else one at which a server failed, which
    counts more than those nobody heard (as in glibc's res_nsearch), else the last. Each one is added to log.
    """
    first = len(log)
    servers = configuration.nameservers
    for _round in range(ROUNDS):
        for server in servers:
            last = ask(context, server, name, qtype, tcp=configuration.use_vc)
            log.append(last)
            if last.outcome in FINAL_OUTCOMES:
                return last
        if all(query.outcome != "timed_out" for query in log[-len(servers) :]):
            break
    return next((query for query in log[first:] if query.rcode is not None), last)


def ask(context: Context, server: str, name: str, qtype: str, port: int = PORT, tcp: bool = False) -> Query:
    """Ask one server by UDP, by TCP when the answer does not fit, or at once; the request's timeout for each."""
    context.check_time()
    address = t.cast(Address, Address.parse(server))
    blank = Query(server, name, qtype, "timed_out")
    try:
        message = _dns_message.query(context.random.randrange(0x10000), name, qtype)
    except _dns_message.BadMessage as exc:
        return dataclasses.replace(blank, outcome="malformed", detail=str(exc))
    done = blank if tcp else _exchange(context, address, port, message, blank, _by_udp)
    if tcp or done.detail == _TRUNCATED:
        done = _exchange(context, address, port, message, dataclasses.replace(blank, transport="tcp"), _by_tcp)
    return done


_TRUNCATED = "truncated"
_Answer = t.Optional[_dns_message.Message]
_Transport = t.Callable[[Context, socket.socket, t.Any, bytes, float], _Answer]


def _exchange(
    context: Context, address: Address, port: int, message: bytes, blank: Query, transport: _Transport
) -> Query:
    started = context.now()
    until = context.until(context.request.timeout)
    kind = socket.SOCK_DGRAM if blank.transport == "udp" else socket.SOCK_STREAM
    with context.new_socket(socket_family(address), kind, 0) as sock:
        sock.setblocking(False)
        source_port = None
        try:
            _kernel.report_errors(sock, address.family)
            sock.bind(("", 0))
            source_port = sock.getsockname()[1]
            answer = transport(context, sock, socket_address(address, port), message, until)
        except (OSError, _dns_message.BadMessage) as exc:
            outcome, detail = _failure(exc, sock, address.family)
            return dataclasses.replace(blank, outcome=outcome, detail=detail, source_port=source_port)
    if answer is None:
        return dataclasses.replace(blank, source_port=source_port)
    rtt = round((context.now() - started) * 1000, 3)
    if answer.truncated and blank.transport == "udp":
        return dataclasses.replace(blank, detail=_TRUNCATED)
    return dataclasses.replace(
        blank,
        outcome=answer.outcome(blank.qtype),
        rcode=answer.rcode,
        answers=answer.answers,
        rtt_ms=rtt,
        source_port=source_port,
    )


def _failure(exc: Exception, sock: socket.socket, family: int) -> tuple[str, str]:
    if isinstance(exc, _dns_message.BadMessage):
        return "malformed", str(exc)
    queued = _kernel.next_error(sock, family)
    if queued is not None and queued.icmp is not None:
        return "unreachable", str(queued.icmp)
    reason = t.cast(OSError, exc)
    return _kernel.refused_locally(reason) or "unreachable", _kernel.local_reason(reason)


def _by_udp(context: Context, sock: socket.socket, target: t.Any, message: bytes, until: float) -> _Answer:
    sock.connect(target)
    sock.send(message)
    while context.wait(sock, 1, until):
        answer = _dns_message.parse(sock.recv(65535))
        if _is_ours(answer, message):
            return answer
    return None


def _by_tcp(context: Context, sock: socket.socket, target: t.Any, message: bytes, until: float) -> _Answer:
    with contextlib.suppress(BlockingIOError):
        sock.connect(target)
    if not context.wait(sock, 4, until):
        return None
    number = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if number:
        raise OSError(number, _kernel.error_name(number))
    sock.sendall(struct.pack("!H", len(message)) + message)
    data = b""
    while len(data) < 2 or len(data) < 2 + struct.unpack_from("!H", data)[0]:
        if not context.wait(sock, 1, until):
            return None
        part = sock.recv(65535)
        if not part:
            raise _dns_message.BadMessage("the server closed the connection before its answer was complete")
        data += part
    answer = _dns_message.parse(data[2:])
    if not _is_ours(answer, message):
        raise _dns_message.BadMessage("the answer is to another question")
    return answer


def _is_ours(answer: _dns_message.Message, message: bytes) -> bool:
    """Same identifier, and the same question where the server repeats it (some do not with an error)."""
    ident = struct.unpack_from("!H", message)[0]
    asked = _dns_message.question_of(message)
    return answer.ident == ident and (answer.question == asked or answer.question is None)
