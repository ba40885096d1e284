# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Kubernetes events, sent one after the other in the order in which things happened; kept while the API server
is away.
"""

from __future__ import annotations

import asyncio
import collections
import datetime
import hashlib
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._config import Identity
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._event import NORMAL, WARNING, Event
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._api import Api, encode
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._api_error import ApiError
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._log import Told, logger
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._waiting import Backoff
from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._check import (
    GROUP,
    KIND,
    VERSION,
    format_time,
)

LONGEST_QUEUE = 2000
LONGEST_MESSAGE = 1024  # https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
LONGEST_NAME = 253
COMPONENT = "check-endpoint"  # as the original's, which people filter for
DROPPED = "EventsDropped"


class _Queued(t.NamedTuple):
    """check: the object's name, empty for our own pod."""

    check: str
    uid: str
    event: Event
    when: datetime.datetime
    number: int


class Events:
    """The events of one source. limit: how many are kept; the oldest go first, and how many did is told."""

    def __init__(self, api: Api, me: Identity, limit: int = LONGEST_QUEUE, backoff: Backoff | None = None) -> None:
        self._api, self._me, self._limit = api, me, limit
        self._queue: collections.deque[_Queued] = collections.deque()
        self._backoff = backoff or Backoff(limit=5.0)
        self._told = Told("Sending events")
        self._work = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._number = 0
        self._dropped = 0
        self.dropped = 0  # since the start

    def add(self, check: str, uid: str, event: Event, when: datetime.datetime) -> None:
        """Send this after all that were added before. when: UTC."""
        self._number += 1
        self._queue.append(_Queued(check, uid, event, when, self._number))
        if len(self._queue) > self._limit:
            self._queue.popleft()
            self._dropped += 1
            self.dropped += 1
        self._idle.clear()
        self._work.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            while self._queue:
                await self._send_first()
            self._idle.set()
            self._work.clear()
            await self._work.wait()

    async def drained(self) -> None:
        """When all have been sent."""
        await self._idle.wait()

    def __len__(self) -> int:
        return len(self._queue)

    async def _send_first(self) -> None:
        count, first = self._dropped, self._queue[0]
        if count:
            text = f"{count} events before this one were dropped, because more than {self._limit} waited to be sent"
            first = _Queued("", self._me.uid, Event(WARNING, DROPPED, text), first.when, -first.number)
        try:
            body = encode(self._object(first))
            await self._api.request("POST", f"/api/v1/namespaces/{self._me.namespace}/events", body)
        except ApiError as exc:
            if exc.transient and exc.kind != "conflict":
                self._told.bad(f"Cannot send events: {exc}", exc.group)
                await asyncio.sleep(self._backoff.pause(exc.pause))
                return
            if exc.kind != "conflict":  # 409: an earlier attempt was heard, its answer was not
                self._told.bad(f"Cannot send events: {exc}", exc.group)
        else:
            self._told.good()
        self._backoff.reset()
        if count:
            self._dropped -= count
            logger.warning("Dropped %d events: more than %d waited to be sent", count, self._limit)
        elif self._queue and self._queue[0] is first:  # it may have been dropped meanwhile
            self._queue.popleft()

    def _object(self, queued: _Queued) -> dict[str, t.Any]:
        me, time = self._me, format_time(queued.when)
        # The same event has the same name however often it is sent.
        seed = f"{me.uid}/{me.pod}/{queued.number}/{queued.when.isoformat()}"
        suffix = hashlib.sha256(seed.encode()).hexdigest()[:16]
        involved = {"apiVersion": "v1", "kind": "Pod", "name": me.pod, "namespace": me.namespace, "uid": me.uid}
        if queued.check:
            involved = {
                "apiVersion": f"{GROUP}/{VERSION}",
                "kind": KIND,
                "name": queued.check,
                "namespace": me.namespace,
                "uid": queued.uid,
            }
        return {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {
                "name": f"{involved['name'][: LONGEST_NAME - 17].rstrip('.-')}.{suffix}",
                "namespace": me.namespace,
            },
            "involvedObject": involved,
            "related": {"apiVersion": "v1", "kind": "Node", "name": me.node},
            "type": queued.event.type if queued.event.type in (NORMAL, WARNING) else NORMAL,
            "reason": queued.event.reason,
            "message": _cut(queued.event.message),
            "source": {"component": COMPONENT, "host": me.node},
            "reportingComponent": COMPONENT,
            "reportingInstance": me.pod,
            "firstTimestamp": time,
            "lastTimestamp": time,
            "count": 1,
        }


def _cut(message: str) -> str:
    """Bytes count for the API server."""
    raw = message.encode()
    return message if len(raw) <= LONGEST_MESSAGE else raw[: LONGEST_MESSAGE - 3].decode("utf-8", "ignore") + "..."
