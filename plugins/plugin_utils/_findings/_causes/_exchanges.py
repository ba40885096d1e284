# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What a connection carries and no probe sends: packets that only confirm, and answers of full size.

A probe opens a connection and sends little. An application gets large answers, which stop at a rule on their length, or
as soon as nothing confirms them. Such packets are simulated on the connections that the probes have opened.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import REQUEST, Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._experiment import (
    good,
    lost_ways,
    try_probe,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import LIKELY, Proof, probe_proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import SMALL
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._roundtrip import (
    ANSWER,
    CONFIRMATION,
    RoundTrip,
    Segment,
)

# What takes packets by what they are: an MTU is measured by probes of its own.
_BY_KIND = ("netfilter-drop", "netfilter-reject")


class _Kind(t.NamedTuple):
    """Packets of one kind, for people, and the round trip that has one of them."""

    text: str
    size: int
    answered: Segment | None


def exchanges(case: Case) -> t.Iterator[Cause]:
    """Rules that take such packets for certain, on connections that opened."""
    source = case.evidence.source
    for probe in case.evidence.passed("tcp", "backend-tcp"):
        trip = case.trip(probe)
        if source is None or probe.request.get("netns") != source.netns or trip is None or not _opens(case, probe):
            continue
        for kind in _kinds(case, trip):
            request = dataclasses.replace(trip.request, size=kind.size)
            other = case.paths().round_trip(trip.start, request, kind.answered)
            tried = try_probe(case, probe, other) if lost_ways(case, other) else None
            if tried is None or tried.bad < 1.0:
                continue
            yield from (_theirs(one, kind.text, probe) for one in tried.causes if one.finding.id in _BY_KIND)


def _opens(case: Case, probe: Probe) -> bool:
    """Whether a small request is answered in the simulation, as it was in the probe."""
    small = case.with_data(probe)
    return small is not None and all(map(good, small.ways)) and not lost_ways(case, small)


def _kinds(case: Case, trip: RoundTrip) -> t.Iterator[_Kind]:
    yield _Kind("a packet that only confirms", SMALL, None)
    yield _Kind("a packet that only confirms", REQUEST, CONFIRMATION)
    full = _full_size(case, trip)
    if full is not None:
        yield _Kind(f"an answer in packets of {full} bytes", REQUEST, ANSWER._replace(size=full))


def _full_size(case: Case, trip: RoundTrip) -> int | None:
    """The size of the segments that both ends agree on: what the smaller device at either end takes; None where one is
    not known.
    """
    sizes: list[int] = []
    for way in trip.ways[:1]:
        for trace in (way.forward, way.back):
            hop = trace.hops[0] if trace is not None and trace.hops else None
            namespace = case.evidence.namespace(hop.node, hop.netns) if hop is not None else None
            link = namespace.links.get(hop.oif or "") if hop is not None and namespace is not None else None
            if link is None or link.mtu is None:
                return None
            sizes.append(link.mtu)
    return min(sizes) if sizes and min(sizes) > REQUEST else None


def _theirs(cause: Cause, text: str, probe: Probe) -> Cause:
    told = f"connections open and small requests pass; {text} does not"
    seen = dataclasses.replace(cause.finding, observed=f"{cause.finding.observed}; {told}")
    said = dataclasses.replace(cause, finding=seen).as_sure_as(LIKELY)
    return said.saying(Proof("simulation", "findings.json", told), probe_proof(probe))
