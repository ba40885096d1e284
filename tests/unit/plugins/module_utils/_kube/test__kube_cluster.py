# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read from the API, what is kept of it, and what happens when a part cannot be read."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube import _cluster
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Kube, connect
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._fields import FIELDS, prune
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._options import KubeOptions
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.api_server import (
    ApiServer,
    Reply,
    closed_port,
    items,
    refusal,
    thing,
)

CONFIG = "/api/v1/namespaces/kube-system/configmaps"


@pytest.fixture
def kube(api: ApiServer) -> Kube:
    """A cluster with one object of every resource."""
    api.on("GET", "/version", Reply(200, {"gitVersion": "v1.34.4"}))
    for name, path in _cluster._PATHS.items():
        api.on("GET", path, items(thing(f"one-of-{name}")))
    for name in ("kube-proxy", "coredns"):
        api.on(
            "GET", f"{CONFIG}/{name}", Reply(200, thing(name, data={"Corefile": ".:53 {}", "kubeconfig.conf": "no"}))
        )
    return connect(KubeOptions(host=api.url))


def test_everything_that_a_diagnosis_needs(kube: Kube) -> None:
    cluster = _cluster.collect(kube)
    assert cluster["schema"] == "podnet.diagnostics/cluster/v1" and cluster["time"].endswith("Z")
    assert cluster["version"] == {"gitVersion": "v1.34.4"} and cluster["errors"] == []
    counts = {name: len(found) for name, found in cluster["resources"].items()}
    assert counts == {**dict.fromkeys(_cluster._PATHS, 1), "events": 0, "configmaps": 2}
    assert {json.dumps(item["data"]) for item in cluster["resources"]["configmaps"]} == {'{"Corefile": ".:53 {}"}'}


@pytest.mark.parametrize("resource", sorted(_cluster._PATHS))
def test_one_resource_that_is_forbidden_leaves_the_others(kube: Kube, api: ApiServer, resource: str) -> None:
    api.on("GET", _cluster._PATHS[resource], refusal(403, f'{resource} is forbidden: User "me" cannot list it'))
    cluster = _cluster.collect(kube)
    assert [(error["resource"], error["kind"]) for error in cluster["errors"]] == [(resource, "forbidden")]
    assert 'User "me" cannot list it' in cluster["errors"][0]["text"]
    assert set(cluster["resources"]) == {*_cluster._PATHS, "configmaps"} - {resource}


def test_one_resource_that_takes_too_long_leaves_the_others(api: ApiServer, kube: Kube) -> None:
    api.on("GET", _cluster._PATHS["pods"], api.silent)
    cluster = _cluster.collect(Kube(kube.access, read_seconds=0.5))
    assert [(error["resource"], error["kind"]) for error in cluster["errors"]] == [("pods", "timeout")]
    assert len(cluster["resources"]) == len(_cluster._PATHS)


def test_a_version_that_is_forbidden_does_not_matter(kube: Kube, api: ApiServer) -> None:
    api.on("GET", "/version", refusal(403, "no"))
    cluster = _cluster.collect(kube)
    assert [error["resource"] for error in cluster["errors"]] == ["version"] and cluster["resources"]["nodes"]


def test_credentials_that_are_not_accepted_are_an_error_at_once(kube: Kube, api: ApiServer) -> None:
    api.on("GET", "/version", refusal(401, "Unauthorized"))
    with pytest.raises(KubeError) as caught:
        _cluster.collect(kube)
    assert caught.value.kind == "unauthorized" and api.paths() == ["/version"]


def test_a_server_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KubeError) as caught:
        _cluster.collect(connect(KubeOptions(host=f"http://127.0.0.1:{closed_port()}")))
    assert caught.value.kind == "unreachable"


def test_config_maps_that_are_forbidden_are_told_once_by_name(kube: Kube, api: ApiServer) -> None:
    api.on("GET", f"{CONFIG}/coredns", refusal(403, 'configmaps "coredns" is forbidden'))
    api.on("GET", f"{CONFIG}/kube-flannel-cfg", refusal(403, "no"))
    cluster = _cluster.collect(kube)
    assert [item["metadata"]["name"] for item in cluster["resources"]["configmaps"]] == ["kube-proxy"]
    assert [error["resource"] for error in cluster["errors"]] == ["configmaps"] and '"coredns"' in cluster["errors"][0][
        "text"
    ]


def test_all_config_maps_forbidden(kube: Kube, api: ApiServer) -> None:
    for namespace, name in _cluster._CONFIG_MAPS:
        api.on("GET", f"/api/v1/namespaces/{namespace}/configmaps/{name}", refusal(403, "no"))
    cluster = _cluster.collect(kube)
    assert "configmaps" not in cluster["resources"]
    assert {error["kind"] for error in cluster["errors"]} == {"forbidden"}


def test_events_of_interest_once_and_the_newest(kube: Kube, api: ApiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def event(name: str, reason: str, when: str) -> dict[str, t.Any]:
        return thing(name, reason=reason, lastTimestamp=when)

    pages = {
        "type!=Normal": items(
            event("b", "BackOff", "2026-01-02T00:00:00Z"),
            event("p", "Preempted", "2026-01-04T00:00:00Z"),
            event("x", "SomethingElse", "2026-01-05T00:00:00Z"),
            event("a", "Unhealthy", "2026-01-01T00:00:00Z"),
        ),
        "reason=Preempted": items(event("p", "Preempted", "2026-01-04T00:00:00Z")),
    }
    api.on("GET", "/api/v1/events", lambda request: pages[str(request.first("fieldSelector"))])
    assert [item["metadata"]["name"] for item in _cluster.collect(kube)["resources"]["events"]] == ["a", "b", "p"]
    monkeypatch.setattr(_cluster, "MOST_EVENTS", 2)
    assert [item["metadata"]["name"] for item in _cluster.collect(kube)["resources"]["events"]] == ["b", "p"]


SECRET = "hush-hush"
POD = {
    "metadata": {
        "name": "p",
        "namespace": "n",
        "uid": "u",
        "labels": {"app": "web"},
        "managedFields": [SECRET],
        "annotations": {
            "kubectl.kubernetes.io/last-applied-configuration": SECRET,
            "mine": SECRET,
            "kubernetes.io/config.hash": "abc",
        },
    },
    "spec": {
        "nodeName": "node-1",
        "volumes": [{"secret": {"secretName": SECRET}}],
        "imagePullSecrets": [{"name": SECRET}],
        "containers": [
            {
                "name": "c",
                "image": "i",
                "command": [SECRET],
                "args": [SECRET],
                "env": [{"name": "PASSWORD", "value": SECRET}],
                "envFrom": [SECRET],
                "ports": [{"containerPort": 80, "name": "http"}],
                "readinessProbe": {
                    "httpGet": {"port": 80, "path": "/", "httpHeaders": [{"value": SECRET}]},
                    "exec": {"command": [SECRET]},
                },
            }
        ],
    },
    "status": {
        "phase": "Running",
        "podIP": "10.244.0.5",
        "containerStatuses": [
            {
                "name": "c",
                "ready": True,
                "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}},
                "containerID": "containerd://1",
            }
        ],
    },
}


def test_what_may_be_secret_is_left_out_and_the_shape_stays() -> None:
    pod = prune("pods", POD)
    assert SECRET not in json.dumps(pod)
    assert pod["metadata"]["annotations"] == {"kubernetes.io/config.hash": "abc"}
    assert pod["spec"]["containers"][0]["ports"] == [{"containerPort": 80, "name": "http"}]
    assert pod["spec"]["containers"][0]["readinessProbe"] == {"httpGet": {"port": 80, "path": "/"}}
    assert pod["status"]["containerStatuses"][0]["ready"] is True


@pytest.mark.parametrize("resource", ["daemonsets", "deployments"])
def test_pod_templates_are_pruned_like_pods(resource: str) -> None:
    template = {"metadata": POD["metadata"], "spec": POD["spec"]}
    kept = prune(resource, {"metadata": {"name": "d"}, "spec": {"template": template, "selector": {"matchLabels": {}}}})
    assert SECRET not in json.dumps(kept)
    assert kept["spec"]["template"]["spec"]["containers"][0]["name"] == "c"


def test_no_list_of_fields_lets_the_forbidden_ones_through() -> None:
    def words(fields: t.Any) -> t.Iterator[str]:
        if isinstance(fields, dict):
            for name, inner in fields.items():
                yield name
                yield from words(inner)

    assert not {"env", "envFrom", "args", "command", "volumes", "managedFields", "stringData"} & set(words(FIELDS))
    assert "secrets" not in FIELDS
