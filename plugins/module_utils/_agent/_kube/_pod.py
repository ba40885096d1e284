# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""The pods of our namespace: which sources live, and which target pod stands for a node."""

from __future__ import annotations

import sys
import time
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._watch import Handler, JsonObject

SOURCE_APP = "network-check-source"
TARGET_APP = "network-check-target"
# A new target pod has an address before its program listens: so long it may take to get ready before it is probed
# anyway.
START_SECONDS = 30.0


class Pod:
    """What is needed of a pod. addresses, hosts: IP addresses of the pod and of its node, the primary one first.
    leaving: it is
    being deleted or has ended. first_seen: monotonic."""

    __slots__ = ("addresses", "app", "first_seen", "hosts", "leaving", "name", "node", "phase", "ready", "uid")

    def __init__(
        self,
        name: str,
        uid: str,
        app: str,
        node: str,
        addresses: tuple[str, ...],
        hosts: tuple[str, ...],
        phase: str,
        ready: bool,
        leaving: bool,
        first_seen: float,
    ) -> None:
        self.name, self.uid, self.app, self.node = name, uid, app, node
        self.addresses, self.hosts = addresses, hosts
        self.phase, self.ready, self.leaving = phase, ready, leaving
        self.first_seen = first_seen

    def facts(self) -> tuple[t.Any, ...]:
        """Equal for two states of a pod between which nothing that matters has changed."""
        return (self.uid, self.app, self.node, self.addresses, self.hosts, self.phase, self.ready, self.leaving)

    def settled(self, now: float) -> bool:
        """Whether it can be expected to answer."""
        return self.ready or now - self.first_seen >= START_SECONDS


def parse_pod(obj: JsonObject, now: float) -> Pod:
    """A pod of the API; what is missing is empty. now: monotonic."""
    metadata, spec, status = (_object(obj.get(key)) for key in ("metadata", "spec", "status"))
    ready = any(
        _object(item).get("type") == "Ready" and item.get("status") == "True" for item in status.get("conditions") or ()
    )
    phase = str(status.get("phase") or "")
    return Pod(
        name=str(metadata.get("name") or ""),
        uid=str(metadata.get("uid") or ""),
        app=sys.intern(str(_object(metadata.get("labels")).get("app") or "")),
        node=sys.intern(str(spec.get("nodeName") or "")),
        addresses=_addresses(status.get("podIPs"), status.get("podIP")),
        hosts=_addresses(status.get("hostIPs"), status.get("hostIP")),
        phase=sys.intern(phase),
        ready=ready,
        leaving=bool(metadata.get("deletionTimestamp")) or phase in ("Succeeded", "Failed"),
        first_seen=now,
    )


class Pods(Handler):
    """All pods of the namespace. changed: called with the pod after each change that matters."""

    def __init__(self, changed: t.Callable[[Pod], None], clock: t.Callable[[], float] = time.monotonic) -> None:
        self._changed, self._clock = changed, clock
        self._pods: dict[str, Pod] = {}
        self._unseen: set[str] = set()
        self.complete = False

    def __iter__(self) -> t.Iterator[Pod]:
        return iter(self._pods.values())

    def alive(self, name: str) -> bool:
        """Whether there is such a pod that may still write: one that is being deleted may, too."""
        pod = self._pods.get(name)
        return pod is not None and pod.phase not in ("Succeeded", "Failed")

    def begin(self) -> None:
        self._unseen = set(self._pods)

    def seen(self, obj: JsonObject) -> None:
        pod = parse_pod(obj, self._clock())
        self._unseen.discard(pod.name)
        old = self._pods.get(pod.name)
        if old is not None and old.uid == pod.uid and old.addresses == pod.addresses:
            pod.first_seen = old.first_seen
        self._pods[pod.name] = pod
        if old is None or old.facts() != pod.facts():
            self._changed(pod)

    def gone(self, obj: JsonObject) -> None:
        self._forget(str(_object(obj.get("metadata")).get("name") or ""))

    def listed(self) -> None:
        for name in self._unseen:
            self._forget(name)
        self._unseen = set()
        self.complete = True

    def _forget(self, name: str) -> None:
        pod = self._pods.pop(name, None)
        if pod is not None:
            pod.leaving = True
            self._changed(pod)


def living_sources(pods: t.Iterable[Pod], me: str) -> dict[str, str]:
    """The sources that are at work, and their nodes. We are, whatever the API says."""
    return {
        pod.name: pod.node
        for pod in pods
        if pod.app == SOURCE_APP and pod.node and not pod.leaving and (pod.ready or pod.name == me)
    }


def target_pods(pods: t.Iterable[Pod], current: t.Mapping[str, str]) -> dict[str, Pod]:
    """The target pod that stands for each node: one with an address before one without, then the one that is probed now
    (current: uid by node), then the newest."""
    best: dict[str, Pod] = {}
    for pod in pods:
        if pod.app != TARGET_APP or not pod.node or pod.leaving:
            continue
        other = best.get(pod.node)
        if other is None or _rank(pod, current) > _rank(other, current):
            best[pod.node] = pod
    return best


def _rank(pod: Pod, current: t.Mapping[str, str]) -> tuple[bool, bool, float, str]:
    return bool(pod.addresses), current.get(pod.node) == pod.uid, pod.first_seen, pod.name


def _addresses(several: t.Any, one: t.Any) -> tuple[str, ...]:
    found = [str(_object(item).get("ip") or "") for item in several or ()] if isinstance(several, list) else []
    return tuple(dict.fromkeys(address for address in [one if isinstance(one, str) else "", *found] if address))


def _object(value: t.Any) -> JsonObject:
    return value if isinstance(value, dict) else {}
