# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Statements of nft whose arguments are expressions: set, and dnat, snat and redirect with maps.

Source: nft(8), net/netfilter/nft_meta.c, nft_ct.c, nft_payload.c, nft_nat.c.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter import _nft_values
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._addresses import text
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._nft_expressions import (
    evaluate,
    look_up,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._nft_fields import (
    NOTHING,
    Found,
    Nothing,
    kind_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._nft_values import (
    Span,
    Unreadable,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._view import View
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet

Args = t.Mapping[str, t.Any]
# PACKET_OTHERHOST of linux/if_packet.h.
OTHER_HOST = 3
# The field of fragments: not to be cut (IP_DF); more to come and where it belongs (IP_MF, IP_OFFSET).
_WHOLE, _PART = 0x4000, 0x3FFF
# Fields that nothing decides by. What a checksum above IP says is not looked at between devices of one machine.
_IDLE = frozenset((("ip", "ecn"), ("ip6", "ecn"), ("ip", "id"), ("ip6", "flowlabel")))


class Change(t.NamedTuple):
    """What a set statement changes: mark, ct mark, ct zone or a packet field, or nothing that matters."""

    what: str
    value: Found = NOTHING


def change(view: View, args: Args) -> Change | None:
    """What a set statement does; None where the packet lacks what it needs, which ends the rule."""
    key = args["key"]
    value = evaluate(view, args["value"], kind_of(key))
    if isinstance(value, Nothing):
        return None
    ((name, inside),) = key.items()
    what = str(inside.get("key"))
    if name == "meta":
        return (
            Change(f"meta {what}", value)
            if what == "pkttype"
            else Change("mark" if what == "mark" else "nothing", value)
        )
    if name == "ct":
        return Change(f"ct {what}", value) if what in ("mark", "zone") else Change("nothing")
    if name == "payload":
        if isinstance(evaluate(view, key), Nothing):
            return None
        return Change(f"{inside.get('protocol')} {inside.get('field')}", value)
    if name == "tcp option":
        option = str(inside.get("name"))
        return Change("maxseg" if option == "maxseg" else f"tcp option {option}")
    return Change("nothing")


def rewritten(packet: Packet, what: str, value: Found) -> Packet | None:
    """The packet with a header field changed; None where the field is not kept or the value is not known."""
    if not isinstance(value, int):
        return None
    protocol, _space, field = what.partition(" ")
    if protocol == "tcp" and field.startswith("option "):
        return None
    if protocol == "meta":
        return dataclasses.replace(packet, other_host=value == OTHER_HOST)
    if field in ("saddr", "daddr") and protocol in ("ip", "ip6"):
        address = text(value, packet.family)
        source = field == "saddr"
        return dataclasses.replace(packet, src=address) if source else dataclasses.replace(packet, dst=address)
    if field in ("sport", "dport"):
        source = field == "sport"
        return dataclasses.replace(packet, sport=value) if source else dataclasses.replace(packet, dport=value)
    if field in ("ttl", "hoplimit"):
        return dataclasses.replace(packet, ttl=value)
    if (protocol, field) == ("ip", "checksum"):
        return dataclasses.replace(packet, damaged=True)
    if (protocol, field) == ("ip", "frag-off"):
        return dataclasses.replace(packet, df=bool(value & _WHOLE), torn=bool(value & _PART))
    if (protocol, field) == ("icmp", "id") and packet.protocol == "icmp":
        return dataclasses.replace(packet, sport=value, dport=value)
    if field == "dscp":
        return dataclasses.replace(packet, tos=value << 2 | packet.tos & 3)
    if protocol == "ether" and field in ("saddr", "daddr"):
        digits = f"{value:012x}"
        mac = ":".join(digits[position : position + 2] for position in range(0, 12, 2))
        source = field == "saddr"
        return dataclasses.replace(packet, src_mac=mac) if source else dataclasses.replace(packet, dst_mac=mac)
    return packet if field == "checksum" or (protocol, field) in _IDLE else None


class Endpoint(t.NamedTuple):
    """Where a nat statement leads: ranges of addresses and ports. share: None where it is unsure."""

    addresses: tuple[int, int] | None
    ports: tuple[int, int] | None
    share: float | None


def endpoints(view: View, args: Args) -> list[Endpoint] | None:
    """Each endpoint that a nat statement may lead to; None where its map has no element for the packet."""
    address, port = args["addr"], args["port"]
    if isinstance(address, dict) and set(address) == {"map"}:
        found = look_up(view, address["map"].get("key"), address["map"].get("data"))
        if found is None:
            return None
        results = []
        for each in found:
            if each.entry is None and each.share == 1.0:
                return None
            if each.entry is None:
                continue
            ends = _ranges(each.entry.data)
            if ends is None:
                return []
            ports = ends[1] if ends[1] is not None else _ports(view, port)
            results.append(Endpoint(ends[0], ports, each.share))
        return results
    value = evaluate(view, address) if address is not None else None
    if isinstance(value, Nothing):
        return None
    fixed = _ranges(address) if address is not None else (None, None)
    if fixed is None:
        if not isinstance(value, int):
            return []
        fixed = ((value, value), None)
    return [Endpoint(fixed[0], _ports(view, port), 1.0)]


def _ports(view: View, port: t.Any) -> tuple[int, int] | None:
    if port is None:
        return None
    if isinstance(port, dict) and "range" in port:
        low, high = port["range"]
        return (low, high) if isinstance(low, int) and isinstance(high, int) else None
    value = evaluate(view, port)
    return (value, value) if isinstance(value, int) else None


def _ranges(data: t.Any) -> tuple[tuple[int, int] | None, tuple[int, int] | None] | None:
    """ADDRESS, ADDRESS . PORT, or intervals of them."""
    parts = data["concat"] if isinstance(data, dict) and isinstance(data.get("concat"), list) else [data]
    found: list[tuple[int, int]] = []
    for each in parts:
        try:
            part = _nft_values.constant(each, None)
        except (Unreadable, KeyError, IndexError, TypeError, ValueError):
            return None
        if isinstance(part, Span):
            found.append((part.low, part.high))
        elif isinstance(part, int):
            found.append((part, part))
        else:
            return None
    return found[0], found[1] if len(found) > 1 else None
