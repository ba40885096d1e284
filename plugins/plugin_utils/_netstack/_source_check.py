# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What a namespace thinks of the source of a packet that comes in: martians, rp_filter, its own addresses.

Source: ip_route_input_slow(), fib_validate_source() and __fib_validate_source() of the kernel. IPv6 has no such check
of its own; what is done there in the packet filter (fib saddr) is a rule like any other.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Namespace
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack import _address, _vrf
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Family, Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._routing import (
    LOCAL,
    LOOPBACK,
    Lookup,
    Query,
    routing,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Reason


@dataclasses.dataclass(frozen=True)
class Refusal:
    """Why a packet is not taken. decided: the route or link that it was compared with."""

    reason: Reason
    text: str
    decided: t.Any = None


def martian(namespace: Namespace, packet: Packet, device: str) -> Refusal | None:
    """Addresses that must not come in by a device, whatever the routes say."""
    settings = routing(namespace).settings
    source, destination = _address.kind(packet.src), _address.kind(packet.dst)
    link = namespace.links.get(device)
    if packet.family == Family.IPV6:
        if source == "multicast" or (device != LOOPBACK and "loopback" in (source, destination)):
            return Refusal(Reason.MARTIAN, f"{packet.src} → {packet.dst} must not come in by {device}.", link)
        return None
    if source in ("multicast", "limited-broadcast") or (source == "zero" and destination != "limited-broadcast"):
        return Refusal(Reason.MARTIAN, f"A packet must not come from {packet.src}.", link)
    if device != LOOPBACK and "loopback" in (source, destination) and not settings.route_localnet(device):
        text = f"{packet.src} → {packet.dst} came in by {device}, where route_localnet is off."
        return Refusal(Reason.MARTIAN, text, link)
    return None


def martian_output(namespace: Namespace, packet: Packet, device: str) -> Refusal | None:
    """A loopback address as the source of what leaves by another device (__mkroute_output())."""
    if packet.family == Family.IPV6 or device == LOOPBACK or _address.kind(packet.src or "") != "loopback":
        return None
    if routing(namespace).settings.route_localnet(device):
        return None
    text = f"{packet.src} must not leave by {device}, where route_localnet is off."
    return Refusal(Reason.MARTIAN, text, namespace.links.get(device))


def refused_source(namespace: Namespace, packet: Packet, device: str, oif: str | None) -> Refusal | None:
    """Whether the source is refused. oif: where the packet will be forwarded to, None where it is for us."""
    if packet.family == Family.IPV6 or device == LOOPBACK:
        return None
    table = routing(namespace)
    mode = table.settings.rp_filter(device)
    if not mode and device != oif:
        if table.settings.accept_local(device):
            return None
        if not table.custom_rules(4):
            return _own(namespace, packet, device) if namespace.owner_of(packet.src) else None
    query = Query(
        4,
        packet.src,
        packet.dst,
        iif=device if _vrf.of(namespace, device) is not None else oif or LOOPBACK,
        mark=packet.mark if table.settings.src_valid_mark(device) else 0,
        tos=packet.tos,
        protocol=packet.protocol,
        sport=packet.dport,
        dport=packet.sport,
    )
    answers = table.look_up(query)
    if any(_passes(namespace, answer, device, mode) for answer in answers):
        return None
    answer = answers[0]
    if answer.type == LOCAL and not table.settings.accept_local(device):
        return _own(namespace, packet, device)
    if answer.found and not mode:
        return Refusal(Reason.MARTIAN, f"{packet.src} is of type {answer.type} here.", answer.route)
    way = f"leads to {answer.dev}" if answer.found else "is not there"
    how = "strict" if mode == 1 else "loose"
    text = f"rp_filter of {device} is {how}, and the way back to {packet.src} {way}."
    return Refusal(Reason.RP_FILTER, text, answer.route)


def _passes(namespace: Namespace, answer: Lookup, device: str, mode: int) -> bool:
    if not answer.found:
        return not mode
    takes_own = answer.type == LOCAL and routing(namespace).settings.accept_local(device)
    if answer.type != "unicast" and not takes_own:
        return False
    route = answer.route
    devices = {hop.dev for hop in route.nexthops} or {answer.dev} if route else {answer.dev}
    if device in devices or any(_is_domain_of(namespace, device, one) for one in devices):
        return True
    link = namespace.links.get(device)
    if link is not None and not any(entry.family == 4 for entry in link.addresses):
        return not mode
    return mode != 1


def _is_domain_of(namespace: Namespace, device: str, other: str | None) -> bool:
    """Whether a device is the VRF device that another one belongs to."""
    domain = _vrf.of(namespace, other)
    return domain is not None and domain.name == device


def _own(namespace: Namespace, packet: Packet, device: str) -> Refusal:
    owner = namespace.owner_of(packet.src)
    has = f"{owner.name} has that address" if owner else "it is one of the own addresses"
    return Refusal(Reason.MARTIAN, f"{packet.src} came in by {device}, but {has} and accept_local is off.", owner)
