# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""A collection of the API, kept up to date: a list, then what changes in it, for ever.

https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._api import Api
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._api_error import ApiError, one_line
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._log import Told
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._waiting import Backoff

JsonObject = dict[str, t.Any]
# Seconds after which the server ends a watch. In a quiet cluster it may not say a word until then, not even a bookmark;
# whether
# the machine is there at all is TCP's business (keepalive).
WATCH_SECONDS = (240, 480)
LATE_SECONDS = 30.0
AWAY_SECONDS = 5.0  # how often at least to look whether the server is back
STEADY_SECONDS = 5.0  # a stream of that age works
BREATH = 20  # objects between two breaths: probes are waiting for the processor
# Inside a JSON text quotes are escaped, so this is a key, and the first one is that of the object's metadata.
_VERSION = re.compile(rb'"resourceVersion":"([^"\\]*)"')


class Handler:
    """Who wants to know. Methods are called in the order of the server's changes."""

    def begin(self) -> None:
        """A list begins: what is not seen until listed() is gone."""

    def seen(self, obj: JsonObject) -> None:
        """An object as it is now."""

    def gone(self, obj: JsonObject) -> None:
        """An object as it was when it was deleted."""

    def listed(self) -> None:
        """The list is complete."""

    def known(self, version: str) -> bool:
        """Whether the object of this version need not be read: it is what we have written ourselves."""
        return False


class _Expired(Exception):
    """The server has forgotten what happened since: list again."""


Explain = t.Callable[[ApiError], t.Awaitable[str]]


class Watch:
    """what: the collection, in a sentence. explain: a better text for an error, where there is one."""

    def __init__(
        self,
        api: Api,
        path: str,
        what: str,
        handler: Handler,
        explain: Explain | None = None,
        backoff: Backoff | None = None,
    ) -> None:
        self._api, self._path, self._what, self._handler, self._explain = api, path, what, handler, explain
        self._backoff = backoff or Backoff()
        self._version = ""
        self._told = Told(f"Watching {what}")
        self.synced = asyncio.Event()

    @property
    def problem(self) -> str:
        """Why it does not work now; empty when it does."""
        return self._told.problem

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                if not self._version:
                    await self._list()
                await self._follow()
            except _Expired:
                self._version = ""
                await asyncio.sleep(self._backoff.pause())
            except ApiError as exc:
                await self._failed(exc)

    async def _failed(self, exc: ApiError) -> None:
        if exc.kind in ("gone", "garbled", "missing"):
            self._version = ""
        text = str(exc)
        if self._explain is not None:
            text = await self._explain(exc) or text
        self._told.bad(f"Cannot watch {self._what}: {text}", "away" if exc.away else "")
        pause = self._backoff.pause(exc.pause)
        await asyncio.sleep(min(pause, AWAY_SECONDS) if exc.away else pause)

    async def _list(self) -> None:
        handler = self._handler
        handler.begin()
        version, count = "", 0
        async for page in self._api.pages(self._path):
            for obj in page.objects():
                handler.seen(obj)
                count += 1
                if count % BREATH == 0:
                    await asyncio.sleep(0)
            page.finish()
            version = page.version or version
        if not version:
            raise ApiError("garbled", f"Cannot list {self._path}: the list has no resourceVersion")
        handler.listed()
        self._version = version
        self.synced.set()

    def _worked(self) -> None:
        self._backoff.reset()
        self._told.good()

    async def _follow(self) -> None:
        """One stream of changes; the server ends it after some minutes."""
        seconds = random.randint(*WATCH_SECONDS)
        query = f"watch=1&allowWatchBookmarks=true&resourceVersion={self._version}&timeoutSeconds={seconds}"
        lines = self._api.lines(f"{self._path}{'&' if '?' in self._path else '?'}{query}", seconds + LATE_SECONDS)
        steady: asyncio.TimerHandle | None = None
        begun, count = time.monotonic(), 0
        try:
            async for line in lines:
                if steady is None:
                    steady = asyncio.get_running_loop().call_later(STEADY_SECONDS, self._worked)
                if line.strip():
                    self._line(line)
                    count += 1
                    if count % BREATH == 0:
                        await asyncio.sleep(0)
        finally:
            if steady is not None:
                steady.cancel()
            await lines.aclose()
        if time.monotonic() - begun < STEADY_SECONDS:
            await asyncio.sleep(self._backoff.pause())

    def _line(self, line: bytes) -> None:
        found = _VERSION.search(line)
        if found is not None:
            version = found.group(1).decode()
            if self._handler.known(version):
                self._version = version
                return
        try:
            event = json.loads(line)
            kind, obj = event["type"], event["object"]
            metadata = obj.get("metadata") or {}
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise ApiError("garbled", f"the server sent a line that is no event: {one_line(line[:100])!r}") from None
        if kind == "ERROR":
            if obj.get("code") == 410:
                raise _Expired
            raise ApiError("server", f"the server says: {one_line(obj.get('message') or obj)}")
        if kind in ("ADDED", "MODIFIED"):
            self._handler.seen(obj)
        elif kind == "DELETED":
            self._handler.gone(obj)
        self._version = str(metadata.get("resourceVersion") or self._version)
