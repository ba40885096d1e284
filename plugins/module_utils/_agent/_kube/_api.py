# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""A small asynchronous client of the Kubernetes API: few connections that stay open, a deadline for every request,
lists in chunks, streams of watch events.

One call is one attempt, but for two causes that say nothing about the server: a connection that was closed while it was
idle, and a token that has been replaced. Whoever calls decides what to do about an ApiError.
"""

from __future__ import annotations

import asyncio
import datetime
import email.utils
import json
import time
import typing as t
import urllib.parse

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._access import Access
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._api_error import (
    ApiError,
    one_line,
    refusal,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._http import (
    ClosedError,
    Connection,
    Head,
    open_connection,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._pages import Page, read_page

JsonObject = dict[str, t.Any]
JSON = "application/json"
# The answer to a write has no need to bring the whole object back
# (https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables).
METADATA_ONLY = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"
JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
CHUNK = 500
REQUEST_SECONDS = 10.0
LIST_SECONDS = 60.0
IDLE_SECONDS = 60.0  # the API server closes what is idle for 90 s
LONGEST_LINE = 16 * 1024 * 1024
_EXPIRED_LISTS = 3


class ServerClock:
    """The API server's clock, as its last answer told it, to the second."""

    def __init__(self) -> None:
        self._said: tuple[str, float] | None = None

    def heard(self, date: str | None) -> None:
        """The Date header of an answer."""
        if date:
            self._said = (date, time.monotonic())

    def now(self) -> datetime.datetime | None:
        """UTC; None before the first answer."""
        if self._said is None:
            return None
        try:
            then = email.utils.parsedate_to_datetime(self._said[0])
        except (TypeError, ValueError):
            return None
        if then.tzinfo is None:
            then = then.replace(tzinfo=datetime.timezone.utc)
        return then + datetime.timedelta(seconds=time.monotonic() - self._said[1])


class Api:
    """One API server. connections: how many requests go on at once at most; streams have connections of their own."""

    def __init__(self, access: Access, connections: int = 4, user_agent: str = "podnet.diagnostics") -> None:
        self.access = access
        self.clock = ServerClock()
        self.counts: dict[tuple[str, str], int] = {}
        self._idle: list[Connection] = []
        self._slots = asyncio.Semaphore(connections)
        self._fixed = f"Host: {access.authority}\r\nUser-Agent: {user_agent}\r\n"

    async def get(self, path: str) -> JsonObject:
        """GET one object."""
        return parse_object(path, await self.request("GET", path))

    async def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        content: str = JSON,
        accept: str = JSON,
        seconds: float = REQUEST_SECONDS,
    ) -> bytes:
        """The body of a good answer. Raises ApiError."""
        async with self._slots:
            for attempt in (1, 2, 3):
                try:
                    status, after, data = await self._attempt(method, path, body, content, accept, seconds)
                except ClosedError:
                    self._count(method, "closed")
                    self._drop_idle()  # they are as old as this one
                    continue
                except ApiError as exc:
                    self._count(method, exc.kind)
                    if exc.away:
                        self._drop_idle()
                    raise
                self._count(method, str(status))
                if 200 <= status < 300:
                    return data
                if status != 401 or attempt > 1 or not self._other_token():
                    raise refusal(method, path, status, after, data)
        raise ApiError("unreachable", f"The API server {self.access.authority} closes every connection")

    async def pages(self, path: str, limit: int = CHUNK) -> t.AsyncIterator[Page]:
        """A collection in chunks: its objects have to be taken from a page before the next one is asked for.

        Where a list expires while it is read (410), an ApiError of kind gone says to begin again.
        """
        token = ""
        while True:
            query = urllib.parse.urlencode({"limit": limit, **({"continue": token} if token else {})})
            data = await self.request("GET", f"{path}{'&' if '?' in path else '?'}{query}", seconds=LIST_SECONDS)
            page = read_page(path, data)
            del data
            yield page
            token = page.finish()
            if not token:
                return

    async def lines(self, path: str, seconds: float) -> t.AsyncGenerator[bytes, None]:
        """The lines of an endless answer, as they come, and an empty one as soon as it begins; it ends when the server
        ends it.
        seconds: of silence that mean that nobody is there. Raises ApiError. Close it, whatever happens."""
        connection = await self._open()
        handle = connection.expire_after(seconds)
        try:
            head = await self._send(connection, "GET", path, None, JSON, JSON)
            self._count("WATCH", str(head.status))
            if head.status != 200:
                data = await connection.body(head)
                if head.status == 401:
                    self._other_token()
                raise refusal("WATCH", path, head.status, head.headers.get("retry-after", ""), data)
            yield b""
            rest = b""
            async for piece in connection.pieces(head):
                handle.cancel()
                handle = connection.expire_after(seconds)
                rest += piece
                if b"\n" in piece:
                    found = rest.split(b"\n")
                    rest = found.pop()
                    for line in found:
                        yield line
                elif len(rest) > LONGEST_LINE:
                    raise ApiError(
                        "garbled", f"Cannot WATCH {path.partition('?')[0]}: a line of more than {LONGEST_LINE} bytes"
                    )
        except ClosedError:
            raise ApiError("unreachable", f"The API server {self.access.authority} closed the connection") from None
        finally:
            handle.cancel()
            connection.close()

    def add_connections(self, count: int) -> None:
        """From now on so many more requests may go on at once."""
        for _number in range(count):
            self._slots.release()

    def close(self) -> None:
        """Close what is idle."""
        self._drop_idle()

    async def _attempt(
        self, method: str, path: str, body: bytes | None, content: str, accept: str, seconds: float
    ) -> tuple[int, str, bytes]:
        connection = self._take() or await self._open()
        handle = connection.expire_after(seconds)
        try:
            head = await self._send(connection, method, path, body, content, accept)
            data = await connection.body(head)
        except BaseException:  # also of a task that is cancelled: half an answer is in this connection
            connection.close()
            raise
        finally:
            handle.cancel()
        if connection.reusable:
            connection.idle_since = time.monotonic()
            self._idle.append(connection)
        else:
            connection.close()
        return head.status, head.headers.get("retry-after", ""), data

    async def _send(
        self, connection: Connection, method: str, path: str, body: bytes | None, content: str, accept: str
    ) -> Head:
        try:
            token = self.access.token()
        except OSError as exc:
            raise ApiError(
                "unauthorized", f"Cannot read the token of the service account: {exc.strerror or exc}"
            ) from None
        head = f"{method} {self.access.prefix}{path} HTTP/1.1\r\n{self._fixed}Accept: {accept}\r\n"
        if token:
            head += f"Authorization: Bearer {token}\r\n"
        if body is not None:
            head += f"Content-Type: {content}\r\nContent-Length: {len(body)}\r\n"
        answer = await connection.send(head + "\r\n", body or b"")
        self.clock.heard(answer.headers.get("date"))
        return answer

    async def _open(self) -> Connection:
        try:
            return await open_connection(self.access)
        except ApiError:
            raise
        except OSError as exc:
            raise ApiError(
                "tls", f"Cannot connect to the API server {self.access.authority}: {one_line(exc)}"
            ) from None

    def _take(self) -> Connection | None:
        """The connection that was used last, if the server has hardly closed it yet."""
        oldest = time.monotonic() - IDLE_SECONDS
        while self._idle:
            connection = self._idle.pop()
            if connection.idle_since >= oldest and not connection.closed:
                return connection
            connection.close()
        return None

    def _drop_idle(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _other_token(self) -> bool:
        try:
            return self.access.renew()
        except OSError:
            return False

    def _count(self, method: str, code: str) -> None:
        key = (method, code)
        self.counts[key] = self.counts.get(key, 0) + 1


def parse_object(path: str, data: bytes) -> JsonObject:
    """A JSON object. Raises ApiError of kind garbled."""
    try:
        parsed = json.loads(data)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise ApiError(
            "garbled", f"Cannot read {path.partition('?')[0]}: the answer is not a JSON object: {one_line(data[:100])}"
        )
    return parsed


def segment(name: str) -> str:
    """A name from outside as one segment of a path: it cannot lead to another object."""
    return urllib.parse.quote(name, safe="")


def encode(value: t.Any) -> bytes:
    """Compact JSON."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
