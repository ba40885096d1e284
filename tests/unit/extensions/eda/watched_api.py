# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small real API server that can be listed and watched, and that does what real ones do: it ends watches, forgets old
versions, goes away, comes back with an older version, sends garbage."""

from __future__ import annotations

import asyncio
import json
import typing as t
import urllib.parse

Json = dict[str, t.Any]


class WatchedApi:
    """Objects by path of their collection. Versions grow by one with each change."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Json]] = {}
        self.log: list[tuple[int, str, str, Json]] = []
        self.version = 100
        self.oldest = 100
        self.requests: list[str] = []
        self.refusal: tuple[int, str] | None = None
        self.silent_watches = False
        self._server: asyncio.Server | None = None
        self._streams: list[tuple[str, asyncio.StreamWriter, asyncio.Event]] = []
        self._changed = asyncio.Event()
        self.port = 0

    # -- what happens in the cluster
    def put(self, path: str, uid: str, obj: Json) -> None:
        """An object as it is now."""
        kind = "MODIFIED" if uid in self.objects.get(path, {}) else "ADDED"
        self.version += 1
        obj = {**obj, "metadata": {**obj["metadata"], "uid": uid, "resourceVersion": str(self.version)}}
        self.objects.setdefault(path, {})[uid] = obj
        self._record(kind, path, obj)

    def delete(self, path: str, uid: str) -> None:
        """An object goes."""
        self.version += 1
        self._record("DELETED", path, self.objects[path].pop(uid))

    def _record(self, kind: str, path: str, obj: Json) -> None:
        self.log.append((self.version, kind, path, obj))
        self._changed.set()

    # -- what happens to the server
    async def start(self) -> None:
        """Listen; on the same port as before, after stop()."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Go away, with all connections."""
        assert self._server is not None
        self._server.close()
        self.end_watches()
        await asyncio.sleep(0)

    def end_watches(self) -> None:
        """End every stream, as a server does after some minutes."""
        for _path, writer, ended in self._streams:
            ended.set()
            writer.close()
        self._streams.clear()
        self._changed.set()

    def forget(self) -> None:
        """Compact: watches of older versions get 410."""
        self.version += 1
        self.oldest = self.version
        self.log.clear()

    def say(self, data: bytes) -> None:
        """Send bytes to every stream."""
        for _path, writer, _ended in self._streams:
            writer.write(_chunk(data))

    # -- serving
    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            target = head.split(" ")[1]
            self.requests.append(target)
            path, _question, query = target.partition("?")
            given = urllib.parse.parse_qs(query)
            if self.refusal is not None:
                self._answer(writer, self.refusal[0], {"kind": "Status", "message": self.refusal[1]})
            elif "watch" in given:
                await self._watch(writer, path, int(given["resourceVersion"][0]))
            else:
                items = list(self.objects.get(path, {}).values())
                self._answer(writer, 200, {"items": items, "metadata": {"resourceVersion": str(self.version)}})
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def _answer(self, writer: asyncio.StreamWriter, status: int, body: Json) -> None:
        data = json.dumps(body).encode()
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)

    async def _watch(self, writer: asyncio.StreamWriter, path: str, version: int) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        if version < self.oldest:
            gone = {"type": "ERROR", "object": {"code": 410, "message": "too old resource version"}}
            writer.write(_chunk(json.dumps(gone).encode() + b"\n") + b"0\r\n\r\n")
            return
        ended = asyncio.Event()
        self._streams.append((path, writer, ended))
        while not ended.is_set():
            if not self.silent_watches:
                for number, kind, where, obj in [entry for entry in self.log if entry[0] > version]:
                    version = number
                    if where == path:
                        # In two pieces: a line may come in any number of them.
                        data = json.dumps({"type": kind, "object": obj}).encode() + b"\n"
                        writer.write(_chunk(data[:20]) + _chunk(data[20:]))
            await writer.drain()
            self._changed.clear()
            await self._changed.wait()


def _chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"
