# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""kind dns: one name, asked of one nameserver, of all of them as a program would, or of each of them by itself."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._context import Context
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._dns_message import reverse_name
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._resolv_conf import ResolvConf
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._resolver import (
    FINAL_OUTCOMES,
    PORT,
    NoResolvConf,
    Query,
    ask,
    ask_in_turn,
    names_after,
    read_resolv_conf,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._target import source_address
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._types import (
    Address,
    Attempt,
    JsonObject,
    Measured,
)


def probe_dns(context: Context, measured: Measured) -> None:
    """One attempt for each server (each_nameserver) or for each repetition (count).

    data: question, server, rcode and answers of the last attempt, queries (everything that was asked), and for
    each_nameserver what each of them said under servers.
    """
    request = context.request
    configuration = ResolvConf()
    if request.nameserver is None or request.search:
        try:
            configuration = read_resolv_conf(context)
        except NoResolvConf as exc:
            measured.status, measured.error = "error", str(exc)
            return
        measured.data["resolv_conf"] = configuration.to_dict()
    probe = _DnsProbe(context, measured, configuration)
    servers = (request.nameserver,) if request.nameserver else configuration.nameservers
    rounds = [(server,) for server in servers] if request.each_nameserver else [servers]
    for number in range(request.count):
        if number:
            context.pause(request.interval)
        for group in rounds:
            probe.look_up(group)
    measured.local_address = source_address(context, t.cast(Address, Address.parse(measured.address or servers[0])))


class _DnsProbe:
    def __init__(self, context: Context, measured: Measured, configuration: ResolvConf) -> None:
        request = context.request
        self.context = context
        self.measured = measured
        self.configuration = configuration
        self.names = _names(request.question, request.qtype, configuration if request.search else None)
        self.queries: list[JsonObject] = []
        self.servers: list[JsonObject] = []
        measured.data.update(
            {
                "question": {"name": request.question, "type": request.qtype},
                "server": None,
                "rcode": None,
                "answers": [],
                "names": self.names,
                "queries": self.queries,
            }
        )
        if request.each_nameserver:
            measured.data["servers"] = self.servers

    def look_up(self, servers: t.Sequence[str]) -> None:
        """One attempt: every name of the search list until one exists, at these servers."""
        log: list[Query] = []
        left = list(self.names)
        while left:
            last = self._ask(servers, left.pop(0), log)
            if last.outcome == "answer":
                break
            left = names_after(last, left, self.context.request.question)
        self._record(_decisive(log), log)

    def _ask(self, servers: t.Sequence[str], name: str, log: list[Query]) -> Query:
        qtype = self.context.request.qtype
        if len(servers) > 1:
            several = dataclasses.replace(self.configuration, nameservers=tuple(servers))
            return ask_in_turn(self.context, several, name, qtype, log)
        port = self.context.request.port or PORT
        log.append(ask(self.context, servers[0], name, qtype, port, tcp=self.configuration.use_vc))
        return log[-1]

    def _record(self, decisive: Query, log: t.Sequence[Query]) -> None:
        self.queries.extend(query.to_dict() for query in log)
        self.servers.append({key: value for key, value in decisive.to_dict().items() if key != "type"})
        self.measured.address = decisive.server
        self.measured.data.update(
            {
                "server": decisive.server,
                "rcode": decisive.rcode,
                "answers": [record.to_dict() for record in decisive.answers],
            }
        )
        detail = decisive.detail or f"{decisive.name} {decisive.qtype}"
        self.measured.attempts.append(
            Attempt(
                len(self.measured.attempts) + 1,
                decisive.outcome,
                decisive.rtt_ms,
                decisive.server,
                decisive.source_port,
                detail,
            )
        )


def _names(name: str, qtype: str, configuration: ResolvConf | None) -> list[str]:
    if qtype == "PTR":
        address = Address.parse(name)
        if address is not None:
            return [reverse_name(address.text)]
    return configuration.candidates(name) if configuration is not None else [name.rstrip(".")]


def _decisive(log: t.Sequence[Query]) -> Query:
    """The query whose outcome is that of the whole lookup: an existing name without data counts more than a server that
    failed at one of the names, that more than one that was not heard, and that more than none."""
    last = log[-1]
    if last.outcome not in ("nxdomain", "servfail"):
        return last
    for wanted in ("no_data", "servfail"):
        found = next((query for query in log if query.outcome == wanted), None)
        if found is not None:
            return found
    return next((query for query in log if query.outcome not in FINAL_OUTCOMES), last)
