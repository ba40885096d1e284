# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Policies of IPsec (xfrm): which packets they take, and what becomes of those.

Source: ip-xfrm(8), xfrm_policy.c and xfrm_selector_match() of the kernel. What becomes of a packet that is encrypted is
not simulated, so every packet that comes in here came as it is, without a security path.
"""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import XfrmPolicy
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack import _address
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._state import Outcome, State, end
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Disposition, Reason, Stage

if t.TYPE_CHECKING:
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._namespace import Stack

OUT, FORWARD, IN = "out", "fwd", "in"
# What a receiver of these asks before it takes a packet; a tunnel's device asks for what was in it.
CHECKED = frozenset(("tcp", "udp", "icmp", "icmpv6"))
_PROTOCOLS = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6", "ipv6-icmp": "icmpv6"}


def decided(stack: Stack, state: State, direction: str, device: str | None) -> Outcome | None:
    """What ends a packet by a policy of IPsec (xfrm_lookup(), xfrm_policy_check()); None where it goes on as it is.

    direction: out, fwd or in. device: by which it is sent, or came in.
    """
    if not stack.settings.minds_policies(device or "", direction == OUT):
        return None
    for policy in _in_order(stack.namespace.xfrm, direction):
        matches = _matches(policy, state.packet)
        if matches is None:
            text = f'Whether the IPsec policy "{policy.text}" takes it cannot be known.'
            return _ended(state, policy, Disposition.UNKNOWN, Reason.OPAQUE, text)
        if matches:
            return _taken(policy, state, direction)
    return None


def _in_order(policies: t.Sequence[XfrmPolicy], direction: str) -> list[XfrmPolicy]:
    """As they are asked: by priority, then the oldest first; they are listed with the newest first."""
    return sorted((one for one in reversed(policies) if one.direction == direction), key=lambda one: one.priority)


def _matches(policy: XfrmPolicy, packet: Packet) -> bool | None:
    if not (_address.covers(policy.src, packet.src) and _address.covers(policy.dst, packet.dst)):
        return False
    if policy.protocol is not None and _PROTOCOLS.get(policy.protocol, policy.protocol) != packet.protocol:
        return False
    # A policy of an xfrm device is for what passes that device.
    if policy.interface:
        return False
    answers = [_same_ports(policy, packet), _same_mark(policy, packet), None if policy.other else True]
    return False if False in answers else None if None in answers else True


def _same_ports(policy: XfrmPolicy, packet: Packet) -> bool | None:
    if policy.sport is None and policy.dport is None:
        return True
    if packet.protocol not in ("tcp", "udp", "sctp"):
        return None
    pairs = ((policy.sport, packet.sport), (policy.dport, packet.dport))
    wanted = [None if port is None else port == asked for asked, port in pairs if asked is not None]
    return False if False in wanted else None if None in wanted else True


def _same_mark(policy: XfrmPolicy, packet: Packet) -> bool | None:
    if not policy.mark or len(policy.mark) != 2:
        return True
    value, mask = policy.mark
    return None if packet.mark is None else packet.mark & mask == value


def _taken(policy: XfrmPolicy, state: State, direction: str) -> Outcome | None:
    """What blocks ends it, and what wants what there is no state for (xfrm_larval_drop); of what comes in, what wants
    it to have come encrypted."""
    text = f'The IPsec policy "{policy.text}" takes it.'
    blocks = policy.action == "block" or (policy.unmet if direction == OUT else policy.wanted) is not None
    if blocks:
        return _ended(state, policy, Disposition.DROPPED, Reason.XFRM_BLOCK, text)
    if direction == OUT and policy.templates != 0:
        return _ended(state, policy, Disposition.UNKNOWN, Reason.OPAQUE, text)
    return None


def _ended(state: State, policy: XfrmPolicy, disposition: Disposition, reason: Reason, text: str) -> Outcome:
    return end(state, disposition, reason, Stage.EGRESS, "IPsec policies", policy, text)
