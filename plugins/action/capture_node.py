# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller half of podnet.diagnostics.capture_node: captures of one node, started, and fetched when they are over."""

from __future__ import annotations

import pathlib
import time
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle import Bundle
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._capturing._follow import RAW, Follower
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._capturing._live import Live
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._capturing._points import choose, place_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._capturing._redaction import mapping_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._capturing._transfer import (
    MEGABYTE,
    Module,
    Transfer,
    TransferError,
    alone,
    room_problem,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._capturing._trigger import FIRED
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._node_action import (
    PREFIX,
    NodeAction,
    PhaseError,
    SkipError,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._redact._key import KeyFileError
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._watcher import watch

# A capture that somebody ends does so by itself, too, should nobody come: so many seconds later.
SLACK_SECONDS = 60


class ActionModule(NodeAction):
    """Two remote modules start the captures of a node, and a few fetch them: as many as their files have parts."""

    ARGUMENTS: t.ClassVar[dict[str, t.Any]] = {
        "bundle": {"type": "path", "required": True},
        "node": {"type": "str", "required": True},
        "phase": {"type": "str", "required": True, "choices": ["start", "fetch"]},
        "unavailable": {"type": "str"},
        "silent": {"type": "bool", "default": False},
    }

    def _start(self, bundle: Bundle, node: str, task_vars: dict[str, t.Any]) -> str:
        """Look which devices there are, and capture on those that are meant."""
        plan = bundle.plan()
        options, entry = plan["options"], plan["nodes"][node]
        if not entry["targets"]:
            raise SkipError("nothing is captured here: the probe starts on this node")
        look = {"node": node, "pods": entry["pods"], "pod_namespaces": entry["pod_namespaces"]}
        snapshot = self._module("node_snapshot", look, task_vars)["snapshot"]
        points = choose(snapshot, entry, options["devices"], options["way"], options["filter"])
        if not points.devices:
            raise PhaseError("; ".join(points.problems) or "there is no device to capture on")
        module = self._captures(task_vars)
        self._follow(bundle, node, module, points.vxlan_ports, task_vars)
        result = module({"state": "started", **_limits(plan), "pods": entry["pods"], "devices": list(points.devices)})
        started: JsonObject = {
            "begun": time.time(),  # by now they all listen
            "devices": result["devices"],
            "filters": [device["filter"] for device in points.devices],
            "problems": list(points.problems),
            "vxlan_ports": list(points.vxlan_ports),
        }
        bundle.write_json(f"started/{node}.json", started)
        running = [device for device in result["devices"] if not device.get("error")]
        if not running:
            raise PhaseError("; ".join(dict.fromkeys(str(device.get("error")) for device in result["devices"])))
        return ", ".join(place_of(device["name"], device["netns"]) for device in running)

    def _fetch(self, bundle: Bundle, node: str, task_vars: dict[str, t.Any]) -> str:
        """End the captures, fetch their files, compare their sums, and only then remove them from the node."""
        plan = bundle.plan()
        if not bundle.path(f"started/{node}.json").exists():
            raise SkipError("no capture was started here")
        module, run_id = self._captures(task_vars), plan["run_id"]
        if plan["options"]["armed"] and not bundle.path(FIRED).exists():
            module({"state": "removed", "run_id": run_id})
            raise SkipError("nothing has triggered the capture: its packets are not kept")
        captures = module({"state": "ended", "run_id": run_id})["captures"]
        if not captures:
            raise PhaseError("its captures are not there any more")
        bundle.write_json(f"ended/{node}.json", captures)
        files = [file for capture in captures for file in capture["files"] if capture["ended"] != "not_started"]
        size = sum(int(file["size"]) for file in files)
        problem = room_problem(bundle.root, size, plan["options"]["min_free"] * MEGABYTE)
        try:
            if problem:
                raise TransferError(problem)
            folder = bundle.path(f"{RAW}/{node}")
            with alone(folder):
                Transfer(module, run_id, folder).fetch(files)
        except TransferError as exc:
            raise PhaseError(f"Cannot fetch the captures of {node}: {exc}; {self._where(plan)}") from None
        bundle.write_json(f"whole/{node}.json", {"bytes": size})
        module({"state": "removed", "run_id": run_id})
        return f"{size} bytes, {len(files)} files with the sums that they had on the node"

    # -- helpers ---------------------------------------------------------------------------------------------
    def _captures(self, task_vars: dict[str, t.Any]) -> Module:
        return lambda arguments: self._module("capture", arguments, task_vars)

    def _follow(
        self, bundle: Bundle, node: str, module: Module, ports: t.Iterable[int], task_vars: dict[str, t.Any]
    ) -> None:
        """Before anything is started, so that there is no moment in which nobody would remove it."""
        plan = bundle.plan()
        # The plan is no part of the evidence: when the playbook is gone it may be gone, too.
        options, run_id = plan["options"], str(plan["run_id"])
        pipe = options["live"].get(node)
        try:
            live = Live(pathlib.Path(pipe), options["payload"], mapping_of(options), ports) if pipe else None
        except KeyFileError as exc:
            raise PhaseError(str(exc)) from None

        def beside(arguments: JsonObject) -> JsonObject:
            # Where modules are files on the node, this process must not write into the folder of the other one.
            shell = self._connection._shell
            shell.tmpdir = None
            try:
                return module(arguments)
            finally:
                if shell.tmpdir:
                    self._remove_tmp_path(shell.tmpdir)

        watch(Follower(bundle, node, beside, lambda: self._forget(run_id, task_vars), live).charge())

    def _forget(self, run_id: str, task_vars: dict[str, t.Any]) -> None:
        """In a process of its own, when the playbook is gone: what a capture left on the node goes."""
        if self._in_agent():
            return  # it goes with its agent
        self._anew()
        arguments = {"state": "removed", "run_id": run_id}
        self._execute_module(PREFIX + "capture", arguments, task_vars=task_vars)

    def _where(self, plan: JsonObject) -> str:
        if self._in_agent():
            return "they go with the agent of this run"
        return f"they stay on the node for {plan['options']['grace']} s"


def _limits(plan: JsonObject) -> JsonObject:
    """Arguments of the capture module that are the same on all nodes."""
    options = plan["options"]
    rolling = options["ring"] or options["armed"]
    more = options["after"] + SLACK_SECONDS if rolling else 0
    return {
        "run_id": plan["run_id"],
        "snaplen": options["snaplen"],
        "deadline": options["seconds"] + more,
        "grace": options["grace"],
        "max_packets": options["packets"],
        "max_file_bytes": 0 if rolling else options["megabytes"] * MEGABYTE,
        "min_free": options["min_free"] * MEGABYTE,
        "ring": rolling,
        "ring_megabytes": options["ring_megabytes"],
    }
