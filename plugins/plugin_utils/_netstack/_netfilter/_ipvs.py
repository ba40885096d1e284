# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""IPVS: what /proc/net/ip_vs shows, and what it does with a packet for a virtual service.

Of the forwarding methods only masquerading changes a packet. Which real server is taken depends on the scheduler and on
the connections before: each is taken by its weight. Sources: net/netfilter/ipvs/ip_vs_core.c, ip_vs_ctl.c of Linux.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter import _nat, _steps
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._state import End, Outcome, State
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._view import View
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import CtState, Packet

Key = tuple[str, str, t.Optional[int]]
_PROTOCOLS = frozenset(("tcp", "udp", "sctp"))


@dataclasses.dataclass(frozen=True)
class RealServer:
    """Where packets of a virtual service go. forward: Masq, Route, Tunnel or Local."""

    address: str
    port: int
    forward: str
    weight: int


@dataclasses.dataclass(frozen=True)
class VirtualService:
    """An address and port that IPVS serves; protocol fwm: a packet mark in place of them, as number in port."""

    protocol: str
    address: str
    port: int | None
    scheduler: str
    servers: tuple[RealServer, ...]

    def __str__(self) -> str:
        return f"IPVS service {self.protocol} {self.address}:{self.port}"


def services_of(text: str) -> dict[Key, VirtualService]:
    """The virtual services of /proc/net/ip_vs. Lines that are not understood are passed over."""
    found: dict[Key, VirtualService] = {}
    current: VirtualService | None = None
    for line in text.split("\n"):
        words = line.split()
        try:
            if len(words) >= 4 and words[0] == "->" and current is not None:
                address, port = _endpoint(words[1])
                server = RealServer(address, port, words[2], int(words[3]))
                current = dataclasses.replace(current, servers=(*current.servers, server))
            elif len(words) >= 3 and words[0] in ("TCP", "UDP", "SCTP"):
                address, port = _endpoint(words[1])
                current = VirtualService(words[0].lower(), address, port, words[2], ())
            elif len(words) >= 3 and words[0] == "FWM":
                current = VirtualService("fwm", "", int(words[1], 16), words[2], ())
            else:
                continue
        except (ValueError, IndexError):
            continue
        found[current.protocol, current.address, current.port] = current
    return found


def _endpoint(text: str) -> tuple[str, int]:
    """0A600001:01BB or [fd00:…]:01BB."""
    address, _colon, port = text.rpartition(":")
    if address.startswith("["):
        return str(ipaddress.IPv6Address(address.strip("[]"))), int(port, 16)
    return str(ipaddress.IPv4Address(int(address, 16))), int(port, 16)


def serve(services: t.Mapping[Key, VirtualService], view: View, state: State) -> list[Outcome]:
    """A packet at input or output: to a real server if a virtual service takes it."""
    packet = state.packet
    service = _service(services, packet)
    ct = packet.ct
    if service is None or (ct is not None and ct.is_reply):
        return [Outcome(End.NEXT, state)]
    usable = [server for server in service.servers if server.weight > 0]
    total = sum(server.weight for server in usable)
    if not total:
        step = _steps.by_ipvs(view, service, f"{service} has no server left: it answers port unreachable", fatal=True)
        kind = "icmp6-port-unreachable" if packet.family == 6 else "icmp-port-unreachable"
        return [Outcome(End.REJECT, state._replace(steps=(*state.steps, step)), None, kind)]
    outcomes = []
    for server in usable:
        step = _steps.by_ipvs(view, service, f"{service} takes it and sends it to {server.address}:{server.port}")
        way = state._replace(share=state.share * server.weight / total, steps=(*state.steps, step))
        if server.forward == "Local":
            outcomes.append(Outcome(End.NEXT, way))
        elif server.forward == "Masq":
            outcomes.append(Outcome(End.LOCAL_OUT, way._replace(packet=_to(packet, server))))
        else:
            outcomes.append(Outcome(End.UNKNOWN, way))
    return outcomes


def _service(services: t.Mapping[Key, VirtualService], packet: Packet) -> VirtualService | None:
    if packet.protocol not in _PROTOCOLS:
        return None
    if packet.mark:
        marked = services.get(("fwm", "", packet.mark))
        if marked is not None:
            return marked
    return services.get((packet.protocol, packet.dst, packet.dport))


def _to(packet: Packet, server: RealServer) -> Packet:
    """The packet to a real server; conntrack's entry expects its answers (ip_vs_update_conntrack())."""
    port = server.port or packet.dport
    ct = packet.ct
    if ct is not None and ct.state not in (CtState.INVALID, CtState.UNTRACKED):
        wanted = dataclasses.replace(ct.reply.reversed(), dst=server.address, dport=port)
        ct = dataclasses.replace(ct, reply=wanted.reversed(), status=ct.status | {_nat.DESTINATION, "DNAT_DONE"})
    return dataclasses.replace(packet, dst=server.address, dport=port, ct=ct)
