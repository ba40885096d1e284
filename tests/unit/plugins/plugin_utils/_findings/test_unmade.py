# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service without pods: why the workload that it means has none, and what changes that."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, World

CLIENT = "pod:default/client-1"
QUOTA = 'pods "web-5f-" is forbidden: exceeded quota: tight, requested: pods=1, used: pods=0, limited: pods=0'
LEVEL = 'pods "web-5f-x" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false'
REFUSED = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate"}


def _verdict(resource: str, spec: Json, status: Json, event: str = "", uid: str = "u1") -> Json:
    """Service web, whose pods are gone, and the one workload that would make them."""
    world = World()
    for pod in [one for one in world.resources("pods") if (one["metadata"].get("labels") or {}).get("app") == "web"]:
        world.resources("pods").remove(pod)
    world.item("endpointslices", "web-x")["endpoints"] = []
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"nodeSelector": {"disk": "fast"}}}
    metadata = {"name": "web", "namespace": "default", "uid": "u1", "generation": 1}
    workload = {"metadata": metadata, "spec": {"template": template, **spec}, "status": status}
    world.cluster["resources"].update({"deployments": [], "statefulsets": [], resource: [workload]})
    if event:
        about = {"kind": "StatefulSet", "namespace": "default", "name": "web", "uid": uid}
        world.resources("events").append(
            {"reason": "FailedCreate", "message": event, "involvedObject": about, "metadata": {"name": "e"}}
        )
    found = world.diagnose(CLIENT, "service:default/web", 80, outcomes={"tcp": "refused"})
    assert found["errors"] == []
    return t.cast(Json, found["verdict"])


@pytest.mark.parametrize(
    ("resource", "spec", "status", "event", "seen", "change"),
    [
        ("deployments", {"replicas": 0}, {"observedGeneration": 1}, "", "scaled to 0", "scale deployment web"),
        ("statefulsets", {"replicas": 0}, {"observedGeneration": 1}, "", "scaled to 0", "scale statefulset web"),
        (
            "deployments",
            {"replicas": 2},
            {"observedGeneration": 1, "conditions": [{**REFUSED, "message": QUOTA}]},
            "",
            "none is admitted: exceeded quota: tight",
            "describe resourcequota",
        ),
        (
            "deployments",
            {"replicas": 2},
            {"observedGeneration": 1, "conditions": [{**REFUSED, "message": LEVEL}]},
            "",
            'violates PodSecurity "restricted:latest"',
            "pod-security.kubernetes.io/enforce",
        ),
        (
            "deployments",
            {"replicas": 2},
            {"observedGeneration": 1, "conditions": [{**REFUSED, "status": "False", "message": LEVEL}]},
            "",
            "wants a pod and has none",
            "describe deployment web",
        ),
        (
            "statefulsets",
            {"replicas": 1},
            {"observedGeneration": 1},
            'create Pod web-0 in StatefulSet web failed error: failed calling webhook "guard.example.com"',
            "failed calling webhook",
            "validatingwebhookconfigurations",
        ),
        ("deployments", {"replicas": 1, "paused": True}, {"observedGeneration": 1}, "", "is paused", "rollout resume"),
        (
            "daemonsets",
            {},
            {"desiredNumberScheduled": 0, "observedGeneration": 1},
            "",
            "fits no node (nodeSelector disk=fast)",
            "label the nodes",
        ),
        ("replicasets", {"replicas": 0}, {"observedGeneration": 1}, "", "scaled to 0", "scale replicaset web"),
        (
            "replicationcontrollers",
            {"replicas": 0},
            {"observedGeneration": 1},
            "",
            "scaled to 0",
            "scale replicationcontroller web",
        ),
        ("jobs", {"suspend": True}, {}, "", "is suspended", "patch job web"),
        ("jobs", {"parallelism": 0}, {}, "", "parallelism is 0", "patch job web"),
        (
            "jobs",
            {},
            {"conditions": [{"type": "Complete", "status": "True"}]},
            "",
            "is over (Complete)",
            "as a Deployment",
        ),
        ("jobs", {}, {}, "", "wants a pod and has none", "describe job web"),
        ("deployments", {"replicas": 1}, {}, "", "no controller has acted on it", "kube-controller-manager"),
        (
            "daemonsets",
            {},
            {"desiredNumberScheduled": 0, "observedGeneration": 7},
            "",
            "no controller has acted on it (generation 1, observed 7)",
            "kube-controller-manager",
        ),
    ],
)
def test_why_a_workload_has_no_pod(resource: str, spec: Json, status: Json, event: str, seen: str, change: str) -> None:
    verdict = _verdict(resource, spec, status, event)
    assert (verdict["root_causes"], verdict["location"]) == (
        ["service-no-endpoints"],
        {"namespace": "default", "service": "web"},
    )
    assert seen in verdict["summary"] and change in verdict["remediation"]


def _without_pods() -> World:
    """web without pods, and without the workload that would make them."""
    world = World()
    for pod in [one for one in world.resources("pods") if one["metadata"]["name"].startswith("web-")]:
        world.resources("pods").remove(pod)
    world.item("endpointslices", "web-x")["endpoints"] = []
    world.cluster["resources"].update({"deployments": [], "statefulsets": []})
    return world


def _owned(kind: str, *sizes: int) -> Json:
    """Replica sets that another workload owns, the first of which Service web means."""
    world = _without_pods()
    owner = {"kind": kind, "name": "web", "uid": "u9", "controller": True}
    world.cluster["resources"]["replicasets"] = [
        {
            "metadata": {"name": f"web-{number}", "namespace": "default", "ownerReferences": [owner]},
            "spec": {"replicas": size, "template": {"metadata": {"labels": {"app": "v2-web" if number else "web"}}}},
            "status": {"observedGeneration": 1},
        }
        for number, size in enumerate(sizes)
    ]
    found = world.diagnose(CLIENT, "service:default/web", 80, outcomes={"tcp": "refused"})
    assert found["errors"] == []
    return t.cast(Json, found["verdict"])


def test_a_replica_set_speaks_for_an_owner_that_is_not_read() -> None:
    verdict = _owned("Rollout", 0)
    assert verdict["root_causes"] == ["service-no-endpoints"]
    assert "web is scaled to 0" in verdict["summary"] and "scale rollout web" in verdict["remediation"]


@pytest.mark.parametrize(("kind", "sizes"), [("Rollout", (0, 2)), ("Deployment", (0,))])
def test_an_old_revision_speaks_for_nobody(kind: str, sizes: tuple[int, ...]) -> None:
    assert _owned(kind, *sizes)["root_causes"] == ["service-selector-mismatch"]


@pytest.mark.parametrize("resource", ["jobs", "replicasets", "replicationcontrollers"])
def test_workloads_that_may_not_be_read_leave_the_question_open(resource: str) -> None:
    world = _without_pods()
    world.cluster["errors"] = [{"resource": resource, "kind": "forbidden", "text": "forbidden"}]
    verdict = world.diagnose(CLIENT, "service:default/web", 80, outcomes={"tcp": "refused"})["verdict"]
    assert (verdict["root_causes"], verdict["confidence"]) == (["service-selector-mismatch"], "likely")


def test_what_nobody_says_is_not_proven() -> None:
    silent = _verdict("deployments", {"replicas": 1}, {"observedGeneration": 1})
    told = _verdict("deployments", {"replicas": 1, "paused": True}, {"observedGeneration": 1})
    assert (silent["confidence"], told["confidence"]) == ("likely", "proven")


def test_an_event_of_an_earlier_workload_of_the_name_counts_for_nothing() -> None:
    for uid, counts in (("u1", True), ("u0", False)):
        verdict = _verdict("statefulsets", {"replicas": 1}, {"observedGeneration": 1}, QUOTA, uid)
        assert ("exceeded quota" in verdict["summary"]) is counts


@pytest.mark.parametrize(
    ("families", "writer", "left", "words"),
    [
        (["IPv4"], "endpointslice-controller.k8s.io", "empty", "Ready (web-a, web-b), and its EndpointSlices do not"),
        (["IPv4"], "endpointslice-controller.k8s.io", "none", "Ready (web-a, web-b), and it has no EndpointSlice"),
        (["IPv4"], "somebody", "empty", "its EndpointSlices list no endpoint for that port"),
        (["IPv6"], "endpointslice-controller.k8s.io", "empty", "its EndpointSlices list no endpoint for that port"),
    ],
)
def test_pods_are_ready_and_nobody_writes_it(families: list[str], writer: str, left: str, words: str) -> None:
    world = World()
    world.item("services", "web")["spec"]["ipFamilies"] = families
    piece = world.item("endpointslices", "web-x")
    piece["endpoints"] = []
    piece["metadata"]["labels"]["endpointslice.kubernetes.io/managed-by"] = writer
    if left == "none":
        world.remove("endpointslices", "web-x")
    verdict = world.diagnose(CLIENT, "service:default/web", 80, outcomes={"tcp": "refused"})["verdict"]
    assert verdict["root_causes"] == ["service-no-endpoints"] and words in verdict["summary"]
    assert ("kube-controller-manager" in verdict["remediation"]) is ("Ready" in words)


@pytest.mark.parametrize(
    ("piece", "words"),
    [
        (None, "it has no selector, and nobody has written an EndpointSlice for it"),
        ({"addressType": "IPv6"}, "has IPv6 addresses, and the Service is IPv4"),
        ({"ports": [{"name": "web", "port": 8080}]}, "calls its ports 'web', and the Service's is called 'http'"),
        ({"ports": [{"name": "http", "port": 8080, "protocol": "UDP"}]}, "has that port for udp, and the Service's is"),
        ({"ports": [{"name": "http"}]}, "has no port with a number"),
        (
            {"endpoints": [{"addresses": ["10.0.0.9"], "conditions": {"ready": False}}]},
            "none of its addresses is ready",
        ),
    ],
)
def test_what_is_wrong_with_a_slice_that_somebody_wrote(piece: Json | None, words: str) -> None:
    world = World()
    spec = world.item("services", "web")["spec"]
    spec.update(selector={}, ipFamilies=["IPv4"])
    spec["ports"][0]["name"] = "http"
    written = world.item("endpointslices", "web-x")
    written.update(ports=[{"name": "http", "port": 8080}], endpoints=[{"addresses": ["10.0.0.9"]}])
    if piece is None:
        world.remove("endpointslices", "web-x")
    else:
        written.update(piece)
    verdict = world.diagnose(CLIENT, "service:default/web", 80, outcomes={"tcp": "refused"})["verdict"]
    assert verdict["root_causes"] == ["service-no-endpoints"] and words in verdict["summary"]
    assert "a port called http with a number for tcp" in verdict["remediation"]
