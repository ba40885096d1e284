# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The custom resource definition of PodNetworkConnectivityCheck, v1alpha1, with OpenShift's schema.

It is made only where there is none. One that is there belongs to somebody else, on OpenShift to its network operator,
unless it has our label; then it is left as it is.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Kube
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._objects import (
    CHECK_GROUP,
    CHECK_KIND,
    CHECK_PLURAL,
    CHECK_VERSION,
    MANAGED_BY,
    MANAGER,
    is_ours,
)

CRD_NAME = f"{CHECK_PLURAL}.{CHECK_GROUP}"
CRD_PATH = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{CRD_NAME}"
_NAME_PATTERN = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
_ENDPOINT_PATTERN = r"^\S+:\d*$"


@dataclasses.dataclass(frozen=True)
class CrdState:
    """The definition that the cluster has. found: None where there is none or where it may not be read."""

    exists: bool
    found: JsonObject | None

    @property
    def ours(self) -> bool:
        """Whether it is known to be made by this collection."""
        return self.found is not None and is_ours(self.found)


def _text(description: str, **more: t.Any) -> JsonObject:
    return {"type": "string", "description": description, **more}


def _time(description: str) -> JsonObject:
    return _text(description, format="date-time", nullable=True)


def _list(description: str, item: JsonObject) -> JsonObject:
    return {"type": "array", "description": description, "items": item}


def _object(description: str, required: t.Sequence[str], **properties: JsonObject) -> JsonObject:
    more: JsonObject = {"required": list(required)} if required else {}
    return {"type": "object", "description": description, "properties": properties, **more}


def _log_entry() -> JsonObject:
    return _object(
        "One thing that a probe did.",
        ("success", "time"),
        time=_time("When it began."),
        success={"type": "boolean", "description": "Whether it went well."},
        reason=_text("What was done or went wrong, as one word."),
        message=_text("The same for people."),
        latency=_text("How long it took.", nullable=True),
    )


def _outage() -> JsonObject:
    return _object(
        "A time during which the target could not be reached.",
        ("start",),
        start=_time("When it was seen first."),
        end=_time("When the target answered again."),
        startLogs=_list("The first failures that differ, newest first.", _log_entry()),
        endLogs=_list("The last failures and the success that ended them, newest first.", _log_entry()),
        message=_text("A summary."),
    )


def _condition() -> JsonObject:
    return _object(
        "What can be said about the check now.",
        ("lastTransitionTime", "status", "type"),
        type=_text("What it is about: Reachable, for example."),
        status=_text("True, False or Unknown."),
        lastTransitionTime=_time("When the status became what it is."),
        reason=_text("Why, as one word."),
        message=_text("Why, for people."),
    )


def _schema() -> JsonObject:
    spec = _object(
        "What is checked and from where.",
        ("sourcePod", "targetEndpoint"),
        sourcePod=_text("The pod that probes.", pattern=_NAME_PATTERN),
        targetEndpoint=_text("The TCP endpoint to reach, host:port.", pattern=_ENDPOINT_PATTERN),
        tlsClientCert=_object(
            "A Secret of type kubernetes.io/tls in the same namespace: the certificate to show to the target.",
            ("name",),
            name=_text("The name of the Secret."),
        ),
    )
    status = _object(
        "What was seen.",
        (),
        successes=_list("The last successful steps, newest first.", _log_entry()),
        failures=_list("The last failed steps, newest first.", _log_entry()),
        outages=_list("The last outages, newest first.", _outage()),
        conditions=_list("A summary.", _condition()),
    )
    return {
        "type": "object",
        "required": ["spec"],
        "description": "A connection from a pod to an endpoint that is tried again and again.",
        "properties": {
            "apiVersion": _text("The version of this schema."),
            "kind": _text("What kind of object this is."),
            "metadata": {"type": "object"},
            "spec": spec,
            "status": status,
        },
    }


def _columns() -> list[JsonObject]:
    reachable = '.status.conditions[?(@.type=="Reachable")]'
    return [
        {
            "name": "Target Endpoint",
            "type": "string",
            "jsonPath": ".spec.targetEndpoint",
            "description": "What is to be reached",
        },
        {
            "name": "Reachable",
            "type": "string",
            "jsonPath": f"{reachable}.status",
            "description": "Whether it was, last time",
        },
        {
            "name": "Since",
            "type": "date",
            "jsonPath": f"{reachable}.lastTransitionTime",
            "description": "Since when that is so",
        },
        {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
    ]


def crd_manifest() -> JsonObject:
    """The definition as this collection makes it."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": CRD_NAME, "labels": {MANAGED_BY: MANAGER}},
        "spec": {
            "group": CHECK_GROUP,
            "scope": "Namespaced",
            "names": {
                "kind": CHECK_KIND,
                "listKind": f"{CHECK_KIND}List",
                "plural": CHECK_PLURAL,
                "singular": CHECK_KIND.lower(),
            },
            "versions": [
                {
                    "name": CHECK_VERSION,
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "schema": {"openAPIV3Schema": _schema()},
                    "additionalPrinterColumns": _columns(),
                }
            ],
        },
    }


def read_crd(kube: Kube) -> CrdState:
    """The definition that the cluster has. KubeError of kind conflict where our objects cannot be written with it.

    Where definitions may not be read, the list of what the API serves says enough, and everybody may read that."""
    try:
        found = kube.get(CRD_PATH)
    except KubeError as exc:
        if exc.kind == "not_found":
            return CrdState(False, None)
        if exc.kind != "forbidden":
            raise
        return CrdState(_served(kube), None)
    problem = crd_problem(found)
    if problem:
        raise KubeError("conflict", f"Cannot use the CustomResourceDefinition {CRD_NAME} of this cluster: {problem}")
    return CrdState(True, found)


def read_crd_to_remove(kube: Kube) -> CrdState:
    """As read_crd(), but a definition with which our objects cannot be written is one without any of them."""
    try:
        return read_crd(kube)
    except KubeError as exc:
        if exc.kind != "conflict":
            raise
        return CrdState(False, None)


def crd_problem(found: JsonObject) -> str:
    """Why checks cannot be kept in objects of this definition; empty if they can."""
    spec = found.get("spec") or {}
    versions = {str(version.get("name")): version for version in spec.get("versions") or [] if version.get("served")}
    version = versions.get(CHECK_VERSION)
    if version is None:
        return f"it serves {', '.join(sorted(versions)) or 'no version'}, and {CHECK_VERSION} is needed"
    if spec.get("scope") != "Namespaced":
        return f"its scope is {spec.get('scope')}, and Namespaced is needed"
    if "status" not in (version.get("subresources") or {}):
        return f"its version {CHECK_VERSION} has no status subresource"
    if (found.get("metadata") or {}).get("deletionTimestamp"):
        return "it is being deleted"
    return ""


def _served(kube: Kube) -> bool:
    group = f"/apis/{CHECK_GROUP}"
    try:
        versions = [str(entry.get("version")) for entry in kube.get(group).get("versions") or []]
        if CHECK_VERSION not in versions:
            raise KubeError(
                "conflict",
                f"Cannot use the API group {CHECK_GROUP} of this cluster: it serves "
                f"{', '.join(sorted(versions)) or 'no version'}, and {CHECK_VERSION} is needed",
            )
        resources = {str(entry.get("name")) for entry in kube.get(f"{group}/{CHECK_VERSION}").get("resources") or []}
    except KubeError as exc:
        if exc.kind == "not_found":
            return False
        raise
    if CHECK_PLURAL not in resources:
        return False
    if f"{CHECK_PLURAL}/status" not in resources:
        raise KubeError("conflict", f"Cannot use {CRD_NAME} of this cluster: it has no status subresource")
    return True
