# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Nodes and their target pods from objects of the Kubernetes API."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._fields import prune
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._nodes import is_silent, not_ready_reason
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._model import Node, Target
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._read._mesh_report import normal_ip, seconds

ZONE_LABELS = ("topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone")
# Taints of nodes that are about to go: by the cluster autoscaler, Karpenter, and a cloud's own notice.
_LEAVING = frozenset(
    (
        "ToBeDeletedByClusterAutoscaler",
        "karpenter.sh/disrupted",
        "karpenter.sh/disruption",
        "node.kubernetes.io/out-of-service",
        "node.cloudprovider.kubernetes.io/shutdown",
    )
)


def kept_node(item: JsonObject) -> JsonObject:
    """What is kept of a node while a list of them is decoded."""
    return prune("nodes", item)


def kept_pod(item: JsonObject) -> JsonObject:
    """What is kept of a target pod."""
    kept = prune("pods", item)
    addresses = (item.get("status") or {}).get("hostIPs")
    return {**kept, "status": {**(kept.get("status") or {}), **({"hostIPs": addresses} if addresses else {})}}


def read_nodes(
    nodes: t.Iterable[JsonObject], pods: t.Iterable[JsonObject], daemonset: JsonObject | None = None
) -> dict[str, Node]:
    """The nodes by name, sorted, each with the target pod that serves it now. daemonset: that of the targets, if it
    could be read: a node that it leaves out by intent is set aside.
    """
    by_node: dict[str, list[JsonObject]] = {}
    for pod in pods:
        by_node.setdefault(str((pod.get("spec") or {}).get("nodeName") or ""), []).append(pod)
    template = ((((daemonset or {}).get("spec") or {}).get("template") or {}).get("spec")) or {}
    found = [_node(item, by_node.get(str(item["metadata"]["name"]), []), template) for item in nodes]
    return {node.name: node for node in sorted(found, key=lambda node: node.name)}


def _node(item: JsonObject, pods: t.Sequence[JsonObject], template: JsonObject) -> Node:
    labels = item["metadata"].get("labels") or {}
    pod = _serving(pods)
    target = _target(pod) if pod else None
    return Node(
        name=str(item["metadata"]["name"]),
        zone=next((str(labels[label]) for label in ZONE_LABELS if labels.get(label)), ""),
        addresses=_addresses(item, (pod or {}).get("status") or {}),
        aside=_aside(item, labels) or ("" if target else _left_out(item, labels, template)),
        silent=is_silent(item),
        target=target,
    )


def _aside(item: JsonObject, labels: t.Mapping[str, t.Any]) -> str:
    """Why a node is listed apart: it is not expected to work now, or to stay."""
    spec = item.get("spec") or {}
    reason = not_ready_reason(item)
    if reason:
        return f"NotReady ({reason})"
    if item["metadata"].get("deletionTimestamp"):
        return "being deleted"
    for taint in spec.get("taints") or []:
        if taint.get("key") in _LEAVING:
            return f"leaving (taint {taint['key']})"
    if spec.get("unschedulable"):
        return "unschedulable (cordoned or drained)"
    system = labels.get("kubernetes.io/os") or "linux"
    return "" if system == "linux" else f"runs {system}, which has no target"


def _left_out(item: JsonObject, labels: t.Mapping[str, t.Any], template: JsonObject) -> str:
    """Why the DaemonSet makes no target on a node, and is not meant to."""
    wanted = template.get("nodeSelector") or {}
    if any(labels.get(label) != value for label, value in wanted.items()):
        return "not selected for a target pod"
    if not template:
        return ""
    tolerations = template.get("tolerations") or []
    for taint in (item.get("spec") or {}).get("taints") or []:
        if taint.get("effect") in ("NoSchedule", "NoExecute") and not any(
            _tolerates(each, taint) for each in tolerations
        ):
            return f"the target pods do not tolerate its taint {taint.get('key')}"
    return ""


def _tolerates(toleration: JsonObject, taint: JsonObject) -> bool:
    """https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/"""
    if toleration.get("effect") not in (None, "", taint.get("effect")):
        return False
    if toleration.get("operator") == "Exists":
        return toleration.get("key") in (None, "", taint.get("key"))
    return toleration.get("key") == taint.get("key") and (toleration.get("value") or "") == (taint.get("value") or "")


def _addresses(item: JsonObject, pod_status: JsonObject) -> tuple[str, ...]:
    """The node's addresses as its target pod has them, for those are what the agents probe; else its internal ones."""
    known = [entry.get("ip") for entry in pod_status.get("hostIPs") or ()] or [pod_status.get("hostIP")]
    entries = (item.get("status") or {}).get("addresses") or []
    internal = [entry.get("address") for entry in entries if entry.get("type") == "InternalIP"]
    for found in (known, internal):
        ips = tuple(dict.fromkeys(ip for ip in map(normal_ip, found) if ip))
        if ips:
            return ips
    return ()


def _serving(pods: t.Sequence[JsonObject]) -> JsonObject | None:
    """The target pod that counts: not one that is going, ready before not ready, then the newest."""

    def rank(pod: JsonObject) -> tuple[bool, str]:
        return _condition(pod).get("status") == "True", str(pod["metadata"].get("creationTimestamp") or "")

    staying = [pod for pod in pods if not pod["metadata"].get("deletionTimestamp")]
    return max(staying, key=rank) if staying else None


def _target(pod: JsonObject) -> Target:
    status, ready = pod.get("status") or {}, _condition(pod)
    ips = [normal_ip(entry.get("ip")) for entry in status.get("podIPs") or [{"ip": status.get("podIP")}]]
    is_ready = ready.get("status") == "True"
    return Target(
        name=str(pod["metadata"]["name"]),
        uid=str(pod["metadata"].get("uid") or ""),
        ips=tuple(dict.fromkeys(ip for ip in ips if ip)),
        ready=is_ready,
        problem=_problem(status),
        ready_since=seconds(ready.get("lastTransitionTime")) if is_ready else None,
        container=_container(pod),
    )


def _container(pod: JsonObject) -> str:
    """The first container is ours; a service mesh may have put others beside it."""
    containers = (pod.get("spec") or {}).get("containers") or []
    return str(containers[0].get("name") or "") if containers else ""


def _problem(status: JsonObject) -> str:
    """Why no command can be run in the pod."""
    for entry in status.get("containerStatuses") or []:
        state = entry.get("state") or {}
        if "running" in state:
            return ""
        for name in ("waiting", "terminated"):
            detail = state.get(name) or {}
            if detail:
                return ": ".join(str(part) for part in (detail.get("reason") or name, detail.get("message")) if part)
    return f"phase {status.get('phase') or 'unknown'}"


def _condition(pod: JsonObject) -> JsonObject:
    conditions: list[JsonObject] = (pod.get("status") or {}).get("conditions") or []
    return next((entry for entry in conditions if entry.get("type") == "Ready"), {})
