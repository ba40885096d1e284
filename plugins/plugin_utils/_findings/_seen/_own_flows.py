# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Flows of the source's own programs that nobody answers, though every probe is answered.

A probe takes the port that the kernel gives it; a program may bind one of its own, and a rule may mean that. Connection
tracking of the nodes knows which flows to what was asked for were never answered: the packets of these are simulated.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause, ref_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._experiment import (
    explain,
    lost_share,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import LIKELY, Proof, probe_proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST, ConntrackEntry
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._records import records
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place

# Flows that are followed: one client has a few sockets, and each costs a simulation.
MAX_FLOWS = 20


def unanswered_flows(case: Case) -> t.Iterator[Cause]:
    """What ends for certain the packets of such flows, and not those of the probes."""
    source = case.evidence.source
    passed = [probe for probe in case.evidence.passed("tcp", "udp") if _arrives(case, probe)]
    if source is None or source.node is None or not passed:
        return
    start = Place(source.node, source.netns or HOST)
    for node, entry in list(_unanswered(case))[:MAX_FLOWS]:
        family = 6 if ":" in entry.src else 4
        packet = Packet(family, entry.src, entry.dst, entry.protocol, entry.sport, entry.dport, df=True, uid=0)
        trip = case.paths().round_trip(start, packet)
        if lost_share(case, trip)[0] < 1.0:
            continue
        cause = explain(case, case.network, trip)
        if cause is not None:
            yield _theirs(cause, node, entry, passed[0])


def _arrives(case: Case, probe: Probe) -> bool:
    """Whether the simulation agrees that a probe was answered: else it is wrong, and says nothing of others."""
    trip = case.trip(probe)
    return trip is not None and lost_share(case, trip)[0] == 0.0


def _unanswered(case: Case) -> t.Iterator[tuple[str, ConntrackEntry]]:
    """Flows to the port that was asked for of which a node never saw an answer, in either of two looks."""
    destination, service = case.evidence.destination, case.evidence.service
    protocol = destination.protocol if destination is not None else None
    ports = {service.port, service.node_port} if service is not None else set()
    ports = (ports | {destination.port if destination is not None else None}) - {None}
    known: set[tuple[t.Any, ...]] = set()
    for name, node in case.evidence.nodes.items():
        later = records(ConntrackEntry, (case.evidence.counters.get(name) or {}).get("connections"))
        for entry in (*node.host.connections, *later):
            waits = entry.state == "SYN_SENT" if protocol == "tcp" else "SEEN_REPLY" not in entry.status
            if entry.protocol != protocol or entry.dport not in ports or not waits or entry.key in known:
                continue
            known.add(entry.key)
            yield name, entry


def _theirs(cause: Cause, node: str, entry: ConntrackEntry, probe: Probe) -> Cause:
    told = f"of a program of the source, which sends from port {entry.sport}, and not of probes ({entry} on {node})"
    seen = dataclasses.replace(cause.finding, observed=f"{cause.finding.observed}; {told}")
    said = dataclasses.replace(cause, finding=seen).as_sure_as(LIKELY)
    return said.saying(Proof("config", ref_of(node), f"tracked connection of {node}: {entry}"), probe_proof(probe))
