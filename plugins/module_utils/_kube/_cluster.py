# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""What is read from the API for a diagnosis: cluster.json.

One resource that cannot be read, because it is forbidden, fails or takes too long, leaves the others as they are.
"""

from __future__ import annotations

import concurrent.futures
import datetime
import functools
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import JsonObject, Kube
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._fields import prune

SCHEMA = "podnet.diagnostics/cluster/v1"

_PATHS: t.Mapping[str, str] = {
    "nodes": "/api/v1/nodes",
    "namespaces": "/api/v1/namespaces",
    "pods": "/api/v1/pods",
    "services": "/api/v1/services",
    "endpointslices": "/apis/discovery.k8s.io/v1/endpointslices",
    "networkpolicies": "/apis/networking.k8s.io/v1/networkpolicies",
    "daemonsets": "/apis/apps/v1/daemonsets",
    "deployments": "/apis/apps/v1/deployments",
    "statefulsets": "/apis/apps/v1/statefulsets",
    "priorityclasses": "/apis/scheduling.k8s.io/v1/priorityclasses",
    "events": "/api/v1/events",
}
# The configuration of CNI, kube-proxy and cluster DNS; read one by one, so that the rights needed name them.
_CONFIG_MAPS = (
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
# What is wrong with the way or with us, and not with one resource.
_HOPELESS = frozenset(("unreachable", "timeout", "tls", "config", "unauthorized"))


def collect(kube: Kube) -> JsonObject:
    """cluster.json. A resource that cannot be read is left out and named in errors; the rest is still read.

    Raises KubeError only where nothing at all can be read: the server cannot be reached, or does not know us.
    """
    errors: list[JsonObject] = []
    version = _read_version(kube, errors)
    reads: dict[str, t.Callable[[], list[JsonObject]]] = {
        name: functools.partial(_read_list, kube, name, path) for name, path in _PATHS.items() if name != "events"
    }
    reads["events"] = functools.partial(_read_events, kube)
    resources: dict[str, list[JsonObject]] = {}
    with concurrent.futures.ThreadPoolExecutor(max_workers=len(reads) + len(_CONFIG_MAPS)) as pool:
        futures = {name: pool.submit(read) for name, read in reads.items()}
        maps = {
            (namespace, name): pool.submit(_read_config_map, kube, namespace, name) for namespace, name in _CONFIG_MAPS
        }
        for name, future in futures.items():
            try:
                resources[name] = future.result()
            except KubeError as exc:
                errors.append(_error(name, exc))
        _gather_config_maps(maps, resources, errors)
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
    return {"schema": SCHEMA, "time": now, "version": version, "resources": resources, "errors": errors}


def _error(resource: str, exc: KubeError) -> JsonObject:
    return {"resource": resource, "kind": exc.kind, "text": str(exc)}


def _read_version(kube: Kube, errors: list[JsonObject]) -> JsonObject:
    try:
        return {"gitVersion": kube.get("/version", read_seconds=_FIRST_SECONDS).get("gitVersion")}
    except KubeError as exc:
        if exc.kind in _HOPELESS:
            raise
        errors.append(_error("version", exc))
        return {}


def _read_list(kube: Kube, name: str, path: str) -> list[JsonObject]:
    return [prune(name, item) for item in kube.list(path)]


def _read_events(kube: Kube) -> list[JsonObject]:
    """The newest events that have to do with pods that do not run."""
    found: dict[str, JsonObject] = {}
    for selector in _EVENT_SELECTORS:
        for item in kube.list(_PATHS["events"], field_selector=selector):
            if item.get("reason") in _EVENT_REASONS:
                event = prune("events", item)
                found[str(event["metadata"].get("uid") or len(found))] = event
    return sorted(found.values(), key=_event_time)[-MOST_EVENTS:]


def _event_time(event: JsonObject) -> str:
    """Times in UTC, written alike, so that they sort as text."""
    times = (event.get("lastTimestamp"), event.get("eventTime"), event["metadata"].get("creationTimestamp"))
    return next((str(time) for time in times if time), "")


def _read_config_map(kube: Kube, namespace: str, name: str) -> JsonObject | None:
    try:
        return prune("configmaps", kube.get(f"/api/v1/namespaces/{namespace}/configmaps/{name}"))
    except KubeError as exc:
        if exc.kind == "not_found":
            return None
        raise


def _gather_config_maps(
    reads: t.Mapping[tuple[str, str], concurrent.futures.Future[JsonObject | None]],
    resources: dict[str, list[JsonObject]],
    errors: list[JsonObject],
) -> None:
    """Those that could be read; a cluster has not all of them."""
    found: list[JsonObject] = []
    failed: dict[str, KubeError] = {}
    for (_unused_namespace, name), read in reads.items():
        try:
            item = read.result()
        except KubeError as exc:
            failed.setdefault(name, exc)
            continue
        if item is not None:
            found.append(item)
    if found or not failed:
        resources["configmaps"] = found
    for name, failure in failed.items():
        # Flannel's is in one of two namespaces, or there is no flannel: with the least privileges one is forbidden.
        if name != "kube-flannel-cfg" or failure.kind != "forbidden" or not found:
            errors.append(_error("configmaps", failure))
