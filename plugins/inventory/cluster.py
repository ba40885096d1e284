# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: cluster
short_description: The nodes of a Kubernetes cluster as hosts
version_added: 1.0.0
author:
  - podnet.diagnostics contributors (@podnet)
description:
  - Every node of the cluster becomes a host, also one that is NotReady, which is marked.
  - The variable C(podnet_node) of a host holds C(name), C(address), C(pod_cidr), C(ready), C(reason) (why it is not
    ready), C(unschedulable), C(roles), C(zone), and C(cni). C(ansible_host) is the node's C(InternalIP).
  - Groups are C(cluster_nodes), C(node_ready), C(node_not_ready), and C(role_*), C(zone_*), and C(cni_*). Characters
    that a group name cannot have become underscores, as in C(role_control_plane).
  - The file has to be named C(cluster.yml) or C(podnet.yml), or to end with C(.cluster.yml) or C(.podnet.yml). The
    ending C(.yaml) is accepted too.
extends_documentation_fragment:
  - podnet.diagnostics.kube
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description: Names this plugin.
    type: str
    required: true
    choices: [podnet.diagnostics.cluster]
  label_selector:
    description: Only nodes with these labels, in the syntax of C(kubectl --selector).
    type: str
seealso:
  - plugin: podnet.diagnostics.node_agent
    plugin_type: connection
"""

EXAMPLES = r"""
# The first line alone is a whole file, cluster.yml: the cluster of the current kubeconfig, or of K8S_AUTH_*, or the one
# that Ansible runs in.
plugin: podnet.diagnostics.cluster
# With the others it is workers.cluster.yml: the workers of another context, with a group for each network plugin.
context: production
label_selector: "!node-role.kubernetes.io/control-plane"
keyed_groups:
  - key: podnet_node.cni
    prefix: network
"""

import hashlib
import typing as t

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import connect
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._nodes import describe_nodes
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._options import (
    KUBE_ARGUMENT_SPEC,
    KubeOptions,
    options_from_params,
)

_NAMES = ("cluster", "podnet")
_ENDINGS = tuple(f"{name}.{ending}" for name in _NAMES for ending in ("yml", "yaml"))
Node = dict[str, t.Any]


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Ansible's side of the cluster's nodes."""

    NAME = "podnet.diagnostics.cluster"

    def verify_file(self, path: str) -> bool:
        """Files called cluster.yml or podnet.yml, or something.cluster.yml."""
        name = path.rpartition("/")[2]
        known = name in _ENDINGS or name.endswith(tuple("." + ending for ending in _ENDINGS))
        return known and bool(super().verify_file(path))

    def parse(self, inventory: t.Any, loader: t.Any, path: str, cache: bool = True) -> None:
        """Read the nodes and add them."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        for node in self._nodes(path, cache):
            self._add(node)

    def _nodes(self, path: str, cache: bool) -> list[Node]:
        """The nodes, from the cache where that is wanted and has them."""
        options = options_from_params({name: self._given(name) for name in KUBE_ARGUMENT_SPEC})
        selector = self._given("label_selector")
        caching = bool(self.get_option("cache"))
        key = self._key(path, options, selector) if caching else ""
        if cache and caching and key in self._cache:
            return t.cast(list[Node], self._cache[key])
        try:
            nodes = describe_nodes(connect(options), selector)
        except KubeError as exc:
            raise AnsibleParserError(f"Cannot read the nodes of the cluster: {exc}") from exc
        if caching:
            self._cache[key] = nodes
        return nodes

    def _given(self, name: str) -> t.Any:
        """An option; templates in the inventory file are filled in, so that secrets can come from lookups."""
        value = self.get_option(name)
        return self.templar.template(value) if self.templar.is_template(value) else value

    def _key(self, path: str, options: KubeOptions, selector: str | None) -> str:
        """One file may name another cluster tomorrow, by its environment for example. No secret is part of the key."""
        words = (options.kubeconfig, options.context, options.host, options.impersonate_user, selector)
        return f"{self.get_cache_key(path)}_{hashlib.sha256(repr(words).encode()).hexdigest()[:12]}"

    def _add(self, node: Node) -> None:
        name = node["name"]
        variables: dict[str, t.Any] = {"podnet_node": node}
        if node["address"]:
            variables["ansible_host"] = node["address"]
        self.inventory.add_host(name)
        for key, value in variables.items():
            self.inventory.set_variable(name, key, value)
        for group in _groups(node):
            self.inventory.add_child(self.inventory.add_group(self._sanitize_group_name(group)), name)
        strict = self.get_option("strict")
        variables = {**variables, "inventory_hostname": name}
        self._set_composite_vars(self.get_option("compose"), variables, name, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, name, strict=strict)


def _groups(node: Node) -> list[str]:
    groups = ["cluster_nodes", "node_ready" if node["ready"] else "node_not_ready"]
    groups += [f"role_{role}" for role in node["roles"]]
    groups += [f"{kind}_{node[kind]}" for kind in ("zone", "cni") if node[kind]]
    return groups
