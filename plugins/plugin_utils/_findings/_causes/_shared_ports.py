# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Datagrams of which a server answers a part only.

Sockets of UDP may share a port (SO_REUSEPORT): the kernel gives each client to one of them, whoever reads there. A
worker that hangs, or another program that was bound to the same port, then takes its share of the clients. Or one
program reads all of them, and leaves some without an answer: one that limits its clients, say.
"""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._statistics import differ
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
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST, Socket
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place

# Of the datagrams: below that it may have been one that was late.
_SHARE = 0.1
# So many that were read and not answered are no chance.
_FEW = 3


def shared_ports(case: Case) -> t.Iterator[Cause]:
    """Datagrams of which some are answered and some are not, from ports of their own, where no ping is lost and several
    sockets share the port that was asked."""
    if any(burst.lossy for burst in measured(case.evidence).dose.bursts):
        return
    for probe in partly_answered(case):
        outcomes = outcomes_of(probe)
        trip = case.trip(probe)
        if trip is None or lost_ways(case, trip):
            continue
        for way in trip.ways:
            last = way.forward.last
            taken = last.decided if last is not None else None
            if last is None or not isinstance(taken, Socket):
                continue
            group = _group(case, last.place, taken)
            silent, sent = outcomes.count("no_reply"), len(outcomes)
            cause = _cause(last.place, group, probe, silent, sent) if len(group) > 1 else None
            cause = cause or _leaves_some(case, last.place, probe, silent, sent)
            if cause is not None:
                yield cause
                return


def partly_answered(case: Case) -> list[Probe]:
    """Series of datagrams of which some were answered and some were not."""
    return [one for one in case.evidence.failed("udp", "udp-many") if {"reply", "no_reply"} <= set(outcomes_of(one))]


def lost_in_part(case: Case) -> t.Iterator[str]:
    """What a share of datagrams without an answer says, where nothing else is known of it."""
    for probe in partly_answered(case):
        outcomes = outcomes_of(probe)
        silent = outcomes.count("no_reply")
        if silent >= _SHARE * len(outcomes):
            target = f"{probe.request.get('target')}:{probe.request.get('port')}"
            yield f"{silent} of {len(outcomes)} datagrams to {target} were not answered"


def outcomes_of(probe: Probe) -> list[str]:
    """What became of each of a probe's packets."""
    return [str(one.get("outcome")) for one in probe.result.get("attempts") or []]


def _group(case: Case, place: Place, taken: Socket) -> list[Socket]:
    namespace = case.namespace(place)
    return [
        one
        for one in (namespace.sockets if namespace is not None else ())
        if (one.protocol, one.port, one.local, one.dev) == (taken.protocol, taken.port, taken.local, taken.dev)
    ]


def _leaves_some(case: Case, place: Place, probe: Probe, silent: int, sent: int) -> Cause | None:
    """A pod whose programs read more datagrams than they sent, and sent some, while its counters were watched: about
    the share that was not answered, and no more than were sent to it here, so that they were no others'."""
    moves = measured(case.evidence).moves.get(place.node)
    space = moves.netns.get(place.netns) if moves is not None and place.netns != HOST else None
    if moves is None or space is None:
        return None
    read, gave = space.protocols.get("UdpInDatagrams", 0), space.protocols.get("UdpOutDatagrams", 0)
    asked = case.evidence.sent("udp", "udp-many", "backend-tcp")
    same = [one for one in asked if one.request.get("target") == probe.request.get("target")]
    ours = sum(int(one.result.get("sent") or 0) for one in same)
    if not 0 < gave <= read - _FEW or read > ours or differ(read - gave, read, silent, sent):
        return None
    where = label_of(place)
    told = f"the programs of {where} read {read} datagrams and sent {gave} within {moves.seconds:.1f} s"
    return Cause(
        finding(
            "backend-unhealthy",
            location_of(place),
            f"the program of {where} answers each datagram",
            f"{told}: {silent} of {sent} datagrams to it were not answered, and no ping was lost",
            "Look at the program's log and its settings: a limit of answers for each client, a worker that hangs, an"
            " error that it does not tell.",
            (Proof("counter", f"counters/{place.node}.json", told), probe_proof(probe)),
            confidence=LIKELY,
            heading="The program answers a part of the datagrams that it reads",
        ),
        itself=True,
    )


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
