# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""The nodes of a cluster as an inventory wants them: address, roles, zone, CNI, readiness."""

from __future__ import annotations

import datetime

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Kube, segment
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError

_ROLE_LABEL = "node-role.kubernetes.io/"
# A kubelet that renews its Lease every ten seconds has missed its turn by then.
LATE_LEASE_SECONDS = 12.0
_ZONE_LABELS = ("topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone")
# An annotation or label that a CNI puts on its nodes → the CNI.
_CNI_MARKS = (
    ("flannel.alpha.coreos.com/", "flannel"),
    ("projectcalico.org/", "calico"),
    ("network.cilium.io/", "cilium"),
    ("io.cilium.network.", "cilium"),
    ("k8s.ovn.org/", "ovn_kubernetes"),
    ("ovn.kubernetes.io/", "kube_ovn"),
    ("node.antrea.io/", "antrea"),
)
# The name of a CNI's DaemonSet → the CNI.
_CNI_DAEMONSETS = {
    "kube-flannel-ds": "flannel",
    "kube-flannel": "flannel",
    "calico-node": "calico",
    "canal": "canal",
    "cilium": "cilium",
    "weave-net": "weave",
    "antrea-agent": "antrea",
    "kube-router": "kube_router",
    "ovs-cni": "kube_ovn",
    "kube-ovn-cni": "kube_ovn",
    "aws-node": "aws_vpc",
    "terway-eniip": "terway",
    "ovnkube-node": "ovn_kubernetes",
    "kindnet": "kindnet",
}

# What a larger chunk of nodes takes is not given back by the process that all workers are forked from.
_CHUNK = 100


def describe_nodes(kube: Kube, label_selector: str | None = None) -> list[JsonObject]:
    """One entry for each node, sorted by name. A CNI that cannot be made out is an empty text."""
    found = kube.list("/api/v1/nodes", label_selector=label_selector, limit=_CHUNK, keep=_kept)
    nodes = [_describe(item) for item in found]
    unknown = [node for node in nodes if not node["cni"]]
    if unknown:
        cni = _cluster_cni(kube)
        for node in unknown:
            node["cni"] = cni
    return sorted(nodes, key=lambda node: str(node["name"]))


def _cluster_cni(kube: Kube) -> str:
    """The CNI by its DaemonSet; nothing where DaemonSets cannot be read: the nodes are worth more than their CNI."""
    try:
        names = {item["metadata"]["name"] for item in kube.list("/apis/apps/v1/daemonsets")}
    except KubeError:
        return ""
    return next((cni for name, cni in _CNI_DAEMONSETS.items() if name in names), "")


def _kept(item: JsonObject) -> JsonObject:
    """A node without its images and other long lists, while a list of nodes is decoded."""
    status = item.get("status") or {}
    return {**item, "status": {key: status.get(key) for key in ("addresses", "conditions")}}


def _describe(item: JsonObject) -> JsonObject:
    metadata, spec, status = item["metadata"], item.get("spec") or {}, item.get("status") or {}
    labels = metadata.get("labels") or {}
    marks = [*(metadata.get("annotations") or {}), *labels]
    reason = not_ready_reason(item)
    return {
        "name": metadata["name"],
        "address": next(
            (entry["address"] for entry in status.get("addresses") or [] if entry.get("type") == "InternalIP"), None
        ),
        "pod_cidr": spec.get("podCIDR"),
        "ready": not reason,
        "reason": reason,
        "unschedulable": bool(spec.get("unschedulable")),
        "roles": sorted(key[len(_ROLE_LABEL) :] for key in labels if key.startswith(_ROLE_LABEL) and key != _ROLE_LABEL)
        or ["worker"],
        "zone": next((labels[label] for label in _ZONE_LABELS if labels.get(label)), ""),
        "cni": next((cni for prefix, cni in _CNI_MARKS for mark in marks if mark.startswith(prefix)), ""),
    }


def not_ready_reason(node: JsonObject) -> str:
    """Why a node object is not Ready, as its conditions say; empty if it is."""
    ready = _ready_condition(node)
    return "" if ready.get("status") == "True" else str(ready.get("reason") or "no Ready condition")


def is_silent(node: JsonObject) -> bool:
    """Whether the kubelet of the node has stopped reporting, so that no pod can be started or ended there."""
    return bool(_ready_condition(node).get("status") == "Unknown")


def lease_age(kube: Kube, name: str, namespace: str = "kube-node-lease") -> float | None:
    """For how many seconds a Lease has not been renewed, by the API server's clock; None where that is not known. By
    default that of a node, whose kubelet does so every ten seconds
    (https://kubernetes.io/docs/concepts/architecture/leases/#node-heart-beats)."""
    path = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/{segment(name)}"
    try:
        renewed = str((kube.get(path).get("spec") or {}).get("renewTime") or "")
        moment = datetime.datetime.strptime(renewed[:19], "%Y-%m-%dT%H:%M:%S")
    except (KubeError, ValueError):
        return None
    return (kube.now() - moment.replace(tzinfo=datetime.timezone.utc)).total_seconds()


def _ready_condition(node: JsonObject) -> JsonObject:
    conditions: list[JsonObject] = (node.get("status") or {}).get("conditions") or []
    return next((entry for entry in conditions if entry.get("type") == "Ready"), {})
