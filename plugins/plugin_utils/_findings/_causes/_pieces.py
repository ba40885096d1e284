# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Datagrams that are larger than a packet travel as fragments, which filters drop and nodes may not keep.

They are sent to where small ones were answered: as echoes, which the kernel of the other end answers whatever runs
there, and as datagrams to the port, which its program may not want so large. What an application sends is not known.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause, finding
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._evidence import measured
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._experiment import (
    Tried,
    bad_half,
    lost_ways,
    try_probe,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._observed import counted_since
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._proof import seen_lost
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    LIKELY,
    PROVEN,
    Location,
    Proof,
    probe_proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import Rule
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._roundtrip import RoundTrip

# What takes packets by what they are.
_BY_KIND = ("netfilter-drop", "netfilter-reject")
_DATAGRAM = 3000
_MEMORY = "net.ipv4.ipfrag_high_thresh"
_FAILS = "IpReasmFails"


@dataclasses.dataclass(frozen=True)
class Pieces:
    """causes: what ends large datagrams where small ones are answered. unknown: what may, one sentence each."""

    causes: tuple[Cause, ...] = ()
    unknown: tuple[str, ...] = ()


def in_pieces(case: Case) -> Pieces:
    """What becomes of large datagrams, where small ones pass."""
    source = case.evidence.source
    for probe in case.evidence.passed("udp"):
        trip = case.trip(probe)
        if source is None or probe.request.get("netns") != source.netns or trip is None or lost_ways(case, trip):
            continue
        request = dataclasses.replace(trip.request, size=_DATAGRAM, df=False, piece=True)
        other = case.paths().round_trip(trip.start, request)
        lost = lost_large(case)
        if not lost:
            return Pieces(unknown=() if large_answered(case) else tuple(_counted(case, other)))
        tried = try_probe(case, probe, other) if lost_ways(case, other) else None
        causes = [one for one in tried.causes if one.finding.id in _BY_KIND] if tried is not None else []
        if tried is not None and tried.bad >= 1.0 and causes:
            return Pieces(tuple(_theirs(case, one, tried, lost) for one in causes))
        if any(one.role == "pieces" for one in lost):
            kept = list(_not_kept(case, lost))
            return Pieces(tuple(kept), () if kept else (_untold(lost),))
    return Pieces()


def lost_large(case: Case) -> list[Probe]:
    """Large ones that nobody answered, where the small ones before them were; none where any large one was answered at
    the port, since a rule on echoes takes none of those."""
    evidence = case.evidence
    if large_answered(case):
        return []
    small = {one.request.get("target") for one in evidence.passed("ping", "udp", "backend-tcp")}
    return [
        one
        for one in evidence.failed("pieces") + _silent_large(case)
        if one.outcome == "no_reply" and one.request.get("target") in small
    ]


def large_answered(case: Case) -> bool:
    """Whether the port asked answered a datagram that is larger than a packet."""
    return any(_replies(one) for one in case.evidence.sent("udp-large"))


def _silent_large(case: Case) -> list[Probe]:
    return [one for one in case.evidence.sent("udp-large") if one.outcome == "no_reply"]


def _replies(probe: Probe) -> bool:
    return any(one.get("outcome") == "reply" for one in probe.result.get("attempts") or []) or probe.status == "pass"


def _counted(case: Case, other: RoundTrip) -> t.Iterator[str]:
    """A rule that has taken packets, and takes fragments, where no large datagram was sent."""
    ends = [bad_half(way)[0].last for way in lost_ways(case, other)]
    step = ends[0] if len(ends) == len(other.ways) and ends else None
    if step is not None and isinstance(step.decided, Rule) and step.decided.packets:
        yield (
            f'the rule "{step.decided.text.strip()}" of {step.place.node} takes fragments '
            f"({step.decided.packets} so far): datagrams that are larger than a packet do not pass, and those of "
            "the probes are small"
        )


def _theirs(case: Case, cause: Cause, tried: Tried, lost: t.Sequence[Probe]) -> Cause:
    told = f"small datagrams are answered, and none of {_DATAGRAM} bytes, which travels as fragments"
    seen = dataclasses.replace(cause.finding, observed=f"{cause.finding.observed}; {told}")
    shown = [one for one in (counted_since(case, cause, lost), seen_lost(case, cause, tried, lost)) if one is not None]
    said = dataclasses.replace(cause, finding=seen).as_sure_as(PROVEN if shown else LIKELY)
    return said.saying(Proof("simulation", "findings.json", told), *map(probe_proof, lost[:2]), *shown)


def _not_kept(case: Case, lost: t.Sequence[Probe]) -> t.Iterator[Cause]:
    """A node whose kernel could not put fragments together while ours were sent: it may keep none, or no more."""
    sent = sum(len(one.result.get("attempts") or ()) for one in lost if one.role == "pieces")
    for name, moves in measured(case.evidence).moves.items():
        for netns, space in moves.netns.items():
            failed = space.protocols.get(_FAILS, 0)
            if failed < sent or not sent:
                continue
            host = case.host(name)
            allowed = host.sysctls.get(_MEMORY) if host is not None else None
            observed = f"{_FAILS} of {netns} rose by {failed} while {sent} datagrams were sent in fragments"
            yield Cause(
                finding(
                    "packet-loss",
                    Location(node=name),
                    f"{name} keeps fragments until all of a datagram have come",
                    observed + (f"; {_MEMORY} is {allowed}" if allowed is not None else ""),
                    f"Give {name} memory for fragments (the kernel's default is 4 MiB), and look what fills it:\n"
                    f"$ sysctl -w {_MEMORY}=4194304",
                    (Proof("counter", f"counters/{name}.json.gz", observed), *map(probe_proof, lost[:2])),
                    confidence=LIKELY,
                    heading="A node does not put fragments together",
                ),
                itself=True,
            )
            return


def _untold(lost: t.Sequence[Probe]) -> str:
    return (
        f"packets to {lost[0].request.get('target')} pass, and echoes of {_DATAGRAM} bytes, which travel as fragments,"
        " are not answered: datagrams that are larger than a packet may not pass"
    )
