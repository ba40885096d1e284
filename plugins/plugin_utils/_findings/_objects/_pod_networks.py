# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Pods whose addresses are not in their node's pod network: another CNI configuration than the cluster's made it."""

from __future__ import annotations

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause, finding, ref_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._workloads import OBJECTS
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Location, Proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._cni import contains
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import CniFile

# What gives each node's pods addresses of its spec.podCIDR. Other CNIs have pools of their own.
_BY_NODE = ("vxlan", "host-gw", "udp", "wireguard", "ipsec")


def foreign_address(case: Case, address: str | None, start: str) -> Cause | None:
    """Why the other nodes do not know a pod's address, as packets from one of them find; None where they do."""
    pod = case.owner_of(address) if address else None
    node = ((pod or {}).get("spec") or {}).get("nodeName")
    if pod is None or node is None or node == start or node not in case.pods.peers:
        return None
    family = ":" in str(address)
    networks = [cidr for cidr in case.pods.peers[node].pod_cidrs if (":" in cidr) == family]
    if not networks or any(contains(cidr, address) for cidr in networks) or case.pods.backend(node) not in _BY_NODE:
        return None
    used, behind = _configurations(case, node)
    label = f"pod {pod['metadata'].get('namespace')}/{pod['metadata']['name']}"
    observed = f"{label} has {address}, which no other node has a way to"
    if used is not None:
        bridge = f" with bridge {used.bridge}" if used.bridge else ""
        observed += f"; the CNI configuration in use there is {used.path} ({used.name or used.type}{bridge})"
        observed += f", and not {behind.path}, flannel's own" if behind is not None else ""
    networks_text = ", ".join(networks)
    if used is None and _made_before(case, pod, node):
        return _network_changed(case, pod, node, str(address), networks_text)
    proofs = [Proof("config", OBJECTS, f"{label}: podIP {address}; spec.podCIDRs of {node}: {networks_text}")]
    if used is not None:
        proofs.append(Proof("config", ref_of(node), f"{used.path}: plugins {', '.join(used.plugins or ())}"))
    return Cause(
        finding(
            "cni-subnet-wrong",
            Location(node=node),
            f"pods of {node} have addresses of its pod network, {networks_text}",
            observed,
            f"Take the foreign file out of /etc/cni/net.d on {node}: of several the first one by name is used. Then"
            " delete the pods that have such addresses, so that they are made anew:\n"
            f"$ kubectl get pods -A -o wide --field-selector spec.nodeName={node}",
            proofs,
            heading="Another CNI configuration than the cluster's makes the pods' network",
        ),
        itself=True,
        open="" if used is not None else "which CNI configuration made the pod's network",
    )


def _made_before(case: Case, pod: JsonObject, node: str) -> bool:
    """Whether a pod is older than the object of its node: that was deleted and made anew while the pod ran on."""
    item = case.index.nodes.get(node)
    made, anew = (str(one["metadata"].get("creationTimestamp") or "") if one else "" for one in (pod, item))
    return bool(made and anew) and made < anew


def _network_changed(case: Case, pod: JsonObject, node: str, address: str, networks: str) -> Cause:
    """The node's object was made anew and has another pod network than the one that its pods are from."""
    label = f"pod {pod['metadata'].get('namespace')}/{pod['metadata']['name']}"
    since = case.index.nodes[node]["metadata"].get("creationTimestamp")
    observed = (
        f"{label} has {address}, from before {node} was made anew at {since}: the other nodes have a way to the new"
        " network only"
    )
    return Cause(
        finding(
            "cni-subnet-wrong",
            Location(node=node),
            f"pods of {node} have addresses of its pod network, {networks}",
            observed,
            f"Take the old address off the bridge of {node}, restart the CNI's agent there, and delete the pods that"
            " have addresses of the old network, so that they are made anew; or give the node its former network:\n"
            f"$ kubectl get pods -A -o wide --field-selector spec.nodeName={node}",
            (
                Proof("config", OBJECTS, f"{label}: podIP {address}; spec.podCIDRs of {node}: {networks}"),
                Proof("config", OBJECTS, f"{label} is older than the object of {node} ({since})"),
            ),
            heading="The node's pod network was changed under its pods",
        ),
        itself=True,
    )


def _configurations(case: Case, node: str) -> tuple[CniFile | None, CniFile | None]:
    """The configuration in use, where it is not flannel's, and flannel's own, which stands behind it."""
    found = case.evidence.nodes.get(node)
    files = found.cni.files if found is not None and found.cni is not None else ()
    used = next((one for one in files if one.active), None)
    if used is None or "flannel" in (used.type, *(used.plugins or ())):
        return None, None
    return used, next((one for one in files if "flannel" in (one.type, *(one.plugins or ()))), None)
