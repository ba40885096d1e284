# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom --limit leaves out: nodes of the inventory, and nobody where the inventory has no node."""

from __future__ import annotations

import typing as t

import pytest

pytest.importorskip("kubernetes")
from ansible.errors import AnsibleError

from ansible_collections.podnet.diagnostics.plugins.action.diagnose_prepare import ActionModule
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._inventory import Inventory, InventoryAddresses

NODES = [
    {"metadata": {"name": name}, "status": {"addresses": [{"type": "InternalIP", "address": address}]}}
    for name, address in (("node-1", "192.0.2.11"), ("node-2", "192.0.2.12"))
]


def outside(limit: str | None, inside: list[str], hosts: dict[str, dict[str, t.Any]]) -> list[str]:
    task_vars = {
        "hostvars": hosts,
        "groups": {"all": list(hosts)},
        "ansible_limit": limit,
        "ansible_play_hosts_all": inside,
    }
    inventory = Inventory(task_vars, NODES)
    return [name for name in ("node-1", "node-2") if inventory.is_outside_limit(name)]


@pytest.mark.parametrize(
    ("limit", "inside", "hosts", "left_out"),
    [
        (None, ["node-1", "node-2"], {"node-1": {}, "node-2": {}}, []),
        ("node-1", ["node-1"], {"node-1": {}, "node-2": {}}, ["node-2"]),
        # By the name of the node, and by address.
        ("a", ["a"], {"a": {"podnet_node": {"name": "node-1"}}, "b": {"podnet_node": {"name": "node-2"}}}, ["node-2"]),
        ("x", ["x"], {"x": {}, "node-2": {"ansible_host": "192.0.2.12"}}, ["node-1", "node-2"]),
        # What ansible-rulebook and AWX do: a limit in an inventory of localhost alone.
        ("localhost", ["localhost"], {"localhost": {"ansible_connection": "local"}}, []),
        ("outside", ["outside"], {"outside": {"ansible_host": "203.0.113.9"}}, []),
    ],
)
def test_a_limit_concerns_nodes_only_where_the_inventory_has_some(
    limit: str | None, inside: list[str], hosts: dict[str, dict[str, t.Any]], left_out: list[str]
) -> None:
    assert outside(limit, inside, hosts) == left_out


class Counted(dict[str, dict[str, t.Any]]):
    """Variables of hosts, and of which they were asked for."""

    def __init__(self, hosts: dict[str, dict[str, t.Any]]) -> None:
        super().__init__(hosts)
        self.asked: list[str] = []

    def __getitem__(self, name: str) -> dict[str, t.Any]:
        self.asked.append(name)
        return super().__getitem__(name)


def test_of_a_large_inventory_only_the_hosts_that_matter_are_asked_for() -> None:
    hosts = Counted({f"node-{number}": {"ansible_host": f"192.0.2.{number}"} for number in range(1, 200)})
    task_vars = {"hostvars": hosts, "groups": {"all": list(hosts)}}
    addresses = InventoryAddresses(task_vars)
    assert addresses["node-7"] == "192.0.2.7" and "node-1" in addresses and "node-500" not in addresses
    assert addresses.get("node-500") is None and len(addresses) == 199
    assert Inventory(task_vars, NODES).name_of("node-2", "192.0.2.2") == "node-2"
    assert set(hosts.asked) == {"node-7", "node-2"}


def test_a_node_is_found_under_another_name_by_its_own_and_then_by_its_address() -> None:
    hosts: dict[str, dict[str, t.Any]] = {
        "a": {"podnet_node": {"name": "node-1"}},
        "b": {"ansible_host": "192.0.2.12"},
        # It has the name of a node and is another one.
        "node-1": {"podnet_node": {"name": "node-3"}},
    }
    inventory = Inventory({"hostvars": hosts, "groups": {"all": list(hosts)}}, NODES)
    assert inventory.name_of("node-1", None) == "a"
    assert inventory.name_of("node-2", "192.0.2.12") == "b"
    assert inventory.name_of("node-3", None) == "node-1" and inventory.name_of("node-4", "192.0.2.9") == "node-4"


def test_the_modules_of_nodes_are_put_together_and_a_failure_is_left_to_the_nodes() -> None:
    asked: list[tuple[str, str]] = []

    class Prepare(ActionModule):
        def __init__(self) -> None:
            """Without a task."""

        def _configure_module(self, module_name: str, module_args: t.Any, task_vars: dict[str, t.Any]) -> None:
            asked.append((module_name, task_vars["ansible_python_interpreter"]))
            raise AnsibleError("there is no such module")

    Prepare()._put_together({"ansible_python_interpreter": "auto"})
    expected = ["podnet.diagnostics.node_snapshot", "podnet.diagnostics.probe"]
    assert asked == [(name, "/usr/bin/python3") for name in expected]
