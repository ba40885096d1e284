# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller half of podnet.diagnostics.capture_prepare: from targets to nodes, into a folder for the evidence."""

from __future__ import annotations

import pathlib
import secrets
import tempfile
import time
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.release import __version__ as ansible_version

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import connect
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._options import (
    KUBE_ARGUMENT_SPEC,
    options_from_params,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._action import ControllerAction, Result
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle import Bundle, utc_now
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._capturing._live import LiveError, make_fifo
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._capturing._plan import PlanError, Planner
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._capturing._request import (
    Request,
    options_json,
    parse_request,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._inventory import Inventory
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._redact._key import KeyFileError, key_path, make_key
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._shown import show
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._sink._places import SinkError, parse_places
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._version import COLLECTION_VERSION

# Bytes of each packet: room for the headers of TCP over IPv6 within VXLAN over IPv6; and whole packets.
HEADER_BYTES, WHOLE_BYTES = 192, 65535
# What the end of a capture and the transfer of its files may take, in seconds; and for how long files wait on a node.
TRANSFER_SECONDS, GRACE_SECONDS = 900, 600
_KEPT = (
    "filter",
    "seconds",
    "packets",
    "megabytes",
    "payload",
    "ring",
    "ring_megabytes",
    "after",
    "min_free",
    "redact",
    "way",
    "devices",
)


class ActionModule(ControllerAction):
    """Resolve and plan; nothing here touches a node."""

    ARGUMENTS: t.ClassVar[dict[str, t.Any]] = {
        "targets": {"type": "list", "elements": "str", "default": []},
        "devices": {"type": "list", "elements": "str", "default": []},
        "way": {"type": "bool", "default": False},
        "filter": {"type": "str", "default": ""},
        "seconds": {"type": "float", "default": 60.0},
        "packets": {"type": "int", "default": 1000000},
        "megabytes": {"type": "int", "default": 100},
        "snaplen": {"type": "int"},
        "payload": {"type": "bool", "default": False},
        "ring": {"type": "bool", "default": False},
        "ring_megabytes": {"type": "int", "default": 32},
        "after": {"type": "float", "default": 5.0},
        "min_free": {"type": "int", "default": 1024},
        "max_nodes": {"type": "int", "default": 8},
        "probe_source": {"type": "str"},
        "probe_destination": {"type": "str"},
        "probe_port": {"type": "str"},
        "probe_protocol": {"type": "str", "choices": ["tcp", "udp", "icmp"], "default": "tcp"},
        "probe_interval": {"type": "float", "default": 1.0},
        "probe_timeout": {"type": "float", "default": 1.0},
        "probe_failures": {"type": "int", "default": 1},
        "check": {"type": "list", "elements": "str", "default": []},
        "live": {"type": "path"},
        "redact": {"type": "bool", "default": False},
        "redact_key": {"type": "path"},
        "dir": {"type": "path"},
        "sink": {"type": "list", "elements": "str", "default": []},
        "access": {"type": "str", "choices": ["agent", "ssh"], "default": "agent"},
        **KUBE_ARGUMENT_SPEC,
    }

    def run_checked(self, arguments: dict[str, t.Any], task_vars: dict[str, t.Any]) -> Result:
        """Returns run_id, dir, nodes (one entry per node), checks, problems, and for how long agents are needed."""
        started = time.monotonic()
        request, problems = parse_request(arguments)
        problems += _conflicts(arguments, request)
        if request is None or problems:
            raise AnsibleActionFail("; ".join(problems))
        run_id = secrets.token_hex(4)
        folder = _folder(arguments["dir"], run_id)
        key = _key(arguments, folder)
        options = {
            **options_json(arguments, _KEPT),
            "snaplen": arguments["snaplen"] or (WHOLE_BYTES if arguments["payload"] else HEADER_BYTES),
            "armed": bool(request.probe or request.checks),
            "grace": GRACE_SECONDS,
            "access": arguments["access"],
            "redact_key": key,
            "live": {},
        }
        try:
            kube = connect(options_from_params(arguments))
            plan = Planner(kube, request).plan(run_id, options, arguments["max_nodes"])
        except PlanError as exc:
            raise AnsibleActionFail(str(exc)) from None
        inventory = Inventory(task_vars, [{"metadata": {"name": name}} for name in plan["nodes"]])
        for name, node in plan["nodes"].items():
            node["inventory_name"] = inventory.name_of(name, node["address"])
        outside = [name for name in plan["nodes"] if inventory.is_outside_limit(name)]
        for name in outside:
            plan["problems"].append({"what": name, "text": f"{name} is outside the limit"})
            del plan["nodes"][name]
        if not plan["nodes"]:
            raise AnsibleActionFail(f"Nothing to capture on: {', '.join(outside)} is outside the limit")
        if not self._task.check_mode:
            options["live"] = _pipes(arguments["live"], plan)
        manifest = {"run_id": run_id, "kind": "capture", "collection": COLLECTION_VERSION, "ansible": ansible_version}
        bundle = Bundle.create(folder, manifest)
        bundle.write_json("plan.json", plan)
        bundle.add_event("controller", "prepare", "done", seconds=time.monotonic() - started)
        return _result(bundle, plan)


def _conflicts(arguments: dict[str, t.Any], request: Request | None) -> list[str]:
    """What cannot be had together."""
    problems = []
    armed = request is not None and bool(request.probe or request.checks)
    if arguments["payload"] and arguments["redact"]:
        problems.append("capture_payload and capture_redact exclude each other: what applications send has addresses")
    if arguments["live"] and (arguments["ring"] or armed):
        problems.append("capture_live needs a capture for a time: the files of a rolling one are written over")
    try:
        parse_places(arguments["sink"])
    except SinkError as exc:
        problems.append(f"capture_sink: {exc}")
    return problems


def _folder(folder: str | None, run_id: str) -> pathlib.Path:
    if folder:
        return pathlib.Path(folder).expanduser().absolute()
    return pathlib.Path(tempfile.gettempdir()) / f"podnet-capture-{utc_now()[:19].replace(':', '')}-{run_id}"


def _key(arguments: dict[str, t.Any], folder: pathlib.Path) -> str:
    """The path of the key, which is there then; empty where nothing is redacted."""
    if not arguments["redact"]:
        return ""
    try:
        path = key_path(arguments["redact_key"], folder)
        make_key(path)
    except KeyFileError as exc:
        raise AnsibleActionFail(str(exc)) from None
    return str(path)


def _pipes(folder: str | None, plan: dict[str, t.Any]) -> dict[str, str]:
    """The pipe of each node for the live view, and how to read them."""
    if not folder:
        return {}
    root = pathlib.Path(folder).expanduser().absolute()
    try:
        pipes = {name: str(make_fifo(root, name)) for name, node in plan["nodes"].items() if _captures(node)}
    except LiveError as exc:
        raise AnsibleActionFail(str(exc)) from None
    show("Live view: wireshark -k " + " ".join(f"-i {pipe}" for pipe in pipes.values()))
    return pipes


def _captures(node: dict[str, t.Any]) -> bool:
    """Whether anything is captured there: the node of a probe may have no target."""
    return bool(node["targets"])


def _result(bundle: Bundle, plan: dict[str, t.Any]) -> Result:
    options = plan["options"]
    first = (plan["probe"] or {}).get("node")
    # The first host waits, and sends the probe.
    names = sorted(plan["nodes"], key=lambda name: name != first)
    return {
        "run_id": plan["run_id"],
        "dir": str(bundle.root),
        "checks": plan["checks"],
        "problems": [problem["text"] for problem in plan["problems"]],
        "agent_deadline": int(options["seconds"] + options["after"]) + TRANSFER_SECONDS,
        "nodes": [
            {
                "name": name,
                "inventory_name": plan["nodes"][name]["inventory_name"],
                "address": plan["nodes"][name]["address"],
                "ready": plan["nodes"][name]["ready"],
                "targets": plan["nodes"][name]["targets"],
            }
            for name in names
        ],
    }
