# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""The list of all target pods, from which the target pods know one another: a ConfigMap that only a source writes."""

from __future__ import annotations

import asyncio
import hashlib
import time
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._api import (
    MERGE_PATCH,
    METADATA_ONLY,
    Api,
    encode,
    segment,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._api_error import ApiError
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._pod import Pod, target_pods
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._log import Told, logger
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._waiting import Backoff, wait_set

SCHEMA = "podnet.diagnostics/peers/v1"
CONFIG_MAP = "network-check-peers"
KEY = "peers.json"
WRITE_SECONDS = 10.0
# Somebody may have emptied it meanwhile.
VERIFY_SECONDS = 600.0
LARGEST = 1000 * 1000  # bytes; a ConfigMap holds 1 MiB (https://kubernetes.io/docs/concepts/configuration/configmap/)


def peers_document(pods: t.Iterable[Pod]) -> str:
    """peers.json. Where it would be too large for a ConfigMap, the names of the pods are left out: their uids prove
    enough.
    """
    found = target_pods(pods, {})
    nodes = sorted(found, key=lambda node: hashlib.sha256(node.encode()).digest())
    text = _document([_peer(found[node], True) for node in nodes])
    if len(text.encode()) > LARGEST:
        text = _document([_peer(found[node], False) for node in nodes])
    return text


def _document(peers: t.Sequence[t.Mapping[str, t.Any]]) -> str:
    return encode({"schema": SCHEMA, "peers": peers}).decode()


def _peer(pod: Pod, named: bool) -> t.Mapping[str, t.Any]:
    return {
        "node": pod.node,
        "host": list(pod.hosts),
        "pod": pod.name if named else "",
        "uid": pod.uid,
        "endpoint": list(pod.addresses),
        "ready": pod.ready,
    }


class Peers:
    """document: what should stand there now; None while that is not known, or when another source writes it."""

    def __init__(
        self,
        api: Api,
        namespace: str,
        document: t.Callable[[], str | None],
        pause: float = WRITE_SECONDS,
        backoff: Backoff | None = None,
    ) -> None:
        self._api, self._document, self._pause = api, document, pause
        self._path = f"/api/v1/namespaces/{segment(namespace)}/configmaps/{CONFIG_MAP}"
        self._backoff = backoff or Backoff(2.0, 30.0)
        self._told = Told("Writing peers.json")
        self._changed = asyncio.Event()
        self._stands: str | None = None
        self._verified = 0.0

    def changed(self) -> None:
        """Look whether there is something to write."""
        self._changed.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await wait_set(self._changed, VERIFY_SECONDS)
            self._changed.clear()
            pause = self._pause
            try:
                await self._write()
            except ApiError as exc:
                self._told.bad(f"Cannot write {KEY}: {exc}", exc.group)
                self._stands = None
                self._changed.set()
                pause = max(pause, self._backoff.pause(exc.pause))
            else:
                self._told.good()
                self._backoff.reset()
            await asyncio.sleep(pause)

    async def _write(self) -> None:
        text = self._document()
        if text is None:
            self._stands = None
            return
        if self._stands is None or time.monotonic() - self._verified >= VERIFY_SECONDS:
            data = (await self._api.get(self._path)).get("data")
            self._stands = str(data.get(KEY) or "") if isinstance(data, dict) else ""
            self._verified = time.monotonic()
        if text == self._stands:
            return
        if len(text.encode()) > LARGEST:
            logger.error("Cannot write %s: %d bytes are more than a ConfigMap holds", KEY, len(text.encode()))
            return
        await self._api.request("PATCH", self._path, encode({"data": {KEY: text}}), MERGE_PATCH, METADATA_ONLY)
        self._stands = text
