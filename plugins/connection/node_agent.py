# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: node_agent
short_description: Run ordinary modules on a cluster node through its agent pod
version_added: 1.0.0
author:
  - podnet.diagnostics contributors (@podnet)
description:
  - Runs commands in the agent pod that M(podnet.diagnostics.node_agent) made on a node, through the Kubernetes API
    alone. No SSH is needed, and nothing has to be installed on the node.
  - The agent shares the node's network and process namespaces. The node's files are under C(/host), read-only. The
    modules run with the Python and the commands of the agent's image, set C(ansible_python_interpreter) accordingly.
  - One WebSocket for each command. The command's exit status is told apart from a broken way to it, which makes the
    host unreachable.
  - An agent is root, so that C(become) to root does nothing, and C(become) to anybody else is an error.
extends_documentation_fragment:
  - podnet.diagnostics.kube
options:
  agent_pod:
    description: The name of the agent pod. Without it the pod of O(agent_run_id) on O(agent_node) is looked up.
    type: str
    vars:
      - name: podnet_agent_pod
  agent_run_id:
    description: The run that the agent belongs to.
    type: str
    vars:
      - name: podnet_agent_run_id
  agent_node:
    description: The name of the node, which is the name of the host in an inventory of
      P(podnet.diagnostics.cluster#inventory).
    type: str
    vars:
      - name: inventory_hostname
      - name: podnet_agent_node
  agent_namespace:
    description: The namespace of the agent pod.
    type: str
    default: podnet-diagnostics
    vars:
      - name: podnet_agent_namespace
  agent_container:
    description: The container in the agent pod.
    type: str
    default: agent
    vars:
      - name: podnet_agent_container
  agent_command_timeout:
    description: Seconds after which a command is given up, from 0.1 to 86400. It runs on until its agent ends.
    type: float
    default: 120
    vars:
      - name: podnet_agent_command_timeout
  pipelining:
    description: Modules go over standard input. That is always so here, whatever is set.
    type: boolean
    default: true
  kubeconfig:
    vars:
      - name: podnet_kubeconfig
  context:
    vars:
      - name: podnet_context
seealso:
  - module: podnet.diagnostics.node_agent
"""

EXAMPLES = r"""
- name: Make an agent on every node
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Make the agents of this run
      podnet.diagnostics.node_agent:
        run_id: example
        nodes: "{{ groups['cluster_nodes'] }}"

- name: Run any module on the nodes
  hosts: cluster_nodes
  gather_facts: false
  vars:
    ansible_connection: podnet.diagnostics.node_agent
    ansible_python_interpreter: /usr/bin/python3
    podnet_agent_run_id: example
  tasks:
    - name: Show the routes of the node
      ansible.builtin.command:
        cmd: ip route show table all
      changed_when: false

- name: Remove the agents
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Remove the agents of this run
      podnet.diagnostics.node_agent:
        run_id: example
        state: absent
"""

import functools
import shlex
import typing as t

from ansible.errors import AnsibleConnectionFailure, AnsibleError, AnsibleFileNotFound
from ansible.plugins.connection import ConnectionBase

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._agent_control import Agents
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._agents import (
    RENEW,
    Agent,
    pod_problem,
    run_selector,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import (
    PATIENCE_SECONDS,
    Kube,
    connect,
    segment,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._exec import (
    Completed,
    Container,
    run,
    run_script,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._nodes import (
    LATE_LEASE_SECONDS,
    is_silent,
    lease_age,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._options import (
    KUBE_ARGUMENT_SPEC,
    KubeOptions,
    options_from_params,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._ranges import allowed, number_problem
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._memory import give_back

# What a command's exit status is when its container is ended: 128 + SIGKILL, 128 + SIGTERM.
_KILLED = (137, 143)
_ANSWER_SECONDS = 3.0
# For an agent that others have not waited for, from when its pod was made.
START_SECONDS = 60.0
_TIMEOUT = allowed("node_agent_connection", "agent_command_timeout")


@functools.lru_cache(maxsize=4)
def _client(options: KubeOptions) -> Kube:
    # There is an agent, so that there has been a server.
    return connect(options, PATIENCE_SECONDS)


class Connection(ConnectionBase):
    """Ansible's side of the agent's exec."""

    transport = "podnet.diagnostics.node_agent"
    has_pipelining = True
    always_pipeline_modules = True

    _connected: bool
    _kube: Kube
    _container: Container

    def _connect(self) -> Connection:
        """Nothing stays open between commands; the configuration is read and the pod looked up."""
        if not self._connected:
            try:
                self._kube = _client(self._kube_options())
                self._container = self._find()
            except KubeError as exc:
                raise AnsibleConnectionFailure(str(exc)) from None
            self._connected = True
        return self

    def set_become_plugin(self, plugin: t.Any) -> None:
        """An agent is root already, and its image need not have sudo."""
        self.become = None

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> tuple[int, bytes, bytes]:
        """Run Ansible's shell string in the agent."""
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        user = self._play_context.become_user if self._play_context.become else None
        if user not in (None, "", "root"):
            raise AnsibleError(f"Cannot become {user} on {self._node()}: an agent runs commands as root only")
        give_back()
        completed = self._run(cmd, in_data or b"")
        return completed.status, completed.stdout, completed.stderr

    def awaited(self) -> Agent:
        """Wait for the agent of a run that nobody has waited for; how it stands with it then. Raises
        AnsibleConnectionFailure where that cannot be known."""
        try:
            kube = _client(self._kube_options())
            agents = Agents(kube, self.get_option("agent_namespace"))
            return agents.awaited(self.get_option("agent_run_id"), self._node(), START_SECONDS)
        except KubeError as exc:
            raise AnsibleConnectionFailure(str(exc)) from None

    def put_file(self, in_path: str, out_path: str) -> None:
        """Copy a file of the controller into the agent."""
        super().put_file(in_path, out_path)
        try:
            with open(in_path, "rb") as stream:
                data = stream.read()
        except FileNotFoundError as exc:
            raise AnsibleFileNotFound(f"Cannot copy {in_path} to {self._node()}: there is no such file") from exc
        except OSError as exc:
            raise AnsibleError(f"Cannot read {in_path}: {exc.strerror}") from exc
        self._copy(f"cat > {shlex.quote(out_path)}", data, f"{in_path} to {out_path}")

    def fetch_file(self, in_path: str, out_path: str) -> None:
        """Copy a file of the agent to the controller."""
        super().fetch_file(in_path, out_path)
        data = self._copy(f"cat < {shlex.quote(in_path)}", b"", f"{in_path} to {out_path}")
        try:
            with open(out_path, "wb") as stream:
                stream.write(data)
        except OSError as exc:
            raise AnsibleError(f"Cannot write {out_path}: {exc.strerror}") from exc

    def close(self) -> None:
        """Nothing is open."""
        self._connected = False

    def reset(self) -> None:
        """Look the pod up again, another one may be there now."""
        self.close()

    # -- helpers ---------------------------------------------------------------------------------------------
    def _kube_options(self) -> KubeOptions:
        return options_from_params({name: self.get_option(name) for name in KUBE_ARGUMENT_SPEC})

    def _node(self) -> str:
        return str(self.get_option("agent_node") or "")

    def _whose(self) -> str:
        """The agent in words, for messages."""
        run_id = self.get_option("agent_run_id")
        return f"agent of run {run_id} on node {self._node()}" if run_id else f"agent on node {self._node()}"

    def _find(self) -> Container:
        namespace, container = self.get_option("agent_namespace"), self.get_option("agent_container")
        pod = self.get_option("agent_pod")
        if pod:
            return Container(namespace, pod, container)
        run_id = self.get_option("agent_run_id")
        if not run_id:
            raise KubeError(
                "config",
                f"Cannot reach node {self._node()}: podnet_agent_run_id (or podnet_agent_pod) is not set; "
                "the role podnet.diagnostics.node_agent makes agents and says which",
            )
        problem = "there is none"
        for item in self._pods(namespace, run_id):
            found = pod_problem(item, container)
            if not found:
                return Container(namespace, item["metadata"]["name"], container)
            problem = found
        raise KubeError(
            "not_found",
            f"Cannot use the {self._whose()} in namespace {namespace}: {problem}; "
            "the role podnet.diagnostics.node_agent makes it",
        )

    def _pods(self, namespace: str, run_id: str) -> t.Iterator[dict[str, t.Any]]:
        selector = run_selector(run_id, self._node())
        return self._kube.list(f"/api/v1/namespaces/{segment(namespace)}/pods", label_selector=selector)

    def _copy(self, script: str, data: bytes, what: str) -> bytes:
        completed = self._run(script, data)
        if completed.status != 0:
            reason = completed.stderr.decode("utf-8", "replace").strip()
            raise AnsibleError(
                f"Cannot copy {what} with the {self._whose()}: {reason or f'exit status {completed.status}'}"
            )
        return completed.stdout

    def _run(self, script: str, data: bytes) -> Completed:
        self._connect()
        timeout = self.get_option("agent_command_timeout")
        problem = number_problem("podnet_agent_command_timeout", timeout, _TIMEOUT)
        if problem:
            raise AnsibleError(problem)
        try:
            completed = run_script(
                self._kube, self._container, f"{RENEW}; {script}", data, float(timeout), self._check_alive
            )
            if completed.status in _KILLED:
                self._check_alive()
            return completed
        except KubeError as exc:
            text = str(exc)
            if exc.kind == "not_found":
                text = (
                    f"Cannot use the {self._whose()}: the pod {self._container} does not exist (any more); "
                    "the role podnet.diagnostics.node_agent makes it"
                )
            raise AnsibleConnectionFailure(text) from None

    def _check_alive(self) -> None:
        """KubeError where the agent is not there any more or its node has fallen silent; other trouble shows by
        itself.
        """
        problem = self._problem()
        if problem:
            raise KubeError("unreachable", f"Lost the {self._whose()} while it ran a command: {problem}")

    def _problem(self) -> str:
        try:
            pod = self._kube.get(
                f"/api/v1/namespaces/{segment(self._container.namespace)}/pods/{segment(self._container.pod)}"
            )
        except KubeError as exc:
            return "its pod was removed" if exc.kind == "not_found" else ""
        problem = pod_problem(pod, self._container.container)
        if problem:
            return problem
        node = str((pod.get("spec") or {}).get("nodeName") or "")
        try:
            silent = bool(node) and is_silent(self._kube.get(f"/api/v1/nodes/{segment(node)}"))
        except KubeError:
            return ""
        if not silent and not (node and self._kubelet_is_late(node)):
            return ""
        return f"the kubelet of {node} does not answer"

    def _kubelet_is_late(self, node: str) -> bool:
        """Whether a kubelet has missed to renew its Lease and does not run another command either."""
        age = lease_age(self._kube, node)
        if age is None or age <= LATE_LEASE_SECONDS:
            return False
        try:
            run(self._kube, self._container, ["true"], timeout=_ANSWER_SECONDS)
        except KubeError:
            return True
        return False
