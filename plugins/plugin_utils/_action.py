# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What the action plugins of this collection share: checked arguments, one clear error, no connection of their own."""

from __future__ import annotations

import gc
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._arguments import argument_problems
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle import BundleError
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._given import given

Result = dict[str, t.Any]
COLLECTION = "podnet.diagnostics"
# What AWX gives each of its jobs.
_JOB_VARIABLES = ("awx_job_id", "tower_job_id")


def in_job(task_vars: t.Mapping[str, t.Any]) -> bool:
    """Whether this is a job of AWX, whose files are gone when it ends: their paths are of no use to anybody."""
    return any(name in task_vars for name in _JOB_VARIABLES)


class ControllerAction(ActionBase):
    """An action that runs on the controller: subclasses give ARGUMENTS and run_checked()."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_diff = False

    ARGUMENTS: t.ClassVar[dict[str, t.Any]] = {}

    def __init_subclass__(cls, **arguments: t.Any) -> None:
        """Ansible loads an action once and forks a worker for each task and host. What has been loaded by then is kept
        from the garbage collector, which would copy it into each worker just by looking at it
        (https://docs.python.org/3/library/gc.html#gc.freeze)."""
        super().__init_subclass__(**arguments)
        gc.freeze()

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        """Check the arguments, run, and say what went wrong in one sentence, once.

        A failure is returned, not raised: Ansible puts the causes of an exception into its message again."""
        result = t.cast(Result, super().run(tmp, task_vars))
        self._task.args = given(self._task.args)
        problems = argument_problems(self.ARGUMENTS, self._task.args, self._name(), self._prefix())
        if problems:
            return {**result, "failed": True, "msg": "; ".join(problems)}
        try:
            _unused, arguments = self.validate_argument_spec(argument_spec=self.ARGUMENTS)
            return {"changed": False, **result, **self.run_checked(arguments, task_vars or {})}
        except (BundleError, KubeError) as exc:
            return {**result, "failed": True, "msg": str(exc)}
        except AnsibleActionFail as exc:
            return {**result, "failed": True, "msg": " ".join(str(exc).split())}

    def run_checked(self, arguments: dict[str, t.Any], task_vars: dict[str, t.Any]) -> Result:
        """The work of the action; returns the keys of its result. Raises AnsibleActionFail, BundleError, KubeError."""
        raise NotImplementedError

    def _name(self) -> str:
        return type(self).__module__.rpartition(".")[2]

    def _prefix(self) -> str:
        """What the variables of the role that has this task begin with; nothing where it stands in a playbook."""
        role = getattr(self._task, "_role", None)
        if role is None:
            return ""
        collection, _dot, name = role.get_name(include_role_fqcn=True).rpartition(".")
        return f"{name}_" if collection == COLLECTION else ""
