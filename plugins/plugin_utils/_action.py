# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What the action plugins of this collection share: checked arguments, one clear error, no connection of their own."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle import BundleError
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._given import given

Result = dict[str, t.Any]


class ControllerAction(ActionBase):
    """An action that runs on the controller: subclasses give ARGUMENTS and run_checked()."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_diff = False

    ARGUMENTS: t.ClassVar[dict[str, t.Any]] = {}

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        """Check the arguments, run, and turn a bundle that cannot be used into one sentence."""
        result = t.cast(Result, super().run(tmp, task_vars))
        self._task.args = given(self._task.args)
        _unused, arguments = self.validate_argument_spec(argument_spec=self.ARGUMENTS)
        try:
            return {"changed": False, **result, **self.run_checked(arguments, task_vars or {})}
        except BundleError as exc:
            raise AnsibleActionFail(str(exc)) from exc

    def run_checked(self, arguments: dict[str, t.Any], task_vars: dict[str, t.Any]) -> Result:
        """The work of the action; returns the keys of its result."""
        raise NotImplementedError
