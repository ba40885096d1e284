# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""kind dns_pairs: A and AAAA at once from one socket, as the C library asks, many times, at each server by itself.

A program waits 5 s when one of the two answers is lost (the default of resolv.conf's timeout), so each is counted. No
question is repeated: what is lost is the share.
"""

from __future__ import annotations

import dataclasses
import select
import socket
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._probes import _dns_message, _kernel
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._context import (
    Context,
    socket_address,
    socket_family,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._resolver import (
    PORT,
    NoResolvConf,
    read_resolv_conf,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._spread import spread
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._types import Address, JsonObject, Measured

QTYPES = ("A", "AAAA")
# Different answers that are told, and addresses of each.
MAX_ANSWERS = 16


@dataclasses.dataclass
class _Server:
    """What one server was asked and said. pairs: milliseconds for A and AAAA of each pair, None without an answer.

    addresses: how often each set of them was the answer."""

    text: str
    pairs: list[list[float | None]] = dataclasses.field(default_factory=list)
    rcodes: dict[str, int] = dataclasses.field(default_factory=dict)
    outcomes: dict[str, int] = dataclasses.field(default_factory=dict)
    addresses: dict[str, int] = dataclasses.field(default_factory=dict)

    def answered(self) -> int:
        return sum(1 for pair in self.pairs for time in pair if time is not None)

    def to_dict(self) -> JsonObject:
        lost = [sum(1 for time in pair if time is None) for pair in self.pairs]
        return {
            "server": self.text,
            "sent": sum(map(len, self.pairs)),
            "answered": self.answered(),
            "half_lost": lost.count(1),
            "both_lost": lost.count(2),
            "pairs": self.pairs,
            "rcodes": self.rcodes,
            "outcomes": self.outcomes,
            "addresses": self.addresses,
            "spread_ms": spread([time for pair in self.pairs for time in pair if time is not None]),
        }

    def count(self, table: dict[str, int], what: str) -> None:
        table[what] = table.get(what, 0) + 1


@dataclasses.dataclass
class _Asked:
    """A socket with its two questions. missing: their identifiers, with the place of each in the pair."""

    server: _Server
    pair: int
    sock: socket.socket
    sent: float
    missing: dict[int, int]
    questions: dict[int, bytes]


def probe_dns_pairs(context: Context, measured: Measured) -> None:
    """count pairs at the request's nameserver, or at each one of resolv.conf; all are under way at the same time."""
    request = context.request
    try:
        names = (request.nameserver,) if request.nameserver else read_resolv_conf(context).nameservers
    except NoResolvConf as exc:
        measured.status, measured.error = "error", str(exc)
        return
    pairs = _Pairs(context, measured, [_Server(name) for name in names])
    try:
        pairs.run()
    finally:
        pairs.close()
        pairs.tell()


class _Pairs:
    def __init__(self, context: Context, measured: Measured, servers: list[_Server]) -> None:
        self.context = context
        self.measured = measured
        self.servers = servers
        self.waiting: dict[int, _Asked] = {}
        self.poll = select.poll()

    def run(self) -> None:
        request = self.context.request
        started = self.context.now()
        for number in range(request.count):
            self._receive(started + number * request.interval, wait=True)
            self.context.check_time()
            for server in self.servers:
                self._ask(server)
        self._receive(self.context.until(request.timeout), wait=False)

    def _ask(self, server: _Server) -> None:
        server.pairs.append([None, None])
        address = Address.parse(server.text)
        if address is None:
            server.count(server.outcomes, "no_address")
            return
        sock = self.context.new_socket(socket_family(address), socket.SOCK_DGRAM, 0)
        asked = _Asked(server, len(server.pairs) - 1, sock, self.context.now(), {}, {})
        try:
            sock.setblocking(False)
            _kernel.report_errors(sock, address.family)
            sock.connect(socket_address(address, self.context.request.port or PORT))
            for place, qtype in enumerate(QTYPES):
                # Two identifiers that differ for sure: the answers are told apart by them.
                ident = self.context.random.randrange(0x8000) * 2 + place
                asked.questions[ident] = _dns_message.query(ident, self.context.request.question, qtype)
                asked.missing[ident] = place
            for message in asked.questions.values():
                sock.send(message)
        except (OSError, _dns_message.BadMessage) as exc:
            server.count(server.outcomes, _reason(sock, address.family, exc))
            sock.close()
            return
        self.waiting[sock.fileno()] = asked
        self.poll.register(sock, select.POLLIN)

    def _receive(self, until: float, wait: bool) -> None:
        """Take answers until a moment; without wait only as long as one is missing."""
        while True:
            left = until - self.context.now()
            if not self.waiting:
                if wait:
                    self.context.pause(max(left, 0.0))
                return
            for number, _events in self.poll.poll(max(left, 0.0) * 1000):
                self._take(self.waiting[number])
            if left <= 0:
                return

    def _take(self, asked: _Asked) -> None:
        try:
            data = asked.sock.recv(65535)
            answer = _dns_message.parse(data)
        except _dns_message.BadMessage:
            asked.server.count(asked.server.outcomes, "malformed")
            return
        except OSError as exc:
            # An ICMP error ends both questions; which of them it was about does not matter.
            family = 4 if asked.sock.family == socket.AF_INET else 6
            asked.server.count(asked.server.outcomes, _reason(asked.sock, family, exc))
            self._forget(asked)
            return
        place = asked.missing.pop(answer.ident, None)
        if place is None:
            return
        time = round((self.context.now() - asked.sent) * 1000, 3)
        asked.server.pairs[asked.pair][place] = time
        asked.server.count(asked.server.rcodes, answer.rcode)
        addresses = sorted(record.value for record in answer.answers if record.type in QTYPES)
        if addresses and len(asked.server.addresses) < MAX_ANSWERS:
            asked.server.count(asked.server.addresses, " ".join(addresses[:MAX_ANSWERS]))
        if not asked.missing:
            self._forget(asked)

    def _forget(self, asked: _Asked) -> None:
        number = asked.sock.fileno()
        self.waiting.pop(number, None)
        self.poll.unregister(asked.sock)
        asked.sock.close()

    def close(self) -> None:
        for asked in list(self.waiting.values()):
            self._forget(asked)

    def tell(self) -> None:
        """The counts; an answer of any kind is one, also that there is no such name."""
        measured, servers = self.measured, self.servers
        measured.data["servers"] = [server.to_dict() for server in servers]
        measured.data["question"] = {"name": self.context.request.question, "types": list(QTYPES)}
        measured.sent = sum(len(pair) for server in servers for pair in server.pairs)
        measured.received = sum(server.answered() for server in servers)
        measured.address = servers[0].text if len(servers) == 1 else None
        worst: t.Iterable[int] = (2 * len(server.pairs) - server.answered() for server in servers)
        measured.status = "pass" if max(worst, default=0) <= 1 else "fail"
        measured.outcome = "answer" if measured.status == "pass" else "timed_out"


def _reason(sock: socket.socket, family: int, exc: Exception) -> str:
    """The ICMP error that came, or why this kernel did not send."""
    if not isinstance(exc, OSError):
        return "malformed"
    queued = _kernel.next_error(sock, family)
    if queued is not None and queued.icmp is not None:
        return str(queued.icmp)
    return _kernel.refused_locally(exc) or _kernel.error_name(exc.errno or 0)
