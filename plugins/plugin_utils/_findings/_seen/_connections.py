# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Entries of the connection tracking table that lead packets elsewhere than the rules of today would.

NAT is decided for the first packet of a flow and kept with its entry. A client of UDP that keeps its port keeps its
entry as long as it sends, so its packets go on to a backend that is gone, or to a Service's address that was not
translated yet; a probe, whose port is new, gets through. TCP gives such a connection up by itself.
"""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._counters import moment
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause, finding
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    INFO,
    LIKELY,
    PROVEN,
    Location,
    Proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent import _services as services
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST, ConntrackEntry, Node
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._records import records
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import (
    Disposition,
    Place,
    Reason,
    Trace,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path import _tracking
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._network import Network
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._simulate import Branch, simulate

# A timer that is this much later than it would be by itself was set back by a packet (seconds).
SLACK = 2
# Flows that are followed: one client has a few sockets, and each look costs two simulations.
MAX_FLOWS = 20
_End = tuple[str, t.Optional[int]]


@dataclasses.dataclass(frozen=True)
class _Flow:
    """A tracked flow of the source. used: whether a packet of it came between the two looks; None: looked at once."""

    node: str
    entry: ConntrackEntry
    used: bool | None

    @property
    def answered(self) -> bool:
        """Whether anything ever came back."""
        return "SEEN_REPLY" in self.entry.status

    @property
    def leads_to(self) -> _End:
        """Where its packets are sent."""
        return self.entry.reply_src, self.entry.reply_sport


def stale_connections(case: Case) -> t.Iterator[Cause]:
    """Flows from the source to what was asked for that no longer lead where the rules say.

    One that was used between two looks and never answered is a cause, though the probes pass; one that is answered, or
    was looked at once, is worth knowing.
    """
    source = case.evidence.source
    if source is None or source.node is None:
        return
    start = Place(source.node, source.netns or HOST)
    for flow in [one for name, node in case.evidence.nodes.items() for one in _flows(case, name, node)][:MAX_FLOWS]:
        packet = _packet(flow.entry)
        if flow.used is False:
            # Nobody sends on it any more: it is forgotten by itself.
            continue
        today = _today(case.network, start, packet, flow.node, bool(case.evidence.passed("udp")))
        if not today or flow.leads_to in today or _is_backend(case, flow):
            continue
        yield _cause(case, start, packet, flow, today)


def _flows(case: Case, name: str, node: Node) -> t.Iterator[_Flow]:
    """UDP flows to the port that was asked for, of a node's own table."""
    destination, service = case.evidence.destination, case.evidence.service
    if destination is None or destination.protocol != "udp":
        return
    ports = {destination.port, *((service.port, service.node_port) if service is not None else ())} - {None}
    later = case.evidence.counters.get(name) or {}
    again = {entry.key: entry for entry in records(ConntrackEntry, later.get("connections"))}
    begin, end = moment(node.time), moment(later.get("after"))
    for entry in node.host.connections:
        if entry.protocol == "udp" and entry.dport in ports:
            yield _Flow(name, entry, _used(entry, again.get(entry.key), begin, end))


def _used(
    early: ConntrackEntry, late: ConntrackEntry | None, begin: datetime.datetime | None, end: datetime.datetime | None
) -> bool | None:
    """Whether a packet set its timer back between two looks by the same clock."""
    if begin is None or end is None or end <= begin:
        return None
    if late is None or early.seconds_left is None or late.seconds_left is None:
        return False
    return late.seconds_left > early.seconds_left - (end - begin).total_seconds() + SLACK


def _packet(entry: ConntrackEntry) -> Packet:
    """The next packet of a flow, as it comes in."""
    family = 6 if ":" in entry.src else 4
    return Packet(family, entry.src, entry.dst, entry.protocol, entry.sport, entry.dport, df=True, uid=0)


def _today(network: Network, start: Place, packet: Packet, node: str, arrives: bool) -> frozenset[_End]:
    """Where that node would send a new flow with the same addresses; empty where it is not certain that it arrives.

    arrives: new flows were answered, so that what goes into a pod that was not read arrives there.
    """
    found: set[_End] = set()
    for branch in simulate(network, start, packet).branches:
        if not branch.trace.delivered and not (arrives and branch.trace.reason is Reason.NOT_READ):
            return frozenset()
        table = branch.tables.get((node, HOST))
        for made in table.made if table is not None else ():
            if made.original == packet.flow:
                found.add((made.reply.src, made.reply.sport))
    return frozenset(found)


def _is_backend(case: Case, flow: _Flow) -> bool:
    """Whether it leads to an endpoint of the Service, one that is being drained too."""
    asked = case.service_asked()
    known = services.slice_backends(case.index, asked, None) if asked is not None else ()
    return any((one.address, one.port) == flow.leads_to for one in known)


def _cause(case: Case, start: Place, packet: Packet, flow: _Flow, today: frozenset[_End]) -> Cause:
    entry, node = flow.entry, flow.node
    translated = (entry.reply_src, entry.reply_sport) != (entry.dst, entry.dport)
    right = ", ".join(sorted(f"{address}:{port}" for address, port in today)[:3])
    now = f"the rules of {node} lead packets from {entry.src} to {entry.dst}:{entry.dport} to {right}"
    where = f"to {entry.reply_src}:{entry.reply_sport}" if translated else "on untranslated"
    seen = f"its entry sends them {where}: it is older than these rules"
    if flow.used:
        seen += "; packets came while we looked" + ("" if flow.answered else ", and no answer to any")
    trace = _followed(case.network, start, packet, flow)
    proofs = [
        Proof("config", f"nodes/{node}.json.gz", f"tracked connection of {node}: {entry}"),
        Proof("simulation", "findings.json", f"a packet of a new connection arrives at {right}"),
    ]
    if trace is not None and trace.last is not None:
        proofs.append(Proof("simulation", "findings.json", f"a packet of this one does not: {trace.last.text}"))
    if flow.used:
        left = f"the timer of {entry} was set back between two looks"
        proofs.append(Proof("counter", f"counters/{node}.json", left))
    harms = bool(flow.used) and not flow.answered and (trace is not None or not translated)
    known = finding(
        "conntrack-stale",
        Location(node=node, service=str(case.evidence.service) if case.evidence.service else None),
        now,
        f"for port {entry.sport} of {entry.src} {seen}",
        "Remove the entry, so that the next packet meets the rules again, or let the client open a new socket:\n"
        f"$ conntrack -D -p udp --orig-src {entry.src} --orig-dst {entry.dst} --sport {entry.sport}"
        f" --dport {entry.dport}\n"
        + (
            "kube-proxy does so by itself when endpoints change: see in its log on this node why it did not."
            if case.evidence.service
            else "What writes the rules of host ports does so by itself, but for older releases."
        ),
        proofs,
        confidence=PROVEN if harms else LIKELY,
    )
    if not harms:
        known = dataclasses.replace(known, severity=INFO)
    return Cause(known, itself=True)


def _followed(network: Network, start: Place, packet: Packet, flow: _Flow) -> Trace | None:
    """How a packet of the flow ends, with its entry as it is; None where it may arrive."""
    tables = {(flow.node, HOST): _tracking.of_entries((flow.entry,))}
    branches: tuple[Branch, ...] = simulate(network, start, packet, tables).branches
    open_ends = (Disposition.UNKNOWN, Disposition.DELIVERED)
    if not branches or any(branch.trace.disposition in open_ends for branch in branches):
        return None
    return branches[0].trace
