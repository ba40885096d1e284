# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Devices that stand on another one: VLAN devices add a tag, a bond sends by its members, a macvlan or ipvlan shares
the wire of the device below and takes a part of what that receives, or all of it.

Sources: macvlan_handle_frame(), ipvlan_handle_frame(). Of unicast frames, a macvlan in mode passthru takes every one,
any other those for its own MAC address; an ipvlan device takes packets for its own addresses. One that is down drops
them.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Link
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack import _address
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._state import State
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place

if t.TYPE_CHECKING:
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._namespace import Stack


# Kinds of devices that share the wire of the one below.
SHARING = ("macvlan", "macvtap", "ipvlan")


@dataclasses.dataclass(frozen=True)
class Below:
    """The device that really sends, and the frame that it gets."""

    state: State
    link: Link


def above(stack: Stack, state: State, link: Link) -> Link | None:
    """The VLAN device that takes a frame with a tag."""
    if state.packet.vlan is None:
        return None
    for upper in stack.namespace.links.values():
        if upper.kind == "vlan" and upper.vlan == state.packet.vlan and upper.lower == link.name and upper.up:
            return upper
    return None


def sharer(stack: Stack, state: State, link: Link) -> tuple[Place, Link] | None:
    """The macvlan or ipvlan device that takes a frame from the device below, and where that is."""
    packet = state.packet
    if packet.dst_mac is not None and _address.is_group(packet.dst_mac):
        return None
    for place, upper in stack.wires.on_top(state.at(link.name)):
        if _takes(upper, link, packet):
            return place, upper
    return None


def _takes(upper: Link, link: Link, packet: Packet) -> bool:
    if upper.kind == "ipvlan":
        return any(entry.address == packet.dst for entry in upper.addresses)
    if upper.mode == "passthru":
        return True
    mine = upper.mac.lower() if upper.mac else None
    return mine is not None and mine == packet.dst_mac and mine != (link.mac or "").lower()


def below(stack: Stack, state: State, link: Link) -> Below | None:
    """The device below a VLAN device, in the same namespace; None for a device with a wire of its own."""
    if link.kind != "vlan" or link.vlan is None:
        return None
    lower = stack.namespace.links.get(link.lower or "")
    return Below(state.with_packet(vlan=link.vlan), lower) if lower is not None else None
