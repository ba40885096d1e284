# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes and target pods as the API has them."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._read._nodes import read_nodes
from ansible_collections.podnet.diagnostics.tests.unit.plugins.plugin_utils._health.clusters import Json

READY = [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-11-21T10:00:00Z"}]


def node(name: str = "node-1", labels: Json | None = None, conditions: t.Any = None, **spec: t.Any) -> Json:
    return {
        "metadata": {"name": name, "labels": labels or {}},
        "spec": spec,
        "status": {
            "conditions": READY if conditions is None else conditions,
            "addresses": [
                {"type": "Hostname", "address": name},
                {"type": "InternalIP", "address": "192.0.2.11"},
                {"type": "InternalIP", "address": "2001:DB8::1"},
                {"type": "ExternalIP", "address": "198.51.100.1"},
            ],
        },
    }


def pod(
    name: str, node_name: str = "node-1", conditions: t.Any = None, state: Json | None = None, **metadata: t.Any
) -> Json:
    return {
        "metadata": {"name": name, "uid": f"uid-{name}", "creationTimestamp": "2026-11-21T09:00:00Z", **metadata},
        "spec": {"nodeName": node_name, "containers": [{"name": "target"}, {"name": "sidecar"}]},
        "status": {
            "phase": "Running",
            "podIP": "10.244.1.5",
            "podIPs": [{"ip": "10.244.1.5"}, {"ip": "fd00::5"}],
            "conditions": READY if conditions is None else conditions,
            "containerStatuses": [{"state": state or {"running": {}}}],
        },
    }


def test_addresses_zone_and_target() -> None:
    found = read_nodes([node(labels={"topology.kubernetes.io/zone": "a"})], [pod("p")])["node-1"]
    assert (found.addresses, found.zone, found.aside) == (("192.0.2.11", "2001:db8::1"), "a", "")
    assert found.target and (found.target.name, found.target.ips, found.target.container) == (
        "p",
        ("10.244.1.5", "fd00::5"),
        "target",
    )


def test_the_addresses_that_the_agents_probe_come_first() -> None:
    one, both = pod("p"), pod("p")
    one["status"]["hostIP"] = "192.0.2.11"
    both["status"].update(hostIP="192.0.2.11", hostIPs=[{"ip": "192.0.2.11"}, {"ip": "2001:db8::1"}])
    assert read_nodes([node()], [one])["node-1"].addresses == ("192.0.2.11",)
    assert read_nodes([node()], [both])["node-1"].addresses == ("192.0.2.11", "2001:db8::1")


@pytest.mark.parametrize(
    "item, word",
    [
        (
            node(conditions=[{"type": "Ready", "status": "False", "reason": "KubeletNotReady"}]),
            "NotReady (KubeletNotReady)",
        ),
        (node(conditions=[{"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown"}]), "NotReady"),
        (node(conditions=[]), "NotReady"),
        (node(unschedulable=True), "unschedulable"),
        (
            node(taints=[{"key": "ToBeDeletedByClusterAutoscaler", "effect": "NoSchedule", "value": "1"}]),
            "ToBeDeletedByClusterAutoscaler",
        ),
        (node(labels={"kubernetes.io/os": "windows"}), "windows"),
        ({**node(), "metadata": {"name": "node-1", "deletionTimestamp": "2026-11-21T10:00:00Z"}}, "being deleted"),
    ],
)
def test_nodes_that_are_set_aside(item: Json, word: str) -> None:
    assert word in read_nodes([item], [pod("p")])["node-1"].aside


def test_a_node_that_the_daemonset_leaves_out_is_set_aside() -> None:
    def daemonset(**template: t.Any) -> Json:
        return {"spec": {"template": {"spec": {"containers": [{"name": "target"}], **template}}}}

    tainted = node(taints=[{"key": "gpu", "value": "yes", "effect": "NoSchedule"}])
    everything = {"operator": "Exists"}
    assert (
        "not selected"
        in read_nodes([node()], [], daemonset(nodeSelector={"probe": "yes"}, tolerations=[everything]))["node-1"].aside
    )
    assert "taint gpu" in read_nodes([tainted], [], daemonset())["node-1"].aside
    for toleration in (
        everything,
        {"key": "gpu", "operator": "Equal", "value": "yes", "effect": "NoSchedule"},
        {"key": "gpu", "operator": "Exists"},
    ):
        assert read_nodes([tainted], [], daemonset(tolerations=[toleration]))["node-1"].aside == ""
    assert read_nodes([tainted], [])["node-1"].aside == ""


def test_the_pod_that_serves_now_is_taken() -> None:
    old = pod("old", deletionTimestamp="2026-11-21T10:00:00Z")
    starting = pod("starting", conditions=[], creationTimestamp="2026-11-21T10:00:00Z")
    target = read_nodes([node()], [old, starting, pod("ready")])["node-1"].target
    assert target and target.name == "ready"
    target = read_nodes([node()], [old, starting])["node-1"].target
    assert target and (target.name, target.ready) == ("starting", False)
    assert read_nodes([node()], [old])["node-1"].target is None


def test_why_a_pod_cannot_be_asked() -> None:
    waiting = pod("p", conditions=[], state={"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}})
    target = read_nodes([node()], [waiting])["node-1"].target
    assert target and target.problem == "ImagePullBackOff: no such image"
