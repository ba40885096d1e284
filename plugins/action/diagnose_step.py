# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller half of podnet.diagnostics.diagnose_step: cut one step of the runbook from the bundle and show it."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._action import ControllerAction, Result
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._analysis import (
    analyse_bundle,
    shown_steps,
    still_crossed,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle import Bundle
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._runbook._steps import STEPS
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._shown import show


class ActionModule(ControllerAction):
    """Shows what a step asks, what it found, the numbers and how it ended."""

    ARGUMENTS: t.ClassVar[dict[str, t.Any]] = {
        "bundle": {"type": "path", "required": True},
        "steps": {"type": "list", "elements": "str", "required": True, "choices": list(STEPS)},
    }

    def run_checked(self, arguments: dict[str, t.Any], task_vars: dict[str, t.Any]) -> Result:
        """Returns steps: the steps asked for, as in findings.json; and crossed: nodes to look at as well."""
        bundle = Bundle.open(arguments["bundle"])
        findings = analyse_bundle(bundle)
        steps = [step for step in findings["steps"] if step["name"] in arguments["steps"]]
        for text, colour in shown_steps(findings, arguments["steps"]):
            show(text, color=colour)
        told = "; ".join(f"{step['name']}: {step['status']}" for step in steps)
        return {"steps": steps, "crossed": still_crossed(bundle), "msg": told}
