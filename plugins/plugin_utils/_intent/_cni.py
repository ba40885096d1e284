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

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import ClusterIndex

Network = t.Union[ipaddress.IPv4Network, ipaddress.IPv6Network]
Address = t.Union[ipaddress.IPv4Address, ipaddress.IPv6Address]
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
    group: bool = False


@dataclasses.dataclass(frozen=True)
class WantedRoute:
    """The route to another node's pods. Exactly one of device and gateway may be None."""

    dst: str
    gateway: str | None
    device: str | None


def contains(cidr: str | None, address: str | None) -> bool:
    """Whether a network holds an address; anything that is none holds nothing."""
    network, found = _network(cidr or ""), _address(address or "")
    return network is not None and found is not None and found in network


@functools.lru_cache(maxsize=32768)
def _network(cidr: str) -> Network | None:
    try:
        return ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        return None


@functools.lru_cache(maxsize=32768)
def _address(address: str) -> Address | None:
    try:
        return ipaddress.ip_address(address)
    except ValueError:
        return None


class _Holders:
    """The first of many networks that holds an address, found by the lengths of their prefixes and not one by one."""

    def __init__(self, networks: t.Iterable[tuple[str, Peer | None]]) -> None:
        self._found: dict[tuple[int, int], dict[int, tuple[int, Peer | None]]] = {}
        for place, (cidr, peer) in enumerate(networks):
            network = _network(cidr)
            if network is not None:
                alike = self._found.setdefault((network.version, network.prefixlen), {})
                alike.setdefault(int(network.network_address), (place, peer))

    def first(self, address: str | None) -> tuple[int, Peer | None] | None:
        """The place of the network, and whose it is."""
        found = _address(address or "")
        if found is None:
            return None
        hits = []
        for (version, length), alike in self._found.items():
            if version == found.version:
                spare = found.max_prefixlen - length
                hit = alike.get(int(found) >> spare << spare)
                if hit is not None:
                    hits.append(hit)
        return min(hits, key=lambda hit: hit[0]) if hits else None


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
                        bool(backend.get("GBP")),
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
        return self._ranges.first(address) is not None

    def node_of(self, address: str | None) -> str | None:
        """The node whose pod network holds the address."""
        peer = self._owner(address)
        return peer.node if peer else None

    def node_with(self, address: str | None) -> str | None:
        """The node that others know by this address."""
        return self._nodes.get(address or "")

    def backend(self, node: str) -> str | None:
        """vxlan, host-gw and so on."""
        peer = self.peers.get(node)
        return (peer.backend if peer else None) or (self.flannel.backend if self.flannel else None)

    def wanted_route(self, node: str, address: str) -> WantedRoute | None:
        """The route that the CNI writes on `node` for a pod address of another node; None where that is not known."""
        peer = self._owner(address)
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
        return self._vteps.get(address or "")

    def peer_by_mac(self, mac: str | None) -> list[Peer]:
        """The nodes that announced a tunnel end with this hardware address."""
        return list(self._macs.get((mac or "").lower()) or ())

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
        found: list[tuple[int, str, str]] = []
        networks: list[tuple[Network, int, str]] = []
        for place, peer in enumerate(self.peers.values()):
            for cidr in peer.pod_cidrs:
                network = _network(cidr)
                if network is not None:
                    networks.append((network, place, f"{cidr} of {peer.node}"))
            for address in peer.addresses:
                if self.is_pod_address(address):
                    text = f"the pod network {', '.join(self.ranges)}"
                    found.append((place, f"{address} of {peer.node}", text))
        # Of two networks that overlap one holds the other, and comes before it in this order.
        networks.sort(key=lambda one: (one[0].version, int(one[0].network_address), one[0].prefixlen, one[1]))
        outer: list[tuple[Network, int, str]] = []
        for one in networks:
            while outer and not (outer[-1][0].version == one[0].version and outer[-1][0].overlaps(one[0])):
                outer.pop()
            for other in outer:
                late, early = (one, other) if one[1] >= other[1] else (other, one)
                found.append((late[1], late[2], early[2]))
            outer.append(one)
        return [(text, other) for _place, text, other in sorted(found, key=lambda pair: pair[0])]

    # -- indexes -------------------------------------------------------------------------------------------------
    @functools.cached_property
    def _holders(self) -> _Holders:
        return _Holders((cidr, peer) for peer in self.peers.values() for cidr in peer.pod_cidrs)

    @functools.cached_property
    def _ranges(self) -> _Holders:
        return _Holders((cidr, None) for cidr in self.ranges)

    def _owner(self, address: str | None) -> Peer | None:
        found = self._holders.first(address)
        return found[1] if found else None

    @functools.cached_property
    def _nodes(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for peer in self.peers.values():
            for address in peer.tunnel_addresses:
                found.setdefault(address, peer.node)
        return found

    @functools.cached_property
    def _vteps(self) -> dict[str, Peer]:
        found: dict[str, Peer] = {}
        for peer in self.peers.values():
            for network in map(_network, peer.pod_cidrs):
                if network is not None:
                    found.setdefault(str(network.network_address), peer)
        return found

    @functools.cached_property
    def _macs(self) -> dict[str, list[Peer]]:
        found: dict[str, list[Peer]] = {}
        for peer in self.peers.values():
            if peer.vtep_mac:
                found.setdefault(peer.vtep_mac, []).append(peer)
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
