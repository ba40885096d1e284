# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The few things that planning asks of the inventory: addresses, names of nodes, and the limit.

Ansible makes up the variables of a host anew each time they are asked for: a large inventory is not gone through unless
it must be.
"""

from __future__ import annotations

import collections.abc
import functools
import typing as t


class InventoryAddresses(collections.abc.Mapping[str, t.Optional[str]]):
    """Inventory hosts and the address by which Ansible reaches each."""

    def __init__(self, task_vars: dict[str, t.Any]) -> None:
        self._hostvars = task_vars.get("hostvars") or {}
        self._names = dict.fromkeys((task_vars.get("groups") or {}).get("all") or [])

    def __getitem__(self, name: str) -> str | None:
        if name not in self._names:
            raise KeyError(name)
        return self._hostvars[name].get("ansible_host") or None

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> t.Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class Inventory:
    """nodes: those of the cluster that are known."""

    def __init__(self, task_vars: dict[str, t.Any], nodes: t.Iterable[dict[str, t.Any]]) -> None:
        self._hostvars = task_vars.get("hostvars") or {}
        self._names = dict.fromkeys((task_vars.get("groups") or {}).get("all") or [])
        self._inside = set(task_vars.get("ansible_play_hosts_all") or [])
        # Rulebooks and job templates set a limit in an inventory of one host, localhost: it says nothing about nodes.
        self._limited = bool(task_vars.get("ansible_limit")) and any(self._has(node) for node in nodes)

    @functools.cached_property
    def _index(self) -> tuple[dict[str, str], dict[str, str]]:
        """Inventory names by the node's name, and by address; of several the first."""
        by_node: dict[str, str] = {}
        by_address: dict[str, str] = {}
        for name in self._names:
            variables = self._hostvars[name]
            by_node.setdefault(_node_name(variables) or name, name)
            if variables.get("ansible_host"):
                by_address.setdefault(str(variables["ansible_host"]), name)
        return by_node, by_address

    def _has(self, node: dict[str, t.Any]) -> bool:
        """Whether a node of the cluster is in the inventory, by its name or one of its addresses."""
        by_node, by_address = self._index
        addresses = ((node.get("status") or {}).get("addresses")) or []
        known = (address.get("address") in by_address for address in addresses)
        return (node.get("metadata") or {}).get("name") in by_node or any(known)

    def name_of(self, node: str, address: str | None) -> str:
        """The inventory name of a cluster node: by node name, else by address; the node's own name if it has none."""
        if node in self._names and (_node_name(self._hostvars[node]) or node) == node:
            return node
        by_node, by_address = self._index
        return by_node.get(node) or by_address.get(address or "") or node

    def is_outside_limit(self, node: str) -> bool:
        """Whether --limit leaves this node out. A limit in an inventory without any node of the cluster does not."""
        return self._limited and self.name_of(node, None) not in self._inside


def _node_name(variables: t.Any) -> str:
    return str((variables.get("podnet_node") or {}).get("name") or "")
