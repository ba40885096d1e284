# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Agents made, awaited and removed on a small real API server with nodes that behave in every way."""

from __future__ import annotations

import datetime
import threading
import time
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube import _agent_control
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._agent_control import Agents, Present
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._agents import (
    CREATED_BY,
    MANAGED_BY,
    MANAGER,
    NODE_LABEL,
    RUN_LABEL,
    AgentOptions,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Kube, connect
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._options import KubeOptions
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.api_server import (
    ApiServer,
    Json,
    Reply,
    Request,
    items,
    refusal,
)

NAMESPACE = "agents"
HOME = f"/api/v1/namespaces/{NAMESPACE}"
JOBS = f"/apis/batch/v1/namespaces/{NAMESPACE}/jobs"
RUNNING = {
    "phase": "Running",
    "containerStatuses": [{"name": "agent", "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}}}],
}


class Cluster:
    """Jobs, their pods and a namespace. pod_status says what becomes of the pod of a node; None: it is not made."""

    def __init__(self, api: ApiServer) -> None:
        self.api = api
        self.jobs: dict[str, Json] = {}
        self.pods: dict[str, Json] = {}
        self.namespace: Json | None = {"metadata": {"name": NAMESPACE}}
        self.pod_status: dict[str, Json | None] = {}
        self.lingering: set[str] = set()
        self._lock = threading.Lock()
        api.on("GET", HOME, self._get_namespace)
        api.on("DELETE", HOME, self._delete_namespace)
        api.on("POST", "/api/v1/namespaces", self._create_namespace)
        api.on("GET", JOBS, lambda request: self._list(self.jobs, request))
        api.on("POST", JOBS, self._create_job)
        api.on("GET", f"{HOME}/pods", lambda request: self._list(self.pods, request))
        for node in ("node-1", "node-2"):
            self.node(node, "True", "KubeletReady")

    def node(self, name: str, ready: str, reason: str) -> None:
        status = {"conditions": [{"type": "Ready", "status": ready, "reason": reason}]}
        self.api.on("GET", f"/api/v1/nodes/{name}", Reply(200, {"metadata": {"name": name}, "status": status}))

    def add_job(self, run_id: str, node: str, created: str = "", **status: t.Any) -> None:
        """A Job of another run."""
        labels = {MANAGED_BY: MANAGER, RUN_LABEL: run_id, NODE_LABEL: node}
        when = created or time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self._add(
            {
                "metadata": {"name": f"{run_id}-{node}", "labels": labels, "creationTimestamp": when},
                "spec": {"activeDeadlineSeconds": 600, "template": {"spec": {"nodeName": node}}},
                "status": status,
            }
        )

    def _get_namespace(self, unused: Request) -> Reply:
        return Reply(200, self.namespace) if self.namespace else refusal(404, f'namespaces "{NAMESPACE}" not found')

    def _create_namespace(self, request: Request) -> Reply:
        if self.namespace:
            return refusal(409, "it exists")
        self.namespace = request.body
        return Reply(201, request.body or {})

    def _delete_namespace(self, unused: Request) -> Reply:
        self.namespace = None
        return Reply()

    def _list(self, objects: dict[str, Json], request: Request) -> Reply:
        if self.namespace is None:
            return items()
        wanted = [pair.split("=") for pair in (request.first("labelSelector") or "").split(",") if pair]
        with self._lock:
            return items(
                *[
                    item
                    for item in objects.values()
                    if all(item["metadata"]["labels"].get(key) == value for key, value in wanted)
                ]
            )

    def _create_job(self, request: Request) -> Reply:
        job = request.body
        assert job is not None
        with self._lock:
            if job["metadata"]["name"] in self.jobs:
                return refusal(409, "it exists")
        self._add(
            {
                **job,
                "metadata": {
                    **job["metadata"],
                    "creationTimestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                },
            }
        )
        return Reply(201, job)

    def _add(self, job: Json) -> None:
        name, labels = job["metadata"]["name"], job["metadata"]["labels"]
        node = job["spec"]["template"]["spec"]["nodeName"]
        status = self.pod_status.get(node, RUNNING)
        with self._lock:
            self.jobs[name] = {**job, "metadata": {**job["metadata"], "uid": f"job-{name}"}}
            if status is not None:
                pod = f"{name}-x1y2z"
                self.pods[pod] = {
                    "metadata": {
                        **{"name": pod, "uid": f"pod-{pod}", "labels": labels},
                        "creationTimestamp": job["metadata"]["creationTimestamp"],
                    },
                    "spec": {"nodeName": node},
                    "status": status,
                }
                self.api.on("DELETE", f"{HOME}/pods/{pod}", lambda request, pod=pod: self._delete_pod(pod))
        self.api.on("DELETE", f"{JOBS}/{name}", lambda request, name=name: self._delete_job(name))

    def _delete_job(self, name: str) -> Reply:
        with self._lock:
            if not self.jobs.pop(name, None):
                return refusal(404, "it is gone")
            for pod in [pod for pod in self.pods if pod.startswith(name + "-")]:
                if self.pods[pod]["spec"]["nodeName"] not in self.lingering:
                    del self.pods[pod]
        return Reply()

    def _delete_pod(self, pod: str) -> Reply:
        with self._lock:
            return Reply() if self.pods.pop(pod, None) else refusal(404, "it is gone")


@pytest.fixture
def cluster(api: ApiServer) -> Cluster:
    """Two ready nodes and an empty namespace."""
    return Cluster(api)


@pytest.fixture
def agents(api: ApiServer) -> Agents:
    """What is tested."""
    return Agents(connect(KubeOptions(host=api.url)), NAMESPACE)


def present(agents: Agents, *nodes: str, wait: float = 5, run_id: str = "r1") -> Present:
    return agents.present(nodes, AgentOptions(run_id, namespace=NAMESPACE), wait)


def errors(made: Present) -> dict[str, str]:
    return {agent.node: agent.error for agent in made.agents}


def test_one_ready_agent_on_each_node_in_their_order(cluster: Cluster, agents: Agents) -> None:
    made = present(agents, "node-2", "node-1", "node-2")
    assert [(agent.node, agent.error, agent.namespace) for agent in made.agents] == [
        ("node-2", "", NAMESPACE),
        ("node-1", "", NAMESPACE),
    ]
    assert {agent.pod for agent in made.agents} == set(cluster.pods) and made.created == 2 and made.warnings == []


def test_twice_is_once(cluster: Cluster, agents: Agents) -> None:
    first, second = present(agents, "node-1"), present(agents, "node-1")
    assert second.agents == first.agents and second.created == 0 and len(cluster.jobs) == 1


def test_no_nodes_need_nothing(cluster: Cluster, agents: Agents) -> None:
    assert present(agents) == Present([], 0, []) and cluster.api.requests == []


def test_a_namespace_that_is_missing_is_made(cluster: Cluster, agents: Agents) -> None:
    cluster.namespace = None
    assert errors(present(agents, "node-1")) == {"node-1": ""}
    assert cluster.namespace is not None
    assert cluster.namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "privileged"


def test_another_run_may_be_faster_with_the_namespace(cluster: Cluster, agents: Agents) -> None:
    cluster.api.on("GET", HOME, refusal(404, "not found"))
    assert errors(present(agents, "node-1")) == {"node-1": ""}


def test_a_namespace_that_we_may_not_make(cluster: Cluster, agents: Agents) -> None:
    cluster.namespace = None
    cluster.api.on("POST", "/api/v1/namespaces", refusal(403, 'User "me" cannot create resource "namespaces"'))
    with pytest.raises(KubeError) as caught:
        present(agents, "node-1")
    assert caught.value.kind == "forbidden"
    assert f"namespace {NAMESPACE}" in str(caught.value) and "cannot create resource" in str(caught.value)


def test_a_namespace_that_is_being_deleted(cluster: Cluster, agents: Agents) -> None:
    cluster.namespace = {"metadata": {"name": NAMESPACE, "deletionTimestamp": "2026-01-01T00:00:00Z"}}
    with pytest.raises(KubeError, match="is being deleted"):
        present(agents, "node-1")


def test_a_namespace_that_we_may_not_see_may_be_there(cluster: Cluster, agents: Agents) -> None:
    cluster.api.on("GET", HOME, refusal(403, "no"))
    assert errors(present(agents, "node-1")) == {"node-1": ""}


def test_an_unknown_node_gets_no_job_and_the_others_go_on(cluster: Cluster, agents: Agents) -> None:
    made = present(agents, "node-9", "a/b $(c)", "node-1")
    assert errors(made) == {
        "node-9": "The agent on node-9 cannot be used: the cluster has no such node",
        "a/b $(c)": "The agent on a/b $(c) cannot be used: the cluster has no such node",
        "node-1": "",
    }
    assert len(cluster.jobs) == 1


def test_a_node_whose_kubelet_is_silent_gets_no_job(cluster: Cluster, agents: Agents) -> None:
    cluster.node("node-2", "Unknown", "NodeStatusUnknown")
    made = present(agents, "node-1", "node-2")
    assert errors(made)["node-1"] == "" and "NotReady (NodeStatusUnknown)" in errors(made)["node-2"]
    assert len(cluster.jobs) == 1


def test_a_node_with_another_operating_system_gets_no_job(cluster: Cluster, agents: Agents) -> None:
    cluster.api.on("GET", "/api/v1/nodes/node-2", Reply(200, {"metadata": {"labels": {"kubernetes.io/os": "windows"}}}))
    assert "the node runs windows" in errors(present(agents, "node-2"))["node-2"] and cluster.jobs == {}


def test_a_node_that_is_not_ready_for_another_reason_is_tried(cluster: Cluster, agents: Agents) -> None:
    cluster.node("node-1", "False", "KubeletNotReady")
    cluster.node("node-2", "False", "KubeletNotReady")
    cluster.pod_status["node-2"] = {"phase": "Pending"}
    made = present(agents, "node-1", "node-2", wait=0.3)
    assert errors(made)["node-1"] == ""
    assert "not ready after 0.3 s: the node is NotReady (KubeletNotReady)" in errors(made)["node-2"]


def test_an_image_that_cannot_be_pulled_is_not_waited_for(cluster: Cluster, agents: Agents) -> None:
    waiting = {"waiting": {"reason": "ErrImageNeverPull", "message": "Container image is not present"}}
    cluster.pod_status["node-1"] = {"phase": "Pending", "containerStatuses": [{"name": "agent", "state": waiting}]}
    started = time.monotonic()
    made = present(agents, "node-1", "node-2", wait=60)
    assert time.monotonic() - started < 10
    assert errors(made) == {
        "node-1": "The agent on node-1 cannot be used: ErrImageNeverPull: Container image is not present",
        "node-2": "",
    }


def test_a_pod_that_its_controller_may_not_make(
    cluster: Cluster, agents: Agents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_agent_control, "_NO_POD_SECONDS", 0.2)
    cluster.pod_status["node-1"] = None
    text = 'Error creating: pods "x" is forbidden: violates PodSecurity "baseline:latest"'
    cluster.api.on("GET", f"{HOME}/events", items({"metadata": {"uid": "e"}, "message": text}))
    made = present(agents, "node-1", wait=60)
    assert errors(made)["node-1"].endswith(f"Kubernetes does not make its pod: {text}")
    assert cluster.api.requests[-1].first("fieldSelector") == (
        f"involvedObject.kind=Job,involvedObject.name={next(iter(cluster.jobs))},type=Warning"
    )


def test_a_pod_that_is_not_made_for_no_known_reason(cluster: Cluster, agents: Agents) -> None:
    cluster.pod_status["node-1"] = None
    assert errors(present(agents, "node-1", wait=0.3))["node-1"].endswith(
        "not ready after 0.3 s: no pod was made for its Job"
    )


@pytest.mark.parametrize(("age", "said"), [(30, "has not renewed its lease for 3"), (5, "no pod was made for its Job")])
def test_a_controller_manager_that_is_dead_is_not_waited_for(
    cluster: Cluster, agents: Agents, monkeypatch: pytest.MonkeyPatch, age: int, said: str
) -> None:
    monkeypatch.setattr(_agent_control, "_UNNOTICED_SECONDS", 0.1)
    monkeypatch.setattr(_agent_control, "_NO_POD_SECONDS", 0.0)
    renewed = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=age)
    path = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-controller-manager"
    cluster.api.on("GET", path, Reply(200, {"spec": {"renewTime": f"{renewed:%Y-%m-%dT%H:%M:%S}.000000Z"}}))
    cluster.pod_status["node-1"] = None
    assert said in errors(present(agents, "node-1", wait=60 if age > 20 else 1))["node-1"]


def test_a_controller_manager_without_a_lease_is_waited_for_longer(
    cluster: Cluster, agents: Agents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_agent_control, "_UNNOTICED_SECONDS", 0.1)
    monkeypatch.setattr(_agent_control, "_NO_POD_SECONDS", 0.0)
    cluster.pod_status["node-1"] = None
    assert "not ready after 1 s" in errors(present(agents, "node-1", wait=1))["node-1"]
    monkeypatch.setattr(_agent_control, "_UNKNOWN_MANAGER_SECONDS", 0.3)
    assert "the controller manager does not answer" in errors(present(agents, "node-1", wait=60))["node-1"]


def test_a_pod_that_takes_too_long_says_what_it_waits_for(cluster: Cluster, agents: Agents) -> None:
    cluster.pod_status["node-1"] = {
        "phase": "Pending",
        "containerStatuses": [{"name": "agent", "state": {"waiting": {"reason": "ContainerCreating"}}}],
    }
    assert errors(present(agents, "node-1", wait=0.3))["node-1"].endswith("not ready after 0.3 s: ContainerCreating")


def test_jobs_that_are_forbidden(cluster: Cluster, agents: Agents) -> None:
    cluster.api.on("POST", JOBS, refusal(403, 'User "me" cannot create resource "jobs"'))
    assert all('cannot create resource "jobs"' in text for text in errors(present(agents, "node-1", "node-2")).values())


def test_pods_that_cannot_be_read_are_the_reason(cluster: Cluster, agents: Agents) -> None:
    cluster.api.on("GET", f"{HOME}/pods", refusal(403, "cannot list pods"))
    assert "cannot list pods" in errors(present(agents, "node-1", wait=0.3))["node-1"]


def test_a_run_that_starts_sweeps_and_leaves_what_is_in_use(cluster: Cluster, agents: Agents) -> None:
    cluster.add_job("old", "node-1", created="2026-01-01T00:00:00Z")
    cluster.add_job("over", "node-1", conditions=[{"type": "Failed", "status": "True"}])
    cluster.add_job("live", "node-1")
    present(agents, "node-1")
    assert {job["metadata"]["labels"][RUN_LABEL] for job in cluster.jobs.values()} == {"live", "r1"}


def test_what_cannot_be_swept_is_a_warning(cluster: Cluster, agents: Agents) -> None:
    cluster.api.on("GET", JOBS, refusal(403, "cannot list jobs"))
    made = present(agents, "node-1")
    assert errors(made) == {"node-1": ""} and "cannot list jobs" in made.warnings[0]


def test_absent_removes_the_agents_of_one_run(cluster: Cluster, agents: Agents) -> None:
    present(agents, "node-1", "node-2")
    present(agents, "node-1", run_id="r2")
    assert agents.absent("r1", wait=5) == 2
    assert {job["metadata"]["labels"][RUN_LABEL] for job in cluster.jobs.values()} == {"r2"} and len(cluster.pods) == 1
    assert agents.absent("r1", wait=5) == 0


SANDBOX_MISSING = {
    "phase": "Pending",
    "startTime": "2026-01-01T00:00:00Z",
    "conditions": [{"type": "PodReadyToStartContainers", "status": "False"}],
}


@pytest.mark.parametrize(
    ("status", "said"),
    [(SANDBOX_MISSING, "has made no sandbox"), ({"phase": "Pending"}, "has taken no notice of its pod")],
)
def test_a_container_runtime_that_does_not_answer_is_not_waited_for(
    cluster: Cluster, agents: Agents, monkeypatch: pytest.MonkeyPatch, status: dict[str, t.Any], said: str
) -> None:
    monkeypatch.setattr(_agent_control, "_NO_SANDBOX_SECONDS", 0.2)
    cluster.pod_status["node-2"] = status
    made = present(agents, "node-1", "node-2", wait=60)
    assert errors(made)["node-1"] == "" and said in errors(made)["node-2"]


@pytest.mark.parametrize(
    "status",
    [
        {**SANDBOX_MISSING, "conditions": [{"type": "PodReadyToStartContainers", "status": "True"}]},  # an image
        {"phase": "Pending", "startTime": "2026-01-01T00:00:00Z"},  # before Kubernetes 1.29
    ],
)
def test_what_may_only_be_slow_is_waited_for(
    cluster: Cluster, agents: Agents, monkeypatch: pytest.MonkeyPatch, status: dict[str, t.Any]
) -> None:
    monkeypatch.setattr(_agent_control, "_NO_SANDBOX_SECONDS", 0.1)
    cluster.pod_status["node-2"] = status
    assert "not ready after 0.4 s" in errors(present(agents, "node-1", "node-2", wait=0.4))["node-2"]


UNNOTICED = {"phase": "Pending"}
NOTICED = {**UNNOTICED, "startTime": "2026-01-01T00:00:00Z"}


def states(made: Present) -> dict[str, str]:
    return {agent.node: agent.error or ("pending" if agent.pending else "ready") for agent in made.agents}


def test_the_others_do_not_wait_for_a_kubelet_that_takes_no_notice(
    cluster: Cluster, agents: Agents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_agent_control, "_OTHERS_SECONDS", 0.2)
    cluster.pod_status["node-2"] = UNNOTICED
    made = agents.present(["node-1", "node-2"], AgentOptions("r1", NAMESPACE), 60, ["node-1"])
    assert states(made) == {"node-1": "ready", "node-2": "pending"} and made.agents[1].pod.startswith(
        "podnet-r1-node-2"
    )


@pytest.mark.parametrize(
    ("node_1", "node_2", "needed"),
    [
        (RUNNING, UNNOTICED, ["node-1", "node-2"]),  # it is needed itself
        (RUNNING, NOTICED, ["node-1"]),  # it may only be slow
        (NOTICED, UNNOTICED, []),  # nobody else is ready
    ],
)
def test_who_is_waited_for_in_any_case(
    cluster: Cluster, agents: Agents, monkeypatch: pytest.MonkeyPatch, node_1: Json, node_2: Json, needed: list[str]
) -> None:
    monkeypatch.setattr(_agent_control, "_OTHERS_SECONDS", 0.1)
    cluster.pod_status.update({"node-1": node_1, "node-2": node_2})
    made = agents.present(["node-1", "node-2"], AgentOptions("r1", NAMESPACE), 0.6, needed)
    assert "not ready after 0.6 s" in states(made)["node-2"]


def test_one_that_was_left_pending_is_awaited_from_when_it_was_made(cluster: Cluster, agents: Agents) -> None:
    cluster.pod_status["node-2"] = UNNOTICED
    present(agents, "node-1", "node-2", wait=0.1)
    pod = next(pod for pod in cluster.pods.values() if _node_of(pod) == "node-2")
    assert "not ready after 1 s" in agents.awaited("r1", "node-2", 1).error
    pod["status"] = RUNNING
    assert not agents.awaited("r1", "node-2", 60).error
    pod["status"] = UNNOTICED
    pod["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z"
    assert "has taken no notice of its pod in" in agents.awaited("r1", "node-2", 60).error


def test_a_run_whose_only_node_is_slow_waits_for_it(
    cluster: Cluster, agents: Agents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_agent_control, "_NO_SANDBOX_SECONDS", 0.1)
    cluster.pod_status["node-2"] = SANDBOX_MISSING
    assert "not ready after 0.4 s" in errors(present(agents, "node-2", wait=0.4))["node-2"]


def test_absent_takes_away_the_object_of_a_pod_on_a_dead_node(
    cluster: Cluster, agents: Agents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_agent_control, "_STUCK_SECONDS", 0.2)
    cluster.lingering.add("node-1")
    present(agents, "node-1")
    assert agents.absent("r1", wait=5) == 1 and cluster.pods == {}
    forced = [request for request in cluster.api.requests if request.method == "DELETE" and "/pods/" in request.path]
    assert [request.first("gracePeriodSeconds") for request in forced] == ["0"]


def test_absent_does_not_wait_for_objects_that_a_controller_keeps(
    cluster: Cluster, agents: Agents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_agent_control, "_STUCK_SECONDS", 0.2)
    monkeypatch.setattr(Agents, "_force_all", lambda *unused: None)
    cluster.lingering.add("node-1")
    present(agents, "node-1")
    pod = next(iter(cluster.pods.values()))
    pod["metadata"].update(deletionTimestamp="2026-01-01T00:00:00Z", finalizers=["batch.kubernetes.io/job-tracking"])
    with pytest.raises(KubeError, match="within 1 s"):
        agents.absent("r1", wait=1)  # it still runs
    pod["status"] = {"phase": "Failed"}
    with pytest.raises(KubeError, match="have ended; the controller manager"):
        agents.absent("r1", wait=60)


def _node_of(pod: Json) -> str:
    return str(pod["spec"]["nodeName"])


def test_a_pod_that_its_kubelet_never_noticed_is_not_waited_for(
    cluster: Cluster, agents: Agents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_agent_control, "_GOING_SECONDS", 0.1)
    cluster.lingering.update(("node-1", "node-2"))
    cluster.pod_status["node-1"] = {"phase": "Pending"}
    cluster.pod_status["node-2"] = {**RUNNING, "startTime": "2026-01-01T00:00:00Z"}
    present(agents, "node-1", "node-2", wait=0.2)
    forced: list[list[str]] = []
    monkeypatch.setattr(Agents, "_force_all", lambda unused, pods: forced.append([_node_of(pod) for pod in pods]))
    with pytest.raises(KubeError):
        agents.absent("r1", wait=1)
    assert forced[0] == ["node-1"]


def test_absent_that_does_not_succeed_names_what_is_left(
    cluster: Cluster, agents: Agents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_agent_control, "_STUCK_SECONDS", 0.1)
    cluster.lingering.add("node-1")
    pod = present(agents, "node-1").agents[0].pod
    cluster.api.on("DELETE", f"{HOME}/pods/{pod}", refusal(403, "no"))
    with pytest.raises(KubeError) as caught:
        agents.absent("r1", wait=0.4)
    assert caught.value.kind == "timeout" and pod in str(caught.value)


def test_absent_without_waiting(cluster: Cluster, agents: Agents) -> None:
    cluster.lingering.add("node-1")
    present(agents, "node-1")
    assert agents.absent("r1", wait=0) == 1 and cluster.jobs == {}


def answer_lost(handler: t.Callable[[Request], Reply]) -> t.Callable[[Request], Reply]:
    """What is asked for first is done, and the connection breaks before its answer."""
    lost: list[Request] = []

    def reply(request: Request) -> Reply:
        answer = handler(request)
        if not lost:
            lost.append(request)
            raise ConnectionResetError
        return answer

    return reply


def test_an_answer_that_is_lost_leaves_no_node_without_its_agent_and_no_agent_behind(
    cluster: Cluster, agents: Agents
) -> None:
    cluster.api.on("POST", JOBS, answer_lost(cluster._create_job))
    assert [agent.error for agent in present(agents, "node-1").agents] == [""]
    (name,) = cluster.jobs
    cluster.api.on("DELETE", f"{JOBS}/{name}", answer_lost(lambda unused: cluster._delete_job(name)))
    assert agents.absent("r1", wait=5) == 1 and cluster.jobs == {} == cluster.pods


def test_swept_counts_what_it_removed(cluster: Cluster, agents: Agents) -> None:
    cluster.add_job("old", "node-1", created="2026-01-01T00:00:00Z")
    cluster.add_job("live", "node-1")
    assert (agents.swept(), agents.swept()) == (1, 0)


def test_a_controller_whose_clock_is_ahead_sweeps_no_agent_that_is_used(
    cluster: Cluster, agents: Agents, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.add_job("other", "node-1", created="2026-01-01T00:00:00Z")
    servers = datetime.datetime(2026, 1, 1, 0, 1, tzinfo=datetime.timezone.utc)
    monkeypatch.setattr(Kube, "now", lambda unused: servers)
    assert agents.swept() == 0 and len(cluster.jobs) == 1


@pytest.mark.parametrize(
    ("annotations", "with_agent", "removed"),
    [({CREATED_BY: MANAGER}, False, True), ({CREATED_BY: MANAGER}, True, False), ({}, False, False)],
)
def test_only_an_empty_namespace_of_ours_is_removed(
    cluster: Cluster, agents: Agents, annotations: dict[str, str], with_agent: bool, removed: bool
) -> None:
    cluster.namespace = {"metadata": {"name": NAMESPACE, "annotations": annotations}}
    if with_agent:
        present(agents, "node-1")
    assert agents.remove_namespace() is removed
    assert (cluster.namespace is None) is removed


def test_a_namespace_that_is_gone_need_not_be_removed(cluster: Cluster, agents: Agents) -> None:
    cluster.namespace = None
    assert agents.remove_namespace() is False


@pytest.mark.parametrize("namespace", ["", "a/b", "../x", "A", "a" * 64])
def test_a_namespace_that_cannot_be(api: ApiServer, namespace: str) -> None:
    with pytest.raises(KubeError, match="namespace"):
        Agents(connect(KubeOptions(host=api.url)), namespace)
