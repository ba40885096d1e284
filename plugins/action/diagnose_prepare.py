# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller half of podnet.diagnostics.diagnose_prepare: read the cluster, resolve both ends, plan the work."""

from __future__ import annotations

import contextlib
import dataclasses
import pathlib
import secrets
import tempfile
import time
import typing as t

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.release import __version__ as ansible_version

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import connect
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._cluster import SCHEMA
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._options import (
    KUBE_ARGUMENT_SPEC,
    options_from_params,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._ranges import range_problems
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._action import ControllerAction, Result
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle import Bundle, utc_now
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._given import given
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._inventory import Inventory, InventoryAddresses
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._node_action import PREFIX
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._options import Options, parse_options
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._work import make_plan, unknown_nodes
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._reading._concealed import without_private_labels
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._reading._question import Read, read_question
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._shown import show
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._version import COLLECTION_VERSION

# Tags of the role that select probes; any other tag selects all of them.
PROBE_STEPS = frozenset(("ping", "tcp", "mtu", "dns"))


class ActionModule(ControllerAction):
    """Resolve, collect and plan; nothing here touches a node."""

    ARGUMENTS: t.ClassVar[dict[str, t.Any]] = {
        "source": {"type": "str", "required": True},
        "destination": {"type": "str", "required": True},
        "port": {"type": "str"},
        "protocol": {"type": "str", "choices": ["tcp", "udp", "icmp"], "default": "tcp"},
        "access": {"type": "str", "choices": ["agent", "ssh"], "default": "agent"},
        "capture": {"type": "str", "choices": ["auto", "always", "never"], "default": "auto"},
        "fail_on": {"type": "str", "choices": ["fault", "inconclusive", "never"], "default": "never"},
        "bundle_dir": {"type": "path"},
        "bundle": {"type": "path"},
        "max_nodes": {"type": "int", "default": 4},
        "also_nodes": {"type": "list", "elements": "str", "default": []},
        "ping_count": {"type": "int", "default": 4},
        "tcp_count": {"type": "int", "default": 4},
        "tcp_data": {"type": "str", "choices": ["auto", "always", "never"], "default": "auto"},
        "probe_timeout": {"type": "float", "default": 1.0},
        "task_timeout": {"type": "int", "default": 90},
        "pause": {"type": "int", "default": 0},
        "agent": {"type": "dict", "default": {}},
        "dose": {"type": "str", "choices": ["none", "gentle"], "default": "gentle"},
        "dose_packets": {"type": "str"},
        "dose_connections": {"type": "str"},
        "dose_queries": {"type": "str"},
        "idle": {"type": "str"},
        "watch": {"type": "str"},
        "trace_rules": {"type": "bool", "default": False},
        **KUBE_ARGUMENT_SPEC,
    }

    def run_checked(self, arguments: dict[str, t.Any], task_vars: dict[str, t.Any]) -> Result:
        """Returns run_id, bundle, nodes (one entry per node involved) and problems."""
        started = time.monotonic()
        going_on = Bundle.open(arguments["bundle"]) if arguments["bundle"] else None
        if going_on is not None:
            arguments["also_nodes"] = [*arguments["also_nodes"], *_crossed(going_on)]
        options, errors = parse_options(arguments)
        errors += range_problems("node_agent", given(arguments["agent"]), "node_agent_")
        if options is None or errors:
            raise AnsibleActionFail("; ".join(errors))
        run_id = str(going_on.plan()["run_id"]) if going_on is not None else secrets.token_hex(4)
        addresses = InventoryAddresses(task_vars)
        cluster, read = _read_cluster(arguments, options, addresses)
        if errors := unknown_nodes(options, cluster):
            raise AnsibleActionFail("; ".join(errors))
        bundle = going_on if going_on is not None else _create_bundle(arguments["bundle_dir"], run_id)
        if read is not None:
            show(str(read))
        cluster = without_private_labels(cluster)
        bundle.write_json("cluster.json.gz", cluster)
        inventory = Inventory(task_vars, cluster["resources"].get("nodes") or [])
        tags = set(task_vars.get("ansible_run_tags") or ["all"])
        plan = make_plan(
            options,
            cluster,
            run_id,
            addresses,
            inventory.is_outside_limit,
            (tags & PROBE_STEPS) or None if "all" not in tags else None,
        )
        for name, work in plan["work"].items():
            work["inventory_name"] = inventory.name_of(name, work["address"])
        bundle.write_json("plan.json", plan)
        if not self._task.check_mode and going_on is None:
            self._put_together(task_vars)
        bundle.add_event("controller", "resolve", "done", str(read or ""), seconds=time.monotonic() - started)
        return {
            "run_id": run_id,
            "bundle": str(bundle.root),
            "source_node": str((plan["source"] or {}).get("node") or ""),
            "problems": plan["problems"],
            "read": dataclasses.asdict(read) if read is not None else {},
            "nodes": [
                {
                    "name": name,
                    "inventory_name": plan["work"][name]["inventory_name"],
                    "kind": work["kind"],
                    "address": work["address"],
                    "ready": work["ready"],
                }
                for name, work in plan["work"].items()
                if name not in plan["outside_limit"]
            ],
        }

    def _put_together(self, task_vars: dict[str, t.Any]) -> None:
        """Make what each node runs, while this is the only worker: Ansible keeps it for the others, which would hold
        the sources of the modules at the same time."""
        # What is kept is the same for every interpreter; nobody looks for that of the controller.
        variables = {**task_vars, "ansible_python_interpreter": "/usr/bin/python3"}
        for name in ("node_snapshot", "probe"):
            with contextlib.suppress(AnsibleError):  # the first task on a node says it
                self._configure_module(PREFIX + name, {}, variables)


def _crossed(bundle: Bundle) -> list[str]:
    """The nodes that packets are forwarded by; a run that crosses none does without the whole analysis here."""
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._analysis import still_crossed

    return still_crossed(bundle)


def _create_bundle(folder: str | None, run_id: str) -> Bundle:
    manifest = {"run_id": run_id, "collection": COLLECTION_VERSION, "ansible": ansible_version}
    if folder:
        return Bundle.create(pathlib.Path(folder).expanduser().absolute(), manifest)
    name = f"podnet-diagnostics-{utc_now()[:19].replace(':', '')}-{run_id}"
    return Bundle.create(pathlib.Path(tempfile.gettempdir()) / name, manifest)


def _read_cluster(
    arguments: dict[str, t.Any], options: Options, hosts: t.Mapping[str, str | None]
) -> tuple[dict[str, t.Any], Read | None]:
    """cluster.json; an API that cannot be reached leaves an empty one whose errors say why."""
    try:
        return read_question(connect(options_from_params(arguments)), options, hosts)
    except KubeError as exc:
        error = {"resource": "*", "kind": exc.kind, "text": str(exc)}
        return {"schema": SCHEMA, "time": utc_now(), "version": {}, "resources": {}, "errors": [error]}, None
