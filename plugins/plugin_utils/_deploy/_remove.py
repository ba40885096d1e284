# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Undeploy: everything that was deployed goes, nothing else, and the call returns when it is gone."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import datetime
import time
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Kube, segment
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError, one_line
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._objects import (
    CHECK_GROUP,
    CHECK_KIND,
    CHECK_VERSION,
    MANAGED_BY,
    MANAGER,
    PART_OF,
    Change,
    Ref,
    checks_path,
    collection_path,
    find,
    is_ours,
    labels_of,
    without_server_fields,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._access import Permission, require
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._apply import (
    delete,
    recorded_namespaces,
    role_removals,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._cluster import is_our_namespace
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._crd import CRD_NAME, CrdState
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._manifests import (
    DEPLOYMENT_LABEL,
    OPENSHIFT_SERVICES,
    SOURCE,
)

_OURS = f"{MANAGED_BY}={MANAGER}"
_RBAC = "rbac.authorization.k8s.io/v1"
_CHECKS = f"{CHECK_GROUP}/{CHECK_VERSION}"
# In this order: what writes goes before what it writes, and what it needs goes last.
_WORKLOADS = (("apps/v1", "Deployment"), ("apps/v1", "DaemonSet"))
_REST = (
    ("v1", "Service"),
    ("networking.k8s.io/v1", "NetworkPolicy"),
    ("v1", "ConfigMap"),
    (_RBAC, "RoleBinding"),
    (_RBAC, "Role"),
    ("v1", "ServiceAccount"),
)
_PAUSE = 0.5
# A pod that is still there so long after it should have ended is on a node that does not answer.
_STUCK_SECONDS = 10.0


@dataclasses.dataclass(frozen=True)
class Removal:
    """What goes. workloads, rest: objects one by one; checks: how many check objects go in a namespace that stays;
    whole_namespace: all of it goes at once; kept: what stays, as sentences; refused: what was asked for and is not
      done."""

    namespace: str
    roles: list[Change]
    workloads: list[Change]
    checks: list[Change]
    rest: list[Change]
    whole_namespace: Change | None
    crd: Change | None
    kept: list[str]
    refused: list[str]

    @property
    def changes(self) -> list[Change]:
        """Everything that goes, in order."""
        last = [change for change in (self.whole_namespace, self.crd) if change is not None]
        return [*self.workloads, *self.checks, *self.rest, *self.roles, *last]


def plan_removal(
    kube: Kube, namespace: str, extra_namespaces: t.Iterable[str], crd: CrdState, remove_crd: bool
) -> Removal:
    """Find what is there. Raises KubeError."""
    kept: list[str] = []
    refused: list[str] = []
    found = find(kube, Ref("v1", "Namespace", "", namespace))
    workloads: list[Change] = []
    checks: list[Change] = []
    rest: list[Change] = []
    whole: Change | None = None
    if found is not None and is_our_namespace(found) and not _strangers(kube, namespace, kept):
        whole = Change(Ref("v1", "Namespace", "", namespace), without_server_fields(found), None)
    elif found is not None:
        if not is_our_namespace(found):
            kept.append(f"The namespace {namespace} is kept: it was not made by this collection")
        workloads = _ours(kube, namespace, _WORKLOADS)
        checks = _ours(kube, namespace, ((_CHECKS, CHECK_KIND),)) if crd.exists else []
        rest = _ours(kube, namespace, _REST)
    roles = _roles(kube, namespace, found is not None, extra_namespaces)
    definition = _crd_change(kube, namespace, crd, refused) if remove_crd else None
    if not remove_crd and crd.ours:
        kept.append(f"The CustomResourceDefinition {CRD_NAME} is kept: set remove_crd to remove it as well")
    removal = Removal(namespace, roles, workloads, checks, rest, whole, definition, kept, refused)
    wanted = {
        Permission.on(change.ref, "deletecollection" if change.ref.kind == CHECK_KIND else "delete")
        for change in removal.changes
    }
    require(kube, wanted, "remove the connectivity checks")
    return removal


def remove(kube: Kube, removal: Removal, wait: float) -> None:
    """Delete all of it; with wait > 0 until it is gone, at most so many seconds. Raises KubeError."""
    end = time.monotonic() + wait
    for change in removal.workloads:
        delete(kube, change.ref)
    if removal.workloads and wait > 0:
        _await_pods(kube, removal.namespace, end, wait)
    if removal.checks:
        kube.delete(checks_path(removal.namespace), labelSelector=_OURS)
    for change in [*removal.rest, *removal.roles]:
        delete(kube, change.ref)
    if removal.whole_namespace is not None:
        delete(kube, removal.whole_namespace.ref)
        if wait > 0:
            _await_namespace(kube, removal.namespace, end, wait)
    if removal.crd is not None:
        delete(kube, removal.crd.ref)
        if wait > 0:
            _await_gone(kube, removal.crd.ref, end, wait)


# -- what is there -------------------------------------------------------------------------------------------------
def _strangers(kube: Kube, namespace: str, kept: list[str]) -> bool:
    """Whether pods of somebody else run in our namespace: then it stays."""
    names = [
        str(pod["metadata"]["name"])
        for pod in kube.list(f"/api/v1/namespaces/{namespace}/pods")
        if labels_of(pod).get(PART_OF) != MANAGER
    ]
    if names:
        kept.append(
            f"The namespace {namespace} is kept: {len(names)} pods of others run in it ({', '.join(sorted(names)[:3])})"
        )
    return bool(names)


def _ours(kube: Kube, namespace: str, kinds: t.Iterable[tuple[str, str]]) -> list[Change]:
    found = []
    for api_version, kind in kinds:
        for item in kube.list(collection_path(api_version, kind, namespace), label_selector=_OURS):
            found.append(_gone(api_version, kind, item))
    return found


def _gone(api_version: str, kind: str, item: JsonObject) -> Change:
    whole = {"apiVersion": api_version, "kind": kind, **item}
    return Change(Ref.of(whole), without_server_fields(whole), None)


def _roles(kube: Kube, namespace: str, exists: bool, extra: t.Iterable[str]) -> list[Change]:
    """The source's Roles elsewhere: by their label where that may be listed, else where they are known to be."""
    selector = f"{_OURS},{DEPLOYMENT_LABEL}={namespace}"
    try:
        found = [
            _gone(_RBAC, kind, item)
            for kind in ("RoleBinding", "Role")
            for item in kube.list(collection_path(_RBAC, kind), label_selector=selector)
        ]
        return [change for change in found if change.ref.namespace != namespace]
    except KubeError as exc:
        if exc.kind != "forbidden":
            raise
    account = find(kube, Ref("v1", "ServiceAccount", namespace, SOURCE)) if exists else None
    places = {"default", *extra, *recorded_namespaces(account), *OPENSHIFT_SERVICES} - {namespace}
    removals: list[Change] = []
    for place in sorted(places):
        try:
            removals += role_removals(kube, namespace, place)
        except KubeError as exc:
            if exc.kind != "forbidden" or place in recorded_namespaces(account):
                raise
    return removals


def _crd_change(kube: Kube, namespace: str, crd: CrdState, refused: list[str]) -> Change | None:
    """The definition goes only if it is ours and nobody else has objects of it."""
    ref = Ref("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", CRD_NAME)
    if not crd.exists:
        return None
    if crd.found is None or not is_ours(crd.found):
        refused.append(f"The CustomResourceDefinition {CRD_NAME} is kept: it was not made by this collection")
        return None
    try:
        others = sorted({str(item["metadata"]["namespace"]) for item in kube.list(checks_path())} - {namespace})
    except KubeError as exc:
        if exc.kind != "forbidden":
            raise
        refused.append(
            f"The CustomResourceDefinition {CRD_NAME} is kept: whether other namespaces have checks is not known: {exc}"
        )
        return None
    if others:
        refused.append(
            f"The CustomResourceDefinition {CRD_NAME} is kept: there are checks in namespace {', '.join(others[:5])}"
        )
        return None
    return Change(ref, without_server_fields(crd.found), None)


# -- waiting -------------------------------------------------------------------------------------------------------
def _await_pods(kube: Kube, namespace: str, end: float, wait: float) -> None:
    path = f"/api/v1/namespaces/{namespace}/pods"
    while True:
        pods = list(kube.list(path, label_selector=f"{PART_OF}={MANAGER}"))
        if not pods:
            return
        _force_stuck(kube, path, pods)
        if time.monotonic() >= end:
            names = ", ".join(sorted(str(pod["metadata"]["name"]) for pod in pods)[:5])
            raise KubeError(
                "timeout", f"Cannot remove the connectivity checks within {wait:g} s: the pods {names} are still there"
            )
        time.sleep(_PAUSE)


def _await_namespace(kube: Kube, namespace: str, end: float, wait: float) -> None:
    while True:
        found = find(kube, Ref("v1", "Namespace", "", namespace))
        if found is None:
            return
        _force_stuck(
            kube,
            f"/api/v1/namespaces/{namespace}/pods",
            list(kube.list(f"/api/v1/namespaces/{namespace}/pods", label_selector=f"{PART_OF}={MANAGER}")),
        )
        if time.monotonic() >= end:
            causes = [
                str(entry.get("message"))
                for entry in (found.get("status") or {}).get("conditions") or []
                if entry.get("status") == "True" and entry.get("message")
            ]
            raise KubeError(
                "timeout",
                f"Cannot remove the namespace {namespace} within {wait:g} s: "
                f"{one_line('; '.join(causes)) or 'Kubernetes gives no reason'}",
            )
        time.sleep(_PAUSE)


def _await_gone(kube: Kube, ref: Ref, end: float, wait: float) -> None:
    while find(kube, ref) is not None:
        if time.monotonic() >= end:
            raise KubeError("timeout", f"Cannot remove {ref} within {wait:g} s: it is still there")
        time.sleep(_PAUSE)


def _force_stuck(kube: Kube, path: str, pods: t.Sequence[JsonObject]) -> None:
    """Pods on a node that does not answer: only their objects are left to remove."""
    late = kube.now() - datetime.timedelta(seconds=_STUCK_SECONDS)
    stuck = [
        str(pod["metadata"]["name"])
        for pod in pods
        if _ends(pod) is not None and t.cast(datetime.datetime, _ends(pod)) < late
    ]
    if not stuck:
        return
    with concurrent.futures.ThreadPoolExecutor(max_workers=min(8, len(stuck))) as pool:
        list(pool.map(lambda name: _force(kube, f"{path}/{segment(name)}"), stuck))


def _ends(pod: JsonObject) -> datetime.datetime | None:
    """When a pod that is being deleted should have been gone: its deletionTimestamp has its grace in it."""
    text = pod["metadata"].get("deletionTimestamp")
    return (
        None
        if not text
        else datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
    )


def _force(kube: Kube, path: str) -> None:
    try:
        kube.delete(path, gracePeriodSeconds=0)
    except KubeError as exc:
        if exc.kind not in ("not_found", "forbidden"):
            raise
