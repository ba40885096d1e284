# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The devices that a simulated packet passes, in order: for the picture, the sizes and the captures."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST, Link, Node
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place, Trace

_TUNNELS = frozenset(("vxlan", "ipip", "gre", "gretap", "sit", "geneve", "wireguard", "ip6tnl"))


@dataclasses.dataclass(frozen=True)
class Device:
    """A device on the way. kind: pod, veth, bridge, tunnel, nic. hop: the number of its hop in the trace."""

    node: str
    netns: str
    device: str
    kind: str
    address: str | None
    mtu: int | None
    hop: int


@dataclasses.dataclass(frozen=True)
class Passage:
    """devices in order; translated_at: how many were passed when the destination was changed; arrived: to the end."""

    devices: tuple[Device, ...]
    translated_at: int | None
    arrived: bool

    @property
    def points(self) -> frozenset[tuple[str, str]]:
        """Devices of nodes (node, device), where captures are made."""
        return frozenset((one.node, one.device) for one in self.devices if one.netns == HOST)


def passage(nodes: t.Mapping[str, Node], trace: Trace) -> Passage:
    """The devices of a trace. The loopback device is none that anybody looks at."""
    devices: list[Device] = []
    translated: int | None = None
    for number, hop in enumerate(trace.hops):
        node = nodes.get(hop.node)
        namespace = node.namespaces.get(hop.netns) if node else None
        names = [name for name in (hop.devices or (hop.iif, hop.oif)) if name]
        start = len(devices)
        for name in names:
            link = namespace.links.get(name) if namespace is not None else None
            if link is not None and link.kind == "loopback":
                continue
            one = _device(hop.node, hop.netns, name, link, number)
            if not devices or dataclasses.replace(devices[-1], hop=number) != one:
                devices.append(one)
        before, after = hop.before, hop.after if not hop.after.tunnelled else (hop.after.inner or hop.after)
        if translated is None and not before.tunnelled and (before.dst, before.dport) != (after.dst, after.dport):
            leaves = next((at for at in range(start, len(devices)) if devices[at].device == hop.oif), len(devices))
            translated = leaves
    return Passage(tuple(devices), translated, trace.delivered)


def device_at(nodes: t.Mapping[str, Node], place: Place, hop: int = 0) -> Device | None:
    """The device of a place; None where it has none."""
    node = nodes.get(place.node)
    namespace = node.namespaces.get(place.netns) if node else None
    if place.device is None:
        return None
    link = namespace.links.get(place.device) if namespace is not None else None
    return _device(place.node, place.netns, place.device, link, hop)


def _device(node: str, netns: str, name: str, link: Link | None, number: int) -> Device:
    address = next((one.address for one in link.addresses if one.family == 4), None) if link is not None else None
    return Device(node, netns, name, _kind(netns, link), address, link.mtu if link is not None else None, number)


def _kind(netns: str, link: Link | None) -> str:
    if netns != HOST:
        return "pod"
    if link is None:
        return "nic"
    if link.kind in _TUNNELS:
        return "tunnel"
    if link.kind == "bridge":
        return "bridge"
    # The kernel gives each end of a pair an address of its own link (IPv6), which says nothing.
    return "nic" if link.kind != "veth" or any(one.scope == "global" for one in link.addresses) else "veth"
