# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects that are wanted, against those that are there; names and endpoints that people type; PATCH and server
time.
"""

from __future__ import annotations

import base64
import datetime
import json

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import JSON_PATCH, Kube, connect
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._endpoints import (
    endpoint_problem,
    is_namespace,
    is_object_name,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._objects import (
    Change,
    Ref,
    checks_path,
    diff_of,
    find,
    planned,
    without_server_fields,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._options import KubeOptions
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.api_server import (
    ApiServer,
    Json,
    Reply,
)
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.fake_cluster import FakeCluster

SERVICE: Json = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web", "namespace": "shop"},
    "spec": {"type": "ClusterIP"},
}
PATH = "/api/v1/namespaces/shop/services/web"


def client(api: ApiServer) -> Kube:
    return connect(KubeOptions(host=api.url, api_key="secret-token"))


# -- requests ------------------------------------------------------------------------------------------------------
def test_server_side_apply(api: ApiServer) -> None:
    api.on("PATCH", PATH, Reply(200, SERVICE))
    client(api).apply(PATH, SERVICE, "me")
    client(api).apply(PATH, SERVICE, "me", force=False, dry_run=True)
    first, second = api.requests
    assert first.headers["content-type"] == "application/apply-patch+yaml" and first.body == SERVICE
    assert first.query == {"fieldManager": ["me"], "force": ["true"]}
    assert second.query == {"fieldManager": ["me"], "force": ["false"], "dryRun": ["All"]}


def test_a_json_patch(api: ApiServer) -> None:
    api.on("PATCH", PATH, Reply(200, SERVICE))
    patch = [{"op": "add", "path": "/status", "value": {}}]
    assert client(api).patch(PATH, patch, JSON_PATCH) == SERVICE
    assert (api.requests[0].headers["content-type"], api.requests[0].body) == ("application/json-patch+json", patch)


def test_metadata_alone(api: ApiServer) -> None:
    api.on("GET", PATH, Reply(200, SERVICE))
    client(api).metadata(PATH)
    assert api.requests[0].headers["accept"] == "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"


@pytest.mark.parametrize(("date", "year"), [("Wed, 01 Jan 2020 00:00:00 GMT", 2020), ("nonsense", None)])
def test_times_are_those_of_the_server(api: ApiServer, date: str, year: int | None) -> None:
    here = datetime.datetime.now(datetime.timezone.utc)
    api.on("GET", PATH, Reply(200, SERVICE, (("Date", date),)))
    kube = client(api)
    assert abs((kube.now() - here).total_seconds()) < 60
    kube.get(PATH)
    assert kube.now().year == (year or here.year) and kube.now().tzinfo is datetime.timezone.utc


# -- objects -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("manifest", "path"),
    [
        (SERVICE, PATH),
        ({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}, "/api/v1/namespaces/shop"),
        (
            {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "a/b", "namespace": "shop"}},
            "/apis/apps/v1/namespaces/shop/daemonsets/a%2Fb",
        ),
    ],
)
def test_where_objects_are(manifest: Json, path: str) -> None:
    assert Ref.of(manifest).path == path


def test_where_checks_are() -> None:
    root = "/apis/controlplane.operator.openshift.io/v1alpha1"
    assert checks_path() == f"{root}/podnetworkconnectivitychecks"
    assert checks_path("a") == f"{root}/namespaces/a/podnetworkconnectivitychecks"


def test_what_the_server_adds_is_no_difference(api: ApiServer) -> None:
    cluster = FakeCluster(api)
    cluster.put("/api/v1/namespaces/shop", {})
    kube = client(api)
    assert find(kube, Ref.of(SERVICE)) is None
    assert planned(kube, SERVICE, None).action == "created"
    found = cluster.put(
        PATH,
        {
            **SERVICE,
            "status": {"loadBalancer": {}},
            "metadata": {
                **SERVICE["metadata"],
                "generation": 3,
                "managedFields": [{}],
                "annotations": {"deployment.kubernetes.io/revision": "2"},
            },
        },
    )
    assert without_server_fields(found) == SERVICE
    change = planned(kube, SERVICE, find(kube, Ref.of(SERVICE)))
    assert change.action == "unchanged" and not change.changed
    assert planned(kube, {**SERVICE, "spec": {"type": "NodePort"}}, found).action == "changed"
    assert cluster.written == []


def test_a_difference_is_readable() -> None:
    before = {**SERVICE, "binaryData": {"agent.pyz": base64.b64encode(b"x" * 1000).decode(), "odd": "ä"}}
    diff = diff_of(Change(Ref.of(SERVICE), before, None), lambda found: json.dumps(found, ensure_ascii=False))
    assert diff["before_header"] == "Service web in namespace shop (before)" and diff["after"] == ""
    assert (
        "(1000 bytes, sha256 44f8" in diff["before"] and "(not base64)" in diff["before"] and len(diff["before"]) < 400
    )


# -- what people type ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "namespace", "name"),
    [
        ("a", True, True),
        ("a-1", True, True),
        ("a.b", False, True),
        ("A", False, False),
        ("", False, False),
        ("-a", False, False),
        ("a" * 63, True, True),
        ("a" * 64, False, True),
        ("a" * 254, False, False),
        ("a..b", False, False),
        ("a\n", False, False),
    ],
)
def test_names(text: str, namespace: bool, name: bool) -> None:
    assert (is_namespace(text), is_object_name(text)) == (namespace, name)


@pytest.mark.parametrize(
    "text", ["a:1", "a.example.com:65535", "192.0.2.1:80", "[2001:db8::1]:80", "under_score.example.com:1"]
)
def test_endpoints(text: str) -> None:
    assert endpoint_problem(text) == ""


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a", "missing port"),
        ("a:", "missing port"),
        (":80", "missing host"),
        ("a:0", "invalid port"),
        ("a:65536", "invalid port"),
        ("a:b", "invalid port"),
        ("fd00::1:80", "needs brackets"),
        ("https://a:1", "a URL"),
        ("a b:1", "neither an IP address nor a host"),
        ("300.1.1.1:80", "neither an IP"),
        ("", "missing port"),
        ("dial tcp: address x: a:", "too many colons"),
    ],
)
def test_what_is_no_endpoint(text: str, problem: str) -> None:
    assert problem in endpoint_problem(text)
    assert "dial tcp" not in endpoint_problem(text).replace(repr(text), "")
