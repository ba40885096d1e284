# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""A frame on the network between machines: whoever has its MAC address gets it; routers carry on what is for others.

That network is not read. It is taken to work, and every trust in it is an assumption of the trace.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST, Neighbour
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack import _address
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._neighbour import FIXED
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import (
    Assumption,
    Disposition,
    Doubt,
    Place,
    Reason,
    Stage,
    Step,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._network import Network


@dataclasses.dataclass(frozen=True)
class Arrival:
    """Where a frame gets to: a device, or the end of its way. step: what was decided on the wire."""

    place: Place
    packet: Packet
    step: Step
    assumptions: tuple[Assumption, ...] = ()
    disposition: Disposition | None = None
    reason: Reason = Reason.NONE


def carry(network: Network, place: Place, packet: Packet, next_hop: str | None) -> tuple[Arrival, ...]:
    """Where a frame ends up that a device sends on the network between machines."""
    mac = packet.dst_mac
    if mac is None:
        return _routed(network, place, packet, next_hop)
    takers = [other for other in network.uplinks_with(mac) if other != place]
    near = [other for other in takers if network.share_wire(place, other)] or takers
    if near:
        return tuple(_frame(place, packet, other, near) for other in near)
    if mac in {(_mac(network, other) or "") for other in network.uplinks_of(place.node, place.netns)}:
        text = f"{mac} is an address of {place.node} itself."
        return (_end(place, packet, Disposition.NOT_FOR_US, Reason.NEIGHBOUR_WRONG, text),)
    owners = [owner for owner in network.uplink_owners(next_hop or "") if owner.node != place.node]
    router = _is_router(network, place, mac, next_hop)
    if not owners and next_hop is not None and not router:
        return _by_others(network, place, packet, next_hop)
    if not owners or (router and not network.shows_real_macs):
        return _routed(network, place, packet, next_hop)
    text = f"{next_hop} is taken for {mac}, which no machine here has; {owners[0].node} has the address."
    lost = _end(place, packet, Disposition.NOT_FOR_US, Reason.NEIGHBOUR_WRONG, text, _entry(network, place, next_hop))
    if not router and (network.shows_real_macs or _fixed(network, place, next_hop)):
        return (lost,)
    # Somebody in between may have answered for it, as the fabric of a cloud does.
    trust = f"somebody between the machines takes packets for {mac} and carries them on"
    carried = _routed(network, place, packet, next_hop, (Assumption(place, trust, True, None, Doubt.FABRIC),))
    return (*carried, dataclasses.replace(lost, assumptions=(Assumption(place, trust, False, None, Doubt.FABRIC),)))


def _by_others(network: Network, place: Place, packet: Packet, next_hop: str) -> tuple[Arrival, ...]:
    """A next hop that was not read, as a gateway is: whoever has the MAC address carries on what it gets, unless all
    others on that wire have another one for it. Of several gateways with one address, each may have its own."""
    others = network.macs_for(place, next_hop)
    if not others or packet.dst_mac in others:
        return _routed(network, place, packet, next_hop)
    doubt = Doubt.FABRIC if _fixed(network, place, next_hop) else Doubt.UNKNOWN
    trust = f"{packet.dst_mac} is an address of {next_hop}, too"
    text = f"{next_hop} is taken for {packet.dst_mac}; the others have {' or '.join(sorted(others))} for it."
    lost = _end(place, packet, Disposition.NOT_FOR_US, Reason.NEIGHBOUR_WRONG, text, _entry(network, place, next_hop))
    carried = _routed(network, place, packet, next_hop, (Assumption(place, trust, True, None, doubt),))
    return (*carried, dataclasses.replace(lost, assumptions=(Assumption(place, trust, False, None, doubt),)))


def _mac(network: Network, place: Place) -> str | None:
    link = network.link(place)
    return link.mac.lower() if link is not None and link.mac else None


def _entry(network: Network, place: Place, next_hop: str | None) -> Neighbour | None:
    namespace = network.namespace(place.node, place.netns)
    return namespace.neighbour(place.device or "", next_hop or "") if namespace is not None else None


def _fixed(network: Network, place: Place, next_hop: str | None) -> bool:
    entry = _entry(network, place, next_hop)
    return entry is not None and bool(FIXED & set(entry.state.split()))


def _is_router(network: Network, place: Place, mac: str, next_hop: str | None) -> bool:
    """Whether the same MAC answers for other addresses as well: a fabric that answers for everybody."""
    namespace = network.namespace(place.node, place.netns)
    return namespace is not None and any(
        entry.mac is not None and entry.mac.lower() == mac and entry.address != next_hop and entry.family == 4
        for entry in namespace.neighbours
    )


def _frame(place: Place, packet: Packet, other: Place, all_of_them: list[Place]) -> Arrival:
    assumptions: tuple[Assumption, ...] = ()
    if len(all_of_them) > 1:
        text = f"of those with {packet.dst_mac}, {other.node} gets the frame"
        assumptions = (Assumption(place, text, True),)
    return Arrival(other, packet, _step(place, f"The frame for {packet.dst_mac} goes to {other}."), assumptions)


def _routed(
    network: Network, place: Place, packet: Packet, next_hop: str | None, assumptions: tuple[Assumption, ...] = ()
) -> tuple[Arrival, ...]:
    """A router, or a machine that is not managed, has the frame."""
    here = (place.node, place.netns)
    beyond = network.missing_owner(next_hop) if next_hop is not None else None
    if beyond is not None:
        return (dataclasses.replace(unread(place, packet, Place(beyond, HOST)), assumptions=assumptions),)
    owners = [owner for owner in network.uplink_owners(packet.dst) if (owner.node, owner.netns) != here]
    arrived = dataclasses.replace(packet, dst_mac=None, src_mac=None, vlan=None, ttl=max(packet.ttl - 1, 1))
    if owners:
        found = []
        for owner in owners:
            text = f"the network between {place.node} and {owner.node} carries {packet.dst}"
            trust = Assumption(place, text, True, None, Doubt.FABRIC)
            step = _step(place, f"The network between them carries it to {owner}.", Reason.EXTERNAL)
            found.append(Arrival(owner, arrived, step, (*assumptions, trust)))
        return tuple(found)
    missing = network.missing_owner(packet.dst)
    if missing is not None:
        return (dataclasses.replace(unread(place, packet, Place(missing, HOST)), assumptions=assumptions),)
    forwarded = packet.dst != next_hop and _address.kind(packet.dst) == "unicast"
    if forwarded and next_hop is not None and packet.ttl <= 1:
        text = f"{next_hop}, which would have to forward it, discards it: its time to live is over."
        expired = _end(place, packet, Disposition.TTL_EXCEEDED, Reason.TTL, text)
        return (dataclasses.replace(expired, assumptions=assumptions),)
    left = _end(
        place, packet, Disposition.LEFT_THE_CLUSTER, Reason.EXTERNAL, f"{packet.dst} is beyond what is managed."
    )
    inside = [owner for owner in network.owners(packet.dst) if network.uplinks_of(owner.node)]
    if not inside or not forwarded:
        return (dataclasses.replace(left, assumptions=assumptions),)
    # The address is one of a pod: some networks know on which node (cloud routes, BGP), others do not.
    text = f"the routers between the machines know the way to {packet.dst}"
    entry = network.uplinks_of(inside[0].node)[0]
    step = _step(place, f"The network between them carries it to {entry}.", Reason.EXTERNAL)
    return (
        Arrival(entry, arrived, step, (*assumptions, Assumption(place, text, True))),
        dataclasses.replace(left, assumptions=(*assumptions, Assumption(place, text, False))),
    )


def _step(place: Place, text: str, reason: Reason = Reason.NONE) -> Step:
    return Step(Stage.WIRE, place, "the network between machines", None, text, reason)


def _end(
    place: Place, packet: Packet, disposition: Disposition, reason: Reason, text: str, decided: t.Any = None
) -> Arrival:
    step = dataclasses.replace(_step(place, text, reason), fatal=True, decided=decided)
    return Arrival(place, packet, step, (), disposition, reason)


def unread(place: Place, packet: Packet, peer: Place | None) -> Arrival:
    """The other end is in a namespace that was not read."""
    text = f"What {peer or place} does with it was not read."
    step = dataclasses.replace(_step(peer or place, text, Reason.NOT_READ), fatal=True)
    return Arrival(peer or place, packet, step, (), Disposition.UNKNOWN, Reason.NOT_READ)
