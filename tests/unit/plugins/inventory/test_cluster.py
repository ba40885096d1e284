# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory of cluster nodes, read by ansible-inventory from a small real API server."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
from ansible.release import __version__ as ansible_version

from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.ansible_commands import ansible
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.api_server import (
    ApiServer,
    closed_port,
    items,
    refusal,
)

pytest.importorskip("kubernetes")
# ansible-inventory has --flush-cache from 2.19 on.
CAN_FLUSH = tuple(map(int, ansible_version.split(".")[:2])) >= (2, 19)
PLUGIN = "plugin: podnet.diagnostics.cluster\n"


def node(name: str, address: str, ready: str = "True", **labels: str) -> dict[str, t.Any]:
    return {
        "metadata": {
            "name": name,
            "uid": name,
            "labels": {key.replace("__", "/"): value for key, value in labels.items()},
            "annotations": {"flannel.alpha.coreos.com/backend-type": "vxlan"},
        },
        "spec": {"podCIDR": "10.244.1.0/24"},
        "status": {
            "addresses": [{"type": "InternalIP", "address": address}],
            "conditions": [{"type": "Ready", "status": ready, "reason": "KubeletNotReady"}],
        },
    }


@pytest.fixture
def api() -> t.Iterator[ApiServer]:
    """A cluster of two nodes, of which one is not ready."""
    with ApiServer() as server:
        labels = {"node-role.kubernetes.io__control-plane": "", "topology.kubernetes.io__zone": "eu west-1a"}
        server.on(
            "GET",
            "/api/v1/nodes",
            items(node("node-1", "192.0.2.11", **labels), node("node-2", "2001:db8::12", "False")),
        )
        yield server


def inventory(
    tmp_path: pathlib.Path, content: str, *arguments: str, name: str = "cluster.yml", **environment: str
) -> t.Any:
    path = tmp_path / name
    path.write_text(content)
    return ansible("inventory", "-i", str(path), *(arguments or ("--list",)), home=tmp_path, **environment)


def plain(value: t.Any) -> t.Any:
    """Without the marks of values that are never templates."""
    if isinstance(value, dict):
        return (
            value["__ansible_unsafe"]
            if "__ansible_unsafe" in value
            else {key: plain(inner) for key, inner in value.items()}
        )
    return [plain(element) for element in value] if isinstance(value, list) else value


def listed(done: t.Any) -> t.Any:
    """The inventory that was printed."""
    assert done.returncode == 0, done.stdout + done.stderr
    return plain(json.loads(done.stdout))


def test_every_node_is_a_host_in_its_groups(tmp_path: pathlib.Path, api: ApiServer) -> None:
    found = listed(inventory(tmp_path, PLUGIN, K8S_AUTH_HOST=api.url, K8S_AUTH_API_KEY="key"))
    hosts = found["_meta"]["hostvars"]
    assert {name: variables["ansible_host"] for name, variables in hosts.items()} == {
        "node-1": "192.0.2.11",
        "node-2": "2001:db8::12",
    }
    assert hosts["node-1"]["podnet_node"] == {
        "name": "node-1",
        "address": "192.0.2.11",
        "pod_cidr": "10.244.1.0/24",
        "ready": True,
        "reason": "",
        "unschedulable": False,
        "roles": ["control-plane"],
        "zone": "eu west-1a",
        "cni": "flannel",
    }
    groups = {name: group.get("hosts") for name, group in found.items() if name not in ("_meta", "all")}
    assert groups == {
        "cluster_nodes": ["node-1", "node-2"],
        "cni_flannel": ["node-1", "node-2"],
        "node_ready": ["node-1"],
        "node_not_ready": ["node-2"],
        "role_control_plane": ["node-1"],
        "role_worker": ["node-2"],
        "zone_eu_west_1a": ["node-1"],
    }
    assert api.requests[0].headers["authorization"] == "Bearer key"


def test_options_templates_and_constructed_groups(tmp_path: pathlib.Path, api: ApiServer) -> None:
    content = (
        PLUGIN
        + """
host: "{{ lookup('env', 'MY_SERVER') }}"
label_selector: pool=blue
compose:
  ansible_user: "'admin-' ~ inventory_hostname"
groups:
  broken: not podnet_node.ready
keyed_groups:
  - key: podnet_node.cni
    prefix: network
"""
    )
    found = listed(inventory(tmp_path, content, name="my.cluster.yaml", MY_SERVER=api.url))
    assert found["_meta"]["hostvars"]["node-1"]["ansible_user"] == "admin-node-1"
    assert found["broken"]["hosts"] == ["node-2"] and found["network_flannel"]["hosts"] == ["node-1", "node-2"]
    assert api.requests[0].first("labelSelector") == "pool=blue"


def test_the_cache_saves_a_second_reading_and_knows_clusters_apart(tmp_path: pathlib.Path, api: ApiServer) -> None:
    content = PLUGIN + f"cache: true\ncache_plugin: ansible.builtin.jsonfile\ncache_connection: {tmp_path / 'cache'}\n"
    first = listed(inventory(tmp_path, content, K8S_AUTH_HOST=api.url))
    assert len(api.requests) == 1
    assert listed(inventory(tmp_path, content, K8S_AUTH_HOST=api.url)) == first
    assert len(api.requests) == 1
    if CAN_FLUSH:
        assert listed(inventory(tmp_path, content, "--list", "--flush-cache", K8S_AUTH_HOST=api.url)) == first
        assert len(api.requests) == 2
    with ApiServer() as other:
        other.on("GET", "/api/v1/nodes", items(node("elsewhere", "192.0.2.99")))
        found = listed(inventory(tmp_path, content, K8S_AUTH_HOST=other.url))
    assert list(found["_meta"]["hostvars"]) == ["elsewhere"]


def failure(done: t.Any) -> str:
    assert done.returncode != 0, done.stdout
    assert "Traceback" not in done.stderr and "secret-key" not in done.stderr
    return " ".join(str(done.stderr).split())


def test_nodes_that_are_forbidden(tmp_path: pathlib.Path, api: ApiServer) -> None:
    api.on("GET", "/api/v1/nodes", refusal(403, 'nodes is forbidden: User "me" cannot list resource "nodes"'))
    text = failure(inventory(tmp_path, PLUGIN, K8S_AUTH_HOST=api.url, K8S_AUTH_API_KEY="secret-key"))
    assert "Cannot read the nodes of the cluster" in text and 'cannot list resource "nodes"' in text


def test_an_api_that_is_not_there(tmp_path: pathlib.Path) -> None:
    port = closed_port()
    text = failure(inventory(tmp_path, PLUGIN, K8S_AUTH_HOST=f"https://127.0.0.1:{port}"))
    assert f"127.0.0.1:{port}" in text and "Connection refused" in text


def test_no_configuration(tmp_path: pathlib.Path) -> None:
    assert "give kubeconfig, host or KUBECONFIG" in failure(inventory(tmp_path, PLUGIN))


@pytest.mark.parametrize("name", ["nodes.yml", "mycluster.yml", "cluster.txt"])
def test_files_of_other_names_are_left_to_others(tmp_path: pathlib.Path, api: ApiServer, name: str) -> None:
    done = inventory(
        tmp_path, PLUGIN, name=name, K8S_AUTH_HOST=api.url, ANSIBLE_INVENTORY_ENABLED="podnet.diagnostics.cluster"
    )
    assert done.returncode != 0 and api.requests == []
