# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller half of podnet.diagnostics.node_agent: agent pods for a run, made and taken away."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.utils.display import Display

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._agent_control import Agents, Present
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._agents import (
    DEFAULT_IMAGE,
    DEFAULT_NAMESPACE,
    Agent,
    AgentOptions,
    check_namespace,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import PATIENCE_SECONDS, connect
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._options import (
    KUBE_ARGUMENT_SPEC,
    options_from_params,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._action import ControllerAction, Result
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._agent_charge import AgentCharge
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._watcher import watch

display = Display()


class ActionModule(ControllerAction):
    """One task for all nodes: a node whose agent cannot start has its reason, the others go on."""

    ARGUMENTS: t.ClassVar[dict[str, t.Any]] = {
        "state": {"type": "str", "choices": ["present", "absent", "swept"], "default": "present"},
        "run_id": {"type": "str"},
        "nodes": {"type": "list", "elements": "str", "default": []},
        "needed": {"type": "list", "elements": "str"},
        "namespace": {"type": "str", "default": DEFAULT_NAMESPACE},
        "image": {"type": "str", "default": DEFAULT_IMAGE},
        "image_pull_policy": {"type": "str", "choices": ["Always", "IfNotPresent", "Never"], "default": "IfNotPresent"},
        "image_pull_secrets": {"type": "list", "elements": "str", "default": [], "no_log": False},
        "deadline": {"type": "int", "default": 600},
        "lease": {"type": "int", "default": 45},
        "keep": {"type": "bool", "default": False},
        "ttl": {"type": "int", "default": 30},
        "wait_timeout": {"type": "float", "default": 60.0},
        "remove_namespace": {"type": "bool", "default": False},
        **KUBE_ARGUMENT_SPEC,
    }

    def run_checked(self, arguments: dict[str, t.Any], task_vars: dict[str, t.Any]) -> Result:
        """Returns agents by node (present), or what was removed."""
        state = arguments["state"]
        if state != "swept" and not arguments["run_id"]:
            raise AnsibleActionFail(f"state is {state} but run_id is missing")
        options = _checked(arguments)
        if self._task.check_mode:
            return _result(changed=state == "present" and bool(arguments["nodes"]))
        return _present(options, arguments) if state == "present" else _gone(arguments)


def _checked(arguments: dict[str, t.Any]) -> AgentOptions:
    """What is asked for; KubeError where no object can have such a name."""
    options = AgentOptions(
        run_id=arguments["run_id"] or "",
        namespace=arguments["namespace"],
        image=arguments["image"],
        image_pull_policy=arguments["image_pull_policy"],
        image_pull_secrets=tuple(arguments["image_pull_secrets"]),
        deadline=arguments["deadline"],
        lease=0 if arguments["keep"] else arguments["lease"],
        ttl=arguments["ttl"],
    )
    if arguments["state"] == "present":
        options.check()
    check_namespace(options.namespace)
    return options


def _present(options: AgentOptions, arguments: dict[str, t.Any]) -> Result:
    """Where no agent can be made at all every node has the same reason, and what needs no agent goes on."""
    try:
        kube = connect(options_from_params(arguments), PATIENCE_SECONDS)
        agents = Agents(kube, options.namespace)
        if not arguments["keep"]:
            # Before anything is made, so that there is no moment in which nobody looks after it.
            watch(AgentCharge(kube, options.namespace, options.run_id, options.lease).charge())
        made = agents.present(arguments["nodes"], options, arguments["wait_timeout"], arguments["needed"])
    except KubeError as exc:
        made = Present([Agent(node, "", options.namespace, str(exc)) for node in arguments["nodes"]], 0, [])
    for warning in made.warnings:
        display.warning(warning)
    return _result(changed=made.created > 0, agents={agent.node: agent.to_dict() for agent in made.agents})


def _gone(arguments: dict[str, t.Any]) -> Result:
    agents = Agents(connect(options_from_params(arguments), PATIENCE_SECONDS), arguments["namespace"])
    if arguments["state"] == "absent":
        removed = agents.absent(arguments["run_id"], arguments["wait_timeout"])
    else:
        removed = agents.swept()
    with_namespace = arguments["remove_namespace"] and agents.remove_namespace()
    return _result(changed=removed > 0 or with_namespace, removed=removed, namespace_removed=with_namespace)


def _result(changed: bool, **values: t.Any) -> Result:
    return {"changed": changed, "agents": {}, "removed": 0, "namespace_removed": False, **values}
