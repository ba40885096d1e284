# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""VLAN filtering of bridges: which frames a port lets in and out. Source: br_vlan.c of the kernel, bridge(8).

Each function answers why not, in a sentence, and an empty text where a frame may pass. Without VLAN filtering all may.
"""

from __future__ import annotations

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Link, Namespace, PortVlan
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._state import State


def _filters(bridge: Link) -> bool:
    return bridge.bridge is not None and bool(bridge.bridge.vlan_filtering)


def _of(namespace: Namespace, device: str) -> tuple[PortVlan, ...]:
    return tuple(entry for entry in namespace.vlans if entry.dev == device)


def _member(namespace: Namespace, device: str, vlan: int) -> PortVlan | None:
    return next((entry for entry in _of(namespace, device) if entry.first <= vlan <= entry.last), None)


def _pvid(namespace: Namespace, device: str) -> int | None:
    return next((entry.first for entry in _of(namespace, device) if entry.pvid), None)


def _known(namespace: Namespace) -> bool:
    """Whether the VLANs were collected; a bundle of an earlier version has none."""
    return bool(namespace.vlans)


def own_pvid(namespace: Namespace, bridge: Link) -> int | None:
    """The VLAN of frames that the bridge's own device sends without a tag."""
    return _pvid(namespace, bridge.name) if _filters(bridge) and _known(namespace) else None


def refused_in(namespace: Namespace, bridge: Link, port: Link, vlan: int | None) -> str:
    """A frame with that tag, or none, comes in by a port."""
    if not _filters(bridge) or not _known(namespace):
        return ""
    if vlan is None:
        return "" if _pvid(namespace, port.name) is not None else f"{port.name} takes no frames without a VLAN tag."
    return "" if _member(namespace, port.name, vlan) else f"{port.name} is not in VLAN {vlan}."


def refused_out(namespace: Namespace, bridge: Link, ingress: Link | None, port: Link, vlan: int | None) -> str:
    """It leaves by another port. Without a tag it has the VLAN of the port that it came by."""
    if not _filters(bridge) or not _known(namespace):
        return ""
    vlan = vlan if vlan is not None or ingress is None else _pvid(namespace, ingress.name)
    if vlan is None or _member(namespace, port.name, vlan):
        return ""
    return f"{port.name} is not in VLAN {vlan}."


def refused_up(namespace: Namespace, bridge: Link, vlan: int | None) -> str:
    """It is for the bridge's own device."""
    if not _filters(bridge) or not _known(namespace):
        return ""
    own = _of(namespace, bridge.name)
    if vlan is None:
        return "" if own else f"{bridge.name} itself is in no VLAN."
    return "" if _member(namespace, bridge.name, vlan) else f"{bridge.name} itself is not in VLAN {vlan}."


def leaving(namespace: Namespace, state: State, port: Link) -> State:
    """The frame as it leaves by a port: without its tag where the port says so."""
    vlan = state.packet.vlan
    if vlan is None:
        return state
    member = _member(namespace, port.name, vlan)
    return state.with_packet(vlan=None) if member is not None and member.untagged else state
