# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Which devices of a node a packet passes, as far as its snapshot says: where to capture, and in which order."""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject

MAX_CAPTURE_POINTS = 12
# An address that only the default route leads to (RFC 5737).
_ELSEWHERE = "203.0.113.1"


class NodeDevices:
    """The devices in a node's own namespace, and the ports of the pods that take part."""

    def __init__(self, snapshot: JsonObject, work: JsonObject) -> None:
        namespaces = {entry["id"]: entry for entry in snapshot.get("netns") or []}
        self._host: JsonObject = namespaces.get("host") or {}
        self._links: dict[str, JsonObject] = {link["name"]: link for link in self._host.get("links") or []}
        self._address: str | None = work.get("address")
        self._ports = {
            name: self._port_of(namespaces[name]) for name in work.get("pod_namespaces") or [] if name in namespaces
        }

    def has(self, name: str) -> bool:
        """Whether the node's own namespace has such a device."""
        return name in self._links

    def capture_points(self) -> tuple[str, ...]:
        """Pod ports first, then their bridges, the tunnels, and the NICs."""
        names: list[str | None] = []
        for port in self._ports.values():
            names += [port, self._bridge_of(port)]
        names += [name for name, link in self._links.items() if self._is_tunnel(link)]
        names.append(self._nic())
        return tuple(name for name in dict.fromkeys(names) if name and name in self._links)[:MAX_CAPTURE_POINTS]

    def vxlan_ports(self) -> list[int]:
        """UDP ports that this node's VXLAN devices use, and that their forwarding entries send to."""
        ports = {(link.get("vxlan") or {}).get("port") for link in self._links.values()}
        ports |= {entry.get("port") for entry in self._host.get("fdb") or [] if entry.get("dst")}
        return sorted(port for port in ports if port)

    def passage(self, enters_from: str | None, leaves_to: str | None, address: str | None) -> list[str]:
        """Devices in order. enters_from: the namespace that sends, None when the packet comes from the network;
        leaves_to: the namespace that receives, None when it goes on to the network towards `address`."""
        local = self._port_of_namespace(leaves_to)
        port = self._port_of_namespace(enters_from)
        entry = [port, self._bridge_of(port)] if enters_from is not None else [self._nic(), self._any_tunnel(local)]
        exit_: list[str | None]
        if leaves_to is not None:
            exit_ = [self._bridge_of(local), local]
        else:
            out = self._out_device(address)
            exit_ = [out, self._below(out)]
        return [name for name in dict.fromkeys([*entry, *exit_]) if name and name in self._links]

    # -- helpers ---------------------------------------------------------------------------------------------
    def _port_of(self, namespace: JsonObject) -> str | None:
        """The node's end of a pod's veth pair."""
        indexes = {link.get("peer_index") for link in namespace.get("links") or [] if link.get("kind") == "veth"}
        return next(
            (name for name, link in self._links.items() if link.get("index") in indexes and link.get("kind") == "veth"),
            None,
        )

    def _port_of_namespace(self, name: str | None) -> str | None:
        return self._ports.get(name or "")

    def _bridge_of(self, port: str | None) -> str | None:
        return t.cast(t.Optional[str], (self._links.get(port or "") or {}).get("master"))

    @staticmethod
    def _is_tunnel(link: JsonObject) -> bool:
        return bool(link.get("up") and (link.get("vxlan") or link.get("tunnel")))

    def _any_tunnel(self, local: str | None) -> str | None:
        """The tunnel that a packet for a pod arrives by: only where there is just one."""
        tunnels = [name for name, link in self._links.items() if self._is_tunnel(link)] if local else []
        return tunnels[0] if len(tunnels) == 1 else None

    def _below(self, name: str | None) -> str | None:
        """The device that carries a tunnel's outer packets."""
        link = self._links.get(name or "") or {}
        if not self._is_tunnel(link):
            return None
        carrier: JsonObject = link.get("vxlan") or link.get("tunnel") or {}
        below: str | None = carrier.get("dev")
        return below or self._nic()

    def _nic(self) -> str | None:
        """The device with the node's address, else the one of the default route."""
        for name, link in self._links.items():
            if any(entry["address"] == self._address for entry in link.get("addresses") or []):
                return name
        return self._out_device(_ELSEWHERE) if self._address is None else None

    def _out_device(self, address: str | None) -> str | None:
        """The device of the most specific unicast route of the main table."""
        if not address:
            return None
        wanted = ipaddress.ip_address(address)
        best: tuple[int, int] = (-1, 0)
        device: str | None = None
        for route in self._host.get("routes") or []:
            if route.get("table") != "main" or route.get("type") != "unicast" or route.get("family") != wanted.version:
                continue
            network = ipaddress.ip_network(route["dst"], strict=False)
            rank = (network.prefixlen, -(route.get("metric") or 0))
            if wanted in network and rank > best:
                best, device = rank, route.get("dev")
        return device
