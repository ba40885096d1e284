# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Datagrams that came to a pod's socket and that no program of the pod read.

The kernel counts a datagram of UDP as received when a program reads it (udp_recvmsg(), RFC 4113 udpInDatagrams), and
what it cannot put into a queue as an error. Where datagrams came and the pod counted neither, they wait in the queue.
"""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._counters import NetnsMoves
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import (
    Cause,
    finding,
    label_of,
    location_of,
    ref_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._evidence import measured
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._experiment import Tried
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._observed import INDEX
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import PROVEN, Proof, probe_proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST, Socket
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place

# Ends of a datagram that are no program's doing, and that one was read.
_OTHERWISE = ("UdpInDatagrams", "UdpNoPorts", "UdpInErrors", "UdpInCsumErrors")


def unread(case: Case, tried: Tried) -> t.Iterator[Cause]:
    """The program whose socket the datagrams of a probe were given to, where no program of its pod read any."""
    taker = _taker(tried)
    moves = measured(case.evidence).moves.get(taker[0].node) if taker is not None else None
    if taker is None or moves is None:
        return
    place, socket = taker
    space = moves.netns.get(place.netns)
    came = [flow for flow in case.evidence.flows(tried.probe.id) if _came(flow, place.node)]
    count = max((len(_packets(flow)) for flow in came), default=0)
    if space is None or not count or not _kept(space, count):
        return
    where, last = label_of(place), came[0]["last_forward"]
    observed = (
        f"{count} datagrams came to {last['device']} of {place.node} and were given to {socket}, and for"
        f" {moves.seconds:.1f} s no program of {where} read one"
    )
    yield Cause(
        finding(
            "process-backlog-full",
            location_of(place),
            f"the program of {where} reads what comes to UDP port {socket.port}",
            observed,
            f"Look what the program of {where} does (stopped, paused, blocked, out of threads or processor time): its"
            " log, its threads, its CPU limit. What is sent to it waits in its queue (Recv-Q):\n$ ss -lunp    # there",
            (
                Proof("capture", f"{INDEX}#{came[0].get('probe_id')}", f"{count} came to {last['device']}, no answer"),
                Proof("counter", f"counters/{place.node}.json", f"UdpInDatagrams of {where} did not move"),
                Proof("config", ref_of(place.node), f"{where}: {socket}"),
                probe_proof(tried.probe),
            ),
            confidence=PROVEN,
            heading="The application does not read what it is sent",
        ),
        itself=True,
    )


def _taker(tried: Tried) -> tuple[Place, Socket] | None:
    """The pod whose socket the simulation gives all of the probe's datagrams to; None where they end elsewhere."""
    ends = [way.forward.last for way in tried.trip.ways] if tried.trip is not None else []
    found = {(one.place.node, one.place.netns, one.decided) for one in ends if one and isinstance(one.decided, Socket)}
    if len(found) != 1 or None in ends:
        return None
    node, netns, socket = found.pop()
    known = isinstance(socket, Socket) and socket.protocol == "udp" and netns != HOST
    return (Place(node, netns), socket) if known and isinstance(socket, Socket) else None


def _came(flow: t.Mapping[str, t.Any], node: str) -> bool:
    """Whether a capture without loss saw the datagrams come to where nothing came back, and go nowhere from there."""
    last, silent = flow.get("last_forward") or {}, flow.get("missing_reply") or {}
    if not flow.get("lossless") or flow.get("ambiguous") or flow.get("missing_forward") or flow.get("last_reply"):
        return False
    return bool(last) and last == silent and last.get("node") == node


def _packets(flow: t.Mapping[str, t.Any]) -> list[t.Mapping[str, t.Any]]:
    """The datagrams of a flow that came to where the last of them was seen."""
    return [one for one in flow.get("packets") or [] if one.get("last_forward") == flow["last_forward"]]


def _kept(space: NetnsMoves, count: int) -> bool:
    """Whether a namespace took so many packets in beside those of ICMP and TCP, read no datagram of UDP, and refused or
    lost none."""
    protocols = space.protocols
    others = sum(protocols.get(name, 0) for name in ("IcmpInMsgs", "TcpInSegs"))
    delivered = protocols.get("IpInDelivers", 0) - others
    return delivered >= count and not any(protocols.get(name, 0) for name in _OTHERWISE)
