# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom --limit leaves out: nodes of the inventory, and nobody where the inventory has no node."""

from __future__ import annotations

import typing as t

import pytest

pytest.importorskip("kubernetes")
from ansible_collections.podnet.diagnostics.plugins.action.diagnose_prepare import _Inventory

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
    inventory = _Inventory(task_vars, NODES)
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
