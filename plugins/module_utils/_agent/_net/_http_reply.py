# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""One HTTP/1.1 GET on an open connection, with a reply that is bounded in bytes and in time.

Nothing is taken for granted: the peer may be silent, drip bytes, never end, or speak something else. What came is in
the text of the failure.
"""

from __future__ import annotations

import dataclasses
import re
import ssl

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._failure import (
    BAD_REPLY,
    TIMEOUT,
    Failure,
    from_os,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._poller import READABLE, Watched
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._stream import receive, send_all

MAX_HEAD = 8192
MAX_BODY = 4096
SHOWN = 80
_STATUS_LINE = re.compile(rb"HTTP/\d\.\d ([1-5]\d\d)(?: ([^\r\n]*))?\r?\n")
_LENGTH = re.compile(rb"(?i)\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r?\n")
_CHUNKED = re.compile(rb"(?i)\ntransfer-encoding:[ \t]*chunked[ \t]*\r?\n")


@dataclasses.dataclass(frozen=True)
class Reply:
    """asked: as in "GET http://10.0.0.4:8080/", for messages. body: whole, as the peer sent it, at most 4 KiB; empty
    when only the status line was waited for.
    """

    asked: str
    status: int
    reason: str
    body: bytes


def request_for(target: str, path: str = "/") -> bytes:
    """The bytes of a request. target: host:port."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: {target}\r\nUser-Agent: podnet.diagnostics\r\nAccept: */*\r\n"
        "Connection: close\r\n\r\n"
    ).encode("ascii", "replace")


async def get(watched: Watched, target: str, until: float, path: str = "/", status_only: bool = False) -> Reply:
    """Ask and read. until: the moment (monotonic) for all of it. status_only: the status line is enough. Failure says
    what came instead of a reply.
    """
    data = b""
    asked = f"GET {'https' if isinstance(watched.sock, ssl.SSLSocket) else 'http'}://{target}{path}"
    try:
        await send_all(watched, request_for(target, path), until)
        await watched.wait(READABLE, until)
        while True:
            part = await receive(watched, until)
            if part is None:
                raise Failure(TIMEOUT, _unfinished(data))
            data += part
            reply = _read(asked, data, not part, status_only)
            if reply is not None:
                return reply
    except OSError as exc:
        raise from_os(f"{asked}: after {_shown(data)}" if data else asked, exc) from None
    except Failure as failure:
        raise Failure(failure.reason, f"{asked}: {failure.text}") from None


def _read(asked: str, data: bytes, ended: bool, status_only: bool) -> Reply | None:
    """The reply as soon as it is whole; None while more has to come. Raises Failure without the request in its text."""
    line = _STATUS_LINE.match(data)
    if line is None:
        if not data and ended:
            raise Failure(BAD_REPLY, "the peer closed the connection without a reply")
        if (
            ended
            or b"\n" in data
            or not (data.startswith(b"HTTP/") or b"HTTP/".startswith(data[:5]))
            or len(data) > MAX_HEAD
        ):
            raise Failure(BAD_REPLY, f"what came back is not HTTP: {_shown(data)}")
        return None
    status, reason = int(line.group(1)), printable(line.group(2) or b"")
    if status_only:
        return Reply(asked, status, reason, b"")
    head, separator, rest = data.partition(b"\r\n\r\n")
    if not separator:
        if ended or len(data) > MAX_HEAD:
            raise Failure(
                BAD_REPLY, f"the header of the reply {'is cut off' if ended else 'never ends'}: {_shown(data)}"
            )
        return None
    body = _body(head + b"\r\n", rest, ended)
    return None if body is None else Reply(asked, status, reason, body)


def _body(head: bytes, rest: bytes, ended: bool) -> bytes | None:
    if _CHUNKED.search(head):
        body, whole = _unchunked(rest)
    else:
        length = _LENGTH.search(head)
        wanted = int(length.group(1)) if length else None
        if wanted is not None and wanted > MAX_BODY:
            raise Failure(
                BAD_REPLY, f"the body of the reply is {wanted} bytes long, more than {MAX_BODY}: {_shown(rest)}"
            )
        body, whole = (rest, ended) if wanted is None else (rest[:wanted], len(rest) >= wanted)
    if len(body) > MAX_BODY or len(rest) > 4 * MAX_BODY:
        raise Failure(BAD_REPLY, f"the body of the reply is longer than {MAX_BODY} bytes: {_shown(body)}")
    if whole:
        return body
    if ended:
        raise Failure(BAD_REPLY, f"the body of the reply is cut off after {len(body)} bytes: {_shown(body)}")
    return None


def _unchunked(rest: bytes) -> tuple[bytes, bool]:
    """What has come of a chunked body (RFC 9112, 7.1), and whether that is all of it."""
    body = b""
    while True:
        line, separator, after = rest.partition(b"\r\n")
        if not separator:
            return body, False
        try:
            size = int(line.partition(b";")[0].strip()[:8], 16)
        except ValueError:
            raise Failure(BAD_REPLY, f"the reply has a broken chunk: {_shown(line)}") from None
        if size == 0:
            return body, True
        if size < 0 or len(after) < size + 2:
            return body + after[: max(size, 0)], False
        body, rest = body + after[:size], after[size + 2 :]


def _unfinished(data: bytes) -> str:
    if not data:
        return "i/o timeout: connected, but no reply came"
    return f"i/o timeout: the reply never ended, {len(data)} bytes came: {_shown(data)}"


def _shown(data: bytes) -> str:
    """The beginning of what a stranger sent, safe to print."""
    text = printable(data[:SHOWN])
    return f'"{text}"...' if len(data) > SHOWN else f'"{text}"'


def printable(data: bytes) -> str:
    text = data.decode("utf-8", "backslashreplace")
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)[: 4 * SHOWN]
