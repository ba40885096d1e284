# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Writes the status of checks: changes at once, the rest now and then, and everything that is pending when the API
server is back or the program ends.

A write is the whole status as a JSON patch, so no version has to be known and no conflict is possible; what waits is a
check, not a status, so what is written is the newest. Two writes of one check never overlap.
"""

from __future__ import annotations

import asyncio
import collections
import json
import re
import time
import typing as t
import zlib

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._record import (
    CLEAN,
    ROUTINE,
    URGENT,
    Record,
    next_slot,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._store import number
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._api import (
    JSON_PATCH,
    METADATA_ONLY,
    Api,
    segment,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._api_error import ApiError, one_line
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._log import Told, logger
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._waiting import Backoff, end
from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._check import format_status

WORKERS = 4
HASTE = 12  # more of them when the program ends: thousands of checks may be pending
REPAIR_SECONDS = 60.0
# Errors that are not about one object: nothing else would get through now either.
_FOR_ALL = frozenset(("unreachable", "timeout", "tls", "busy", "unauthorized", "forbidden"))
# Errors after which nobody knows whether it was done.
_UNSURE = frozenset(("unreachable", "timeout", "server", "garbled"))
_ODD_IN_A_ROW = 5
_VERSION = re.compile(rb'"resourceVersion":\s*"([^"\\]*)"')


class Writer:
    """collection: the API path of the checks. interval: seconds between regular writes of one check. wrote: told of
    every version that comes of a write.
    """

    def __init__(
        self, api: Api, collection: str, interval: float, wrote: t.Callable[[str], None], backoff: Backoff | None = None
    ) -> None:
        self._api, self._collection, self._interval, self._wrote = api, collection, interval, wrote
        self._urgent: collections.deque[Record] = collections.deque()
        self._routine: collections.deque[Record] = collections.deque()
        self._backoff = backoff or Backoff(limit=5.0)
        self._told = Told("Writing status")
        self._resume_at = 0.0
        self._odd = 0
        self._delayed: dict[str, int] = {}
        self._refused: set[str] = set()
        self._doubtful: set[str] = set()
        self._active = 0
        self._work = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self.writes = 0

    def add(self, record: Record, urgency: int) -> None:
        """Write the status of this check when its turn comes: urgent ones first."""
        if urgency <= record.queued:
            return
        record.queued = urgency
        if not record.writing:
            self._push(record)

    def forget(self, record: Record) -> None:
        """Nothing waits for this check any more."""
        record.queued, record.unsaved = CLEAN, False
        self._delayed.pop(record.name, None)
        self._refused.discard(record.name)
        self._doubtful.discard(record.name)

    def compare(self, record: Record, obj: t.Mapping[str, t.Any]) -> None:
        """The object was changed after the last write that we know of. Where its status is not what we wrote, an
        earlier write came late, or somebody else has written: write again, but not all the time.
        """
        if record.writing or record.queued != CLEAN:
            return
        if zlib.crc32(_canonical(obj.get("status") or {})) != record.digest:
            self._repair(record)

    async def run(self) -> None:
        """Until cancelled."""
        workers = [asyncio.ensure_future(self._worker()) for _number in range(WORKERS)]
        try:
            await asyncio.gather(*workers)
        finally:
            await end(workers)

    async def flush(self, records: t.Iterable[Record]) -> None:
        """Write what is pending now, and come back when that is done."""
        for record in records:
            if record.unsaved:
                self.add(record, ROUTINE)
        self._resume_at = 0.0
        self._api.add_connections(HASTE)
        helpers = [asyncio.ensure_future(self._worker()) for _number in range(HASTE)]
        try:
            await self._idle.wait()
        finally:
            await end(helpers)

    # -- the queue ------------------------------------------------------------------------------------------------
    def _push(self, record: Record) -> None:
        (self._urgent if record.queued == URGENT else self._routine).append(record)
        self._work.set()
        self._idle.clear()

    def _pop(self) -> Record | None:
        """A record may be in both queues, or there in vain."""
        for queue in (self._urgent, self._routine):
            while queue:
                record = queue.popleft()
                if record.queued != CLEAN and not record.writing:
                    return record
        return None

    async def _worker(self) -> None:
        while True:
            left = self._resume_at - time.monotonic()
            if left > 0:
                await asyncio.sleep(left)
                continue
            record = self._pop()
            if record is None:
                self._work.clear()
                if not self._active and not self._delayed:
                    self._idle.set()
                await self._work.wait()
                continue
            self._active += 1
            try:
                await self._write(record)
            finally:
                self._active -= 1

    # -- one write ------------------------------------------------------------------------------------------------
    async def _write(self, record: Record) -> None:
        urgency, record.queued, record.unsaved, record.writing = record.queued, CLEAN, False, True
        text = _canonical(format_status(record.status))
        try:
            data = await self._api.request(
                "PATCH",
                f"{self._collection}/{segment(record.name)}/status",
                b'[{"op":"add","path":"/status","value":' + text + b"}]",
                JSON_PATCH,
                METADATA_ONLY,
            )
            found = _VERSION.search(data)
            if found is None:
                raise ApiError(
                    "garbled",
                    f"Cannot write the status of {record.name}: the answer is not an object: {one_line(data[:100])}",
                )
        except ApiError as exc:
            record.writing, record.unsaved = False, True
            self._failed(record, max(urgency, record.queued), exc)
            return
        except BaseException:
            record.writing, record.unsaved = False, True
            raise
        record.writing = False
        self._succeeded(record, text, found.group(1).decode())

    def _succeeded(self, record: Record, text: bytes, version: str) -> None:
        self.writes += 1
        self._odd = 0
        self._backoff.reset()
        self._told.good()
        self._delayed.pop(record.name, None)
        self._refused.discard(record.name)
        if record.name in self._doubtful:
            # The write before may have been done all the same; then this one changed nothing, and the version is of
            # somebody
            # else's change, of which the watch must tell us.
            self._doubtful.discard(record.name)
        else:
            self._wrote(version)
        record.written, record.digest = number(version), zlib.crc32(text)
        record.next_write = next_slot(record.name, self._interval, time.monotonic())
        if record.seen > record.written > 0:
            self._repair(record)
        elif record.queued != CLEAN:
            self._push(record)

    def _repair(self, record: Record) -> None:
        now = time.monotonic()
        if now - record.repaired >= REPAIR_SECONDS:
            record.repaired = now
            record.queued = CLEAN
            self.add(record, URGENT)
        else:
            record.next_write = 0.0
            if record.queued != CLEAN:
                self._push(record)

    def _failed(self, record: Record, urgency: int, exc: ApiError) -> None:
        record.queued = CLEAN
        if exc.kind in _UNSURE:
            self._doubtful.add(record.name)
        if exc.kind == "missing":  # the watch will say what became of it
            self._delayed.pop(record.name, None)
            return
        if exc.kind == "invalid":
            self._delayed.pop(record.name, None)
            if record.name not in self._refused:
                self._refused.add(record.name)
                logger.error("Cannot write the status of %s: %s", record.name, exc)
            return
        if exc.kind in _FOR_ALL:
            self._told.bad(f"Cannot write status: {exc}", exc.group)
            self._block(exc)
            record.queued = urgency
            (self._urgent if urgency == URGENT else self._routine).appendleft(record)
            return
        self._odd += 1
        if self._odd >= _ODD_IN_A_ROW:
            self._told.bad(f"Cannot write status: {exc}", exc.group)
            self._block(exc)
        again = self._delayed.get(record.name, 0)
        self._delayed[record.name] = again + 1
        asyncio.get_running_loop().call_later(max(exc.pause, min(30.0, 0.2 * 2**again)), self._again, record, urgency)

    def _again(self, record: Record, urgency: int) -> None:
        if record.name in self._delayed:
            self.add(record, urgency)

    def _block(self, exc: ApiError) -> None:
        if self._resume_at <= time.monotonic():  # one of several workers that failed together
            self._resume_at = time.monotonic() + self._backoff.pause(exc.pause)


def _canonical(status: t.Mapping[str, t.Any]) -> bytes:
    return json.dumps(status, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
