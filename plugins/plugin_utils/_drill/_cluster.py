# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Make the objects of an exercise in a namespace of their own, wait until it bites, and take all of it away."""

from __future__ import annotations

import collections.abc
import time
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Kube, segment
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._drill._exercises import (
    BROKEN,
    CLIENT,
    LABELS,
    SERVER,
    manifests,
    namespace_manifest,
)

_NAMESPACES = "/api/v1/namespaces"
_PLACES = {"Pod": "/api/v1/namespaces/{}/pods", "Service": "/api/v1/namespaces/{}/services"}
_DEPLOYMENTS = "/apis/apps/v1/namespaces/{}/deployments"
_POLL = 0.5

Sleep = t.Callable[[float], None]


class Cluster:
    """A namespace on a cluster. Everything raises KubeError."""

    def __init__(self, kube: Kube, namespace: str, wait_timeout: float, sleep: Sleep = time.sleep) -> None:
        self._kube, self._namespace, self._wait, self._sleep = kube, namespace, wait_timeout, sleep
        self._path = f"{_NAMESPACES}/{segment(namespace)}"

    @property
    def name(self) -> str:
        """The cluster and the namespace, as a person confirms them."""
        return f"{self._namespace}@{self._kube.server}"

    def make(self, name: str, image: str, pull_policy: str) -> None:
        """Make an exercise; what was made is taken away again when it does not come up."""
        if self._found() is not None:
            raise KubeError(
                "conflict",
                f"Cannot make a drill in namespace {self._namespace}: it exists; a drill has one of its own."
                " If an earlier drill left it, take it away with drill_state=absent",
            )
        self._kube.create(_NAMESPACES, namespace_manifest(self._namespace))
        try:
            self._await("the account that pods run under", self._account)
            for manifest in manifests(name, self._namespace, image, pull_policy):
                place = _PLACES.get(manifest["kind"], _DEPLOYMENTS).format(segment(self._namespace))
                self._kube.create(place, manifest)
            self._await(f"the pod {CLIENT}", lambda: _is_ready(self._pods(CLIENT)))
            self._await(f"the pods of {SERVER}", lambda: self._bites(BROKEN[name].runs))
        except BaseException:
            self.remove()
            raise

    def remove(self) -> bool:
        """Take the namespace away, with all that is in it, and wait until it is gone; whether it was there."""
        found = self._found()
        if found is None:
            return False
        labels = found["metadata"].get("labels") or {}
        if any(labels.get(key) != value for key, value in LABELS.items()):
            raise KubeError(
                "conflict", f"Cannot remove namespace {self._namespace}: it was not made by a drill of this collection"
            )
        self._kube.delete(self._path)
        self._await(f"namespace {self._namespace} is gone", lambda: self._found() is None)
        return True

    def _found(self) -> JsonObject | None:
        try:
            return self._kube.get(self._path)
        except KubeError as exc:
            if exc.kind == "not_found":
                return None
            raise

    def _account(self) -> bool:
        """Kubernetes makes it a moment after the namespace, and no pod can be made before."""
        try:
            self._kube.get(f"{self._path}/serviceaccounts/default")
        except KubeError as exc:
            if exc.kind == "not_found":
                return False
            raise
        return True

    def _pods(self, app: str) -> list[JsonObject]:
        return list(self._kube.list(f"{self._path}/pods", label_selector=f"app={app}"))

    def _bites(self, runs: str) -> bool:
        pods = self._pods(SERVER)
        if runs == "waiting":
            return any("waiting" in state and _reason(state).startswith(("Err", "Image")) for state in _states(pods))
        if runs == "running":
            return any("running" in state for state in _states(pods))
        return _is_ready(pods) if runs else True

    def _await(self, what: str, condition: collections.abc.Callable[[], bool]) -> None:
        end = time.monotonic() + self._wait
        while not condition():
            if time.monotonic() >= end:
                raise KubeError("timeout", f"Cannot make a drill: {what} did not come within {self._wait:g} s")
            self._sleep(_POLL)


def _states(pods: t.Iterable[JsonObject]) -> t.Iterator[JsonObject]:
    for pod in pods:
        for container in (pod.get("status") or {}).get("containerStatuses") or []:
            yield container.get("state") or {}


def _reason(state: JsonObject) -> str:
    return str((state.get("waiting") or {}).get("reason") or "")


def _is_ready(pods: t.Sequence[JsonObject]) -> bool:
    def ready(pod: JsonObject) -> bool:
        conditions = (pod.get("status") or {}).get("conditions") or []
        return any(entry.get("type") == "Ready" and entry.get("status") == "True" for entry in conditions)

    return bool(pods) and all(map(ready, pods))
