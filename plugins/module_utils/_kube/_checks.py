# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Check objects that somebody wants: validated, compared with what is there in one list, written, and waited for."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import datetime
import functools
import hashlib
import re
import time
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._check import (
    FOLLOW_SOURCE,
    SOURCE_NODE,
    TARGET,
    TLS,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._names import EXTRA, SOURCE, short_name
from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._reader import Reading, read
from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Kube, segment
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._endpoints import (
    endpoint_problem,
    is_namespace,
    is_object_name,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError, one_line
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._objects import (
    CHECK_GROUP,
    CHECK_KIND,
    CHECK_VERSION,
    FIELD_MANAGER,
    MANAGED_BY,
    MANAGER,
    PART_OF,
    Change,
    Ref,
    annotations_of,
    checks_path,
    is_ours,
    labels_of,
    without_server_fields,
)

DEFAULT_NAMESPACE = "podnet-connectivity-checks"
# Any result at all; the others are states of a reading.
RESULT = "result"
_API_VERSION = f"{CHECK_GROUP}/{CHECK_VERSION}"
_LONGEST_NAME = 253
_LONGEST_SHOWN = 80
_THREADS = 8
_PAUSE = 1.0
# These say something about one object; others would be said of every object.
_OF_ONE = ("invalid", "conflict", "not_found")
_EPOCH = datetime.datetime.fromtimestamp(0, datetime.timezone.utc)
_REQUEST = re.compile(r"^Cannot [A-Z]+ \S+: HTTP \d+: ")


@dataclasses.dataclass(frozen=True)
class Wish:
    """One check as it is asked for. Empty texts: nobody said anything."""

    index: int
    name: str
    namespace: str
    source_pod: str
    source_node: str
    endpoint: str
    tls_client_cert: str
    tls: bool

    @property
    def place(self) -> str:
        """How it is called in messages: by its number, and its name or what it goes to."""
        about = self.name or self.endpoint
        about = about if len(about) <= _LONGEST_SHOWN else f"{about[:_LONGEST_SHOWN]}…"
        return f"checks[{self.index}]" + (f" ({about})" if about else "")


@dataclasses.dataclass(frozen=True)
class Bad:
    """A check that cannot be had, and why."""

    wish: Wish
    problem: str

    def __str__(self) -> str:
        return f"{self.wish.place}: {self.problem}"

    def to_dict(self) -> JsonObject:
        """As the module returns it."""
        return {
            "index": self.wish.index,
            "name": self.wish.name,
            "namespace": self.wish.namespace,
            "problem": self.problem,
        }


@dataclasses.dataclass(frozen=True)
class Task:
    """One check that can be had: what becomes of its object. manifest: None where it goes or is not there."""

    wish: Wish
    name: str
    found: JsonObject | None
    manifest: JsonObject | None

    @property
    def ref(self) -> Ref:
        """Its place."""
        return Ref(_API_VERSION, CHECK_KIND, self.wish.namespace, self.name)

    @functools.cached_property
    def change(self) -> Change:
        """What differs from what is there. Labels and annotations of others stay."""
        before = None if self.found is None else without_server_fields(_typed(self.found))
        if self.manifest is None:
            return Change(self.ref, before, None)
        if before is None:
            return Change(self.ref, None, self.manifest)
        after = {**before, "spec": self.manifest["spec"], "metadata": {**before["metadata"]}}
        for key in ("labels", "annotations"):
            kept = before["metadata"].get(key) or {}
            mine = {
                name: value
                for name, value in kept.items()
                if name not in _DECIDED or name in self.manifest["metadata"][key]
            }
            after["metadata"][key] = {**mine, **self.manifest["metadata"][key]}
        return Change(self.ref, before, {**after, "metadata": {k: v for k, v in after["metadata"].items() if v != {}}})


# Annotations that are there only if they are asked for.
_DECIDED = (FOLLOW_SOURCE, SOURCE_NODE, TLS)


@dataclasses.dataclass(frozen=True)
class Plan:
    """What can be done, in the order of the wishes, and what cannot."""

    tasks: list[Task]
    bad: list[Bad]
    warnings: list[str]


def read_wishes(items: t.Sequence[t.Mapping[str, t.Any]]) -> list[Wish]:
    """From the module's options."""
    return [
        Wish(
            index,
            item.get("name") or "",
            item.get("namespace") or DEFAULT_NAMESPACE,
            item.get("source_pod") or "",
            item.get("source_node") or "",
            item.get("target_endpoint") or "",
            item.get("tls_client_cert") or "",
            bool(item.get("tls") or item.get("tls_client_cert")),
        )
        for index, item in enumerate(items)
    ]


def wish_problem(wish: Wish, present: bool) -> str:
    """What is wrong with a wish whatever the cluster is like; empty if nothing is."""
    if not is_namespace(wish.namespace):
        return f"namespace {wish.namespace!r} is not the name of a namespace"
    if len(wish.name) > _LONGEST_NAME:
        return f"the name has {len(wish.name)} characters, and {_LONGEST_NAME} are allowed"
    if wish.name and not is_object_name(wish.name):
        return "the name has to be lower-case letters, digits, dashes and dots"
    if wish.source_pod and wish.source_node:
        return "source_pod and source_node exclude each other"
    if wish.source_pod and not is_object_name(wish.source_pod):
        return f"source_pod {wish.source_pod!r} is not the name of a pod"
    if wish.source_node and not is_object_name(wish.source_node):
        return f"source_node {wish.source_node!r} is not the name of a node"
    if not wish.endpoint:
        return "target_endpoint is missing" if present else "" if wish.name else "it needs a name or a target_endpoint"
    problem = endpoint_problem(wish.endpoint)
    if problem:
        return f"target_endpoint {problem}"
    if wish.tls_client_cert and not is_object_name(wish.tls_client_cert):
        return f"tls_client_cert {wish.tls_client_cert!r} is not the name of a Secret"
    return ""


def generated_name(wish: Wish, distinct: bool = False) -> str:
    """A name by the grammar of the source's own checks. distinct: where another endpoint has that name already."""
    origin = wish.source_pod or (f"{SOURCE}-{short_name(wish.source_node)}" if wish.source_node else SOURCE)
    target = re.sub(r"[^a-z0-9]+", "-", wish.endpoint.lower()).strip("-")
    name = f"{origin}-to-{EXTRA}-{target}"
    digest = hashlib.sha256(f"{origin}\n{wish.endpoint}".encode()).hexdigest()[:8]
    if len(name) > _LONGEST_NAME or distinct:
        name = f"{name[: _LONGEST_NAME - 9].rstrip('-.')}-{digest}"
    return name


class Checks:
    """The check objects of one cluster."""

    def __init__(self, kube: Kube) -> None:
        self._kube = kube

    def plan(self, wishes: t.Sequence[Wish], present: bool, force: bool) -> Plan:
        """Find out what each wish means here. Raises KubeError where nothing at all can be done."""
        plan = Plan([], [], [])
        good = []
        for wish in wishes:
            problem = wish_problem(wish, present)
            if problem:
                plan.bad.append(Bad(wish, problem))
            else:
                good.append(wish)
        for namespace in dict.fromkeys(wish.namespace for wish in good):
            there = [wish for wish in good if wish.namespace == namespace]
            _Namespace(self._kube, namespace, plan, force).add(there, present)
        plan.tasks.sort(key=lambda task: task.wish.index)
        plan.bad.sort(key=lambda bad: bad.wish.index)
        return plan

    def execute(self, tasks: t.Sequence[Task], dry_run: bool) -> list[Bad]:
        """Write what differs; those that the API server does not take. Raises KubeError where it takes none."""
        changed = [task for task in tasks if task.change.changed]
        if not changed:
            return []
        with concurrent.futures.ThreadPoolExecutor(max_workers=min(_THREADS, len(changed))) as pool:
            problems = list(pool.map(lambda task: self._write(task, dry_run), changed))
        return [Bad(task.wish, problem) for task, problem in zip(changed, problems) if problem]

    def _write(self, task: Task, dry_run: bool) -> str:
        try:
            if task.manifest is not None:
                self._kube.apply(task.ref.path, task.manifest, FIELD_MANAGER, dry_run=dry_run)
            elif not dry_run:
                self._kube.delete(task.ref.path)
        except KubeError as exc:
            if exc.kind == "not_found" and task.manifest is None:
                return ""
            if exc.kind not in _OF_ONE:
                raise
            return one_line(_REQUEST.sub("", str(exc)))
        return ""

    def readings(self, namespaces: t.Iterable[str]) -> dict[tuple[str, str], Reading]:
        """What the objects in these namespaces say now, by namespace and name. Where Leases may not be read, sources
        are taken to be alive.
        """
        found = {}
        for namespace in sorted(set(namespaces)):
            objects = list(self._kube.list(checks_path(namespace)))
            leases = read_leases(self._kube, namespace)
            now = self._kube.now()
            alive = leases if leases is not None else living_leases(objects, now.isoformat())
            for found_object in objects:
                reading = read(found_object, alive, now)
                found[namespace, reading.name] = reading
        return found

    def wait(self, tasks: t.Sequence[Task], state: str, seconds: float) -> dict[tuple[str, str], Reading]:
        """Look until every check is in this state, by a result that is newer than a change of what it asks for."""
        old = {(task.wish.namespace, task.name): _last_probe(task) for task in tasks}
        end = time.monotonic() + seconds
        while True:
            began = time.monotonic()
            readings = self.readings({task.wish.namespace for task in tasks})
            now = time.monotonic()
            if all(_is(readings.get(key), state, before) for key, before in old.items()) or now >= end:
                return readings
            # Where there are many checks they are not read all the time.
            time.sleep(min(max(_PAUSE, 4 * (now - began)), max(0.05, end - now)))

    @staticmethod
    def missed(tasks: t.Sequence[Task], readings: t.Mapping[tuple[str, str], Reading], state: str) -> list[str]:
        """The checks that have not come into this state, each with what it says instead."""
        sentences = []
        for task in tasks:
            reading = readings.get((task.wish.namespace, task.name))
            if not _is(reading, state, _last_probe(task)):
                says = (
                    "it is gone"
                    if reading is None
                    else f"{reading.state}: {reading.message or reading.reason or 'no result yet'}"
                )
                sentences.append(f"checks[{task.wish.index}] ({task.name}): {one_line(says)}")
        return sentences


def _is(reading: Reading | None, state: str, before: t.Any) -> bool:
    if reading is None or reading.last_probe is None or reading.last_probe == before:
        return reading is not None and state == "unknown" and reading.reported == "Unknown"
    if state == "unknown":
        return reading.reported == "Unknown"
    return reading.state == state or (state == RESULT and reading.state != "stale")


def _last_probe(task: Task) -> t.Any:
    """Of the object as it was, if what it asks for has changed: such a result is about something else."""
    if task.found is None or task.manifest is None or (task.found.get("spec") or {}) == task.manifest["spec"]:
        return None
    return read(task.found, {}, _EPOCH).last_probe


class _Namespace:
    """The checks of one namespace: what is there is read once, whatever many are asked for."""

    def __init__(self, kube: Kube, namespace: str, plan: Plan, force: bool) -> None:
        self._kube = kube
        self._namespace = namespace
        self._plan = plan
        self._force = force
        self._found = {str(item["metadata"]["name"]): item for item in _listed(kube, namespace)}
        self._taken: dict[str, Wish] = {}
        self._sources: dict[str, str] | None = None
        self._pods: dict[str, str] = {}
        self._secrets: dict[str, str] = {}

    def add(self, wishes: t.Sequence[Wish], present: bool) -> None:
        """Add tasks and bad ones to the plan."""
        for wish in wishes:
            try:
                task = self._present(wish) if present else self._absent(wish)
            except _BadWish as exc:
                self._plan.bad.append(Bad(wish, str(exc)))
                continue
            self._plan.tasks.append(task)

    def _present(self, wish: Wish) -> Task:
        name = self._name(wish)
        found = self._found.get(name)
        self._check_owner(found)
        annotations = {TLS: "true"} if wish.tls else {}
        source = wish.source_pod
        if source:
            self._check_pod(source)
        else:
            source = self._choose(wish, found)
            annotations[FOLLOW_SOURCE] = wish.source_node or "true"
        if wish.source_node:
            annotations[SOURCE_NODE] = wish.source_node
        if wish.tls_client_cert:
            self._check_secret(wish.tls_client_cert)
        spec: JsonObject = {"sourcePod": source, "targetEndpoint": wish.endpoint}
        if wish.tls_client_cert:
            spec["tlsClientCert"] = {"name": wish.tls_client_cert}
        manifest = {
            "apiVersion": _API_VERSION,
            "kind": CHECK_KIND,
            "metadata": {
                "name": name,
                "namespace": self._namespace,
                "labels": {MANAGED_BY: MANAGER, PART_OF: MANAGER},
                "annotations": annotations,
            },
            "spec": spec,
        }
        return Task(wish, name, found, manifest)

    def _absent(self, wish: Wish) -> Task:
        name = self._name(wish)
        found = self._found.get(name)
        self._check_owner(found)
        return Task(wish, name, found, None)

    def _name(self, wish: Wish) -> str:
        """The given name, or one that no other endpoint has."""
        name = wish.name or generated_name(wish)
        if not wish.name and self._endpoint_of(name) not in ("", wish.endpoint):
            name = generated_name(wish, distinct=True)
        if name in self._taken:
            raise _BadWish(f"the name {name} is that of checks[{self._taken[name].index}] as well")
        self._taken[name] = wish
        return name

    def _endpoint_of(self, name: str) -> str:
        """Of the check that has this name already."""
        if name in self._found:
            return str((self._found[name].get("spec") or {}).get("targetEndpoint") or "")
        return self._taken[name].endpoint if name in self._taken else ""

    def _check_owner(self, found: JsonObject | None) -> None:
        if found is None or self._force:
            return
        if not is_ours(found):
            raise _BadWish(
                "an object of this name exists and was not made by this collection; force=true takes it all the same"
            )
        if annotations_of(found).get(TARGET):
            raise _BadWish(
                "the source has made an object of this name for a target of its own, and would make it again"
            )

    def _choose(self, wish: Wish, found: JsonObject | None) -> str:
        """A source that runs, the one that has the check already if it may."""
        sources = self._running()
        able = sorted(pod for pod, node in sources.items() if wish.source_node in ("", node))
        if not able:
            nodes = ", ".join(sorted(set(sources.values())))
            if wish.source_node and nodes:
                raise _BadWish(
                    f"no source runs on node {wish.source_node} in namespace {self._namespace}; there is one on {nodes}"
                )
            raise _BadWish(
                f"no source runs in namespace {self._namespace}: deploy it with connectivity_check_deployment"
            )
        current = str(((found or {}).get("spec") or {}).get("sourcePod") or "")
        return current if current in able else able[0]

    def _running(self) -> dict[str, str]:
        if self._sources is None:
            self._sources = running_sources(self._kube, self._namespace)
        return self._sources

    def _check_pod(self, name: str) -> None:
        """A source pod that is named has to be there; whether it can probe is another matter."""
        if name not in self._pods:
            self._pods[name] = self._pod_problem(name)
        if self._pods[name]:
            raise _BadWish(self._pods[name])

    def _pod_problem(self, name: str) -> str:
        try:
            pod = self._kube.get(f"/api/v1/namespaces/{segment(self._namespace)}/pods/{segment(name)}")
        except KubeError as exc:
            if exc.kind == "not_found":
                return f"namespace {self._namespace} has no pod {name}"
            if exc.kind != "forbidden":
                raise
            self._plan.warnings.append(f"Whether pod {name} exists in namespace {self._namespace} is not known: {exc}")
            return ""
        if labels_of(pod).get("app") != SOURCE:
            self._plan.warnings.append(
                f"Pod {name} in namespace {self._namespace} is not labelled app={SOURCE}: "
                "unless a source runs in it, its checks will have no results"
            )
        return ""

    def _check_secret(self, name: str) -> None:
        if name not in self._secrets:
            self._secrets[name] = self._secret_problem(name)
        if self._secrets[name]:
            raise _BadWish(self._secrets[name])

    def _secret_problem(self, name: str) -> str:
        try:
            self._kube.metadata(f"/api/v1/namespaces/{segment(self._namespace)}/secrets/{segment(name)}")
        except KubeError as exc:
            if exc.kind == "not_found":
                return f"namespace {self._namespace} has no Secret {name}"
            if exc.kind != "forbidden":
                raise
            self._plan.warnings.append(
                f"Whether Secret {name} exists in namespace {self._namespace} is not known: {exc}"
            )
        return ""


class _BadWish(Exception):
    """Why a check cannot be had here."""


def running_sources(kube: Kube, namespace: str) -> dict[str, str]:
    """The source pods that run, with their nodes."""
    pods = kube.list(f"/api/v1/namespaces/{segment(namespace)}/pods", label_selector=f"app={SOURCE}")
    return {
        str(pod["metadata"]["name"]): str((pod.get("spec") or {}).get("nodeName") or "")
        for pod in pods
        if not pod["metadata"].get("deletionTimestamp") and (pod.get("status") or {}).get("phase") == "Running"
    }


def _listed(kube: Kube, namespace: str) -> t.Iterator[JsonObject]:
    try:
        yield from kube.list(checks_path(namespace))
    except KubeError as exc:
        if exc.kind == "not_found":
            raise KubeError(
                "not_found", f"The cluster has no {CHECK_KIND} objects: deploy them with connectivity_check_deployment"
            ) from None
        raise


def _typed(found: JsonObject) -> JsonObject:
    """Items of a list do not say what they are."""
    return {"apiVersion": _API_VERSION, "kind": CHECK_KIND, **found}


def read_leases(kube: Kube, namespace: str) -> dict[str, JsonObject] | None:
    """The signs of life in a namespace, by name; None where they may not be read."""
    try:
        return {
            str(lease["metadata"]["name"]): lease
            for lease in kube.list(f"/apis/coordination.k8s.io/v1/namespaces/{segment(namespace)}/leases")
        }
    except KubeError as exc:
        if exc.kind in ("forbidden", "not_found"):
            return None
        raise


def living_leases(objects: t.Iterable[JsonObject], now: str) -> dict[str, JsonObject]:
    """As if every source of ours were alive, for want of anything better. now: RFC 3339."""
    return {
        str((found.get("spec") or {}).get("sourcePod") or ""): {
            "spec": {"renewTime": now, "leaseDurationSeconds": 3600}
        }
        for found in objects
        if is_ours(found)
    }


# -- all of it -----------------------------------------------------------------------------------------------------
@dataclasses.dataclass(frozen=True)
class Done:
    """What the module did. failure: why the task fails, empty if it does not."""

    tasks: list[Task]
    changes: list[Change]
    bad: list[Bad]
    readings: t.Mapping[tuple[str, str], Reading]
    warnings: list[str]
    failure: str

    def to_dict(self) -> JsonObject:
        """As the module returns it."""
        return {
            "changed": bool(self.changes),
            "checks": [self._entry(task) for task in self.tasks],
            "bad": [bad.to_dict() for bad in self.bad],
        }

    def _entry(self, task: Task) -> JsonObject:
        spec = (task.manifest or {}).get("spec") or {}
        entry = {
            "index": task.wish.index,
            "name": task.name,
            "namespace": task.wish.namespace,
            "action": task.change.action,
            "source_pod": spec.get("sourcePod", ""),
            "target_endpoint": spec.get("targetEndpoint", ""),
        }
        reading = self.readings.get((task.wish.namespace, task.name))
        return (
            entry
            if reading is None
            else {**entry, "state": reading.state, "message": reading.message or reading.reason}
        )


def manage(
    kube: Kube,
    items: t.Sequence[t.Mapping[str, t.Any]],
    present: bool,
    force: bool,
    fail_on_bad: bool,
    wait_for: str | None,
    wait: float,
    dry_run: bool,
) -> Done:
    """Make the checks, or remove them, and wait for a state of them. Raises KubeError where nothing can be done."""
    checks = Checks(kube)
    plan = checks.plan(read_wishes(items), present, force)
    if plan.bad and fail_on_bad:
        return Done([], [], plan.bad, {}, plan.warnings, _failure(plan.bad, "nothing was changed"))
    refused = checks.execute(plan.tasks, dry_run)
    bad = sorted([*plan.bad, *refused], key=lambda entry: entry.wish.index)
    not_done = {entry.wish.index for entry in refused}
    tasks = [task for task in plan.tasks if task.wish.index not in not_done]
    changes = [task.change for task in tasks if task.change.changed]
    failure = _failure(refused, "the others were done") if refused and fail_on_bad else ""
    readings: t.Mapping[tuple[str, str], Reading] = {}
    if present and wait_for and tasks and not failure:
        readings = checks.wait(tasks, wait_for, wait)
        missed = checks.missed(tasks, readings, wait_for)
        if missed:
            failure = f"Not {wait_for} within {wait:g} s: " + "; ".join(missed)
    warnings = [*plan.warnings, *([] if failure else map(str, bad))]
    return Done(tasks, changes, bad, readings, warnings, failure)


def _failure(bad: t.Sequence[Bad], rest: str) -> str:
    return f"{len(bad)} checks cannot be had, {rest}: " + "; ".join(map(str, bad))
