# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Make, await and remove agents: all nodes of a run at once, each with its own outcome."""

from __future__ import annotations

import calendar
import concurrent.futures
import dataclasses
import time
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._agents import (
    CONTAINER,
    CREATED_BY,
    MANAGED_BY,
    MANAGER,
    NODE_LABEL,
    Agent,
    AgentOptions,
    check_namespace,
    check_run_id,
    is_stale,
    job_manifest,
    job_name,
    label_value,
    namespace_manifest,
    pod_problem,
    run_selector,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Kube, segment
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError, one_line
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._exec import Container, run
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._nodes import (
    LATE_LEASE_SECONDS,
    is_silent,
    lease_age,
    not_ready_reason,
)

_THREADS = 16
# Between two looks at the pods: soon after the start often, then less so, and seldom where there are many.
_PAUSES = (0.1, 0.2, 0.5, 1.0)
_PAUSE_PER_NODE = 0.01
# Where the others are ready for so long, one whose kubelet takes no notice of its pod is left to start beside them.
_OTHERS_SECONDS = 2.0
# A pod that its controller could not make has left an event by then.
_NO_POD_SECONDS = 2.0
# A kubelet has taken notice of its pod by then, or there is reason to ask whether it lives; and how often.
_UNNOTICED_SECONDS = 8.0
_ASK_PAUSE = 2.0
# A kubelet has taken notice of a pod by then, and a container runtime has made its sandbox, where they did so for
# another agent; images come after it.
_NO_SANDBOX_SECONDS = 15.0
# Without another agent that could ask, its Lease alone has to say it.
_SILENT_LEASE_SECONDS = 20.0
# A controller manager renews its Lease every 2 s, and another one may take it after 15 s
# (https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/, --leader-elect).
_LATE_MANAGER_SECONDS = 18.0
# One that is alone may have none.
_UNKNOWN_MANAGER_SECONDS = 20.0
_ANSWER_SECONDS = 3.0
# Run in another agent: whether a kubelet (arguments: address, seconds) greets who wants to speak TLS with it. One that
# is frozen still has its connections taken, by the kernel.
_GREETING = """
import socket, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
try:
    sock = socket.create_connection((sys.argv[1], 10250), float(sys.argv[2]))
    context.wrap_socket(sock)
except ssl.SSLError:
    pass
except OSError:
    sys.exit(1)
"""
# A pod that has not gone by then is on a node that does not answer: only its object is left to remove.
_STUCK_SECONDS = 8.0
# One that has not by then may be on a node that is known not to answer, or never have been noticed by its kubelet.
_GOING_SECONDS = 2.0


@dataclasses.dataclass(frozen=True)
class Present:
    """What present() did: the agents in the order of the nodes, how many Jobs it made, what it could not sweep."""

    agents: list[Agent]
    created: int
    warnings: list[str]


class Agents:
    """The agents in one namespace."""

    def __init__(self, kube: Kube, namespace: str) -> None:
        check_namespace(namespace)
        self._kube = kube
        self._namespace = namespace
        self._jobs = f"/apis/batch/v1/namespaces/{namespace}/jobs"
        self._pods = f"/api/v1/namespaces/{namespace}/pods"

    def present(
        self, nodes: t.Sequence[str], options: AgentOptions, wait: float, needed: t.Collection[str] | None = None
    ) -> Present:
        """Make an agent on every node and wait until each is ready or has a reason not to be, at most `wait` seconds.
        needed: nodes that are waited for in any case. Another one may be left pending, see awaited(); None: none is.

        What earlier runs left behind is removed on the way. Raises KubeError where no agent at all can be made."""
        options.check()
        names = list(dict.fromkeys(nodes))
        if not names:
            return Present([], 0, [])
        self._ensure_namespace()
        with concurrent.futures.ThreadPoolExecutor(max_workers=min(_THREADS, len(names) + 1)) as pool:
            sweep = pool.submit(self.swept)
            starts = dict(zip(names, pool.map(lambda node: self._start(node, options), names)))
            agents = _Waiting(self, options.run_id, starts, wait, names if needed is None else needed).agents()
        return Present(agents, sum(1 for start in starts.values() if start.created), _complaint(sweep))

    def awaited(self, run_id: str, node: str, wait: float) -> Agent:
        """Wait for an agent that present() left pending, at most `wait` seconds from when its pod was made."""
        started = time.monotonic()
        for pod in self.list_pods(run_selector(run_id, node)):
            started -= max(0.0, self._kube.now().timestamp() - _made(pod))
        found = self._node(node) or {}
        starts = {node: _Start(False, "", not_ready_reason(found) if found else "", address=_address(found))}
        return _Waiting(self, run_id, starts, wait, (node,), started).agents()[0]

    def absent(self, run_id: str, wait: float) -> int:
        """Remove the agents of one run and wait until their pods are gone, with wait=0 not at all; how many Jobs there
        were.
        """
        check_run_id(run_id)
        selector = run_selector(run_id)
        names = [job["metadata"]["name"] for job in self.list_jobs(selector)]
        self._delete_jobs(names)
        if wait > 0:
            self._await_gone(selector, wait)
        return len(names)

    def swept(self) -> int:
        """Remove Jobs that have ended or whose deadline is long past, of whichever run; how many there were."""
        jobs = self.list_jobs(f"{MANAGED_BY}={MANAGER}")
        now = self._kube.now().timestamp()  # of the clock that has dated them
        stale = [job["metadata"]["name"] for job in jobs if is_stale(job, now)]
        self._delete_jobs(stale)
        return len(stale)

    def remove_namespace(self) -> bool:
        """Remove the namespace if it was made by us and holds no agents; whether it was removed."""
        path = f"/api/v1/namespaces/{self._namespace}"
        try:
            metadata = self._kube.get(path)["metadata"]
        except KubeError as exc:
            if exc.kind == "not_found":
                return False
            raise
        ours = (metadata.get("annotations") or {}).get(CREATED_BY) == MANAGER
        if (
            not ours
            or metadata.get("deletionTimestamp")
            or self._list(self._pods, None)
            or self._list(self._jobs, None)
        ):
            return False
        self._kube.delete(path)
        return True

    # -- for those that wait -------------------------------------------------------------------------------------
    def list_pods(self, selector: str) -> list[JsonObject]:
        """Pods of agents; none where there is no such namespace."""
        return self._list(self._pods, selector)

    def list_jobs(self, selector: str) -> list[JsonObject]:
        """Jobs of agents; none where there is no such namespace."""
        return self._list(self._jobs, selector)

    def job_events(self, name: str) -> str:
        """Why a Job has no pod, in the words of its controller; empty where that is not known."""
        try:
            items = list(
                self._kube.list(
                    f"/api/v1/namespaces/{self._namespace}/events",
                    field_selector=f"involvedObject.kind=Job,involvedObject.name={name},type=Warning",
                )
            )
        except KubeError:
            return ""
        return one_line(str(items[-1].get("message") or "")) if items else ""

    def lease_age(self, node: str) -> float | None:
        """For how long a kubelet has not renewed its Lease, in seconds; None where that is not known."""
        return lease_age(self._kube, node)

    def manager_age(self) -> float | None:
        """The same of the controller manager, which makes the pods of Jobs."""
        return lease_age(self._kube, "kube-controller-manager", "kube-system")

    def greets(self, pod: str, address: str) -> bool:
        """Whether the kubelet at an address answers an agent. Where that cannot be found out it is believed to."""
        command = ["python3", "-c", _GREETING, address, f"{_ANSWER_SECONDS:g}"]
        try:
            where = Container(self._namespace, pod, CONTAINER)
            return run(self._kube, where, command, timeout=_ANSWER_SECONDS + 5).status != 1
        except KubeError:
            return True

    @property
    def namespace(self) -> str:
        """Where the agents are."""
        return self._namespace

    # -- helpers -------------------------------------------------------------------------------------------------
    def _list(self, path: str, selector: str | None) -> list[JsonObject]:
        try:
            return list(self._kube.list(path, label_selector=selector))
        except KubeError as exc:
            if exc.kind == "not_found":
                return []
            raise

    def _ensure_namespace(self) -> None:
        try:
            found = self._kube.get(f"/api/v1/namespaces/{self._namespace}")
        except KubeError as exc:
            if exc.kind == "forbidden":
                return  # it may be there all the same; making the Jobs will tell
            if exc.kind != "not_found":
                raise
        else:
            if found["metadata"].get("deletionTimestamp"):
                raise KubeError("conflict", f"Cannot make agents: the namespace {self._namespace} is being deleted")
            return
        try:
            self._kube.create("/api/v1/namespaces", namespace_manifest(self._namespace), again=True)
        except KubeError as exc:
            if exc.kind == "conflict":
                return  # another run was faster
            raise KubeError(
                exc.kind, f"Cannot make the namespace {self._namespace} for agents, which does not exist: {exc}"
            ) from None

    def _start(self, node: str, options: AgentOptions) -> _Start:
        """Make one Job, unless it is known beforehand that its pod could neither start nor be removed again."""
        found = self._node(node)
        if found is None:
            return _Start(False, "the cluster has no such node", "")
        reason = not_ready_reason(found) if found else ""
        if is_silent(found):
            return _Start(False, f"the node is NotReady ({reason}): its kubelet does not answer", "", True)
        system = ((found.get("metadata") or {}).get("labels") or {}).get("kubernetes.io/os", "linux")
        if system != "linux":
            return _Start(False, f"the node runs {system}, not Linux", "")
        try:
            self._kube.create(self._jobs, job_manifest(node, options), again=True)
        except KubeError as exc:
            return _Start(False, "" if exc.kind == "conflict" else str(exc), reason)
        return _Start(True, "", reason, address=_address(found))

    def _node(self, name: str) -> JsonObject | None:
        """A node as an object; empty where it cannot be read, None where there is no such node."""
        try:
            return self._kube.get(f"/api/v1/nodes/{segment(name)}")
        except KubeError as exc:
            # Not being allowed to read nodes need not mean that we may not use them.
            return None if exc.kind == "not_found" else {}

    def _delete_jobs(self, names: t.Sequence[str]) -> None:
        if not names:
            return
        with concurrent.futures.ThreadPoolExecutor(max_workers=min(_THREADS, len(names))) as pool:
            list(pool.map(lambda name: self._delete(f"{self._jobs}/{name}"), names))

    def _delete(self, path: str, **query: t.Any) -> None:
        try:
            self._kube.delete(path, again=True, **query)
        except KubeError as exc:
            if exc.kind != "not_found":
                raise

    def _await_gone(self, selector: str, wait: float) -> None:
        """Wait for pods to go; what stays behind on a node that does not answer loses its object."""
        started = time.monotonic()
        asked, forced = False, False
        while True:
            pods = self.list_pods(selector)
            passed = time.monotonic() - started
            if not pods:
                return
            if not asked and passed > min(_GOING_SECONDS, wait):
                asked = True
                dead = [pod for pod in pods if not _noticed(pod) or self._on_a_dead_node(pod)]
                self._force_all(dead)
                if len(dead) == len(pods):
                    continue
            if not forced and passed > min(_STUCK_SECONDS, wait):
                forced = True
                self._force_all(pods)
                continue
            if forced and all(map(_is_kept, pods)):
                names = ", ".join(sorted(str(pod["metadata"]["name"]) for pod in pods))
                raise KubeError(
                    "timeout",
                    f"The agents {names} have ended; the controller manager, which keeps them, does not answer",
                )
            if passed > wait:
                names = ", ".join(sorted(str(pod["metadata"]["name"]) for pod in pods))
                raise KubeError("timeout", f"Cannot remove the agents {names} in {self._namespace} within {wait:g} s")
            time.sleep(_pause(passed, len(pods)))

    def _on_a_dead_node(self, pod: JsonObject) -> bool:
        age = self.lease_age(str((pod.get("spec") or {}).get("nodeName") or ""))
        return age is not None and age > LATE_LEASE_SECONDS

    def _force_all(self, pods: t.Sequence[JsonObject]) -> None:
        for pod in pods:
            self._force(f"{self._pods}/{pod['metadata']['name']}")

    def _force(self, path: str) -> None:
        try:
            self._delete(path, gracePeriodSeconds=0)
        except KubeError as exc:
            if exc.kind != "forbidden":  # then its node, or the controller of dead nodes, will do it
                raise


@dataclasses.dataclass(frozen=True)
class _Start:
    """How the start of one agent went. reason: why the node is not Ready, which may not matter; silent: its kubelet
    does not answer; address: of the node."""

    created: bool
    problem: str
    reason: str
    silent: bool = False
    address: str = ""


class _Waiting:
    """Waits for the pods of a run. needed: the nodes that are not left pending; started: when that began, where others
    have waited before."""

    def __init__(
        self,
        agents: Agents,
        run_id: str,
        starts: t.Mapping[str, _Start],
        wait: float,
        needed: t.Collection[str],
        started: float | None = None,
    ) -> None:
        self._agents = agents
        self._run_id = run_id
        self._starts = starts
        self._wait = wait
        self._needed = needed
        self._started = time.monotonic() if started is None else started
        self._unread = ""
        self._silent = {node for node, start in starts.items() if start.silent}
        self._ask_at = _UNNOTICED_SECONDS
        # Since when the others are there that need not wait.
        self._others_since = 0.0

    def agents(self) -> list[Agent]:
        """The outcome for every node, in their order."""
        outcomes = {node: start.problem for node, start in self._starts.items() if start.problem}
        names: dict[str, str] = {}
        while len(outcomes) < len(self._starts):
            passed = time.monotonic() - self._started
            pods = self._pods()
            ready = [str(pod["metadata"]["name"]) for pod in pods.values() if pod_problem(pod) == ""]
            for node in self._starts:
                if node not in outcomes:
                    pod = pods.get(label_value(node))
                    names[node] = str(pod["metadata"]["name"]) if pod else ""
                    outcome = pod_problem(pod) if pod else self._without_pod(node, passed)
                    if outcome is None and passed >= self._ask_at and not _noticed(pod):
                        outcome = self._dead(node, passed, ready)
                    if outcome is None and passed >= _NO_SANDBOX_SECONDS and ready:
                        outcome = _stuck(pod, passed)
                    if outcome is None and passed >= self._wait:
                        outcome = self._late(node, pod)
                    if outcome is not None:
                        outcomes[node] = outcome
            if passed >= self._ask_at:
                self._ask_at = passed + _ASK_PAUSE
            pending = [node for node in self._starts if node not in outcomes]
            if pending and self._may_be_left(pending, pods, passed, ready):
                break
            if pending:
                time.sleep(min(_pause(passed, len(self._starts)), max(0.05, self._wait - passed)))
        return [self._agent(node, names.get(node, ""), outcomes.get(node)) for node in self._starts]

    def _may_be_left(
        self, nodes: t.Sequence[str], pods: t.Mapping[str, JsonObject], passed: float, ready: list[str]
    ) -> bool:
        """Whether none of these nodes has to be waited for: another one is ready for a while, and their kubelets have
        taken no notice of their pods, as dead ones do."""
        unnoticed = all(not _noticed(pods.get(label_value(node))) for node in nodes)
        if not ready or not unnoticed or any(node in self._needed for node in nodes):
            self._others_since = 0.0
            return False
        self._others_since = self._others_since or passed
        return passed - self._others_since >= _OTHERS_SECONDS

    def _agent(self, node: str, pod: str, outcome: str | None) -> Agent:
        error = f"The agent on {node} cannot be used: {outcome}" if outcome else ""
        return Agent(node, pod, self._agents.namespace, error, node in self._silent, outcome is None)

    def _dead(self, node: str, passed: float, ready: t.Sequence[str]) -> str | None:
        """That a kubelet lives no more, where it has taken no notice of its pod: its Lease is late, and another agent
        that is ready gets no answer from it."""
        age = self._agents.lease_age(node)
        if age is None or age <= LATE_LEASE_SECONDS:
            return None
        address = self._starts[node].address
        if ready and address:
            if self._agents.greets(ready[0], address):
                return None
            reason = "and does not answer another agent either"
        elif age > _SILENT_LEASE_SECONDS:
            reason = "which it does every 10 s"
        else:
            return None
        self._silent.add(node)
        return (
            f"its kubelet has taken no notice of its pod in {passed:.0f} s, has not renewed its lease for {age:.0f} s, "
            f"{reason}: the node or its kubelet is dead"
        )

    def _pods(self) -> dict[str, JsonObject]:
        """The pods of the run. Not being able to read them now is no reason to leave the run's Jobs without an
        owner.
        """
        try:
            pods = self._agents.list_pods(run_selector(self._run_id))
        except KubeError as exc:
            self._unread = str(exc)
            return {}
        self._unread = ""
        return {str(pod["metadata"]["labels"].get(NODE_LABEL)): pod for pod in pods}

    def _without_pod(self, node: str, passed: float) -> str | None:
        """What the Job's controller says when it could not make a pod: Pod Security, a quota, a webhook."""
        if passed < _NO_POD_SECONDS or self._unread:
            return None
        text = self._agents.job_events(job_name(self._run_id, node))
        if text:
            return f"Kubernetes does not make its pod: {text}"
        if passed < self._ask_at:
            return None
        age = self._agents.manager_age()
        if age is None and passed > _UNKNOWN_MANAGER_SECONDS:
            return f"no pod was made for its Job in {passed:.0f} s: the controller manager does not answer"
        if age is None or age <= _LATE_MANAGER_SECONDS:
            return None
        return f"no pod was made for its Job: the controller manager has not renewed its lease for {age:.0f} s"

    def _late(self, node: str, pod: JsonObject | None) -> str:
        """Why an agent is not there in time: the node's own state says most."""
        text = f"it is not ready after {self._wait:g} s"
        if self._unread:
            return f"{text}: {self._unread}"
        if self._starts[node].reason:
            return f"{text}: the node is NotReady ({self._starts[node].reason})"
        if pod is None:
            return f"{text}: no pod was made for its Job"
        status = pod.get("status") or {}
        waiting = [(entry.get("state") or {}).get("waiting") or {} for entry in status.get("containerStatuses") or []]
        reasons = [str(state["reason"]) for state in waiting if state.get("reason")] or [f"phase {status.get('phase')}"]
        return f"{text}: {', '.join(reasons)}"


def _noticed(pod: JsonObject | None) -> bool:
    """Whether a kubelet has taken notice of its pod: it sets the time of its start."""
    return pod is None or bool((pod.get("status") or {}).get("startTime"))


def _stuck(pod: JsonObject | None, passed: float) -> str | None:
    """That nothing becomes of a pod though another node's agent runs: its container runtime makes no sandbox
    (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-has-network), or its kubelet, which lives,
    does not even take notice of it, as while it waits for a runtime that hangs. None where it may only be slow."""
    if pod is None:
        return None
    if not _noticed(pod):
        return (
            f"its kubelet has taken no notice of its pod in {passed:.0f} s: it hangs, or waits for a container runtime "
            "that does not answer"
        )
    conditions = (pod.get("status") or {}).get("conditions") or []
    lacks = any(
        condition.get("type") == "PodReadyToStartContainers" and condition.get("status") == "False"
        for condition in conditions
    )
    return (
        f"its container runtime has made no sandbox for its pod in {passed:.0f} s: it does not answer"
        if lacks
        else None
    )


def _is_kept(pod: JsonObject) -> bool:
    """Whether only the object of a pod is left, for the Job's controller to count it
    (https://kubernetes.io/docs/concepts/workloads/controllers/job/#job-tracking-with-finalizers)."""
    metadata, status = pod["metadata"], pod.get("status") or {}
    states = [entry.get("state") or {} for entry in status.get("containerStatuses") or []]
    ended = status.get("phase") in ("Failed", "Succeeded") or (
        states and all("terminated" in state for state in states)
    )
    return bool(metadata.get("deletionTimestamp") and metadata.get("finalizers") and ended)


def _made(pod: JsonObject) -> float:
    """When a pod was made, in seconds since 1970 by the API server's clock."""
    return calendar.timegm(time.strptime(str(pod["metadata"]["creationTimestamp"]), "%Y-%m-%dT%H:%M:%SZ"))


def _address(node: JsonObject) -> str:
    addresses = (node.get("status") or {}).get("addresses") or []
    return next((str(entry["address"]) for entry in addresses if entry.get("type") == "InternalIP"), "")


def _pause(passed: float, pods: int) -> float:
    step = _PAUSES[min(len(_PAUSES) - 1, int(passed))]
    return max(step, _PAUSE_PER_NODE * pods)


def _complaint(sweep: concurrent.futures.Future[int]) -> list[str]:
    try:
        sweep.result()
    except KubeError as exc:
        return [f"Cannot sweep agents of earlier runs: {exc}"]
    return []
