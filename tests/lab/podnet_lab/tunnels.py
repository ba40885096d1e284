# SPDX-License-Identifier: GPL-3.0-or-later
"""flannel.1 of a node made anew with another VNI or port, and back again as flanneld made it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from .changes import Change, Run
from .config import node_address, node_pod_cidr
from .context import Context

DEVICE, MTU, VNI, PORT = "flannel.1", 1450, 1, 8472


@dataclass(frozen=True)
class Tunnel(Change):
    """The device, with the address, routes, neighbours and forwarding entries that lead to its peers.

    These two cannot be changed in place, and flanneld must be frozen: it would end the device.
    """

    host: str
    peers: tuple[str, ...]
    vni: int = VNI
    port: int = PORT
    options: str = ""

    def make(self, lab: Context) -> None:
        """Make it with the wrong parameters."""
        self._make(lab, self.vni, self.port, self.options)

    def undo(self, lab: Context) -> None:
        """Make it with those that flannel gave it."""
        self._make(lab, VNI, PORT)

    def _make(self, lab: Context, vni: int, port: int, options: str = "") -> None:
        mac = lab.fill(f"<{self.host}.vtep>")
        lines = [
            f"link del {DEVICE}",
            f"link add {DEVICE} address {mac} mtu {MTU} type vxlan id {vni} local {node_address(self.host)} "
            f"dev eth0 dstport {port} nolearning {options}",
            f"address add {_first(self.host)}/32 dev {DEVICE}",
            f"link set {DEVICE} up",
        ]
        for peer in self.peers:
            lines.append(f"route replace {node_pod_cidr(peer)} via {_first(peer)} dev {DEVICE} onlink")
            lines.append(f"neigh replace {_first(peer)} lladdr <{peer}.vtep> dev {DEVICE} nud permanent")
        for line in lines:
            lab.exec_in(self.host, ["ip", *lab.fill(line).split()])
        for peer in self.peers:
            entry = f"bridge fdb replace <{peer}.vtep> dev {DEVICE} dst {node_address(peer)} self permanent"
            lab.exec_in(self.host, lab.fill(entry).split())


def own_entry(setting: str, wrong: int, usual: int) -> Run:
    """node-1's forwarding entry for node-2's VTEP, with a setting of its own in place of the tunnel's."""
    entry = f"bridge fdb replace <node-2.vtep> dev {DEVICE} dst {node_address('node-2')} {setting} {{}} self permanent"
    return Run("node-1", entry.format(wrong), entry.format(usual))


def _first(node: str) -> str:
    """The address that flannel.1 of a node has."""
    return node_pod_cidr(node).partition("/")[0]


# What a VPN leaves that took both halves of all addresses (OpenVPN, redirect-gateway def1), and how to take it away.
VPN_IN_HALVES = (
    """
            ip tuntap add tun0 mode tun
            ip address add 10.8.8.5/24 dev tun0
            ip link set tun0 up
            ip route add 0.0.0.0/1 via 10.8.8.1 dev tun0
            ip route add 128.0.0.0/1 via 10.8.8.1 dev tun0
            """,
    "ip link del tun0",
)


def announced(mac: str) -> dict[str, Any]:
    """The patch of a node's object that announces this MAC address of its tunnel, as flanneld does."""
    data = json.dumps({"VNI": VNI, "VtepMAC": mac})
    return {"metadata": {"annotations": {"flannel.alpha.coreos.com/backend-data": data}}}
