# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""The sign of life of a source: a Lease called like its pod, renewed while probing goes on.

https://kubernetes.io/docs/concepts/architecture/leases/. Its times are those of the API server's clock, as far as that
is known: readers compare leases of many nodes with one another.
"""

from __future__ import annotations

import asyncio
import datetime
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._config import Identity
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._api import (
    MERGE_PATCH,
    METADATA_ONLY,
    Api,
    encode,
    segment,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._api_error import ApiError
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._log import Told
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._waiting import Backoff
from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._check import MANAGED_BY, OURS

MISSED = 3  # renewals until a lease is over


class Lease:
    """interval: seconds between renewals. alive: whether there is life to be told of."""

    def __init__(
        self, api: Api, me: Identity, interval: float, alive: t.Callable[[], bool], backoff: Backoff | None = None
    ) -> None:
        self._api, self._me, self._interval, self._alive = api, me, interval, alive
        self._backoff = backoff or Backoff(1.0, 10.0)
        self._told = Told("Renewing the lease")
        self._collection = f"/apis/coordination.k8s.io/v1/namespaces/{segment(me.namespace)}/leases"

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            pause = self._interval
            try:
                if self._alive():
                    await self._renew()
                    self._told.good()
                    self._backoff.reset()
            except ApiError as exc:
                self._told.bad(f"Cannot renew the lease: {exc}", exc.group)
                pause = min(self._interval, self._backoff.pause(exc.pause))
            await asyncio.sleep(pause)

    async def _renew(self) -> None:
        spec = {
            "holderIdentity": self._me.pod,
            "leaseDurationSeconds": max(1, round(MISSED * self._interval)),
            "renewTime": self._now(),
        }
        try:
            await self._api.request(
                "PATCH",
                f"{self._collection}/{segment(self._me.pod)}",
                encode({"spec": spec}),
                MERGE_PATCH,
                METADATA_ONLY,
            )
        except ApiError as exc:
            if exc.kind != "missing":
                raise
            await self._api.request("POST", self._collection, encode(self._object(spec)), accept=METADATA_ONLY)

    def _object(self, spec: dict[str, t.Any]) -> dict[str, t.Any]:
        metadata: dict[str, t.Any] = {
            "name": self._me.pod,
            "namespace": self._me.namespace,
            "labels": {MANAGED_BY: OURS},
        }
        if self._me.uid:
            metadata["ownerReferences"] = [
                {"apiVersion": "v1", "kind": "Pod", "name": self._me.pod, "uid": self._me.uid}
            ]
        return {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": metadata,
            "spec": {**spec, "acquireTime": spec["renewTime"]},
        }

    def _now(self) -> str:
        now = self._api.clock.now() or datetime.datetime.now(datetime.timezone.utc)
        return f"{now.astimezone(datetime.timezone.utc).isoformat(timespec='microseconds')[:26]}Z"
