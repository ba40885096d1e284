# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""kind http: one GET over plain HTTP/1.1, with a bounded answer and a deadline for all of it."""

from __future__ import annotations

import re
import select
import socket
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._connect import Connection, connect
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._context import Context
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._target import resolve_target
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._types import (
    Address,
    Attempt,
    Measured,
    Request,
)

MAX_HEADER = 65536
BODY_SAMPLE = 200
# An answer that says how long it is, and of which nothing came for so long, stopped (seconds).
STALL = 1.0
_LENGTH = re.compile(rb"(?i)\r\ncontent-length:[ \t]*(\d{1,15})[ \t]*(?:\r\n|$)")
_STATUS_LINE = re.compile(rb"HTTP/\d\.\d ([1-5]\d\d)(?: ([^\r\n]*))?")


def probe_http(context: Context, measured: Measured) -> None:
    """count requests; data is that of the last answer.

    outcome: response, error_status (400 and above, with which a kubelet's httpGet probe fails), no_response,
    bad_response, or what became of the connection. Where an answer of a known length stopped before its end (of its
    first 64 KiB), missing is how many bytes of its body did not come.
    """
    address = resolve_target(context, measured)
    if address is None:
        return
    measured.address = str(address)
    for seq in range(1, context.request.count + 1):
        context.check_time()
        measured.attempts.append(_once(context, measured, address, seq))
        if seq < context.request.count:
            context.pause(context.request.interval)


def host_header(request: Request) -> str:
    """The Host field: the target as it was asked for, with the port unless that is 80 (RFC 9110, 7.2)."""
    host = f"[{request.target}]" if ":" in request.target else request.target
    return host if request.port == 80 else f"{host}:{request.port}"


def _once(context: Context, measured: Measured, address: Address, seq: int) -> Attempt:
    started = context.now()
    until = context.until(context.request.timeout)
    done = connect(context, address, t.cast(int, context.request.port))
    measured.local_address = done.local_address or measured.local_address
    if done.sock is None:
        return done.attempt(seq, str(address))
    outcome, detail = _ask(context, measured, done, until)
    seconds = context.now() - started
    rtt = round(seconds * 1000, 3) if outcome in ("response", "error_status") else None
    return Attempt(seq, outcome, rtt, str(address), done.source_port, detail)


def _ask(context: Context, measured: Measured, done: Connection, until: float) -> tuple[str, str | None]:
    request = context.request
    lines = [
        f"GET {request.path} HTTP/1.1",
        f"Host: {host_header(request)}",
        "User-Agent: podnet-diagnostics",
        "Accept: */*",
        "Connection: close",
        "",
        "",
    ]
    with t.cast(socket.socket, done.sock) as sock:
        try:
            sock.sendall("\r\n".join(lines).encode("ascii"))
            data, complete = _read(context, sock, until)
            missing = _missing(context, sock, data, until)
        except OSError as exc:
            return "no_response", f"connected, then: {exc.strerror or exc}"
    if not data:
        return "no_response", "the connection was closed without an answer" if complete else "connected, no answer"
    match = _STATUS_LINE.match(data)
    if match is None:
        measured.data["body_sample"] = _sample(data)
        return "bad_response", "what came back is not HTTP"
    measured.data.update(
        {
            "status": int(match.group(1)),
            "reason": _sample(match.group(2) or b""),
            "body_sample": _sample(data.partition(b"\r\n\r\n")[2]),
            **({"missing": missing} if missing else {}),
        }
    )
    status = measured.data["status"]
    return "response" if status < 400 else "error_status", f"HTTP {status}"


def _read(context: Context, sock: socket.socket, until: float) -> tuple[bytes, bool]:
    """The answer up to the sample of its body; whether the server ended it."""
    data = b""
    while len(data) < MAX_HEADER:
        head, separator, body = data.partition(b"\r\n\r\n")
        if separator and (len(body) >= BODY_SAMPLE or len(body) >= _content_length(head)):
            return data, True
        if not context.wait(sock, select.POLLIN, until):
            return data, False
        part = sock.recv(16384)
        if not part:
            return data, True
        data += part
    return data, False


def _missing(context: Context, sock: socket.socket, data: bytes, until: float) -> int:
    """How many bytes of a body of known length did not come, after the server fell silent or closed; 0 where all came,
    or where they still come."""
    head, _separator, body = data.partition(b"\r\n\r\n")
    length, received = _content_length(head) if _LENGTH.search(head) else 0, len(body)
    while received < min(length, MAX_HEADER):
        begun = context.now()
        if not context.wait(sock, select.POLLIN, until):
            return length - received if context.now() - begun >= STALL else 0
        try:
            part = sock.recv(16384)
        except OSError:
            part = b""
        if not part:
            return length - received
        received += len(part)
    return 0


def _content_length(head: bytes) -> int:
    match = _LENGTH.search(head)
    return int(match.group(1)) if match else BODY_SAMPLE


def _sample(data: bytes) -> str:
    """The beginning of a text of unknown origin, in printable ASCII."""
    text = data[:BODY_SAMPLE].decode("ascii", "backslashreplace")
    return "".join(char if char.isprintable() or char in "\r\n\t" else f"\\x{ord(char):02x}" for char in text)
