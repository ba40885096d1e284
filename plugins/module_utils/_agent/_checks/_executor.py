# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Carries out a plan: creates and patches check objects, a few at a time, and does not repeat what is on its way."""

from __future__ import annotations

import asyncio
import time
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._reconcile import JsonObject, Plan
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._store import Entry
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._api import (
    JSON,
    MERGE_PATCH,
    METADATA_ONLY,
    Api,
    encode,
    segment,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._api_error import ApiError
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._log import Told, logger
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._waiting import Backoff

WORKERS = 3  # one connection is left for status
SLICE = 1000  # operations until somebody should look again what is wanted
ECHO_SECONDS = 10.0  # until a change that we made should have come back over the watch
REFUSED_SECONDS = 300.0


class _Operation(t.NamedTuple):
    name: str
    method: str
    path: str
    body: JsonObject


class Executor:
    """collection: the API path of the checks. entries: the objects as the watch knows them."""

    def __init__(
        self, api: Api, collection: str, entries: t.Mapping[str, Entry], backoff: Backoff | None = None
    ) -> None:
        self._api, self._collection, self._entries = api, collection, entries
        self._backoff = backoff or Backoff(1.0, 15.0)
        self._told = Told("Changing checks")
        self._pending: dict[str, tuple[float, str]] = {}
        self._refused: dict[str, str] = {}
        self._resume_at = 0.0

    async def carry_out(self, plan: Plan) -> float | None:
        """Seconds after which to plan again because something is left to be done; None: nothing is."""
        now = time.monotonic()
        if now < self._resume_at:
            return self._resume_at - now
        operations = [
            *(
                _Operation(name, "PATCH", f"{self._collection}/{segment(name)}", body)
                for name, body in sorted(plan.patches.items())
            ),
            *(_Operation(name, "POST", self._collection, body) for name, body in plan.creates.items()),
        ]
        self._pending = {name: told for name, told in self._pending.items() if told[0] > now}
        todo = [operation for operation in operations if not self._is_pending(operation.name)]
        queue = iter(todo[:SLICE])
        await asyncio.gather(*(self._work(queue) for _number in range(WORKERS)))
        if self._resume_at > time.monotonic():
            return self._resume_at - time.monotonic()
        if len(todo) > SLICE:
            return 0.0
        return ECHO_SECONDS if operations else None

    async def delete(self, entry: Entry) -> bool:
        """Delete an object if it is still the one that we know. Raises ApiError."""
        preconditions = {"uid": entry.uid}
        if entry.record is None:
            preconditions["resourceVersion"] = entry.check.resource_version
        body = {"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": preconditions}
        try:
            await self._api.request(
                "DELETE", f"{self._collection}/{segment(entry.check.name)}", encode(body), accept=METADATA_ONLY
            )
        except ApiError as exc:
            if exc.kind in ("missing", "conflict"):
                return False
            raise
        return True

    def _version(self, name: str) -> str:
        entry = self._entries.get(name)
        return entry.check.resource_version if entry is not None else ""

    def _is_pending(self, name: str) -> bool:
        told = self._pending.get(name)
        return told is not None and told[1] == self._version(name)

    async def _work(self, queue: t.Iterator[_Operation]) -> None:
        for operation in queue:
            if self._resume_at > time.monotonic():
                return
            version = self._version(operation.name)
            content = MERGE_PATCH if operation.method == "PATCH" else JSON
            seconds = ECHO_SECONDS
            try:
                await self._api.request(
                    operation.method, operation.path, encode(operation.body), content, METADATA_ONLY
                )
            except ApiError as exc:
                seconds = self._failed(operation, exc)
            else:
                self._told.good()
                self._backoff.reset()
                self._refused.pop(operation.name, None)
            if seconds:
                self._pending[operation.name] = (time.monotonic() + seconds, version)

    def _failed(self, operation: _Operation, exc: ApiError) -> float:
        """Seconds in which it is not to be tried again, as long as the object does not change."""
        if exc.kind == "conflict":
            return ECHO_SECONDS  # somebody was faster, and the watch will tell
        if exc.kind == "invalid":
            if self._refused.get(operation.name) != str(exc):
                self._refused[operation.name] = str(exc)
                logger.error("Cannot have the check %s: %s", operation.name, exc)
            return REFUSED_SECONDS
        self._told.bad(f"Cannot change checks: {exc}", exc.group)
        if self._resume_at <= time.monotonic():
            self._resume_at = time.monotonic() + self._backoff.pause(exc.pause)
        return 0.0
