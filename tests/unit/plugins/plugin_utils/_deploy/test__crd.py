# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The definition of the objects is OpenShift's, and one that is there is only used if it fits."""

from __future__ import annotations

import copy
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Kube
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._crd import (
    CRD_PATH,
    crd_manifest,
    read_crd,
    read_crd_to_remove,
)
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.api_server import Json, Reply
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.fake_cluster import FakeCluster

NAME = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
# Field → type, with ? where it may be null, ! where it is required, and its format or pattern.
LOG = {
    "time": "string?!date-time",
    "success": "boolean!",
    "reason": "string",
    "message": "string",
    "latency": "string?",
}
SCHEMA: Json = {
    "apiVersion": "string",
    "kind": "string",
    "metadata": "object",
    "spec!": {
        "sourcePod": f"string!{NAME}",
        "targetEndpoint": r"string!^\S+:\d*$",
        "tlsClientCert": {"name": "string!"},
    },
    "status": {
        "successes[]": LOG,
        "failures[]": LOG,
        "outages[]": {
            "start": "string?!date-time",
            "end": "string?date-time",
            "startLogs[]": LOG,
            "endLogs[]": LOG,
            "message": "string",
        },
        "conditions[]": {
            "type": "string!",
            "status": "string!",
            "lastTransitionTime": "string?!date-time",
            "reason": "string",
            "message": "string",
        },
    },
}


def outline(schema: Json) -> t.Any:
    """A schema in the form of SCHEMA."""
    if "properties" not in schema:
        return schema["type"]
    found = {}
    for name, field in schema["properties"].items():
        required = "!" if name in schema.get("required", []) else ""
        if field["type"] == "array":
            found[f"{name}[]{required}"] = outline(field["items"])
        elif "properties" in field:
            found[name + required] = outline(field)
        else:
            found[name] = (
                field["type"]
                + ("?" if field.get("nullable") else "")
                + required
                + field.get("format", "")
                + field.get("pattern", "")
            )
    return found


def test_the_schema_is_that_of_openshift() -> None:
    spec = crd_manifest()["spec"]
    version = spec["versions"][0]
    schema = version["schema"]["openAPIV3Schema"]
    assert outline(schema) == SCHEMA
    assert not {"x-kubernetes-list-type", "default", "x-kubernetes-validations", "enum", "maxLength"} & set(
        _keys(schema)
    )
    assert (spec["group"], spec["scope"]) == ("controlplane.operator.openshift.io", "Namespaced")
    assert spec["names"] == {
        "kind": "PodNetworkConnectivityCheck",
        "listKind": "PodNetworkConnectivityCheckList",
        "plural": "podnetworkconnectivitychecks",
        "singular": "podnetworkconnectivitycheck",
    }
    assert (version["name"], version["served"], version["storage"], version["subresources"]) == (
        "v1alpha1",
        True,
        True,
        {"status": {}},
    )


def _keys(value: t.Any) -> t.Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _keys(item)


def test_kubectl_shows_the_columns_of_newer_openshift() -> None:
    columns = crd_manifest()["spec"]["versions"][0]["additionalPrinterColumns"]
    reachable = '.status.conditions[?(@.type=="Reachable")]'
    assert [(column["name"], column["type"], column["jsonPath"]) for column in columns] == [
        ("Target Endpoint", "string", ".spec.targetEndpoint"),
        ("Reachable", "string", f"{reachable}.status"),
        ("Since", "date", f"{reachable}.lastTransitionTime"),
        ("Age", "date", ".metadata.creationTimestamp"),
    ]


def changed(**spec: t.Any) -> Json:
    """The definition with another spec."""
    found = copy.deepcopy(crd_manifest())
    found["spec"].update(spec)
    return found


VERSION = crd_manifest()["spec"]["versions"][0]


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        (changed(versions=[{**VERSION, "name": "v1"}]), "it serves v1, and v1alpha1 is needed"),
        (changed(versions=[{**VERSION, "served": False}]), "it serves no version, and v1alpha1 is needed"),
        (changed(versions=[{**VERSION, "subresources": {}}]), "its version v1alpha1 has no status subresource"),
        (changed(scope="Cluster"), "its scope is Cluster"),
    ],
)
def test_a_definition_that_does_not_fit_is_refused_but_may_be_left_behind(
    cluster: FakeCluster, kube: Kube, found: Json, problem: str
) -> None:
    cluster.put(CRD_PATH, found)
    with pytest.raises(KubeError, match=problem):
        read_crd(kube)
    assert not read_crd_to_remove(kube).exists


def test_whose_definition_it_is(cluster: FakeCluster, kube: Kube) -> None:
    assert not read_crd(kube).exists
    cluster.put(CRD_PATH, crd_manifest())
    assert read_crd(kube).ours
    cluster.put(CRD_PATH, {**crd_manifest(), "metadata": {"labels": {}}})
    assert read_crd(kube).exists and not read_crd(kube).ours


@pytest.mark.parametrize(
    ("resources", "exists"),
    [(["podnetworkconnectivitychecks", "podnetworkconnectivitychecks/status"], True), (["others"], False)],
)
def test_who_may_not_read_definitions_sees_what_is_served(
    cluster: FakeCluster, kube: Kube, resources: list[str], exists: bool
) -> None:
    cluster.denied.add(("get", "customresourcedefinitions"))
    group = "/apis/controlplane.operator.openshift.io"
    cluster.api.on("GET", group, Reply(200, {"versions": [{"version": "v1alpha1"}]}))
    cluster.api.on("GET", f"{group}/v1alpha1", Reply(200, {"resources": [{"name": name} for name in resources]}))
    assert (read_crd(kube).exists, read_crd(kube).ours) == (exists, False)


def test_who_may_not_read_definitions_is_told_of_a_version_that_does_not_fit(cluster: FakeCluster, kube: Kube) -> None:
    cluster.denied.add(("get", "customresourcedefinitions"))
    assert not read_crd(kube).exists
    cluster.api.on("GET", "/apis/controlplane.operator.openshift.io", Reply(200, {"versions": [{"version": "v1"}]}))
    with pytest.raises(KubeError, match="it serves v1, and v1alpha1 is needed"):
        read_crd(kube)
