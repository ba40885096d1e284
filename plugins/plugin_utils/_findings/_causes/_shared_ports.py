# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Sockets of UDP that share a port (SO_REUSEPORT): the kernel gives each client to one of them, whoever reads there.

A worker that hangs, or another program that was bound to the same port, then takes its share of the clients.
"""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import (
    Cause,
    finding,
    label_of,
    location_of,
    ref_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._evidence import measured
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._experiment import lost_ways
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import LIKELY, Proof, probe_proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Socket
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place

# Of the datagrams: below that it may have been one that was late.
_SHARE = 0.1


def shared_ports(case: Case) -> t.Iterator[Cause]:
    """Datagrams of which some are answered and some are not, from ports of their own, where no ping is lost and several
    sockets share the port that was asked."""
    if any(burst.lossy for burst in measured(case.evidence).dose.bursts):
        return
    for probe in partly_answered(case):
        outcomes = _outcomes(probe)
        trip = case.trip(probe)
        if trip is None or lost_ways(case, trip):
            continue
        for way in trip.ways:
            last = way.forward.last
            taken = last.decided if last is not None else None
            if last is None or not isinstance(taken, Socket):
                continue
            group = _group(case, last.place, taken)
            if len(group) > 1:
                yield _cause(last.place, group, probe, outcomes.count("no_reply"), len(outcomes))
                return


def partly_answered(case: Case) -> list[Probe]:
    """Series of datagrams of which some were answered and some were not."""
    return [one for one in case.evidence.failed("udp", "udp-many") if {"reply", "no_reply"} <= set(_outcomes(one))]


def lost_in_part(case: Case) -> t.Iterator[str]:
    """What a share of datagrams without an answer says, where nothing else is known of it."""
    for probe in partly_answered(case):
        outcomes = _outcomes(probe)
        silent = outcomes.count("no_reply")
        if silent >= _SHARE * len(outcomes):
            target = f"{probe.request.get('target')}:{probe.request.get('port')}"
            yield f"{silent} of {len(outcomes)} datagrams to {target} were not answered"


def _outcomes(probe: Probe) -> list[str]:
    return [str(one.get("outcome")) for one in probe.result.get("attempts") or []]


def _group(case: Case, place: Place, taken: Socket) -> list[Socket]:
    namespace = case.namespace(place)
    return [
        one
        for one in (namespace.sockets if namespace is not None else ())
        if (one.protocol, one.port, one.local, one.dev) == (taken.protocol, taken.port, taken.local, taken.dev)
    ]


def _cause(place: Place, group: t.Sequence[Socket], probe: Probe, silent: int, sent: int) -> Cause:
    names = ", ".join(sorted({str(one.process) for one in group if one.process}))
    where = label_of(place)
    told = f"{len(group)} sockets of {where} share UDP port {group[0].port}" + (f" (of {names})" if names else "")
    return Cause(
        finding(
            "backend-unhealthy",
            location_of(place),
            f"whichever socket of {where} a client is given to, its program answers",
            f"{told}: {silent} of {sent} datagrams from ports of their own were not answered, and no ping was lost",
            "Look which programs have the port, and which of them does not read: a worker that hangs, or a second"
            f" program.\n$ ss -lunp 'sport = :{group[0].port}'",
            (Proof("config", ref_of(place.node), told), probe_proof(probe)),
            confidence=LIKELY,
            heading="One of several programs that share a port does not answer",
        ),
        itself=True,
    )
