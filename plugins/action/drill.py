# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller half of podnet.diagnostics.drill: an exercise is made, judged, and taken away."""

from __future__ import annotations

import random
import typing as t

from ansible.errors import AnsibleActionFail

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._agents import check_namespace
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import connect
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._options import (
    KUBE_ARGUMENT_SPEC,
    options_from_params,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._action import ControllerAction, Result
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._drill._cluster import Cluster
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._drill._exercises import BROKEN, Exercise, exercise
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._drill._result import Result as Ended
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._drill._result import read_answer
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._shown import show


class ActionModule(ControllerAction):
    """made and absent write to the cluster; judged is a pure function of what was asked and answered."""

    ARGUMENTS: t.ClassVar[dict[str, t.Any]] = {
        "state": {"type": "str", "choices": ["made", "judged", "absent"], "default": "made"},
        "exercises": {"type": "list", "elements": "str", "default": []},
        "seed": {"type": "int"},
        "namespace": {"type": "str", "default": "podnet-drill"},
        "confirm": {"type": "str", "default": ""},
        "image": {"type": "str", "default": "docker.io/library/python:3.13-slim"},
        "image_pull_policy": {"type": "str", "choices": ["Always", "IfNotPresent", "Never"], "default": "IfNotPresent"},
        "wait_timeout": {"type": "float", "default": 120.0},
        "exercise": {"type": "dict"},
        "answer": {"type": "str", "default": ""},
        "seconds": {"type": "float", "default": 0.0},
        "player": {"type": "str", "choices": ["person", "diagnosis"], "default": "person"},
        **KUBE_ARGUMENT_SPEC,
    }

    def run_checked(self, arguments: dict[str, t.Any], task_vars: dict[str, t.Any]) -> Result:
        """Returns the exercise (made), how it ended (judged), or whether there was anything (absent)."""
        if arguments["state"] == "judged":
            return _judged(arguments)
        check_namespace(arguments["namespace"])
        cluster = Cluster(connect(options_from_params(arguments)), arguments["namespace"], arguments["wait_timeout"])
        if arguments["state"] == "absent":
            return {"changed": False if self._task.check_mode else cluster.remove()}
        name = _chosen(arguments["exercises"], arguments["seed"])
        if arguments["confirm"] != cluster.name:
            raise AnsibleActionFail(
                f"Nothing was made: a drill makes the namespace {arguments['namespace']} and takes it away again."
                f" Confirm that this is the cluster for it: drill_confirm={cluster.name}"
            )
        if not self._task.check_mode:
            cluster.make(name, arguments["image"], arguments["image_pull_policy"])
        return {"changed": True, "exercise": exercise(name, arguments["namespace"]).to_dict()}


def _chosen(names: list[str], seed: int | None) -> str:
    unknown = [name for name in names if name not in BROKEN]
    if unknown:
        raise AnsibleActionFail(f"There is no exercise {unknown[0]!r}; there are {', '.join(sorted(BROKEN))}")
    # Which exercise comes is no secret.
    return random.Random(seed).choice(sorted(names or BROKEN))


def _judged(arguments: dict[str, t.Any]) -> Result:
    given = arguments["exercise"] or {}
    missing = [key for key in ("name", "about", "finding", "source", "destination") if not given.get(key)]
    if missing:
        raise AnsibleActionFail(f"Cannot judge the answer: exercise lacks {', '.join(missing)}")
    port = given.get("port")
    asked = Exercise(
        name=str(given["name"]),
        about=str(given["about"]),
        finding=str(given["finding"]),
        source=str(given["source"]),
        destination=str(given["destination"]),
        port=int(port) if port else None,
        protocol=str(given.get("protocol") or "tcp"),
        also=tuple(map(str, given.get("also") or [])),
    )
    ended = Ended(asked, arguments["player"], read_answer(arguments["answer"]), arguments["seconds"])
    show(ended.text(), color="green" if ended.right else "yellow")
    return {"changed": False, "drill": ended.to_dict(), "text": ended.text()}
