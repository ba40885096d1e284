# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Reverse path filtering that a kernel told of, at a device that nobody would expect the packets at: a router outside
was told the hardware address of a node's other NIC, say."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import (
    Cause,
    finding,
    location_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._experiment import Tried
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._frames import rungs
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._observed import drops_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import PROVEN, Proof, probe_proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST, Namespace
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place

# The kernel's name for it (enum skb_drop_reason), and the strict kind of the setting (ip-sysctl: 1).
_REASON, _STRICT = "IP_RPFILTER", 1


def filtered_back(case: Case, one: Tried) -> t.Iterator[Cause]:
    """The device whose hardware address all lost packets were sent to, where that filters by the way back."""
    drops = [
        drop for drop in drops_of(case.evidence, [one.probe]) if drop.reason == _REASON and drop.dropped >= drop.sent
    ]
    if not drops or one.causes:
        return
    places = {place for place in _addressed(case, one) if _strict(case.namespace(place), place.device)}
    if len(places) != 1:
        return
    place = places.pop()
    if place.node not in drops[0].nodes:
        return
    observed = (
        f"the packets are sent to the hardware address of {place.device}, answers to their sender leave {place.node} by"
        f" another device, and net.ipv4.conf.{place.device}.rp_filter is strict"
    )
    told = f"the kernel of {place.node} dropped {drops[0].counted}"
    yield Cause(
        finding(
            "rp-filter-drop",
            location_of(Place(place.node, HOST), place.device),
            f"packets come to {place.node} by the device by which it answers their sender",
            observed,
            f"Let the device announce the address by which {place.node} answers (MetalLB: interfaces of the"
            " L2Advertisement; arp_ignore, arp_announce), or allow another way back:\n"
            f"$ sysctl -w net.ipv4.conf.{place.device}.rp_filter=2\nand keep it in /etc/sysctl.d/.",
            (Proof("kernel", "captures/index.json#kernel", told), probe_proof(one.probe)),
            confidence=PROVEN,
        ),
        itself=True,
    )


def _addressed(case: Case, one: Tried) -> t.Iterator[Place]:
    """The devices of nodes that have the hardware address to which captures saw the packets go, on the node itself."""
    for rung in rungs(case, one.probe.id):
        host = case.host(rung.get("node")) if rung.get("direction") == "forward" else None
        for link in host.links.values() if host is not None and rung.get("netns") == HOST else ():
            if link.mac and link.mac == rung.get("dst_mac"):
                yield Place(str(rung["node"]), HOST, link.name)


def _strict(namespace: Namespace | None, device: str | None) -> bool:
    """The larger one of the setting of all devices and of this one counts."""
    settings = namespace.sysctls if namespace is not None else {}
    values = [settings.get(f"net.ipv4.conf.{name}.rp_filter", "0") for name in ("all", device)]
    return max(int(value) if value.isdigit() else 0 for value in values) == _STRICT
