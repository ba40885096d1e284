# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Node objects as an inventory wants them."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import connect
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._nodes import describe_nodes
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._options import KubeOptions
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.api_server import (
    ApiServer,
    items,
    refusal,
    thing,
)

DAEMONSETS = "/apis/apps/v1/daemonsets"


def node(
    name: str,
    labels: dict[str, str] | None = None,
    annotations: dict[str, str] | None = None,
    ready: str = "True",
    reason: str = "KubeletReady",
    **spec: t.Any,
) -> dict[str, t.Any]:
    return {
        "metadata": {"name": name, "uid": name, "labels": labels or {}, "annotations": annotations or {}},
        "spec": {"podCIDR": "10.244.1.0/24", **spec},
        "status": {
            "addresses": [{"type": "Hostname", "address": name}, {"type": "InternalIP", "address": "192.0.2.11"}],
            "conditions": [
                {"type": "MemoryPressure", "status": "False"},
                {"type": "Ready", "status": ready, "reason": reason},
            ],
        },
    }


def described(api: ApiServer, *nodes: dict[str, t.Any], **more: t.Any) -> list[dict[str, t.Any]]:
    api.on("GET", "/api/v1/nodes", items(*nodes))
    return describe_nodes(connect(KubeOptions(host=api.url)), **more)


def test_everything_about_a_node(api: ApiServer) -> None:
    labels = {
        "node-role.kubernetes.io/control-plane": "",
        "node-role.kubernetes.io/etcd": "",
        "topology.kubernetes.io/zone": "a",
    }
    marks = {"flannel.alpha.coreos.com/backend-type": "vxlan"}
    assert described(api, node("node-1", labels, marks)) == [
        {
            "name": "node-1",
            "address": "192.0.2.11",
            "pod_cidr": "10.244.1.0/24",
            "ready": True,
            "reason": "",
            "unschedulable": False,
            "roles": ["control-plane", "etcd"],
            "zone": "a",
            "cni": "flannel",
        }
    ]


def test_a_node_that_is_not_ready_is_listed_and_marked(api: ApiServer) -> None:
    found = described(api, node("b", ready="Unknown", reason="NodeStatusUnknown", unschedulable=True), node("a"))
    assert [(entry["name"], entry["ready"], entry["reason"]) for entry in found] == [
        ("a", True, ""),
        ("b", False, "NodeStatusUnknown"),
    ]
    assert found[1]["unschedulable"] is True


def test_a_node_that_has_said_nothing_yet(api: ApiServer) -> None:
    [found] = described(api, thing("new"))
    assert (found["address"], found["ready"], found["reason"], found["roles"]) == (
        None,
        False,
        "no Ready condition",
        ["worker"],
    )


@pytest.mark.parametrize(("daemonset", "cni"), [("calico-node", "calico"), ("cilium", "cilium"), ("something", "")])
def test_the_cni_by_its_daemonset_where_nodes_do_not_show_it(api: ApiServer, daemonset: str, cni: str) -> None:
    api.on("GET", DAEMONSETS, items(thing(daemonset)))
    assert [entry["cni"] for entry in described(api, node("a"), node("b"))] == [cni, cni]


@pytest.mark.parametrize("status", [403, 500])
def test_daemonsets_that_cannot_be_read_do_not_matter(api: ApiServer, status: int) -> None:
    api.on("GET", DAEMONSETS, refusal(status, "no"))
    assert [entry["cni"] for entry in described(api, node("a"))] == [""]


def test_only_nodes_with_these_labels(api: ApiServer) -> None:
    described(api, node("a"), label_selector="pool=blue")
    assert api.requests[0].first("labelSelector") == "pool=blue"
