# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""kube-proxy as it ought to be: where it runs, how it is configured, what its rules ought to do for a packet."""

from __future__ import annotations

import dataclasses
import enum
import ipaddress
import re
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent import _services as services
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._cni import PodNetwork
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import NODE_PODS, ClusterIndex

NAME = "kube-proxy"
NODE_CRITICAL = "system-node-critical"
CRITICAL_CLASSES = (NODE_CRITICAL, "system-cluster-critical")


@dataclasses.dataclass(frozen=True)
class Locality:
    """By what kube-proxy tells a pod's packets from those of strangers (KubeProxyConfiguration, detectLocalMode)."""

    mode: str = "ClusterCIDR"
    cluster_cidr: str = ""
    bridge: str = ""
    prefix: str = ""

    def holds(self, source: str, devices: t.Collection[str], own: t.Sequence[str]) -> bool | None:
        """Whether it takes a packet for one of a pod; None where it does not say by what.

        devices: those by which the packet came in; own: the pod networks of the node.
        """
        if self.mode == "BridgeInterface":
            return self.bridge in devices if self.bridge else None
        if self.mode == "InterfaceNamePrefix":
            return any(device.startswith(self.prefix) for device in devices) if self.prefix else None
        networks = own if self.mode == "NodeCIDR" else [part.strip() for part in self.cluster_cidr.split(",") if part]
        try:
            ranges = [ipaddress.ip_network(text, strict=False) for text in networks]
            return any(ipaddress.ip_address(source) in network for network in ranges) if ranges else None
        except ValueError:
            return None

    def __str__(self) -> str:
        if self.mode == "BridgeInterface":
            return f"detectLocalMode is BridgeInterface, and bridgeInterface {self.bridge}"
        if self.mode == "InterfaceNamePrefix":
            return f"detectLocalMode is InterfaceNamePrefix, and interfaceNamePrefix {self.prefix}"
        return "detectLocalMode is NodeCIDR" if self.mode == "NodeCIDR" else f"clusterCIDR is {self.cluster_cidr}"


@dataclasses.dataclass(frozen=True)
class Config:
    """What matters of config.conf. mode: iptables where it does not say. node_port_addresses: networks of the nodes'
    addresses that serve node ports, or "primary"; empty where it does not say, and None where it cannot be read.
    """

    mode: str = "iptables"
    cluster_cidr: str = ""
    hostname_override: str = ""
    node_port_addresses: tuple[str, ...] | None = ()
    locality: Locality = dataclasses.field(default_factory=Locality)

    @classmethod
    def of(cls, index: ClusterIndex) -> Config | None:
        """None where the ConfigMap could not be read."""
        for item in index.resources.get("configmaps") or []:
            text = (item.get("data") or {}).get("config.conf")
            if item["metadata"]["name"] == NAME and text:
                return cls(
                    _value(text, "mode") or "iptables",
                    _value(text, "clusterCIDR"),
                    _value(text, "hostnameOverride"),
                    _words(text, "nodePortAddresses"),
                    Locality(
                        _value(text, "detectLocalMode") or "ClusterCIDR",
                        _value(text, "clusterCIDR"),
                        _inner(text, "bridgeInterface"),
                        _inner(text, "interfaceNamePrefix"),
                    ),
                )
        return None

    def serves_node_ports(self, address: str, primary: t.Collection[str]) -> bool | None:
        """Whether node ports are served on an address of a node; None where that is not known.

        primary: the node's addresses as its Node object has them. Without a word, mode nftables serves those alone, and
        the other modes every address (Kubernetes reference of kube-proxy, nodePortAddresses).
        """
        if self.node_port_addresses is None:
            return None
        words = self.node_port_addresses or (("primary",) if self.mode == "nftables" else ())
        if not words:
            return True
        if "primary" in words:
            return address in primary
        try:
            networks = [ipaddress.ip_network(word, strict=False) for word in words]
            return any(ipaddress.ip_address(address) in network for network in networks)
        except ValueError:
            return None


def _value(text: str, key: str) -> str:
    """A scalar at the top of a YAML mapping. The file is kube-proxy's own and flat there."""
    found = re.search(rf"^{key}:[ \t]*[\"']?([^\"'\n#]*)", text, re.MULTILINE)
    return found.group(1).strip() if found else ""


def _inner(text: str, key: str) -> str:
    """A scalar of a mapping within it, in braces or one a line."""
    found = re.search(rf"(?:^[ \t]+|[{{,][ \t]*){key}:[ \t]*[\"']?([^\"',}}\n#]*)", text, re.MULTILINE)
    return found.group(1).strip() if found else ""


def _words(text: str, key: str) -> tuple[str, ...] | None:
    """A list of scalars at the top of a YAML mapping, in brackets or one a line; None for what is none of both."""
    found = re.search(rf"^{key}:[ \t]*([^\n#]*)[^\n]*\n?((?:[ \t]*-[^\n]*(?:\n|$))*)", text, re.MULTILINE)
    if found is None or found.group(1).strip() in ("null", "~"):
        return ()
    inline, lines = found.group(1).strip(), found.group(2)
    if inline and not (inline.startswith("[") and inline.endswith("]")):
        return None
    parts = inline[1:-1].split(",") if inline else [line.strip()[1:] for line in lines.splitlines()]
    return tuple(word for word in (part.strip().strip("\"'") for part in parts) if word)


class Wrong(enum.Enum):
    """How the rules of a node differ from what its endpoints want."""

    MISSING = "missing"  # no rule is about the address
    REJECTS = "rejects"  # they say that there is no endpoint
    DROPS = "drops"  # they say that there is no local endpoint
    STALE = "stale"  # they lead to an address that is no endpoint


class Comparison(t.NamedTuple):
    """wrong: None where what is fits what ought to be. surplus, lacking: endpoints, as address:port."""

    wrong: Wrong | None
    surplus: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()


def wanted(
    index: ClusterIndex, network: PodNetwork, node: str, source: str | None, address: str, port: int, protocol: str
) -> tuple[services.ServicePort, services.Entry, services.Decision] | None:
    """The Service that an address and port mean on a node, and what ought to become of the packet there.

    node: where the packet meets the rules; source: its address there.
    """
    peer = network.peers.get(node)
    own = peer.addresses if peer else ()
    local = address in own or address.startswith("127.")
    found = services.find(index, address, port, protocol, node if local else None)
    if found is None:
        return None
    service, entry = found
    inside = source is None or source in own or network.is_pod_address(source)
    return service, entry, services.decide(index, service, entry, node, source, inside)


def compare(
    decision: services.Decision, seen: t.Collection[tuple[str, int | None]], rejected: bool, dropped: bool
) -> Comparison:
    """What ought to become of a packet against what the rules do.

    seen: the addresses that the rules may translate to, empty where they do not; rejected and dropped: how the rules
    end a packet that they do not translate.
    """
    known = {(backend.address, backend.port) for backend in decision.backends}
    if decision.want is services.Want.FORWARD:
        surplus = tuple(sorted(f"{address}:{port}" for address, port in set(seen) - known))
        lacking = tuple(sorted(f"{address}:{port}" for address, port in known - set(seen)))
        if not seen:
            return Comparison(Wrong.REJECTS if rejected else Wrong.DROPS if dropped else Wrong.MISSING, (), lacking)
        return Comparison(Wrong.STALE if surplus else None, surplus, lacking)
    if seen and decision.want in (services.Want.REJECT, services.Want.DROP_NOT_LOCAL):
        return Comparison(Wrong.STALE, tuple(sorted(f"{address}:{port}" for address, port in seen)))
    return Comparison(None)


def daemonset(index: ClusterIndex, *names: str) -> JsonObject | None:
    """The first DaemonSet with one of these names."""
    for item in index.resources.get("daemonsets") or []:
        if item["metadata"]["name"] in names:
            return item
    return None


def pods_of(index: ClusterIndex, item: JsonObject, node: str) -> list[JsonObject]:
    """The pods of a DaemonSet for a node, also those that the scheduler could not place there yet."""
    index.want(NODE_PODS, node)
    found = []
    for pod in index.pods.values():
        owners = [
            owner.get("name")
            for owner in pod["metadata"].get("ownerReferences") or []
            if owner.get("kind") == "DaemonSet"
        ]
        same_namespace = pod["metadata"].get("namespace") == item["metadata"].get("namespace")
        if same_namespace and item["metadata"]["name"] in owners and intended_node(pod) == node:
            found.append(pod)
    return found


def intended_node(pod: JsonObject) -> str | None:
    """The node a pod is bound to, or that its DaemonSet wants it on (node affinity on metadata.name)."""
    spec = pod.get("spec") or {}
    if spec.get("nodeName"):
        return t.cast(str, spec["nodeName"])
    required = ((spec.get("affinity") or {}).get("nodeAffinity") or {}).get(
        "requiredDuringSchedulingIgnoredDuringExecution"
    ) or {}
    for term in required.get("nodeSelectorTerms") or []:
        for field in term.get("matchFields") or []:
            if field.get("key") == "metadata.name" and field.get("values"):
                return t.cast(str, field["values"][0])
    return None


def running(pods: t.Sequence[JsonObject]) -> bool:
    """Whether one of the pods runs."""
    return any((pod.get("status") or {}).get("phase") == "Running" for pod in pods)


def priority(item: JsonObject | None) -> str | None:
    """The priority class of a DaemonSet's pods."""
    template = (((item or {}).get("spec") or {}).get("template") or {}).get("spec") or {}
    return template.get("priorityClassName")
