# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Answers of UDP that leave with another source address than the one that was asked.

A socket that is bound to no address lets the route choose the source, unless its program sets it for each datagram
(IP_PKTINFO, ip(7)). No client takes such an answer, and no translation on the way knows it.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base import _repair as repair
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import (
    Cause,
    finding,
    label_of,
    location_of,
    ref_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._view import View
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._scopes import (
    narrow_address,
    narrow_scope,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    LIKELY,
    PROVEN,
    Finding,
    Location,
    Proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import pod_netns
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST, Socket
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._source import NOBODY
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Doubt, Place

# The first of the ports that Linux chooses from (ip_local_port_range), if nothing else is set.
_EPHEMERAL = 32768
# Its server answers each client from a port of its own (RFC 1350).
TFTP = 69


def from_elsewhere(view: View) -> t.Iterator[Cause]:
    """The program that answers, where it is taken to leave the source of its answers to the route."""
    guess = next((one for one in view.way.assumptions if one.doubt is Doubt.PROGRAM and not one.taken), None)
    back, arrived = view.way.back, view.way.forward.packet
    if guess is None or not view.backwards or back is None or not back.hops or arrived is None:
        return
    place, socket, source = Place(guess.place.node, guess.place.netns), guess.decided, back.hops[0].before.src
    if not isinstance(socket, Socket):
        return
    where = label_of(place)
    seen = [proof for one in view.case.evidence.flows() for proof in _seen(one, source)][:1]
    nobody = _from_nobody(view.case, place, source, seen)
    if nobody is not None:
        yield dataclasses.replace(nobody, step=next(iter(back.hops[0].steps), view.trace.last), backwards=True)
        return
    says = (
        f"answers leave with the source {source}"
        if seen
        else f"the route gives its answers the source {source}, unless it sets that itself, and no client takes those"
    )
    yield Cause(
        _finding(
            location_of(place),
            arrived.dst,
            f"{socket} of {where} is bound to no address: {says}",
            [*seen, Proof("config", ref_of(place.node), f"{where}: {socket}; its answers to {arrived.src}: {source}")],
        ),
        repair.at(place, repair.bind(socket, arrived.dst)),
        step=next(iter(back.hops[0].steps), view.trace.last),
        backwards=True,
        itself=bool(seen),
    )


def answered_elsewhere(case: Case, probe: Probe) -> t.Iterator[Cause]:
    """Captures that saw the answers to a probe come from another address than it asked, whoever has that."""
    asked = str(probe.result.get("address") or probe.request.get("target"))
    yield from _from_another_port(case, probe, asked)
    yield from _to_another_port(case, probe, asked)
    for flow in case.evidence.flows(probe.id):
        for source in dict.fromkeys(str(each["src"]) for each in flow.get("foreign") or [] if each["src"] != asked):
            seen = list(_seen(flow, source))
            place = _owner(case, source) or _owner(case, asked)
            if not seen:
                continue
            nobody = _from_nobody(case, _owner(case, asked), source, seen)
            if nobody is not None:
                yield nobody.as_sure_as(PROVEN)
                continue
            where = label_of(place) if place is not None else source
            observed = f"what {asked} is asked, {source} ({where}) answers, and no client takes that"
            yield Cause(
                _finding(location_of(place) if place is not None else Location(), asked, observed, seen), itself=True
            ).as_sure_as(PROVEN)


def _from_nobody(case: Case, place: Place | None, source: str, seen: t.Sequence[Proof]) -> Cause | None:
    """Answers without a sender: no address of the program's namespace may be lent to them."""
    namespace = case.namespace(place) if place is not None and source == NOBODY else None
    link = namespace.ethernet if namespace is not None else None
    if place is None or link is None:
        return None
    at = dataclasses.replace(place, device=link.name)
    own = narrow_address(case, at)
    if own is None:
        return None
    change = repair.at(place, repair.widen_address(link.name, own.address))
    return Cause(narrow_scope(at, own, seen), change, itself=bool(seen))


def _from_another_port(case: Case, probe: Probe, asked: str) -> t.Iterator[Cause]:
    """The same with the right address and another port, which a socket that is connected does not take either, nor any
    translation on the way. Clients of TFTP expect it.
    """
    port = probe.request.get("port")
    if port == TFTP:
        return
    for flow in case.evidence.flows(probe.id):
        told = [one for one in flow.get("foreign") or [] if one["src"] == asked and one.get("port") not in (None, port)]
        if not told or flow.get("ambiguous"):
            continue
        place = _owner(case, asked)
        ports = ", ".join(dict.fromkeys(str(one["port"]) for one in told[:4]))
        where = label_of(place) if place is not None else asked
        observed = f"what port {port} of {asked} is asked, {where} answers from port {ports}; the client refuses that"
        proofs = [
            Proof(
                "capture",
                f"captures/index.json#{flow.get('probe_id')}",
                f"{one['dst']} refused {one['count']} datagrams from {one['src']} port {one['port']}"
                f" ({one['device']} of {one['node']})",
            )
            for one in told[:2]
        ]
        yield Cause(
            finding(
                "udp-answer-from-elsewhere",
                location_of(place) if place is not None else Location(),
                f"what is asked at port {port} of {asked} answers from that port",
                observed,
                f"Let the program answer by the socket that was asked (port {port}), and not by a new one.",
                proofs,
                heading="Answers of UDP come from another port than was asked",
            ),
            itself=True,
        ).as_sure_as(PROVEN)
        return


def _to_another_port(case: Case, probe: Probe, asked: str) -> t.Iterator[Cause]:
    """Answers to a port of the client that it did not ask from, and at which nobody listens there: protocols have
    named the port for the answer in what is said (SIP's Via, RFC 3581), or settled it once for all."""
    port = probe.request.get("port")
    for flow in case.evidence.flows(probe.id):
        told = [one for one in flow.get("misdirected") or [] if one["src"] == asked and _settled(one.get("port"))]
        if not told:
            continue
        place = _owner(case, asked)
        where = label_of(place) if place is not None else asked
        ports = ", ".join(dict.fromkeys(str(one["port"]) for one in told[:4]))
        yield Cause(
            finding(
                "backend-unhealthy",
                location_of(place) if place is not None else Location(),
                f"{where} answers from port {port} to the port that it was asked from",
                f"its answers go to port {ports} of {told[0]['dst']}, whatever port they were asked from, and nobody"
                " listens there",
                "Let the program answer to where a datagram came from (of SIP: rport, of RADIUS and the like: no fixed"
                " port), or let the client ask from the port that is answered.",
                [
                    Proof(
                        "capture",
                        f"captures/index.json#{flow.get('probe_id')}",
                        f"{one['dst']} refused {one['count']} datagrams of {one['src']} to port {one['port']}"
                        f" ({one['device']} of {one['node']})",
                    )
                    for one in told[:2]
                ],
                # A client that has that port is served.
                confidence=LIKELY,
                heading="Answers of UDP go to another port than asked",
            ),
            itself=True,
        )
        return


def _settled(port: t.Any) -> bool:
    """Whether a port is none that kernels give to whoever asks for any: the answer to that may only be late."""
    return isinstance(port, int) and 0 < port < _EPHEMERAL


def _finding(location: Location, asked: str, observed: str, proofs: t.Sequence[Proof]) -> Finding:
    return finding(
        "udp-answer-from-elsewhere",
        location,
        f"what is asked at {asked} answers from {asked}",
        observed,
        f"Bind the program to {asked}, with one socket for each address, or have it answer from the address that it was"
        " asked at (IP_PKTINFO; many servers have an option for it). Or let the route to the clients lend that address"
        " (its src):\n$ ip route get CLIENT    # where the program runs",
        proofs,
    )


def _seen(flow: t.Mapping[str, t.Any], source: str) -> t.Iterator[Proof]:
    """Answers from that address in a capture, where they can be no other's."""
    for one in flow.get("foreign") or []:
        if one.get("src") == source and not flow.get("ambiguous"):
            text = f"{one['count']} answers on {one['device']} of {one['node']} from {source} to {one['dst']}"
            yield Proof("capture", f"captures/index.json#{flow.get('probe_id')}", text)


def _owner(case: Case, address: str) -> Place | None:
    """The namespace that has an address, by what was read of nodes, else the node or pod that is known by it."""
    for owner in case.network.owners(address):
        return Place(owner.node, owner.netns)
    pod = case.owner_of(address)
    node = (pod.get("spec") or {}).get("nodeName") if pod is not None else case.pods.node_with(address)
    return Place(str(node), pod_netns(pod) if pod is not None else HOST) if node else None
