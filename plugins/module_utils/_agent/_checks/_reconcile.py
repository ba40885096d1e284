# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""What has to change so that the check objects are those that a source wants. Pure.

Nobody is overruled: an object that names another pod is taken over only when that pod is gone, and by one source only.
Nothing is
deleted here: an object that is no longer wanted keeps its history, and says that nobody probes it.
"""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._record import Hold
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._status import TARGET_POD_MISSING
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._store import Entry, status_activity
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._targets import Group, Target, node_of
from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._check import (
    EXPECT,
    FOLLOW_SOURCE,
    GROUP,
    KIND,
    MANAGED_BY,
    OURS,
    SOURCE_NODE,
    TARGET,
    TLS,
    VERSION,
    Check,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._names import Wish, assign

JsonObject = dict[str, t.Any]
TARGET_REMOVED = "TargetRemoved"
PART_OF = "app.kubernetes.io/part-of"


@dataclasses.dataclass(frozen=True)
class Situation:
    """What a source knows. pod, node: its own. living: sources at work and their nodes. alive: whether a pod of this
    name may still write; None while the pods are not known.
    """

    pod: str
    node: str
    namespace: str
    groups: t.Sequence[Group]
    entries: t.Mapping[str, Entry]
    living: t.Mapping[str, str]
    alive: t.Callable[[str], bool] | None


class Plan:
    """creates: new objects. patches: merge patches by name. holds: for every check that we probe, why it must not be
    probed now (None: it may). orphans: checks that name a pod that is not there, and that nobody takes over.
    """

    def __init__(self) -> None:
        self.creates: dict[str, JsonObject] = {}
        self.patches: dict[str, JsonObject] = {}
        self.holds: dict[str, Hold | None] = {}
        self.orphans: set[tuple[str, str]] = set()
        self.wanted: set[str] = set()


def plan(now: Situation) -> Plan:
    """What to do."""
    return _Planner(now).plan()


class _Planner:
    def __init__(self, now: Situation) -> None:
        self._now = now
        self._plan = Plan()
        self._own: dict[str, Entry] = {}
        for name in sorted(now.entries):
            entry = now.entries[name]
            if entry.identity and entry.source_node == now.node:
                older = self._own.get(entry.identity)
                if older is None or _age(entry.check) < _age(older.check):
                    self._own[entry.identity] = entry

    def plan(self) -> Plan:
        missing: list[Target] = []
        for group in self._now.groups:
            for target in group.targets or ():
                entry = self._own.get(target.identity)
                if entry is None:
                    missing.append(target)
                else:
                    self._keep(entry, target)
        if missing:
            self._create(missing)
        for entry in self._now.entries.values():
            if entry.check.name not in self._plan.wanted:
                self._unwanted(entry)
        return self._plan

    # -- wanted objects -------------------------------------------------------------------------------------------
    def _keep(self, entry: Entry, target: Target) -> None:
        check, now = entry.check, self._now
        self._plan.wanted.add(check.name)
        patch = _difference(check, target, now.node)
        if check.source_pod != now.pod:
            if now.alive is not None and not now.alive(check.source_pod):
                self._plan.patches[check.name] = _adoption(check, now.pod, patch)
            return
        if patch:
            self._plan.patches[check.name] = patch
        moved = bool(patch) and target.expect is not None and target.expect != check.annotations.get(EXPECT)
        self._plan.holds[check.name] = (
            Hold(
                TARGET_POD_MISSING,
                f"The target pod of {check.name} was replaced, and the check does not name the new one yet",
            )
            if moved
            else None
        )

    def _create(self, missing: t.Sequence[Target]) -> None:
        """Names are given for all targets together, because the first one of several gets the plain name."""
        now = self._now
        wishes, targets = [], []
        for group in now.groups:
            for target in group.targets or ():
                targets.append(target)
                wishes.append(
                    Wish(now.node, target.label, target.target, target.node, target.identity, target.host, target.port)
                )
        absent = {target.identity for target in missing}
        names = assign(wishes, [entry.check for entry in now.entries.values()])
        for name, target in zip(names, targets):
            if target.identity not in absent:
                continue
            self._plan.wanted.add(name)
            entry = now.entries.get(name)
            if entry is None:
                self._plan.creates[name] = _new(name, target, now)
            else:  # an object of ours that has lost its annotations
                self._keep(entry, target)

    # -- the others -----------------------------------------------------------------------------------------------
    def _unwanted(self, entry: Entry) -> None:
        now, check = self._now, entry.check
        group = next((group for group in now.groups if group.covers(entry.identity)), None)
        if group is not None and group.targets is None and entry.source_node == now.node:
            # Nobody knows whether the target is still there: go on with what there is.
            self._plan.wanted.add(check.name)
            if check.source_pod != now.pod and now.alive is not None and not now.alive(check.source_pod):
                self._plan.patches[check.name] = _adoption(check, now.pod, {})
        elif check.source_pod == now.pod:
            if group is not None and entry.identity in group.waiting:
                self._plan.wanted.add(check.name)
            self._plan.holds[check.name] = self._hold(entry, group)
        elif not entry.identity:
            self._follow(check)

    def _hold(self, entry: Entry, group: Group | None) -> Hold | None:
        identity = entry.identity
        if not identity:
            return None  # somebody has made this check, and knows why
        waiting = group.waiting.get(identity) if group is not None else None
        node = node_of(identity)
        if waiting:
            return Hold(TARGET_POD_MISSING, waiting)
        if node:
            return target_pod_missing(node)
        return Hold(TARGET_REMOVED, f"{identity} is no longer among the targets of this source")

    def _follow(self, check: Check) -> None:
        """A check that somebody has made for a source that is gone."""
        now = self._now
        if now.alive is None or now.alive(check.source_pod):
            return
        wanted = check.annotations.get(FOLLOW_SOURCE, "")
        if wanted:
            able = [
                pod
                for pod, node in {**now.living, now.pod: now.node}.items()
                if wanted.lower() == "true" or wanted == node
            ]
            if able and min(able, key=lambda pod: _lot(check.name, pod)) == now.pod:
                self._plan.patches[check.name] = _adoption(check, now.pod, {})
        elif min({**now.living, now.pod: now.node}) == now.pod:
            self._plan.orphans.add((check.name, check.source_pod))


def target_pod_missing(node: str) -> Hold:
    """Why the target of a node is not probed."""
    return Hold(TARGET_POD_MISSING, f"The target pod of node {node} is gone, and there is no new one")


def _age(check: Check) -> tuple[float, str]:
    return (check.created.timestamp() if check.created else 0.0, check.name)


def _lot(name: str, pod: str) -> bytes:
    """Every source draws the same."""
    return hashlib.sha256(f"{name}/{pod}".encode()).digest()


def _annotations(target: Target, node: str) -> dict[str, str | None]:
    return {SOURCE_NODE: node, TARGET: target.identity, EXPECT: target.expect, TLS: "true" if target.tls else None}


def _spec(target: Target, pod: str) -> JsonObject:
    spec: JsonObject = {"sourcePod": pod, "targetEndpoint": target.endpoint}
    if target.tls_secret:
        spec["tlsClientCert"] = {"name": target.tls_secret}
    return spec


def _new(name: str, target: Target, now: Situation) -> JsonObject:
    annotations = {key: value for key, value in _annotations(target, now.node).items() if value is not None}
    return {
        "apiVersion": f"{GROUP}/{VERSION}",
        "kind": KIND,
        "metadata": {
            "name": name,
            "namespace": now.namespace,
            "labels": {MANAGED_BY: OURS, PART_OF: OURS},
            "annotations": annotations,
        },
        "spec": _spec(target, now.pod),
    }


def _difference(check: Check, target: Target, node: str) -> JsonObject:
    """A merge patch (RFC 7396) that makes the object what it should be; empty when it is."""
    patch: JsonObject = {}
    annotations = {
        key: value for key, value in _annotations(target, node).items() if check.annotations.get(key) != value
    }
    if annotations:
        patch["metadata"] = {"annotations": annotations}
    spec: JsonObject = {}
    if check.target_endpoint != target.endpoint:
        spec["targetEndpoint"] = target.endpoint
    if check.tls_secret != target.tls_secret:
        spec["tlsClientCert"] = {"name": target.tls_secret} if target.tls_secret else None
    if spec:
        patch["spec"] = spec
    return patch


def _adoption(check: Check, pod: str, patch: JsonObject) -> JsonObject:
    """With the version that we saw: of two sources that try, one comes too late."""
    metadata = {**patch.get("metadata", {}), "resourceVersion": check.resource_version}
    return {**patch, "metadata": metadata, "spec": {**patch.get("spec", {}), "sourcePod": pod}}


def outlived(now: Situation, wanted: t.AbstractSet[str], server: datetime.datetime, after: float) -> list[Entry]:
    """The entries that have outlived their target: made by a source, wanted by nobody, without activity for so long.

    wanted: names of the objects that stay. after: seconds. server: UTC by the API server's clock, because a node whose
    clock is wrong must not delete a history.
    """
    if now.alive is None:
        return []
    limit = server - datetime.timedelta(seconds=after)
    return [
        entry
        for name, entry in sorted(now.entries.items())
        if entry.identity and name not in wanted and _ours_to_prune(entry, now) and _active(entry) < limit
    ]


def _ours_to_prune(entry: Entry, now: Situation) -> bool:
    """Each object has one source that cares for it: that of its node, else the first one."""
    pod = entry.check.source_pod
    if pod == now.pod:
        return True
    if now.alive is None or now.alive(pod):
        return False
    if entry.source_node == now.node:
        return True
    living = {**now.living, now.pod: now.node}
    return entry.source_node not in living.values() and min(living) == now.pod


def _active(entry: Entry) -> datetime.datetime:
    """The last activity; an object that tells nothing at all stays."""
    times = [entry.check.created, entry.active]
    if entry.record is not None:
        times.append(status_activity(entry.record.status))
    return max(
        (time for time in times if time is not None),
        default=datetime.datetime.max.replace(tzinfo=datetime.timezone.utc),
    )
