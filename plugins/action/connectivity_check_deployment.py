# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller half of podnet.diagnostics.connectivity_check_deployment: the checks' programs, deployed and taken
away.
"""

from __future__ import annotations

import json
import typing as t

import yaml
from ansible.errors import AnsibleActionFail
from ansible.utils.display import Display

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Kube, connect
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._objects import Change, diff_of
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._options import (
    KUBE_ARGUMENT_SPEC,
    options_from_params,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._action import ControllerAction, Result
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._application import (
    ApplicationError,
    application,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._apply import (
    delete,
    execute,
    make_plan,
    old_config_maps,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._cluster import (
    find_load_balancers,
    missing_objects,
    read_platform,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._crd import read_crd, read_crd_to_remove
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._manifests import Deployment
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._options import (
    ARGUMENTS,
    DeployOptions,
    OptionError,
    config_of,
    read_options,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._remove import plan_removal, remove
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._rollout import Rollout, watch_rollout

display = Display()


class ActionModule(ControllerAction):
    """Everything is checked and planned first; what is written after that is what the plan says."""

    _supports_diff = True
    ARGUMENTS: t.ClassVar[dict[str, t.Any]] = {**ARGUMENTS, **KUBE_ARGUMENT_SPEC}

    def run_checked(self, arguments: dict[str, t.Any], task_vars: dict[str, t.Any]) -> Result:
        """Returns what changed, and for present how the rollout went."""
        try:
            options = read_options(arguments)
            kube = connect(options_from_params(arguments))
            return (
                self._present(kube, options, arguments)
                if arguments["state"] == "present"
                else self._absent(kube, options, arguments)
            )
        except (KubeError, ApplicationError) as exc:
            raise AnsibleActionFail(str(exc)) from exc
        except OptionError as exc:
            raise AnsibleActionFail(f"Cannot deploy: {exc}") from exc

    def _present(self, kube: Kube, options: DeployOptions, arguments: dict[str, t.Any]) -> Result:
        warnings = missing_objects(kube, options)
        platform = read_platform(kube)
        balancers = find_load_balancers(kube, options, warnings)
        config = config_of(options, bool(platform.api_namespaces), balancers)
        deployment = Deployment(options, platform, application(), config)
        plan = make_plan(kube, deployment, read_crd(kube))
        rollout: Rollout | None = None
        removed: list[Change] = []
        if not self._task.check_mode:
            execute(kube, plan)
            rollout = watch_rollout(kube, options.namespace, arguments["wait_timeout"] if arguments["wait"] else 0)
            if rollout.complete:
                removed = old_config_maps(kube, deployment)
                for change in removed:
                    delete(kube, change.ref)
            if rollout.skipped:
                warnings.append(f"Pods on nodes that are NotReady were not waited for: {', '.join(rollout.skipped)}")
            warnings += rollout.blocked
        for warning in warnings:
            display.warning(warning)
        result = self._result(options.namespace, [*plan.changes, *removed], warnings)
        result.update(
            agent=deployment.agent_name,
            config=config,
            rollout=[entry.to_dict() for entry in rollout.workloads] if rollout else [],
        )
        if rollout is not None and arguments["wait"] and rollout.problems:
            problems = ". ".join(rollout.problems)
            msg = f"Deployed, but not everything runs in namespace {options.namespace}: {problems}"
            return _failure({**result, "failed": True, "msg": msg}, display.verbosity)
        return result

    def _absent(self, kube: Kube, options: DeployOptions, arguments: dict[str, t.Any]) -> Result:
        removal = plan_removal(
            kube, options.namespace, options.extra_by_namespace(), read_crd_to_remove(kube), arguments["remove_crd"]
        )
        if not self._task.check_mode:
            remove(kube, removal, arguments["wait_timeout"] if arguments["wait"] else 0)
        for sentence in removal.refused:
            display.warning(sentence)
        result = self._result(options.namespace, removal.changes, [*removal.kept, *removal.refused])
        return {**result, "rollout": []}

    def _result(self, namespace: str, changes: t.Sequence[Change], notes: t.Sequence[str]) -> Result:
        result: Result = {
            "changed": bool(changes),
            "namespace": namespace,
            "notes": list(notes),
            "changes": [
                {
                    "action": change.action,
                    "kind": change.ref.kind,
                    "namespace": change.ref.namespace,
                    "name": change.ref.name,
                }
                for change in changes
            ],
        }
        if self._task.diff:
            result["diff"] = [diff_of(change, _yaml) for change in changes]
        return result


def _yaml(found: JsonObject) -> str:
    """As YAML; by way of JSON, because Ansible's own kinds of text are none that YAML knows."""
    return str(yaml.safe_dump(json.loads(json.dumps(found)), default_flow_style=False, allow_unicode=True, width=120))


def _failure(result: Result, verbosity: int) -> Result:
    """A failed result as people read it: Ansible prints all of it in one line, so only -v has more than that."""
    return result if verbosity else {key: result[key] for key in ("failed", "changed", "msg")}
