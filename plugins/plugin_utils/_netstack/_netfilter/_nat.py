# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Address translation of one packet: a binding is set up once, for the first packet, and applied to all of both ways.

Sources: net/netfilter/nf_nat_core.c, nf_nat_proto.c, nf_nat_masquerade.c, nf_nat_redirect.c of Linux.
"""

from __future__ import annotations

import dataclasses

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._conntrack import QUERIES, Tracking, is_error
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._addresses import number, text
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Ct, CtState, Flow, Packet

SOURCE, DESTINATION = "SNAT", "DNAT"
# Which end of a packet is changed at a hook (HOOK2MANIP).
MANIPULATES = {"prerouting": DESTINATION, "output": DESTINATION, "postrouting": SOURCE, "input": SOURCE}
_DONE = {SOURCE: "SNAT_DONE", DESTINATION: "DNAT_DONE"}
_OTHER = {SOURCE: DESTINATION, DESTINATION: SOURCE}
# More addresses or ports to choose from than this are not followed one by one.
MAX_CHOICES = 32
Range = tuple[int, int]


@dataclasses.dataclass(frozen=True)
class Choice:
    """What one end of a packet becomes. address None: as it is; port: None for one that cannot be known."""

    address: str | None
    port: int | None
    keep_port: bool = True
    share: float = 1.0


def wants_binding(packet: Packet, kind: str) -> bool:
    """Whether the nat chains are asked: for the first packet of a connection only (nf_nat_inet_fn())."""
    ct = packet.ct
    return ct is not None and ct.state in (CtState.NEW, CtState.RELATED) and _DONE[kind] not in ct.status


def bind(packet: Packet, kind: str, choice: Choice | None, tracking: Tracking) -> Packet:
    """The connection with a binding set up (nf_nat_setup_info()); without a choice it is the null binding."""
    ct = packet.ct
    if ct is None:
        return packet
    before = ct.reply.reversed()
    after = before if choice is None else _translated(before, kind, choice)
    if kind == SOURCE and after.sport is not None and _taken(after, ct, tracking):
        after = dataclasses.replace(after, sport=None)  # another port is taken, nobody knows which
    status = ct.status | {_DONE[kind]}
    if after != before:
        status |= {kind}
    return dataclasses.replace(packet, ct=dataclasses.replace(ct, reply=after.reversed(), status=status))


def _translated(flow: Flow, kind: str, choice: Choice) -> Flow:
    if kind == SOURCE and flow.protocol in QUERIES and not choice.keep_port:
        # The identifier of an ICMP query stands for both ports.
        return dataclasses.replace(flow, src=choice.address or flow.src, sport=choice.port, dport=choice.port)
    if kind == SOURCE:
        return dataclasses.replace(
            flow, src=choice.address or flow.src, sport=flow.sport if choice.keep_port else choice.port
        )
    return dataclasses.replace(
        flow, dst=choice.address or flow.dst, dport=flow.dport if choice.keep_port else choice.port
    )


def _taken(flow: Flow, ct: Ct, tracking: Tracking) -> bool:
    found = tracking.find(flow.reversed(), ct.zones.reply)
    return found is not None and found[0].original != ct.original


def translate(packet: Packet, kind: str) -> Packet:
    """The packet as the connection's binding changes it at a hook (nf_nat_packet())."""
    ct = packet.ct
    if ct is None or ct.state in (CtState.INVALID, CtState.UNTRACKED):
        return packet
    if (_OTHER[kind] if ct.is_reply else kind) not in ct.status:
        return packet
    if ct.state is CtState.RELATED and is_error(packet):
        return _translated_error(packet, ct, kind)
    wanted = (ct.original if ct.is_reply else ct.reply).reversed()
    if packet.protocol in QUERIES:
        packet = dataclasses.replace(packet, sport=wanted.sport, dport=wanted.dport)
    if kind == SOURCE:
        return dataclasses.replace(packet, src=wanted.src, sport=wanted.sport)
    return dataclasses.replace(packet, dst=wanted.dst, dport=wanted.dport)


def _translated_error(packet: Packet, ct: Ct, kind: str) -> Packet:
    """Of an ICMP error the packet in it is translated, too (nf_nat_icmp_reply_translation())."""
    there = ct.original if ct.is_reply else ct.reply
    inner = packet.inner
    if kind == DESTINATION:
        if inner is not None:
            inner = dataclasses.replace(inner, src=there.src, sport=there.sport)
        return dataclasses.replace(packet, dst=there.src, inner=inner)
    if inner is not None:
        inner = dataclasses.replace(inner, dst=there.dst, dport=there.dport)
    return dataclasses.replace(packet, src=there.dst, inner=inner)


def choices(
    packet: Packet, kind: str, addresses: Range | None, ports: Range | None, random: bool
) -> tuple[Choice, ...] | None:
    """What an end may become; None where there are too many. Which of several addresses is taken depends on a hash."""
    family = packet.family
    texts: list[str | None] = [None]
    if addresses is not None:
        low, high = addresses
        if high - low >= MAX_CHOICES or high < low:
            return None
        own = number(packet.src) if kind == SOURCE else None
        if own is not None and low <= own <= high and not random:
            low = high = own  # an address that is in the range already stays (get_unique_tuple())
        texts = [text(value, family) for value in range(low, high + 1)]
    if ports is None:
        # Of a destination the port stays, whatever is said about chance.
        unsure = random and kind == SOURCE
        return tuple(Choice(address, None, not unsure, 1 / len(texts)) for address in texts)
    first, last = ports
    now = packet.sport if kind == SOURCE else packet.dport
    if now is not None and first <= now <= last and not random:
        return tuple(Choice(address, now, False, 1 / len(texts)) for address in texts)
    if kind == SOURCE and first != last:
        return tuple(Choice(address, None, False, 1 / len(texts)) for address in texts)
    if (last - first + 1) * len(texts) > MAX_CHOICES or last < first:
        return None
    each = 1 / ((last - first + 1) * len(texts))
    return tuple(Choice(address, port, False, each) for address in texts for port in range(first, last + 1))
