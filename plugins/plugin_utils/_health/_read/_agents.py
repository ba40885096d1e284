# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Ask the agents, many at once: through the API's exec, in bounded time, each node with its own outcome.

The API server reaches the kubelets by another way than pods reach each other, so a node that is cut off from the others
may well answer, and one that does not is told with its reason.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import re
import time
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Keep, Kube, segment
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._exec import Completed, Container, run
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._model import KEEP_ALL_NODES, Answer, Node
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._read._mesh_report import (
    ReportError,
    parse_report,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._read._nodes import (
    kept_node,
    kept_pod,
    read_nodes,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._read._suspects import Request, peers_document
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._printable import one_line

AGENT = ("python3", "/opt/podnet/agent.pyz", "health")
DAEMONSET = "network-check-target"
SELECTOR = f"app={DAEMONSET}"
# 5000 nodes with two addresses each are reported in a third of this.
MOST_OUTPUT = 8 * 1024 * 1024
_MARGIN = 5.0
_CALLED = re.compile(r'(?:error sending request: )?(?:Get|Post) "[^"]*": ')


@dataclasses.dataclass(frozen=True)
class Limits:
    """timeout: seconds for one agent; total: for all of them; workers: how many agents are asked at once.
    packets: small packets to each address where it is probed now, for the share that is lost; 0 for one that counts."""

    timeout: float = 30.0
    total: float = 300.0
    workers: int = 32
    packets: int = 0

    @property
    def probes(self) -> float:
        """Seconds that an agent has for all its probes together, so that it can still tell of those without an
        answer.
        """
        return max(self.timeout / 2, self.timeout - _MARGIN)


class HealthError(Exception):
    """Nothing at all can be said; one sentence with what is missing."""


def read_cluster(kube: Kube, namespace: str) -> tuple[dict[str, Node], int]:
    """The nodes with their target pods, and how many of those there are. Raises HealthError with the verb and the
    resource where that is forbidden."""
    nodes = _listed(kube, "/api/v1/nodes", "nodes", "", None, kept_node)
    pods = _listed(kube, f"/api/v1/namespaces/{segment(namespace)}/pods", "pods", namespace, SELECTOR, kept_pod)
    if not nodes:
        raise HealthError("The cluster has no node")
    found = read_nodes(nodes, pods, _daemonset(kube, namespace))
    if not any(node.target for node in found.values()):
        raise HealthError(
            f"There is no target pod in the namespace {namespace} (label {SELECTOR}): "
            "deploy the checks with the playbook podnet.diagnostics.connectivity_checks first"
        )
    return found, len(pods)


def _daemonset(kube: Kube, namespace: str) -> dict[str, t.Any] | None:
    """The DaemonSet of the targets, which tells whether a node is meant to have one; not being allowed to read it costs
    only that.
    """
    try:
        return kube.get(f"/apis/apps/v1/namespaces/{segment(namespace)}/daemonsets/{DAEMONSET}")
    except KubeError:
        return None


def _listed(
    kube: Kube, path: str, resource: str, namespace: str, selector: str | None, keep: Keep
) -> list[dict[str, t.Any]]:
    where = f" in the namespace {namespace}" if namespace else ""
    try:
        return list(kube.list(path, label_selector=selector, keep=keep))
    except KubeError as exc:
        hint = (
            f" (needed: the verb list on {resource}{where}, see docs/rbac-health.yaml)"
            if exc.kind == "forbidden"
            else ""
        )
        raise HealthError(f"Cannot list {resource}{where}: {str(exc).rpartition('HTTP 403: ')[2]}{hint}") from None


def _failed(node: str, exc: KubeError) -> Answer:
    """Why a command could not be run, without the address that the API server called. A kubelet that the API server
    does not reach is told apart from a pod that does not want the command.
    """
    text = _CALLED.sub("", str(exc))
    dialled = text.rfind("dial tcp ")
    if exc.kind in ("invalid", "server", "busy", "timeout") and dialled >= 0:
        return Answer(node, None, "unreachable", f"the API server does not reach the kubelet: {text[dialled:]}")
    return Answer(node, None, exc.kind, text)


class Agents:
    """The agents in the target pods of one namespace."""

    def __init__(self, kube: Kube, namespace: str, nodes: t.Mapping[str, Node], limits: Limits) -> None:
        self._kube = kube
        self._namespace = namespace
        self._nodes = nodes
        self._limits = limits
        self._end = time.monotonic() + limits.total
        # How often an agent was asked, and the bytes of the answers.
        self.asked = 0
        self.told = 0

    def ask(self, requests: t.Sequence[Request], probe: bool) -> dict[str, Answer]:
        """The answers by node. With probe they probe now: their own partners, or the peers of the request.

        Raises HealthError when no agent at all may be asked."""
        answers: dict[str, Answer] = {}
        able = []
        for request in requests:
            problem = self._beforehand(request.node)
            if problem is None:
                able.append(request)
            else:
                answers[request.node] = problem
        if able:
            with concurrent.futures.ThreadPoolExecutor(max_workers=min(self._limits.workers, len(able))) as pool:
                for answer, size in pool.map(lambda request: self._one(request, probe), able):
                    answers[answer.node] = answer
                    self.told += size
            self.asked += len(able)
        self._check_allowed([answers[request.node] for request in able])
        return {request.node: answers[request.node] for request in requests}

    def _beforehand(self, name: str) -> Answer | None:
        """Why a node's agent need not be asked."""
        node = self._nodes[name]
        if node.target is None:
            return Answer(name, None, "missing", "there is no target pod on the node")
        if node.silent:
            return Answer(name, None, "not_asked", f"the node is {node.aside}: its kubelet does not answer")
        if node.target.problem:
            return Answer(
                name,
                None,
                "not_running",
                f"the pod {node.target.name} does not run: {one_line(node.target.problem, 200)}",
            )
        return None

    def _one(self, request: Request, probe: bool) -> tuple[Answer, int]:
        """The answer of an agent, and the bytes that came."""
        name, target = request.node, self._nodes[request.node].target
        left = self._end - time.monotonic()
        if target is None or left <= 0:
            return Answer(name, None, "timeout", f"not asked within the {self._limits.total:g} s for all agents"), 0
        argv, stdin = self._command(request, probe)
        where = Container(self._namespace, target.name, target.container)
        try:
            done = run(self._kube, where, argv, stdin, min(left, self._limits.timeout), most=MOST_OUTPUT)
        except KubeError as exc:
            return _failed(name, exc), 0
        return self._answer(name, target.name, done), len(done.stdout)

    def _answer(self, name: str, pod: str, done: Completed) -> Answer:
        if done.status:
            said = one_line(" ".join(done.stderr.decode("utf-8", "replace").split())[-300:], 300)
            return Answer(
                name, None, "failed", f"the agent in {pod} ended with status {done.status}: {said or 'no reason given'}"
            )
        try:
            return Answer(name, parse_report(done.stdout, name, len(self._nodes) <= KEEP_ALL_NODES))
        except ReportError as exc:
            return Answer(name, None, "garbage", f"the agent in {pod} gave no usable answer: {exc}")

    def _command(self, request: Request, probe: bool) -> tuple[list[str], bytes]:
        argv = list(AGENT)
        if not probe and len(self._nodes) > KEEP_ALL_NODES:
            argv.append("--recent")
        if probe:
            argv += ["--probe", "--timeout", f"{self._limits.probes:g}"]
            argv += ["--packets", str(self._limits.packets)] if self._limits.packets else []
        if not request.peers:
            return argv, b""
        return [*argv, "--peers-stdin"], peers_document(self._nodes[name] for name in request.peers)

    def _check_allowed(self, answers: t.Sequence[Answer]) -> None:
        if answers and all(answer.kind in ("forbidden", "unauthorized") for answer in answers):
            raise HealthError(
                f"{answers[0].problem} (needed: the verbs get and create on pods/exec in the namespace"
                f" {self._namespace}, see docs/rbac-health.yaml)"
            )
