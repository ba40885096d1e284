# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Devices that stand on another one: VLAN devices add a tag, a bond sends by its members."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Link
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._state import State

if t.TYPE_CHECKING:
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._namespace import Stack


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


def below(stack: Stack, state: State, link: Link) -> Below | None:
    """The device below a VLAN device, in the same namespace; None for a device with a wire of its own."""
    if link.kind != "vlan" or link.vlan is None:
        return None
    lower = stack.namespace.links.get(link.lower or "")
    return Below(state.with_packet(vlan=link.vlan), lower) if lower is not None else None
