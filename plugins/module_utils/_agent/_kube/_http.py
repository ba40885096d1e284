# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""The client's end of one HTTP/1.1 connection (RFC 9112): requests one after the other, bodies whole or as they
come.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._access import Access
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._api_error import ApiError, one_line
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._waiting import TooLate, within

CONNECT_SECONDS = 5.0
LARGEST_BODY = 256 * 1024 * 1024
_PIECE = 65536
# TCP gives up on a peer that does not answer for about 20 s: also where only the API server ever sends (watch).
_KEEPALIVE = (("TCP_KEEPIDLE", 15), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 2), ("TCP_USER_TIMEOUT", 20000))


class ClosedError(Exception):
    """The server has closed the connection without a word: it was idle for too long."""


class Head(t.NamedTuple):
    """How an answer begins. headers: by name in lower case."""

    status: int
    headers: dict[str, str]


class Connection:
    """Open it with open_connection(). After an exception it is of no more use."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: str) -> None:
        self._reader, self._writer, self._peer = reader, writer, peer
        self._expired = 0.0
        self.idle_since = 0.0
        self.fresh = True
        self.reusable = True

    def close(self) -> None:
        """At once, without good-byes."""
        self._writer.transport.abort()

    @property
    def closed(self) -> bool:
        """Whether the server is known to be gone."""
        return self._writer.transport.is_closing() or self._reader.at_eof()

    def expire_after(self, seconds: float) -> asyncio.TimerHandle:
        """Whoever waits for this connection then gets ApiError of kind timeout; cancel the handle in time."""
        return asyncio.get_running_loop().call_later(seconds, self._expire, seconds)

    def _expire(self, seconds: float) -> None:
        self._expired = seconds
        self.close()

    async def send(self, head: str, body: bytes) -> Head:
        """A request, and how its answer begins. Raises ApiError, ClosedError."""
        self._writer.write(head.encode("latin-1") + body)
        try:
            while True:
                raw = await self._reader.readuntil(b"\r\n\r\n")
                answer = self._head(raw)
                if answer.status >= 200:
                    self.fresh = False
                    return answer
        except asyncio.IncompleteReadError as exc:
            if not exc.partial and not self.fresh and not self._expired:
                raise ClosedError from None
            raise self.failure(exc) from None
        except (OSError, asyncio.LimitOverrunError) as exc:
            if isinstance(exc, ConnectionError) and not self.fresh and not self._expired:
                raise ClosedError from None
            raise self.failure(exc) from None

    def _head(self, raw: bytes) -> Head:
        lines = raw.decode("latin-1").split("\r\n")
        words = lines[0].split(" ", 2)
        if not words[0].startswith("HTTP/1.") or len(words) < 2 or not words[1].isdigit():
            raise ApiError(
                "garbled", f"The API server {self._peer} does not speak HTTP/1.1: {one_line(lines[0])[:100]!r}"
            )
        headers = {}
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            if colon:
                headers[name.lower()] = value.strip()
        if words[0] == "HTTP/1.0" or headers.get("connection", "").lower() == "close":
            self.reusable = False
        return Head(int(words[1]), headers)

    async def body(self, head: Head) -> bytes:
        """The whole body. Raises ApiError."""
        if "transfer-encoding" not in head.headers and head.headers.get("content-length", "").isdigit():
            return await self._exactly(self._length(head.headers["content-length"], 10))
        pieces, size = [], 0
        async for piece in self.pieces(head):
            pieces.append(piece)
            size += len(piece)
            if size > LARGEST_BODY:
                raise ApiError("garbled", f"The API server {self._peer} sends more than {LARGEST_BODY} bytes")
        return b"".join(pieces)

    async def pieces(self, head: Head) -> t.AsyncIterator[bytes]:
        """The body as it comes. Raises ApiError."""
        if head.status in (204, 304):
            return
        coding = head.headers.get("transfer-encoding", "").lower()
        if coding == "chunked":
            async for piece in self._chunks():
                yield piece
            return
        if coding:
            raise ApiError(
                "garbled", f"The API server {self._peer} uses an unknown transfer encoding: {one_line(coding)[:50]}"
            )
        if "content-length" in head.headers:
            yield await self._exactly(self._length(head.headers["content-length"], 10))
            return
        self.reusable = False
        while True:
            piece = await self._some()
            if not piece:
                return
            yield piece

    async def _chunks(self) -> t.AsyncIterator[bytes]:
        """RFC 9112, section 7.1; extensions and trailers are skipped."""
        while True:
            left = self._length((await self._line()).partition(b";")[0].strip().decode("latin-1"), 16)
            if left == 0:
                while (await self._line()).strip():
                    pass
                return
            while left:
                piece = await self._some(left)
                if not piece:
                    raise self.failure(asyncio.IncompleteReadError(b"", left))
                left -= len(piece)
                yield piece
            if await self._exactly(2) != b"\r\n":
                raise ApiError("garbled", f"The API server {self._peer} sends garbled chunks")

    def _length(self, text: str, base: int) -> int:
        try:
            length = int(text, base)
        except ValueError:
            length = -1
        if not 0 <= length <= LARGEST_BODY:
            raise ApiError("garbled", f"The API server {self._peer} announces a body of {one_line(text)[:30]!r} bytes")
        return length

    async def _line(self) -> bytes:
        try:
            return await self._reader.readuntil(b"\n")
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as exc:
            raise self.failure(exc) from None

    async def _exactly(self, size: int) -> bytes:
        try:
            return await self._reader.readexactly(size)
        except (OSError, asyncio.IncompleteReadError) as exc:
            raise self.failure(exc) from None

    async def _some(self, most: int = _PIECE) -> bytes:
        try:
            piece = await self._reader.read(min(most, _PIECE))
        except OSError as exc:
            raise self.failure(exc) from None
        if not piece and self._expired:
            raise self.failure(asyncio.IncompleteReadError(b"", most))
        return piece

    def failure(self, exc: Exception) -> ApiError:
        """What to tell about an exception of the stream."""
        if self._expired:
            return ApiError("timeout", f"The API server {self._peer} gave no answer within {self._expired:g} s")
        if isinstance(exc, asyncio.IncompleteReadError):
            return ApiError("unreachable", f"The API server {self._peer} closed the connection")
        if isinstance(exc, asyncio.LimitOverrunError):
            return ApiError("garbled", f"The API server {self._peer} sends a line without an end")
        return ApiError("unreachable", f"The connection to the API server {self._peer} broke: {one_line(exc)}")


async def open_connection(access: Access, seconds: float = CONNECT_SECONDS) -> Connection:
    """A new connection to the API server. Raises ApiError."""
    peer = access.authority
    try:
        context = access.context()
        reader, writer = await within(
            seconds,
            asyncio.open_connection(
                access.host, access.port, ssl=context, server_hostname=access.host if context else None
            ),
        )
    except TooLate:
        raise ApiError("timeout", f"Cannot connect to the API server {peer}: no answer within {seconds:g} s") from None
    except ssl.SSLError as exc:  # also of a certificate that is not right
        raise ApiError("tls", f"Cannot connect to the API server {peer}: {one_line(exc)}") from None
    except OSError as exc:
        raise ApiError("unreachable", f"Cannot connect to the API server {peer}: {_cause(exc)}") from None
    sock = writer.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEPALIVE:
            if hasattr(socket, name):
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return Connection(reader, writer, peer)


def _cause(exc: OSError) -> str:
    """asyncio has texts of its own where the system's would do."""
    text = exc.strerror if isinstance(exc, socket.gaierror) or not exc.errno else os.strerror(exc.errno)
    return one_line(text or exc)
