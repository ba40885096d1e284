# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""kind idle: a connection that says nothing for a while, and is then asked whether it is still there.

It is the kernel's keepalive that asks: one empty segment, which every TCP answers with an acknowledgement. No byte
reaches the application, so it can be done to any port. What forgot the connection meanwhile, on the way or at the other
end, drops that segment or answers it with a reset.
"""

from __future__ import annotations

import select
import socket
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._probes import _kernel
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._connect import connect
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._context import Context
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._target import begin
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._tcp_info import tcp_info
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._types import Attempt, Measured

PROBES = 3
PROBE_SECONDS = 1
POLLRDHUP = getattr(select, "POLLRDHUP", 0x2000)


def probe_idle(context: Context, measured: Measured) -> None:
    """idle_seconds of silence, then up to three keepalives, a second apart.

    outcome: open (it was acknowledged), timed_out (silence), reset, closed (the other end closed it, which is
    its right),
    or that of a connection that never opened.
    """
    address = begin(context, measured)
    if address is None:
        return
    request = context.request
    done = connect(context, address, t.cast(int, request.port), None, _keep_alive(max(1, round(request.idle))))
    measured.local_address = done.local_address
    measured.add_icmp_error(done.icmp)
    measured.data.update({"idle_seconds": request.idle, "opened": done.outcome == "open"})
    if done.sock is None:
        measured.attempts.append(done.attempt(1, str(address)))
        return
    with done.sock as sock:
        opened = context.now()
        outcome = _watch(context, sock, opened + request.idle + (PROBES + 1) * PROBE_SECONDS)
        seconds = round(context.now() - opened, 1)
    measured.data["seconds"] = seconds
    measured.attempts.append(Attempt(1, outcome, None, str(address), done.source_port, f"after {seconds:g} s"))
    if outcome == "closed":
        measured.status, measured.outcome = "skipped", outcome
        measured.error = f"the other end closed the connection after {seconds:g} s, so it could not be idle longer"


def _keep_alive(seconds: int) -> t.Callable[[socket.socket], None]:
    def prepare(sock: socket.socket) -> None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, seconds)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, PROBE_SECONDS)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, PROBES)

    return prepare


def _watch(context: Context, sock: socket.socket, until: float) -> str:
    """What became of it by then. An acknowledgement that came after the silence ends the wait."""
    spoken = context.now() + context.request.idle
    while True:
        context.check_time()
        events = context.wait(sock, select.POLLIN | POLLRDHUP, min(until, context.now() + 0.2))
        if events:
            ended = _ended(sock)
            if ended:
                return ended
            context.pause(0.05)
        info = tcp_info(sock)
        silent_ms = (context.now() - spoken) * 1000.0
        if info is not None and silent_ms > 0 and info.last_ack_ms <= silent_ms + 500.0:
            return "open"
        if context.now() >= until:
            return "timed_out"


def _ended(sock: socket.socket) -> str:
    """reset, timed_out, unreachable or closed; empty while it is not ended (data that nobody asked for is
    thrown away)."""
    try:
        return "closed" if sock.recv(65536) == b"" else ""
    except BlockingIOError:
        return ""
    except ConnectionResetError:
        return "reset"
    except OSError as exc:
        return "timed_out" if _kernel.error_name(exc.errno or 0) == "ETIMEDOUT" else "unreachable"
