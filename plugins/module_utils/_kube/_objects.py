# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Objects as they are wanted: where they live in the API, how they differ from what is there, and server-side apply."""

from __future__ import annotations

import base64
import binascii
import copy
import dataclasses
import hashlib
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Kube, segment
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError

# Who owns the fields that we write (https://kubernetes.io/docs/reference/using-api/server-side-apply/#managers).
FIELD_MANAGER = "podnet.diagnostics"
MANAGED_BY = "app.kubernetes.io/managed-by"
PART_OF = "app.kubernetes.io/part-of"
MANAGER = "podnet.diagnostics"
CHECK_GROUP = "controlplane.operator.openshift.io"
CHECK_VERSION = "v1alpha1"
CHECK_PLURAL = "podnetworkconnectivitychecks"
CHECK_KIND = "PodNetworkConnectivityCheck"

# Kind → its plural, and whether it is in a namespace.
_KINDS: dict[str, tuple[str, bool]] = {
    "Namespace": ("namespaces", False),
    "CustomResourceDefinition": ("customresourcedefinitions", False),
    "ConfigMap": ("configmaps", True),
    "ServiceAccount": ("serviceaccounts", True),
    "Service": ("services", True),
    "Role": ("roles", True),
    "RoleBinding": ("rolebindings", True),
    "NetworkPolicy": ("networkpolicies", True),
    "Deployment": ("deployments", True),
    "DaemonSet": ("daemonsets", True),
    CHECK_KIND: (CHECK_PLURAL, True),
}
# What the server writes by itself.
_SERVER_METADATA = ("managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink")
_SERVER_ANNOTATIONS = ("deployment.kubernetes.io/revision", "deprecated.daemonset.template.generation")


@dataclasses.dataclass(frozen=True)
class Ref:
    """One object by its place."""

    api_version: str
    kind: str
    namespace: str
    name: str

    @classmethod
    def of(cls, manifest: JsonObject) -> Ref:
        """Of an object with apiVersion and kind."""
        metadata = manifest["metadata"]
        return cls(manifest["apiVersion"], manifest["kind"], metadata.get("namespace") or "", metadata["name"])

    @property
    def group(self) -> str:
        """The API group; empty for the core."""
        return self.api_version.rpartition("/")[0]

    @property
    def plural(self) -> str:
        """The name of the resource in paths and roles."""
        return _KINDS[self.kind][0]

    @property
    def collection(self) -> str:
        """The path of all objects of this kind in this namespace."""
        return collection_path(self.api_version, self.kind, self.namespace)

    @property
    def path(self) -> str:
        """The path of the object."""
        return f"{self.collection}/{segment(self.name)}"

    def __str__(self) -> str:
        place = f" in namespace {self.namespace}" if self.namespace else ""
        return f"{self.kind} {self.name}{place}"


@dataclasses.dataclass(frozen=True)
class Change:
    """What becomes of one object. before: None where there is none; after: None where it goes. Both without what the
    server writes by itself."""

    ref: Ref
    before: JsonObject | None
    after: JsonObject | None

    @property
    def changed(self) -> bool:
        """Whether anything differs."""
        return self.before != self.after

    @property
    def action(self) -> str:
        """One of created, changed, removed, unchanged."""
        if not self.changed:
            return "unchanged"
        if self.before is None:
            return "created"
        return "removed" if self.after is None else "changed"


def collection_path(api_version: str, kind: str, namespace: str = "") -> str:
    """The path of a kind of objects: in one namespace, or with an empty one in the whole cluster."""
    plural, namespaced = _KINDS[kind]
    root = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
    return f"{root}/namespaces/{segment(namespace)}/{plural}" if namespaced and namespace else f"{root}/{plural}"


def checks_path(namespace: str = "") -> str:
    """The path of the connectivity checks, in one namespace or in all."""
    return collection_path(f"{CHECK_GROUP}/{CHECK_VERSION}", CHECK_KIND, namespace)


def is_ours(found: JsonObject) -> bool:
    """Whether an object was made by this collection."""
    return bool(labels_of(found).get(MANAGED_BY) == MANAGER)


def labels_of(found: JsonObject) -> dict[str, str]:
    """The labels, none where there are none."""
    return (found.get("metadata") or {}).get("labels") or {}


def annotations_of(found: JsonObject) -> dict[str, str]:
    """The annotations, none where there are none."""
    return (found.get("metadata") or {}).get("annotations") or {}


def find(kube: Kube, ref: Ref) -> JsonObject | None:
    """The object as it is, None where there is none. Raises KubeError."""
    try:
        return kube.get(ref.path)
    except KubeError as exc:
        if exc.kind == "not_found":
            return None
        raise


def without_server_fields(found: JsonObject) -> JsonObject:
    """What somebody wants of an object: no status, and nothing that the server writes by itself."""
    kept = copy.deepcopy({key: value for key, value in found.items() if key != "status"})
    metadata = kept.get("metadata") or {}
    for key in _SERVER_METADATA:
        metadata.pop(key, None)
    annotations = metadata.get("annotations") or {}
    for key in _SERVER_ANNOTATIONS:
        annotations.pop(key, None)
    for key in ("annotations", "labels"):
        if not metadata.get(key):
            metadata.pop(key, None)
    return kept


def planned(kube: Kube, manifest: JsonObject, found: JsonObject | None, ask: bool = True) -> Change:
    """What server-side apply would change, and whether the server would take it. Nothing is written. Raises KubeError.

    ask: whether the server can be asked, which it cannot about a namespace that is not there yet. A new object is shown
      as it is wanted, without the server's defaults.
    """
    ref = Ref.of(manifest)
    would_be = kube.apply(ref.path, manifest, FIELD_MANAGER, dry_run=True) if ask else manifest
    if found is None:
        return Change(ref, None, without_server_fields(manifest))
    return Change(ref, without_server_fields(found), without_server_fields(would_be))


def diff_of(change: Change, to_yaml: t.Callable[[JsonObject], str]) -> dict[str, str]:
    """The difference as Ansible shows it with --diff. Files in a ConfigMap are told by their size and digest."""
    texts = ["" if side is None else to_yaml(_shortened(side)) for side in (change.before, change.after)]
    return {
        "before_header": f"{change.ref} (before)",
        "after_header": f"{change.ref} (after)",
        "before": texts[0],
        "after": texts[1],
    }


def _shortened(side: JsonObject) -> JsonObject:
    files = side.get("binaryData")
    if not files:
        return side
    return {**side, "binaryData": {name: _about(text) for name, text in files.items()}}


def _about(text: str) -> str:
    try:
        data = base64.b64decode(text)
    except (binascii.Error, ValueError):
        return "(not base64)"
    return f"({len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()})"
