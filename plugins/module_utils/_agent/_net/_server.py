# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""A small HTTP server that strangers may talk to: one request a connection, bounded in number, bytes and time.

When there are too many connections the oldest one is dropped: an honest client is done in milliseconds, so that one is
slow or means harm.
"""

from __future__ import annotations

import asyncio
import dataclasses
import re
import socket
import typing as t

_PER_WAKE_UP = 64
_PAUSE_SECONDS = 1.0
JSON = "application/json"
TEXT = "text/plain; charset=utf-8"
_REQUEST_LINE = re.compile(rb"([A-Z]{1,20}) (/[!-~]*) HTTP/1\.[01]\r?\n")
_LENGTH = re.compile(rb"(?i)\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r?\n")
_ENCODING = re.compile(rb"(?i)\ntransfer-encoding:")
_REASONS = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    411: "Length Required",
    413: "Content Too Large",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


@dataclasses.dataclass(frozen=True)
class Request:
    """local, peer: IP addresses of both ends, IPv4 ones as such."""

    method: str
    path: str
    body: bytes
    local: str
    peer: str


@dataclasses.dataclass(frozen=True)
class Response:
    status: int
    body: bytes
    content_type: str = JSON

    def encode(self, with_body: bool) -> bytes:
        head = (
            f"HTTP/1.1 {self.status} {_REASONS.get(self.status, 'Unknown')}\r\nContent-Type: {self.content_type}\r\n"
            f"Content-Length: {len(self.body)}\r\nConnection: close\r\n\r\n"
        )
        return head.encode() + (self.body if with_body else b"")


@dataclasses.dataclass(frozen=True)
class Limits:
    """connections: at a time; seconds: to send a request, and again to take the answer; head, body: bytes."""

    connections: int = 256
    seconds: float = 5.0
    head: int = 8192
    body: int = 0


Handler = t.Callable[[Request], t.Coroutine[t.Any, t.Any, Response]]


class HttpServer:
    """GET, HEAD and POST; the handler answers, and may take its time."""

    def __init__(self, handler: Handler, limits: Limits | None = None) -> None:
        self.handler = handler
        self.limits = limits or Limits()
        self._connections: dict[_Connection, None] = {}
        self._accepting: set[asyncio.Task[t.Any]] = set()
        self._listener: socket.socket | None = None
        self._pause: asyncio.TimerHandle | None = None

    def start(self, sock: socket.socket) -> None:
        """Serve on this listening socket, which is ours from now on, in the running event loop."""
        self._listener = sock
        self._listen()

    async def stop(self) -> None:
        """Close the listener and every connection, at once."""
        if self._listener is not None:
            asyncio.get_running_loop().remove_reader(self._listener.fileno())
            self._listener.close()
            self._listener = None
        if self._pause is not None:
            self._pause.cancel()
        await asyncio.gather(*self._accepting, return_exceptions=True)
        connections = list(self._connections)
        for connection in connections:
            connection.drop()
        await asyncio.sleep(0)  # asyncio tells each of them
        handling = [connection.task for connection in connections if connection.task is not None]
        for task in handling:
            task.cancel()
        await asyncio.gather(*handling, return_exceptions=True)

    # asyncio has a server too, but one that breaks when it is closed while somebody connects
    # (https://github.com/python/cpython/issues/109564).
    def _listen(self) -> None:
        self._pause = None
        if self._listener is not None:
            asyncio.get_running_loop().add_reader(self._listener.fileno(), self._accept, self._listener)

    def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        for _number in range(_PER_WAKE_UP):
            try:
                sock = listener.accept()[0]
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError:  # no more files, or no memory: connections wait in the kernel meanwhile
                loop.remove_reader(listener.fileno())
                self._pause = loop.call_later(_PAUSE_SECONDS, self._listen)
                return
            task = loop.create_task(loop.connect_accepted_socket(lambda: _Connection(self), sock))
            self._accepting.add(task)
            task.add_done_callback(self._accepted)

    def _accepted(self, task: asyncio.Task[t.Any]) -> None:
        self._accepting.discard(task)
        if not task.cancelled():
            task.exception()  # the client has gone already

    def __len__(self) -> int:
        return len(self._connections)

    # -- for connections -----------------------------------------------------------------------------------------
    def opened(self, connection: _Connection) -> None:
        self._connections[connection] = None
        if len(self._connections) > self.limits.connections:
            next(iter(self._connections)).drop()

    def closed(self, connection: _Connection) -> None:
        self._connections.pop(connection, None)


class _Connection(asyncio.Protocol):
    def __init__(self, server: HttpServer) -> None:
        self._server = server
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.task: asyncio.Task[None] | None = None
        self._data = b""
        self._answered = False

    # -- what asyncio tells --------------------------------------------------------------------------------------
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = t.cast(asyncio.Transport, transport)
        self._server.opened(self)
        self._set_timer(self._too_slow)

    def data_received(self, data: bytes) -> None:
        if self._answered or self.task is not None:
            self._stop_reading()
            return
        self._data += data
        try:
            request = self._parse()
        except _Refused as refused:
            self._answer(Response(refused.status, f"{refused}\n".encode(), TEXT))
            return
        if request is not None:
            self._cancel_timer()
            self.task = asyncio.get_running_loop().create_task(self._handle(request))

    def eof_received(self) -> bool:
        """The client may close its side first and still wait for the answer; without a whole request there is none."""
        return self.task is not None

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_timer()
        if self.task is not None:
            self.task.cancel()
        self._server.closed(self)

    def drop(self) -> None:
        """End it without a word."""
        if self._transport is not None:
            self._transport.abort()

    # -- the request ---------------------------------------------------------------------------------------------
    def _parse(self) -> Request | None:
        """The request when it is whole; raises _Refused."""
        limits = self._server.limits
        head, separator, body = self._data.partition(b"\r\n\r\n")
        line = _REQUEST_LINE.match(self._data)
        if line is None and (separator or b"\n" in self._data or len(self._data) > limits.head):
            raise _Refused(400, "This is no HTTP/1.1 request")
        if len(head) > limits.head:
            raise _Refused(431, f"The header is longer than {limits.head} bytes")
        if not separator or line is None:
            return None
        wanted = self._length(head + b"\r\n")
        if len(body) < wanted:
            return None
        method = line.group(1).decode()
        if method not in ("GET", "HEAD", "POST"):
            raise _Refused(405, f"{method} is not possible here")
        transport = t.cast(asyncio.Transport, self._transport)
        return Request(
            method,
            line.group(2).decode(),
            body[:wanted],
            _ip(transport.get_extra_info("sockname")),
            _ip(transport.get_extra_info("peername")),
        )

    def _length(self, head: bytes) -> int:
        if _ENCODING.search(head):
            raise _Refused(411, "A body needs Content-Length")
        match = _LENGTH.search(head)
        wanted = int(match.group(1)) if match else 0
        if wanted > self._server.limits.body:
            raise _Refused(413, f"The body is longer than {self._server.limits.body} bytes")
        return wanted

    # -- the answer ----------------------------------------------------------------------------------------------
    async def _handle(self, request: Request) -> None:
        try:
            response = await self._server.handler(request)
        except Exception as exc:  # pylint: disable=broad-except
            response = Response(500, f"Cannot answer: {exc}\n".encode(), TEXT)
        self._answer(response, request.method != "HEAD")

    def _answer(self, response: Response, with_body: bool = True) -> None:
        self._answered = True
        self._data = b""
        transport = t.cast(asyncio.Transport, self._transport)
        if not transport.is_closing():
            self._set_timer(self.drop)
            transport.write(response.encode(with_body))
            transport.close()

    def _stop_reading(self) -> None:
        """What comes after the request is of no interest."""
        transport = t.cast(asyncio.Transport, self._transport)
        if transport.is_reading():
            transport.pause_reading()

    # -- time ----------------------------------------------------------------------------------------------------
    def _too_slow(self) -> None:
        self._timer = None
        if self._data:
            self._answer(
                Response(408, f"The request is not whole after {self._server.limits.seconds:g} s\n".encode(), TEXT)
            )
        else:
            self.drop()

    def _set_timer(self, action: t.Callable[[], None]) -> None:
        self._cancel_timer()
        self._timer = asyncio.get_running_loop().call_later(self._server.limits.seconds, action)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class _Refused(Exception):
    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def _ip(address: t.Sequence[t.Any] | None) -> str:
    """The IP address of a socket's name. A dual-stack socket sees IPv4 addresses as ::ffff:192.0.2.1 (RFC 4291)."""
    text = str(address[0]) if address else ""
    return text[7:] if text.startswith("::ffff:") and "." in text else text


def listen(port: int, kind: int = socket.SOCK_STREAM, address: str = "") -> socket.socket:
    """A non-blocking socket on a port of one address, or of all, IPv6 and IPv4 alike. Raises OSError."""
    if address:
        return _bound(socket.AF_INET6 if ":" in address else socket.AF_INET, kind, address, port, False)
    try:
        return _bound(socket.AF_INET6, kind, "::", port, True)
    except OSError:
        return _bound(socket.AF_INET, kind, "0.0.0.0", port, True)  # a kernel without IPv6


def _bound(family: int, kind: int, address: str, port: int, dual: bool) -> socket.socket:
    sock = socket.socket(family, kind)
    try:
        sock.setblocking(False)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(not dual))
        if kind == socket.SOCK_STREAM:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address, port))
        if kind == socket.SOCK_STREAM:
            sock.listen(512)
    except BaseException:
        sock.close()
        raise
    return sock
