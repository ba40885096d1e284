# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The pod network as the CNI means it: who has which pod addresses, by which tunnel, routes and entries.

Generic: node.spec.podCIDRs. flannel: the nodes' annotations flannel.alpha.coreos.com/* and net-conf.json.
"""

from __future__ import annotations

import dataclasses
import functools
import ipaddress
import json
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._cluster import ClusterIndex

JsonObject = dict[str, t.Any]
Network = t.Union[ipaddress.IPv4Network, ipaddress.IPv6Network]
FLANNEL = "flannel.alpha.coreos.com/"
# What flannel takes where net-conf.json does not say (backend.md of flannel).
FLANNEL_VNI, FLANNEL_PORT = 1, 8472
AGENTS = ("kube-flannel-ds", "calico-node", "cilium", "canal", "weave-net", "antrea-agent", "kube-router")
# CNIs that leave NetworkPolicy to somebody else.
NO_POLICY = ("kube-flannel-ds",)
# Devices that a CNI leaves behind, by the CNI's agent.
LEFTOVERS: t.Mapping[str, tuple[str, ...]] = {
    "kube-flannel-ds": ("flannel", "cni0"),
    "calico-node": ("cali", "tunl0", "vxlan.calico"),
    "cilium": ("cilium_", "lxc"),
    "weave-net": ("weave", "vxlan-6784"),
    "antrea-agent": ("antrea-gw", "antrea-tun"),
    "kube-router": ("kube-bridge", "kube-dummy-if", "kube-tunnel"),
}


@dataclasses.dataclass(frozen=True)
class Peer:
    """A node as the CNI announced it. public_ip: the address that tunnels lead to; backend: vxlan, host-gw …"""

    node: str
    pod_cidrs: tuple[str, ...]
    addresses: tuple[str, ...]
    public_ip: str | None
    backend: str | None
    vtep_mac: str | None
    vni: int | None

    def owns(self, address: str) -> bool:
        """Whether the address is one of its pods'."""
        return any(contains(cidr, address) for cidr in self.pod_cidrs)

    @property
    def tunnel_addresses(self) -> tuple[str, ...]:
        """Addresses by which the other nodes know it."""
        return tuple(dict.fromkeys(text for text in (self.public_ip, *self.addresses) if text))


@dataclasses.dataclass(frozen=True)
class FlannelConfig:
    """net-conf.json."""

    network: str | None
    backend: str
    vni: int
    port: int


@dataclasses.dataclass(frozen=True)
class WantedRoute:
    """The route to another node's pods. Exactly one of device and gateway may be None."""

    dst: str
    gateway: str | None
    device: str | None


def contains(cidr: str | None, address: str | None) -> bool:
    """Whether a network holds an address; anything that is none holds nothing."""
    try:
        return ipaddress.ip_address(address or "") in ipaddress.ip_network(cidr or "", strict=False)
    except ValueError:
        return False


class PodNetwork:
    """Everything below is read once per run."""

    def __init__(self, index: ClusterIndex) -> None:
        self._index = index

    @functools.cached_property
    def peers(self) -> dict[str, Peer]:
        """Every node of the cluster."""
        return {name: _peer(name, item, self._index) for name, item in self._index.nodes.items()}

    @functools.cached_property
    def agent(self) -> str | None:
        """The CNI's DaemonSet."""
        names = {item["metadata"]["name"] for item in self._index.resources.get("daemonsets") or []}
        return next((name for name in AGENTS if name in names), None)

    @property
    def enforces_policy(self) -> bool | None:
        """Whether the CNI enforces NetworkPolicy; None where that is not known."""
        if self.agent is None:
            return None
        names = {item["metadata"]["name"] for item in self._index.resources.get("daemonsets") or []}
        return bool(self.agent not in NO_POLICY or {"kube-router", "calico-node", "canal"} & names)

    @functools.cached_property
    def flannel(self) -> FlannelConfig | None:
        """The configuration of flannel, where there is one."""
        for item in self._index.resources.get("configmaps") or []:
            text = (item.get("data") or {}).get("net-conf.json")
            if item["metadata"]["name"] == "kube-flannel-cfg" and text:
                try:
                    data = json.loads(text)
                    backend = data.get("Backend") or {}
                    return FlannelConfig(
                        data.get("Network"),
                        str(backend.get("Type") or "udp"),
                        int(backend.get("VNI") or FLANNEL_VNI),
                        int(backend.get("Port") or FLANNEL_PORT),
                    )
                except (ValueError, TypeError, AttributeError):
                    return None
        return None

    @functools.cached_property
    def ranges(self) -> tuple[str, ...]:
        """The networks that all pods are in."""
        if self.flannel and self.flannel.network:
            return (self.flannel.network,)
        found = [cidr for peer in self.peers.values() for cidr in peer.pod_cidrs]
        return tuple(dict.fromkeys(found))

    def is_pod_address(self, address: str | None) -> bool:
        """Whether an address counts as one of a pod."""
        return any(contains(cidr, address) for cidr in self.ranges)

    def node_of(self, address: str | None) -> str | None:
        """The node whose pod network holds the address."""
        return next((peer.node for peer in self.peers.values() if address and peer.owns(address)), None)

    def node_with(self, address: str | None) -> str | None:
        """The node that others know by this address."""
        return next((peer.node for peer in self.peers.values() if address in peer.tunnel_addresses), None)

    def backend(self, node: str) -> str | None:
        """vxlan, host-gw and so on."""
        peer = self.peers.get(node)
        return (peer.backend if peer else None) or (self.flannel.backend if self.flannel else None)

    def wanted_route(self, node: str, address: str) -> WantedRoute | None:
        """The route that the CNI writes on `node` for a pod address of another node; None where that is not known."""
        peer = next((one for one in self.peers.values() if one.owns(address)), None)
        if peer is None or peer.node == node:
            return None
        cidr = next(cidr for cidr in peer.pod_cidrs if contains(cidr, address))
        if peer.backend == "vxlan":
            vni = peer.vni or (self.flannel.vni if self.flannel else FLANNEL_VNI)
            return WantedRoute(cidr, str(ipaddress.ip_network(cidr, strict=False).network_address), f"flannel.{vni}")
        if peer.backend == "host-gw":
            return WantedRoute(cidr, peer.public_ip or next(iter(peer.addresses), None), None)
        return WantedRoute(cidr, None, None)

    def vtep(self, address: str | None) -> Peer | None:
        """The node whose tunnel end has this address (flannel: the first one of its pod network)."""
        for peer in self.peers.values():
            for cidr in peer.pod_cidrs:
                try:
                    if str(ipaddress.ip_network(cidr, strict=False).network_address) == address:
                        return peer
                except ValueError:
                    continue
        return None

    def peer_by_mac(self, mac: str | None) -> list[Peer]:
        """The nodes that announced a tunnel end with this hardware address."""
        return [peer for peer in self.peers.values() if mac and peer.vtep_mac == mac.lower()]

    def bridge_address(self, node: str) -> str | None:
        """The address that the bridge plugin gives the bridge: the first one of the node's pod network."""
        peer = self.peers.get(node)
        for cidr in peer.pod_cidrs if peer else ():
            try:
                network = ipaddress.ip_network(cidr, strict=False)
                return f"{network.network_address + 1}/{network.prefixlen}"
            except ValueError:
                continue
        return None

    def leftovers(self, devices: t.Iterable[str]) -> list[str]:
        """Devices that belong to a CNI other than this cluster's."""
        mine = LEFTOVERS.get(self.agent or "", ())
        foreign = [prefix for agent, names in LEFTOVERS.items() if agent != self.agent for prefix in names]
        return [name for name in devices if name.startswith(tuple(foreign)) and not (mine and name.startswith(mine))]

    def overlaps(self) -> list[tuple[str, str]]:
        """Pairs of networks that must not overlap and do: node pod networks, and node addresses inside them."""
        found = []
        seen: list[tuple[str, Network]] = []
        for peer in self.peers.values():
            for cidr in peer.pod_cidrs:
                try:
                    network = ipaddress.ip_network(cidr, strict=False)
                except ValueError:
                    continue
                for other, known in seen:
                    if known.version == network.version and known.overlaps(network):
                        found.append((f"{cidr} of {peer.node}", other))
                seen.append((f"{cidr} of {peer.node}", network))
            for address in peer.addresses:
                if self.is_pod_address(address):
                    found.append((f"{address} of {peer.node}", f"the pod network {', '.join(self.ranges)}"))
        return found


def _peer(name: str, item: JsonObject, index: ClusterIndex) -> Peer:
    spec = item.get("spec") or {}
    annotations = item["metadata"].get("annotations") or {}
    try:
        data = json.loads(annotations.get(f"{FLANNEL}backend-data") or "null") or {}
    except ValueError:
        data = {}
    data = data if isinstance(data, dict) else {}
    cidrs = tuple(dict.fromkeys(text for text in [*(spec.get("podCIDRs") or []), spec.get("podCIDR")] if text))
    addresses = [
        entry.get("address")
        for entry in (item.get("status") or {}).get("addresses") or []
        if entry.get("type") == "InternalIP"
    ]
    mac = data.get("VtepMAC")
    return Peer(
        name,
        cidrs,
        tuple(text for text in addresses if text),
        annotations.get(f"{FLANNEL}public-ip"),
        annotations.get(f"{FLANNEL}backend-type"),
        str(mac).lower() if mac else None,
        data.get("VNI") if isinstance(data.get("VNI"), int) else None,
    )
