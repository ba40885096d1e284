# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""kind udp: a datagram with the probe's token, and what comes back for it; as large as a request says that is larger
than a usual one, in fragments then.

Silence proves nothing: a service need not answer what it does not understand. It is a failure only where the request
expects a reply, or where others of the series were answered; otherwise the result is "could not be measured". A server
of names is asked what it answers.
"""

from __future__ import annotations

import select
import socket
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._probes import _kernel
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._context import (
    Context,
    socket_address,
    socket_family,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._dns_message import marked_query
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._echo import token_payload
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._icmp import probe_token
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._target import resolve_target
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._types import (
    Address,
    Attempt,
    IcmpError,
    Measured,
)

# The size that every request has which says none.
USUAL = 56
DNS_PORT = 53
# So many that nobody answers are enough: more would only take longer.
ENOUGH = 4


def probe_udp(context: Context, measured: Measured) -> None:
    """count datagrams, each from a socket of its own: the next one starts when the last is answered or given up;
    no more than ENOUGH where none is answered."""
    address = resolve_target(context, measured)
    if address is None:
        return
    measured.address = str(address)
    token = probe_token(context)
    size = context.request.size
    usual = marked_query(token) if context.request.port == DNS_PORT else token
    payload = token_payload(token, size) if size > USUAL else usual
    measured.data["token"] = token.hex()
    for seq in range(1, context.request.count + 1):
        context.check_time()
        attempt, icmp = _Datagram(context, measured, address).exchange(seq, payload)
        measured.attempts.append(attempt)
        measured.add_icmp_error(icmp)
        if seq == ENOUGH and not any(one.outcome == "reply" for one in measured.attempts):
            break
        if seq < context.request.count:
            context.pause(context.request.interval)
    silent = all(attempt.outcome == "no_reply" for attempt in measured.attempts)
    if silent and measured.attempts and not context.request.expect_reply:
        measured.status = "error"
        measured.error = "neither a reply nor an ICMP error: the port may be open and silent, or packets may be lost"


class _Datagram:
    def __init__(self, context: Context, measured: Measured, address: Address) -> None:
        self.context = context
        self.measured = measured
        self.address = address

    def exchange(self, seq: int, payload: bytes) -> tuple[Attempt, IcmpError | None]:
        request = self.context.request
        source_port = request.source_port + seq - 1 if request.source_port is not None else None
        outcome, rtt, detail, icmp = "no_reply", None, None, None
        with self.context.new_socket(socket_family(self.address), socket.SOCK_DGRAM, 0) as sock:
            started = self.context.now()
            try:
                source_port = self._bind(sock, source_port)
                started = self.context.now()
                sock.send(payload)
                if self.context.wait(sock, select.POLLIN, self.context.until(request.timeout)):
                    detail = f"{len(sock.recv(65535))} bytes"
                    outcome, rtt = "reply", round((self.context.now() - started) * 1000, 3)
            except OSError as exc:
                outcome, detail, icmp = _failure(exc, sock, self.address.family)
        return Attempt(seq, outcome, rtt, str(self.address), source_port, detail), icmp

    def _bind(self, sock: socket.socket, source_port: int | None) -> int:
        sock.setblocking(False)
        _kernel.report_errors(sock, self.address.family)
        sock.bind(("", source_port or 0))
        port = t.cast(int, self.context.request.port)
        try:
            sock.connect(socket_address(self.address, port))
        except PermissionError:
            self.measured.add_forbidden()
            raise
        self.measured.add_peer(_kernel.other_peer(sock, None, (str(self.address), port)))
        local = sock.getsockname()
        self.measured.local_address = local[0]
        return int(local[1])


def _failure(exc: OSError, sock: socket.socket, family: int) -> tuple[str, str | None, IcmpError | None]:
    queued = _kernel.next_error(sock, family)
    icmp = queued.icmp if queued is not None else None
    if isinstance(exc, ConnectionRefusedError):
        return "refused", str(icmp) if icmp else None, icmp
    if icmp is not None:
        return "unreachable", str(icmp), icmp
    local = _kernel.refused_locally(exc)
    if local is not None:
        return local, _kernel.local_reason(exc), None
    return "no_reply", f"not sent: {_kernel.local_reason(exc)}", None
