# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Reading the objects of a cluster piece by piece: what was asked for, what was kept of it, and what failed.

One piece that cannot be read, because it is forbidden, fails or takes too long, leaves the others as they are.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import datetime
import functools
import threading
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Kube, segment
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._fields import prune

SCHEMA = "podnet.diagnostics/cluster/v1"

# Every resource that is read, and in which API; config maps are read one by one, so that the rights needed name them.
RESOURCES: t.Mapping[str, str] = {
    "nodes": "/api/v1",
    "namespaces": "/api/v1",
    "pods": "/api/v1",
    "services": "/api/v1",
    "events": "/api/v1",
    "endpointslices": "/apis/discovery.k8s.io/v1",
    "networkpolicies": "/apis/networking.k8s.io/v1",
    "daemonsets": "/apis/apps/v1",
    "deployments": "/apis/apps/v1",
    "statefulsets": "/apis/apps/v1",
    "replicasets": "/apis/apps/v1",
    "replicationcontrollers": "/api/v1",
    "jobs": "/apis/batch/v1",
}
# The configuration of CNI, kube-proxy and cluster DNS.
CONFIG_MAPS = (
    ("kube-flannel", "kube-flannel-cfg"),
    ("kube-system", "kube-flannel-cfg"),
    ("kube-system", "kube-proxy"),
    ("kube-system", "coredns"),
)
_EVENT_REASONS = frozenset(
    (
        "Preempted",
        "Preempting",
        "FailedScheduling",
        "Evicted",
        "FailedCreatePodSandBox",
        "NetworkNotReady",
        "NodeNotReady",
        "FailedDaemonPod",
        "FailedCreate",
        "FailedMount",
        "FailedAttachVolume",
        "BackOff",
        "Unhealthy",
        "Failed",
        "FailedPlacement",
    )
)
# The server picks what is of interest: warnings, and the one reason that is called normal.
_EVENT_SELECTORS = ("type!=Normal", "reason=Preempted")
MOST_EVENTS = 2000
# The first question is a small one: an API that does not answer it within this time does not work.
_FIRST_SECONDS = 10.0
# A node has many fields that are not kept: a chunk of them is large.
_NODES_CHUNK = 250
# What is wrong with the way or with us, and not with one resource. One that is busy has been asked for long enough.
_HOPELESS = frozenset(("unreachable", "timeout", "tls", "config", "unauthorized", "busy"))
_THREADS = 12


class Reader:
    """Collects objects, each once, whoever asks for it how often; safe to use from several threads.

    cluster: what has been read already (cluster.json).
    """

    def __init__(self, kube: Kube, cluster: JsonObject | None = None) -> None:
        self._kube = kube
        self._lock = threading.Lock()
        self._found: dict[str, dict[tuple[str, str], JsonObject]] = {}
        self._errors: list[JsonObject] = []
        self._hopeless: set[str] = set()
        self._before = cluster or {}
        for resource, items in (self._before.get("resources") or {}).items():
            self._found[resource] = {_key(item): item for item in items}
        self._errors += self._before.get("errors") or []

    # -- reading -------------------------------------------------------------------------------------------------
    def version(self) -> JsonObject:
        """The version of the API server. Raises KubeError where nothing at all can be read: the server cannot be
        reached, or does not know us."""
        try:
            return {"gitVersion": self._kube.get("/version", read_seconds=_FIRST_SECONDS).get("gitVersion")}
        except KubeError as exc:
            if exc.kind in _HOPELESS:
                raise
            self.fail("version", exc)
            return {}

    def one(self, resource: str, namespace: str, name: str, again: bool = False) -> JsonObject | None:
        """One object; None where there is none, or where it could not be read. again: also where it is there already,
        of which a part was kept only."""
        known = None if again else self.items(resource).get((namespace, name))
        if known is not None:
            return known
        found = self._tried(resource, lambda: self._one(resource, namespace, name))
        return found[0] if found else None

    def many(
        self,
        resource: str,
        namespace: str = "",
        labels: t.Mapping[str, str] | None = None,
        fields: str | None = None,
        cached: bool = True,
    ) -> list[JsonObject]:
        """The objects that the selectors mean, of one namespace or of all; none where they could not be read."""
        selector = ",".join(f"{key}={value}" for key, value in labels.items()) if labels else None
        path = collection(resource, namespace)
        keep = functools.partial(prune, resource)
        return self._tried(resource, lambda: list(self._kube.list(path, selector, fields, cached=cached, keep=keep)))

    def nodes(self, keep: t.Callable[[JsonObject], JsonObject]) -> list[JsonObject]:
        """All nodes, of which that is kept."""
        path = collection("nodes")
        return self._tried("nodes", lambda: list(self._kube.list(path, limit=_NODES_CHUNK, keep=keep)))

    def events(self, namespace: str, about: str = "") -> list[JsonObject]:
        """The events of a namespace, or about one object of it, that have to do with pods that do not run."""
        return self._tried("events", lambda: self._events(namespace, f"involvedObject.name={about}," if about else ""))

    def names(self, resource: str, namespace: str) -> list[str]:
        """The names of a namespace's objects, of which nothing is kept."""
        path = collection(resource, namespace)
        try:
            return [str(item["metadata"]["name"]) for item in self._kube.list(path, cached=True, keep=_only_name)]
        except KubeError as exc:
            self.fail(resource, exc)
            return []

    def config_maps(self) -> None:
        """The config maps that there are of those that are wanted; a cluster has not all of them."""
        failed: dict[str, KubeError] = {}
        found = []
        with concurrent.futures.ThreadPoolExecutor(max_workers=len(CONFIG_MAPS)) as pool:
            reads = [(name, pool.submit(self._one, "configmaps", namespace, name)) for namespace, name in CONFIG_MAPS]
        for name, read in reads:
            try:
                found += read.result()
            except KubeError as exc:
                failed.setdefault(name, exc)
        if found or not failed:
            self._add("configmaps", found)
        for name, failure in failed.items():
            # Flannel's is in one of two namespaces, or there is no flannel: with the least privileges one is forbidden.
            if name != "kube-flannel-cfg" or failure.kind != "forbidden" or not found:
                self.fail("configmaps", failure)

    def config_map(self, namespace: str, name: str) -> None:
        """One more config map, where there is one and we may read it: no right to that is asked for."""
        with contextlib.suppress(KubeError):
            self._add("configmaps", self._one("configmaps", namespace, name))

    def together(self, *reads: t.Callable[[], t.Any]) -> None:
        """Read several things at the same time."""
        with concurrent.futures.ThreadPoolExecutor(max_workers=_THREADS) as pool:
            for read in [pool.submit(read) for read in reads]:
                read.result()

    def fail(self, resource: str, exc: KubeError) -> None:
        """Note that a resource could not be read, once for each kind of failure."""
        with self._lock:
            if (resource, exc.kind) not in {(error["resource"], error.get("kind")) for error in self._errors}:
                self._errors.append({"resource": resource, "kind": exc.kind, "text": str(exc)})
            if exc.kind in _HOPELESS:
                self._hopeless.add(resource)

    # -- what is there -------------------------------------------------------------------------------------------
    def items(self, resource: str) -> dict[tuple[str, str], JsonObject]:
        """What has been read of a resource, by namespace and name."""
        with self._lock:
            return dict(self._found.get(resource) or {})

    def cluster(self, version: JsonObject | None = None, scope: JsonObject | None = None) -> JsonObject:
        """cluster.json. A resource of which nothing could be read is left out."""
        with self._lock:
            errors = list(self._errors)
            found = {name: dict(items) for name, items in self._found.items()}
        broken = {error["resource"] for error in errors}
        resources = {
            name: [items[key] for key in sorted(items)] for name, items in found.items() if items or name not in broken
        }
        if "events" in resources:
            resources["events"] = sorted(resources["events"], key=_event_time)[-MOST_EVENTS:]
        return {
            "schema": SCHEMA,
            "time": self._before.get("time") or _now(),
            "version": version if version is not None else self._before.get("version") or {},
            "resources": resources,
            "errors": errors,
            "scope": scope or {},
        }

    # -- helpers -------------------------------------------------------------------------------------------------
    def _one(self, resource: str, namespace: str, name: str) -> list[JsonObject]:
        try:
            return [prune(resource, self._kube.get(f"{collection(resource, namespace)}/{segment(name)}"))]
        except KubeError as exc:
            if exc.kind == "not_found":
                return []
            raise

    def _events(self, namespace: str, about: str) -> list[JsonObject]:
        keep = functools.partial(prune, "events")
        return [
            item
            for selector in _EVENT_SELECTORS
            for item in self._kube.list(collection("events", namespace), field_selector=about + selector, keep=keep)
            if item.get("reason") in _EVENT_REASONS
        ]

    def _tried(self, resource: str, read: t.Callable[[], list[JsonObject]]) -> list[JsonObject]:
        """A resource that took too long once is not waited for again."""
        if resource in self._hopeless:
            return []
        try:
            found = read()
        except KubeError as exc:
            self.fail(resource, exc)
            return []
        self._add(resource, found)
        return found

    def _add(self, resource: str, items: t.Iterable[JsonObject]) -> None:
        with self._lock:
            known = self._found.setdefault(resource, {})
            for item in items:
                known[_key(item)] = item


def read_endpoints(kube: Kube, namespace: str, service: str) -> JsonObject:
    """The EndpointSlices of one Service at this moment, each with who has written it. Raises KubeError."""
    items = kube.list(collection("endpointslices", namespace), label_selector=f"kubernetes.io/service-name={service}")
    slices = [{**prune("endpointslices", item), "writers": _writers(item)} for item in items]
    return {"time": _now(), "service": {"namespace": namespace, "name": service}, "endpointslices": slices}


def _writers(item: JsonObject) -> list[str]:
    """The programs that wrote the object, the last one first."""
    fields = (item.get("metadata") or {}).get("managedFields") or []
    latest = sorted(fields, key=lambda entry: str(entry.get("time") or ""), reverse=True)
    return list(dict.fromkeys(str(entry.get("manager")) for entry in latest if entry.get("manager")))


def _now() -> str:
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")


def collection(resource: str, namespace: str = "") -> str:
    """The path of a resource, in one namespace or in all."""
    root = RESOURCES.get(resource, "/api/v1")
    return f"{root}/namespaces/{segment(namespace)}/{resource}" if namespace else f"{root}/{resource}"


def _key(item: JsonObject) -> tuple[str, str]:
    return str(item["metadata"].get("namespace") or ""), str(item["metadata"]["name"])


def _only_name(item: JsonObject) -> JsonObject:
    metadata = item.get("metadata") or {}
    return {"metadata": {"name": metadata.get("name"), "uid": metadata.get("uid")}}


def _event_time(event: JsonObject) -> str:
    """Times in UTC, written alike, so that they sort as text."""
    times = (event.get("lastTimestamp"), event.get("eventTime"), event["metadata"].get("creationTimestamp"))
    return next((str(time) for time in times if time), "")
