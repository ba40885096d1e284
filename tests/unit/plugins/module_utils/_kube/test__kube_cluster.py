# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read from the API, what is kept of it, and what happens when a part cannot be read."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube import _client, _cluster
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Kube, connect, decode_list
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._cluster import CONFIG_MAPS, Reader
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._fields import FIELDS, prune
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._options import KubeOptions
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.api_server import (
    ApiServer,
    Reply,
    Request,
    closed_port,
    items,
    refusal,
    thing,
)

CONFIG = "/api/v1/namespaces/kube-system/configmaps"
PODS = "/api/v1/namespaces/n/pods"


@pytest.fixture
def reader(api: ApiServer) -> Reader:
    """Of a cluster with two pods in one namespace."""
    api.on("GET", "/version", Reply(200, {"gitVersion": "v1.34.4"}))
    api.on("GET", PODS, items(_pod("b"), _pod("a")))
    return Reader(connect(KubeOptions(host=api.url)))


def _pod(name: str) -> dict[str, t.Any]:
    return {"metadata": {"name": name, "namespace": "n", "uid": f"uid-{name}", "managedFields": ["long"]}}


def _names(cluster: dict[str, t.Any], resource: str) -> list[str]:
    return [item["metadata"]["name"] for item in cluster["resources"][resource]]


def test_what_was_read_is_there_once_and_in_order(reader: Reader) -> None:
    reader.together(lambda: reader.many("pods", "n"), lambda: reader.many("pods", "n", labels={"app": "web"}))
    cluster = reader.cluster(reader.version(), {"node_pods": ["x"]})
    assert cluster["schema"] == "podnet.diagnostics/cluster/v1" and cluster["time"].endswith("Z")
    assert cluster["version"] == {"gitVersion": "v1.34.4"} and cluster["errors"] == []
    assert _names(cluster, "pods") == ["a", "b"] and cluster["scope"] == {"node_pods": ["x"]}
    assert "managedFields" not in json.dumps(cluster)


def test_the_server_selects(reader: Reader, api: ApiServer) -> None:
    asked: list[tuple[str | None, ...]] = []

    def answer(request: Request) -> Reply:
        asked.append(tuple(map(request.first, ("labelSelector", "fieldSelector", "resourceVersion"))))
        return items()

    api.on("GET", "/api/v1/pods", answer)
    reader.many("pods", labels={"a": "b", "c": "d"})
    reader.many("pods", fields="spec.nodeName=node-1", cached=False)
    assert asked == [("a=b,c=d", None, "0"), (None, "spec.nodeName=node-1", None)]


def test_what_is_there_is_not_asked_for_again(reader: Reader, api: ApiServer) -> None:
    api.on("GET", f"{PODS}/a", Reply(200, _pod("a")))
    assert reader.one("pods", "n", "a") and reader.one("pods", "n", "a")
    assert api.paths() == [f"{PODS}/a"]
    assert reader.one("pods", "n", "a", again=True) and len(api.paths()) == 2


def test_an_object_that_is_not_there_is_no_error(reader: Reader, api: ApiServer) -> None:
    api.on("GET", f"{PODS}/gone", refusal(404, "not found"))
    assert reader.one("pods", "n", "gone") is None and reader.cluster()["errors"] == []


def test_one_resource_that_is_forbidden_leaves_the_others(reader: Reader, api: ApiServer) -> None:
    api.on("GET", "/api/v1/services", refusal(403, 'services is forbidden: User "me" cannot list it'))
    reader.many("services")
    reader.many("services")
    reader.many("pods", "n")
    cluster = reader.cluster()
    assert [(error["resource"], error["kind"]) for error in cluster["errors"]] == [("services", "forbidden")]
    assert 'User "me" cannot list it' in cluster["errors"][0]["text"]
    assert set(cluster["resources"]) == {"pods"}


def test_a_resource_that_takes_too_long_is_waited_for_once(api: ApiServer, reader: Reader) -> None:
    api.on("GET", "/api/v1/services", api.silent)
    impatient = Reader(Kube(connect(KubeOptions(host=api.url)).access, read_seconds=0.5))
    impatient.many("services")
    impatient.many("services")
    impatient.many("pods", "n")
    cluster = impatient.cluster()
    assert [(error["resource"], error["kind"]) for error in cluster["errors"]] == [("services", "timeout")]
    assert api.paths().count("/api/v1/services") == 1 and _names(cluster, "pods") == ["a", "b"]


def test_the_endpoints_of_one_service_with_who_writes_them(api: ApiServer) -> None:
    piece = thing("web-x1", endpoints=[{"addresses": ["10.244.1.3"], "conditions": {"ready": True}}])
    piece["metadata"].update(
        generation=7,
        managedFields=[
            {"manager": "kubectl", "time": "2026-01-01T00:00:00Z"},
            {"manager": "kube-controller-manager", "time": "2026-01-01T00:00:05Z"},
            {"manager": None},
        ],
    )
    api.on("GET", "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices", items(piece))
    found = _cluster.read_endpoints(connect(KubeOptions(host=api.url)), "shop", "web")
    (kept,) = found["endpointslices"]
    assert kept["writers"] == ["kube-controller-manager", "kubectl"]
    assert kept["metadata"]["generation"] == 7 and "managedFields" not in kept["metadata"]
    assert api.requests[-1].query["labelSelector"] == ["kubernetes.io/service-name=web"]


def test_a_version_that_is_forbidden_does_not_matter(reader: Reader, api: ApiServer) -> None:
    api.on("GET", "/version", refusal(403, "no"))
    assert reader.version() == {}
    assert [error["resource"] for error in reader.cluster()["errors"]] == ["version"]


def test_credentials_that_are_not_accepted_are_an_error_at_once(reader: Reader, api: ApiServer) -> None:
    api.on("GET", "/version", refusal(401, "Unauthorized"))
    with pytest.raises(KubeError) as caught:
        reader.version()
    assert caught.value.kind == "unauthorized" and api.paths() == ["/version"]


def test_a_server_that_turns_everybody_away_is_not_asked_for_anything_else(
    reader: Reader, api: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_client, "PATIENCE_SECONDS", 0.5)
    api.on("GET", "/version", refusal(429, "too many requests"))
    with pytest.raises(KubeError) as caught:
        reader.version()
    assert caught.value.kind == "busy" and set(api.paths()) == {"/version"}


def test_a_server_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KubeError) as caught:
        Reader(connect(KubeOptions(host=f"http://127.0.0.1:{closed_port()}"))).version()
    assert caught.value.kind == "unreachable"


def test_config_maps_that_are_forbidden_are_told_once_by_name(reader: Reader, api: ApiServer) -> None:
    data = {"Corefile": ".:53 {}", "kubeconfig.conf": "no"}
    api.on("GET", f"{CONFIG}/kube-proxy", Reply(200, thing("kube-proxy", data=data)))
    api.on("GET", f"{CONFIG}/coredns", refusal(403, 'configmaps "coredns" is forbidden'))
    api.on("GET", f"{CONFIG}/kube-flannel-cfg", refusal(403, "no"))
    reader.config_maps()
    cluster = reader.cluster()
    assert _names(cluster, "configmaps") == ["kube-proxy"]
    assert cluster["resources"]["configmaps"][0]["data"] == {"Corefile": ".:53 {}"}
    assert [(error["resource"], error["kind"]) for error in cluster["errors"]] == [("configmaps", "forbidden")]
    assert '"coredns"' in cluster["errors"][0]["text"]


def test_all_config_maps_forbidden(reader: Reader, api: ApiServer) -> None:
    for namespace, name in CONFIG_MAPS:
        api.on("GET", f"/api/v1/namespaces/{namespace}/configmaps/{name}", refusal(403, "no"))
    reader.config_maps()
    cluster = reader.cluster()
    assert "configmaps" not in cluster["resources"]
    assert {error["kind"] for error in cluster["errors"]} == {"forbidden"}


def test_events_of_interest_once_and_the_newest(
    reader: Reader, api: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
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
        "involvedObject.name=c,type!=Normal": items(event("c", "Unhealthy", "2026-01-03T00:00:00Z")),
        "involvedObject.name=c,reason=Preempted": items(),
    }
    api.on("GET", "/api/v1/namespaces/n/events", lambda request: pages[str(request.first("fieldSelector"))])
    reader.events("n")
    assert _names(reader.cluster(), "events") == ["a", "b", "p"]
    reader.events("n", "c")
    assert _names(reader.cluster(), "events") == ["a", "b", "c", "p"]
    monkeypatch.setattr(_cluster, "MOST_EVENTS", 2)
    assert _names(reader.cluster(), "events") == ["c", "p"]


@pytest.mark.parametrize(
    "text",
    [
        '{"kind":"PodList","metadata":{"continue":"x"},"items":[{"a":1},{"a":2}]}\n',
        '{"kind":"PodList","metadata":{"continue":"x"},"items":[]}',
        '{"kind": "PodList", "metadata": {"continue": "x"}, "items": [{"a": 1}, {"a": 2}]}',
        '{"kind":"PodList","metadata":{"continue":"x"},"items":null}',
        '{"kind":"PodList","items":[{"a":1,"items":[3]},{"a":2}],"metadata":{"continue":"x"}}',
        '{"note":{"items":[1]},"kind":"PodList","metadata":{"continue":"x"},"items":[{"a":1}]}',
    ],
)
def test_a_list_is_pruned_while_it_is_decoded(text: str) -> None:
    whole = json.loads(text)
    found = decode_list(text.encode(), lambda item: {"kept": item["a"]})
    assert found["metadata"] == {"continue": "x"} and found["kind"] == "PodList"
    assert found["items"] == [{"kept": item["a"]} for item in whole["items"] or []]


def test_a_list_that_is_cut_off_is_no_list() -> None:
    with pytest.raises(ValueError, match="delimiter"):
        decode_list(b'{"kind":"PodList","items":[{"a":1}', lambda item: item)


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
