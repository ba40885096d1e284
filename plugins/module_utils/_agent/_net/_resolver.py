# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Host names to addresses, as a program in this pod would get them: hosts file, search list, nameservers in turn.

Our own, since the C library's lookup blocks a thread for as long as a nameserver is silent: enough checks of such names
would block all others. Here a lookup is a coroutine with two sockets, and ends with the deadline of its probe. The
texts are those of Go's resolver, without its random ports, so that one cause has one text
(https://pkg.go.dev/net#hdr-Name_Resolution).
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
import time
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net import _dns_query
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._address_order import in_order
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._failure import (
    BAD_REPLY,
    ERROR,
    TIMEOUT,
    Failure,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._endpoint import join
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._dns_message import BadMessage
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._resolv_conf import (
    HOSTS,
    RESOLV_CONF,
    ResolvConf,
    in_hosts,
)

QUERY_SECONDS = 5.0
ROUNDS = 2  # both as the C library's and Go's defaults
PORT = 53
# The server was heard, and another one would hardly say something else.
_FINAL = frozenset(("answer", "nxdomain", "no_data"))


@dataclasses.dataclass(frozen=True)
class _Said:
    """What was found out about one full name and type. outcome: as Message.outcome, or "unheard"."""

    outcome: str
    addresses: tuple[str, ...] = ()
    server: str = ""
    failure: Failure | None = None


class Resolver:
    """Looks names up; it keeps nothing but the two files, which are read again when they change.

    resolv_conf, hosts: paths. port: of the nameservers.
    """

    def __init__(self, resolv_conf: str = RESOLV_CONF, hosts: str = HOSTS, port: int = PORT) -> None:
        self._resolv_conf = _File(resolv_conf)
        self._hosts = _File(hosts)
        self._port = port
        self._parsed: tuple[str, ResolvConf] = ("", ResolvConf())

    async def resolve(self, name: str, until: float) -> tuple[str, ...]:
        """The addresses of a name, in the order in which to try them, before that moment (monotonic). Failure says who
        answered what, as in "lookup web on 10.96.0.10:53: no such host"."""
        hosts = self._hosts.text()
        local = [address for address in (in_hosts(hosts, name, 4), in_hosts(hosts, name, 6)) if address is not None]
        if local:
            return in_order([str(address) for address in local])
        configuration = self._configuration()
        decisive: _Said | None = None
        for candidate in configuration.candidates(name):
            said = await self._look_up(configuration.nameservers, candidate, until)
            if said.addresses:
                return in_order(said.addresses)
            decisive = _weightier(decisive, said)
            if said.outcome not in _FINAL and said.outcome != "servfail":
                break  # nobody is there to ask for the next name of the search list
        raise self._failure(name, decisive)

    def _configuration(self) -> ResolvConf:
        text = self._resolv_conf.text()
        if text != self._parsed[0]:
            self._parsed = (text, ResolvConf.parse(text))
        return self._parsed[1]

    async def _look_up(self, servers: t.Sequence[str], name: str, until: float) -> _Said:
        """Both families at once, as everybody does."""
        tasks = [asyncio.ensure_future(self._ask_in_turn(servers, name, qtype, until)) for qtype in ("A", "AAAA")]
        try:
            four, six = await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
        addresses = four.addresses + six.addresses
        if addresses:
            return dataclasses.replace(four, outcome="answer", addresses=addresses)
        return _weightier(four, six)

    async def _ask_in_turn(self, servers: t.Sequence[str], name: str, qtype: str, until: float) -> _Said:
        """One server after the other until one really answers, twice where one is silent; else what a server failed at
        counts more than silence."""
        worst: _Said | None = None
        for _round in range(ROUNDS):
            silent = False
            for server in servers:
                said = await self._ask(server, name, qtype, until)
                if said.outcome in _FINAL:
                    return said
                worst = _weightier(worst, said)
                silent = silent or (said.failure is not None and said.failure.reason == TIMEOUT)
                if time.monotonic() >= until:
                    break
            if not silent or time.monotonic() >= until:
                break
        return t.cast(_Said, worst)

    async def _ask(self, server: str, name: str, qtype: str, until: float) -> _Said:
        try:
            message = await _dns_query.ask(
                server, self._port, name, qtype, min(until, time.monotonic() + QUERY_SECONDS)
            )
        except BadMessage as exc:
            return _Said("nxdomain", (), server, Failure(ERROR, f"no such host: {exc}"))
        except Failure as failure:
            return _Said("unheard", (), server, failure)
        outcome = message.outcome(qtype)
        values = (
            tuple(record.value for record in message.answers if record.type == qtype) if outcome == "answer" else ()
        )
        return _Said(outcome, values, server)

    def _failure(self, name: str, said: _Said | None) -> Failure:
        if said is None:
            return Failure(ERROR, f"lookup {name}: no such host")
        prefix = f"lookup {name} on {join(said.server, self._port)}"
        if said.failure is not None:
            return Failure(said.failure.reason, f"{prefix}: {said.failure.text}")
        return Failure(BAD_REPLY, f"{prefix}: {'no such host' if said.outcome in _FINAL else 'server misbehaving'}")


def _weightier(one: _Said | None, other: _Said) -> _Said:
    """Which of two fruitless answers tells more: a name without addresses exists, so that counts more than a server
    that failed at it, that more than a name that does not exist, and silence least; else the later one.
    """
    order = ("no_data", "servfail", "refused", "formerr", "notimp", "nxdomain")

    def weight(said: _Said) -> int:
        return order.index(said.outcome) if said.outcome in order else len(order)

    return other if one is None or weight(other) <= weight(one) else one


class _File:
    """A small text file that is read again when it has changed. One that is missing is empty."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._text = ""

    def text(self) -> str:
        try:
            status = os.stat(self._path)
            seen = (status.st_mtime_ns, status.st_ino, status.st_size)
            if seen != self._seen:
                with open(self._path, encoding="utf-8", errors="replace") as file:
                    self._text = file.read(262144)
                self._seen = seen
        except OSError:
            self._seen, self._text = None, ""
        return self._text
