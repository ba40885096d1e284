# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why pods do not run, in one sentence for each object."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Kube
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy import _rollout
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._rollout import (
    Rollout,
    pod_problem,
    watch_rollout,
)
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.api_server import Json, Reply, items
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.fake_cluster import FakeCluster

APPS = "/apis/apps/v1/namespaces/mine"
HOME = "/api/v1/namespaces/mine"
READY = {"conditions": [{"type": "Ready", "status": "True"}]}


def workloads(cluster: FakeCluster, source: Json | None = None, target: Json | None = None) -> None:
    """A Deployment of one pod and a DaemonSet of three, with these differences from a complete one."""
    cluster.put(
        f"{APPS}/deployments/network-check-source",
        {
            "metadata": {"generation": 2},
            "spec": {"replicas": 1},
            "status": {
                "observedGeneration": 2,
                "replicas": 1,
                "updatedReplicas": 1,
                "availableReplicas": 1,
                **(source or {}),
            },
        },
    )
    cluster.put(
        f"{APPS}/daemonsets/network-check-target",
        {
            "metadata": {"generation": 1},
            "status": {
                "observedGeneration": 1,
                "desiredNumberScheduled": 3,
                "updatedNumberScheduled": 3,
                "numberAvailable": 3,
                **(target or {}),
            },
        },
    )


def pod(
    cluster: FakeCluster,
    name: str,
    node: str,
    status: Json | None = None,
    app: str = "network-check-target",
    **metadata: t.Any,
) -> None:
    cluster.put(
        f"{HOME}/pods/{name}",
        {"metadata": {"labels": {"app": app}, **metadata}, "spec": {"nodeName": node}, "status": status or READY},
    )


def container(**entry: t.Any) -> Json:
    return {"containerStatuses": [{"image": "python:3", **entry}]}


def waiting(reason: str, message: str = "", **entry: t.Any) -> Json:
    return container(state={"waiting": {"reason": reason, "message": message}}, **entry)


def look(kube: Kube, wait: float = 0) -> Rollout:
    return watch_rollout(kube, "mine", wait)


def test_complete(cluster: FakeCluster, kube: Kube) -> None:
    workloads(cluster)
    rollout = look(kube, 60)
    assert rollout.complete and rollout.problems == [] and [workload.ready for workload in rollout.workloads] == [1, 3]


@pytest.mark.parametrize(
    "late", [{"observedGeneration": 1}, {"updatedReplicas": 0}, {"replicas": 2}, {"availableReplicas": 0}]
)
def test_not_complete(cluster: FakeCluster, kube: Kube, late: Json) -> None:
    workloads(cluster, source=late)
    assert not look(kube).complete and look(kube).problems == [
        "Deployment network-check-source: its pods are not ready yet"
    ]


def test_it_waits_until_it_is_complete(cluster: FakeCluster, kube: Kube) -> None:
    workloads(cluster)
    path = f"{APPS}/deployments/network-check-source"
    late = {**cluster.objects[path], "status": {}}
    cluster.api.on("GET", path, Reply(200, late), Reply(200, late), Reply(200, cluster.objects[path]))
    assert look(kube, 30).complete


@pytest.mark.parametrize(
    ("status", "problem", "final"),
    [
        (
            waiting(
                "ImagePullBackOff",
                'Back-off pulling image "python:3": ErrImagePull: failed to resolve "python:3": not found',
            ),
            'the image python:3 cannot be pulled: failed to resolve "python:3": not found',
            True,
        ),
        (
            waiting("ImagePullBackOff", 'Back-off pulling image "python:3"'),
            "the image python:3 cannot be pulled: ImagePullBackOff",
            True,
        ),
        (
            waiting("ErrImageNeverPull", 'Container image "python:3" is not present with pull policy of Never'),
            "the image python:3 cannot be pulled: it is not present with pull policy of Never",
            True,
        ),
        (waiting("InvalidImageName", "couldn't parse image name"), "cannot be pulled: couldn't parse image name", True),
        (
            waiting("CreateContainerConfigError", 'configmap "x" not found'),
            'its container cannot be started: configmap "x" not found',
            True,
        ),
        (
            waiting(
                "CrashLoopBackOff",
                "back-off 10s",
                restartCount=2,
                lastState={
                    "terminated": {
                        "exitCode": 1,
                        "reason": "Error",
                        "message": "Traceback\nModuleNotFoundError: no asyncio\n\n",
                    }
                },
            ),
            "its container ends again and again: exit status 1: ModuleNotFoundError: no asyncio",
            True,
        ),
        (
            waiting(
                "CrashLoopBackOff", restartCount=2, lastState={"terminated": {"exitCode": 137, "reason": "OOMKilled"}}
            ),
            "exit status 137, OOMKilled, and it said nothing",
            True,
        ),
        (
            container(state={"terminated": {"exitCode": 2, "reason": "Error", "message": "usage"}}),
            "exit status 2: usage",
            True,
        ),
        (container(state={"running": {}}, ready=False), "its container runs but is not ready", False),
        (
            {
                "conditions": [
                    {
                        "type": "PodScheduled",
                        "status": "False",
                        "reason": "Unschedulable",
                        "message": "0/3 nodes are available",
                    }
                ]
            },
            "no node takes its pod: 0/3 nodes are available",
            False,
        ),
        (
            {"phase": "Failed", "reason": "Evicted", "message": "The node was low on memory"},
            "its pod has failed: The node was low on memory",
            True,
        ),
        (waiting("ContainerCreating"), "", False),
        ({}, "", False),
    ],
)
def test_why_a_pod_is_not_ready(status: Json, problem: str, final: bool) -> None:
    text, is_final = pod_problem({"metadata": {"name": "p"}, "status": status})
    assert (problem in text) and bool(text) == bool(problem) and is_final is final


def test_a_reason_is_told_once_with_its_nodes(cluster: FakeCluster, kube: Kube) -> None:
    workloads(cluster, target={"numberAvailable": 0, "desiredNumberScheduled": 5, "updatedNumberScheduled": 5})
    for number in range(1, 6):
        pod(cluster, f"p{number}", f"node-{number}", waiting("ErrImagePull", "not found"))
    assert look(kube).problems == [
        "DaemonSet network-check-target: the image python:3 cannot be pulled: not found (node-1, node-2, node-3 and 2"
        " more)"
    ]


def test_what_both_have_is_said_once(cluster: FakeCluster, kube: Kube) -> None:
    workloads(cluster, source={"availableReplicas": 0}, target={"numberAvailable": 1})
    pod(cluster, "s1", "node-1", waiting("ErrImagePull", "not found"), app="network-check-source")
    pod(cluster, "t1", "node-1", waiting("ErrImagePull", "not found"))
    pod(cluster, "t2", "node-2", waiting("ErrImagePull", "not found"))
    assert look(kube).problems == [
        "Deployment network-check-source and DaemonSet network-check-target: the image python:3 cannot be pulled:"
        " not found (node-1, node-2)"
    ]


def test_a_bad_image_is_not_waited_for_until_the_end(
    cluster: FakeCluster, kube: Kube, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_rollout, "_PATIENCE_SECONDS", 0.05)
    workloads(cluster, target={"numberAvailable": 2})
    pod(cluster, "p1", "node-1", waiting("ErrImagePull", "not found"))
    assert not look(kube, 600).complete


def test_pods_that_are_forbidden(cluster: FakeCluster, kube: Kube) -> None:
    workloads(
        cluster,
        source={
            "availableReplicas": 0,
            "updatedReplicas": 0,
            "conditions": [{"type": "ReplicaFailure", "status": "True", "message": "exceeded quota: q"}],
        },
        target={"numberAvailable": 0, "updatedNumberScheduled": 0},
    )
    uid = cluster.objects[f"{APPS}/daemonsets/network-check-target"]["metadata"]["uid"]
    cluster.api.on(
        "GET",
        f"{HOME}/events",
        items(
            {
                "involvedObject": {"uid": uid},
                "message": 'Error creating: pods "x" is forbidden: violates PodSecurity "restricted:latest"',
            },
            {"involvedObject": {"uid": "of an earlier one"}, "message": "Error creating: something else"},
        ),
    )
    assert look(kube).problems == [
        "Deployment network-check-source: Kubernetes does not make its pods: exceeded quota: q",
        (
            'DaemonSet network-check-target: Kubernetes does not make its pods: pods "x" is forbidden: violates'
            ' PodSecurity "restricted:latest"'
        ),
    ]


def silent(cluster: FakeCluster, name: str) -> None:
    cluster.put(
        f"/api/v1/nodes/{name}",
        {"status": {"conditions": [{"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown"}]}},
    )


def test_dead_nodes_are_not_waited_for(cluster: FakeCluster, kube: Kube) -> None:
    workloads(cluster, target={"numberAvailable": 2, "updatedNumberScheduled": 3})
    for number in (1, 2, 3):
        pod(cluster, f"p{number}", f"node-{number}", None if number < 3 else {"phase": "Running"})
    assert not look(kube).complete
    silent(cluster, "node-3")
    assert look(kube).complete and look(kube).skipped == ["node-3"]
    cluster.denied.add(("list", "nodes"))
    assert not look(kube).complete


def test_an_update_that_a_dead_node_holds_up_is_no_failure(
    cluster: FakeCluster, kube: Kube, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_rollout, "_PATIENCE_SECONDS", 0.05)
    workloads(cluster, target={"numberAvailable": 2, "updatedNumberScheduled": 0})
    pod(cluster, "p1", "node-1")
    pod(cluster, "p2", "node-2")
    pod(cluster, "p3", "node-3", deletionTimestamp="2026-01-31T12:00:00Z")
    silent(cluster, "node-3")
    rollout = look(kube, 600)
    assert (rollout.complete, rollout.problems) == (False, [])
    assert "node-3 (NodeStatusUnknown)" in rollout.blocked[0]


def test_a_source_that_cannot_leave_a_dead_node(cluster: FakeCluster, kube: Kube) -> None:
    workloads(cluster, source={"updatedReplicas": 0, "availableReplicas": 0})
    pod(cluster, "s", "node-3", app="network-check-source", deletionTimestamp="2026-01-31T12:00:00Z")
    silent(cluster, "node-3")
    assert "its pod on a node that is NotReady has to go first: node-3 (NodeStatusUnknown)" in look(kube).problems[0]
