# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What observations say of a cause: captures, the senders of errors, counters. Only these prove."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._dose import again_id
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._probes import TCP_KINDS
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._statistics import at_least
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause, finding
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._catalogue import CATALOGUE
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._gaps import lost_requests
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._experiment import (
    Tried,
    again,
    bad_half,
    doubts,
    good,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._filters import command
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._frames import sent_astray
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._led import led
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._observed import (
    INDEX,
    Observed,
    observed,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    LIKELY,
    POSSIBLE,
    PROVEN,
    Proof,
    probe_proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Evidence, Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import Rule
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import (
    Disposition,
    Doubt,
    Reason,
    Stage,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._passage import passage
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._roundtrip import Answer, RoundTrip, Way

Points = frozenset[tuple[str, str]]
# What a sender sees of each way that a packet can end.
_SEEN: t.Mapping[Answer, frozenset[str]] = {
    Answer.SILENT: frozenset(("no_reply", "timed_out", "dns_failure")),
    Answer.REFUSED: frozenset(("refused", "reset", "unreachable", "no_reply", "dns_failure")),
    Answer.REJECTED: frozenset(("refused", "unreachable", "no_route", "timed_out", "no_reply", "dns_failure")),
    Answer.NO_ROUTE: frozenset(("no_route", "unreachable", "no_reply", "timed_out", "dns_failure")),
    Answer.TOO_BIG: frozenset(("frag_needed", "too_big_local", "no_reply")),
}
_FILTERS = frozenset((Reason.RULE, Reason.POLICY, Reason.CT_INVALID, Reason.OPAQUE, Reason.NOT_READ))
_ENDS = ("netns", "target", "port")
# So many lost connection requests are no chance of the network.
FEW_REQUESTS = 2
# How unlikely a series of failures may be before a share of the packets does not account for it.
_UNLIKELY = 0.02


def sure(case: Case, cause: Cause, tried: Tried) -> Cause:
    """A cause with what was observed of it, and with the confidence that this gives."""
    probes = _related(case.evidence, tried.probe)
    cause = cause.saying(*map(probe_proof, probes[:3]))
    fits = agrees(tried)
    if not fits:
        return cause.as_sure_as(POSSIBLE)
    told = observed(case, cause, tried, probes)
    if cause.finding.confidence == POSSIBLE:
        less = _less_doubtful(cause, tried, told, led(case, cause, tried, probes))
        others = {one.key for one in (*tried.causes, *tried.maybe)} - {cause.key}
        open_still = less.finding.confidence == POSSIBLE and not told.against and not others and not _by_rate(tried)
        seen = seen_lost(case, cause, tried, probes) if open_still else None
        # Packets end where the one thing in doubt is: it may be that, and it may be what nobody thought of there.
        return less if seen is None else less.saying(seen).as_sure_as(LIKELY)
    if cause.itself and not cause.open and not CATALOGUE[cause.finding.id].of_the_path:
        return cause.as_sure_as(PROVEN)
    around = _around(case, cause, tried)
    # A frame for a wrong hardware address is flooded: it is seen everywhere, and taken in nowhere.
    # And of packets that are lost by chance, others are seen behind that place.
    flooded = cause.finding.id in ("neighbour-failed", "tunnel-mac-mismatch", "tunnel-mac-duplicate")
    chance = 0.0 < tried.bad + tried.doubtful < 1.0 or _some_pass(tried)
    if (
        cause.step is not None
        and not flooded
        and not chance
        and not _of_later_packets(tried)
        and _contradicted(case.evidence, probes, around[1], cause.backwards)
    ):
        text = "but the captures saw such packets behind that place"
        return cause.saying(Proof("capture", "captures/index.json", text)).as_sure_as(POSSIBLE)
    met = led(case, cause, tried, probes)
    if told.against and met is None:
        return cause.saying(Proof("kernel", INDEX, f"but {told.against}")).as_sure_as(LIKELY)
    seen = (
        seen_lost(case, cause, tried, probes, around)
        or _unmasked(case, cause, probes)
        or _untranslated(case, cause, tried, probes)
    )
    found = (seen, met, _sender(case, cause, probes), sent_astray(case, cause, probes), *told.proofs)
    proofs = [proof for proof in found if proof is not None]
    if proofs:
        return cause.saying(*proofs).as_sure_as(LIKELY if cause.open else PROVEN)
    return cause.as_sure_as(LIKELY)


def seen_lost(
    case: Case, cause: Cause, tried: Tried, probes: t.Sequence[Probe], around: tuple[Points, Points] | None = None
) -> Proof | None:
    """Captures that lost nothing, and saw the packets of these probes up to the cause's place and not beyond it.
    around: the devices before and beyond it, where they are known already."""
    if cause.step is None:
        return None
    before, beyond = around or _around(case, cause, tried)
    return (
        capture_proof(case.evidence, probes, cause.step.place.node, cause.backwards, beyond, before)
        or _inside(case, cause, tried, probes)
        or _requests_lost(case.evidence, tried, cause.step.place.node, (before, beyond))
    )


def _requests_lost(evidence: Evidence, tried: Tried, node: str, around: tuple[Points, Points]) -> Proof | None:
    """Connection requests, or their answers, that were lost between the devices before the cause's place and those
    beyond it, on its node or behind that, and nowhere else, though the connections opened with the next try; and no
    more of them than the share that the cause takes."""
    before, beyond = around
    ends = [tried.probe.request.get(key) for key in _ENDS]
    same = [one for one in evidence.probes if [one.request.get(key) for key in _ENDS] == ends]
    lost = lost_requests(evidence, *captured_ids([one for one in same if one.phase == "probe"]))
    if lost is None or lost.lost < FEW_REQUESTS:
        return None
    again = [one for one in same if one.phase == "capture" and one.request.get("kind") in TCP_KINDS]
    made = max(lost.hit, sum(int(one.result.get("sent") or 0) for one in again))
    if at_least(lost.hit, made, min(1.0, tried.bad + tried.doubtful)) < _UNLIKELY:
        return None
    inside = all(
        last in before and missing not in before and (missing in beyond or missing[0] == node)
        for last, missing in lost.counts
    )
    return lost.proof(lost.most) if inside else None


def _some_pass(tried: Tried) -> bool:
    """Whether a part of such packets passes whatever is assumed: dice decide, or a hash."""
    return any(good(way) and not doubts(way) for way in (tried.trip.ways if tried.trip is not None else ()))


def _less_doubtful(cause: Cause, tried: Tried, told: Observed, met: Proof | None) -> Cause:
    """What a rule does that nobody can read: its own counter says that it took the packets; a drop at its place says
    only that some rule there did. Behind a limit it does so by how many there are: the limit is the cause, not it.
    met: the packets were seen to have met a rule or route whose doing was in doubt."""
    if told.against or not (told.proofs or met):
        return cause
    by_rate = _by_rate(tried)
    limit = _limit(cause, tried) if by_rate else None
    if by_rate and not (told.rule and (limit is not None or _counts_itself(cause, tried, told))):
        return cause
    if limit is not None:
        return _of_limit(cause, limit, told)
    decided = told.rule or (bool(told.proofs) and (met is not None or not _by_filter(cause, tried)))
    certain = PROVEN if decided and not cause.open else LIKELY
    return cause.saying(*((met,) if met is not None else ()), *told.proofs).as_sure_as(certain)


def _by_rate(tried: Tried) -> bool:
    """Whether how many packets there are decides about them."""
    ways = tried.trip.ways if tried.trip is not None else ()
    return any(one.doubt is Doubt.RATE for way in ways for one in way.assumptions)


def _counts_itself(cause: Cause, tried: Tried, told: Observed) -> bool:
    """Whether the rule whose own condition is about how many come took the packets by its own counter. That it is no
    limit, but compares a rate or remembers who came, is what makes it the cause."""
    ended = cause.step.decided if cause.step is not None else None
    ways = tried.trip.ways if tried.trip is not None else ()
    own = any(one.doubt is Doubt.RATE and one.decided is ended for way in ways for one in way.assumptions)
    return ended is not None and own and any(proof.kind == "counter" for proof in told.proofs)


def _by_filter(cause: Cause, tried: Tried) -> bool:
    """Whether a simulated packet ends by a rule or a program in the cause's direction: there a drop may be another's.
    Any other reason of the kernel decides which of the ways the packets took."""
    ways = [way for way in (tried.trip.ways if tried.trip is not None else ()) if not good(way)]
    ends = [trace for trace, backwards in map(bad_half, ways) if backwards == cause.backwards]
    return any(trace.reason in _FILTERS for trace in ends)


# Rules that count how many come within a time, or are there at once.
_LIMITS = re.compile(r"-m (limit|hashlimit|connlimit)\b|--hitcount\b|\blimit (?:rate|name)\b|\bct count\b")


def _limit(cause: Cause, tried: Tried) -> Rule | None:
    """The limit that leads packets to the cause's rule: itself, or one that was taken on the way there."""
    ended = cause.step.decided if cause.step is not None else None
    for way in tried.trip.ways if tried.trip is not None and isinstance(ended, Rule) else ():
        trace, backwards = bad_half(way)
        if good(way) or backwards != cause.backwards or trace.last is None or trace.last.decided is not ended:
            continue
        for one in reversed(way.assumptions):
            if one.doubt is Doubt.RATE and isinstance(one.decided, Rule) and _LIMITS.search(one.decided.text):
                return one.decided
    return None


def _of_limit(cause: Cause, limit: Rule, told: Observed) -> Cause:
    """The limit as the cause: a rule behind it was seen to take the packets."""
    text, shown = limit.text.strip(), cause.finding
    itself = cause.step is not None and cause.step.decided is limit
    beyond = "" if itself else f"; what goes beyond it: {shown.observed}"
    told_of = finding(
        "connection-limit",
        shown.location,
        "a limit is far above what is sent",
        f'the limit "{text}" is reached{beyond}',
        f"Raise the limit, or take it away, where whatever manages it keeps it:\n{command(limit)}",
        (*shown.evidence, *told.proofs),
        confidence=LIKELY,
        heading="A limit is reached",
    )
    return dataclasses.replace(cause, finding=told_of)


def _related(evidence: Evidence, probe: Probe) -> list[Probe]:
    """The probe, and the others of its kind that failed at the same address."""
    same = [
        other
        for other in evidence.probes
        if other.phase == "probe"
        and other.status == "fail"
        and other.id != probe.id
        and other.request.get("target") == probe.request.get("target")
        and other.request.get("netns") == probe.request.get("netns")
        and other.request.get("kind") == probe.request.get("kind")
    ]
    return [probe, *same]


def agrees(tried: Tried) -> bool:
    """Whether what the sender saw is what the simulation says it sees, and as often."""
    probe, trip = tried.probe, tried.trip
    if trip is None:
        return True
    bad = [way for way in trip.ways if not good(way)]
    kinds = {way.answer for way in bad}
    outcome = probe.outcome
    late = outcome in _SEEN[Answer.NO_ROUTE] and any(
        way.forward.disposition is Disposition.NO_NEIGHBOUR and way.back is not None for way in bad
    )
    # The error of a router that finds no neighbour comes after seconds; who waits so long sees it.
    seen = late or any(outcome in _SEEN.get(kind, frozenset((outcome,))) for kind in kinds)
    seen = seen or (_refused_here(probe) and any(_ends_at_home(trip, way) for way in bad))
    if kinds and outcome and not seen:
        return False
    sent = int(probe.result.get("sent") or 0)
    received = int(probe.result.get("received") or 0)
    share = tried.bad + tried.doubtful
    return not (sent and not received and share < 1.0 and share**sent < _UNLIKELY)


def _refused_here(probe: Probe) -> bool:
    """Whether the sender's own kernel refused each packet: what drops what a process sends answers it with EPERM."""
    attempts = probe.result.get("attempts") or []
    return bool(attempts) and all("(EPERM)" in str(one.get("detail")) for one in attempts)


def _ends_at_home(trip: RoundTrip, way: Way) -> bool:
    """Whether a packet is lost in silence in the very namespace that sent it."""
    place = way.forward.place
    return way.answer is Answer.SILENT and (place.node, place.netns) == (trip.start.node, trip.start.netns)


# -- captures ------------------------------------------------------------------------------------------------------
def _around(case: Case, cause: Cause, tried: Tried) -> tuple[Points, Points]:
    """Devices that the packet passed before its end, and those that it would pass behind it with the change."""
    trip, step = tried.trip, cause.step
    if trip is None or step is None:
        return frozenset(), frozenset()
    before: set[tuple[str, str]] = set()
    for way in trip.ways:
        if good(way):
            continue
        trace, backwards = bad_half(way)
        if backwards == cause.backwards:
            before |= passage(case.evidence.nodes, trace).points
    beyond: set[tuple[str, str]] = set()
    following = again(case, case.network, trip, cause)
    for way in following[1].ways if following is not None else ():
        half = way.back if cause.backwards else way.forward
        if half is not None:
            beyond |= passage(case.evidence.nodes, half).points
    later = beyond - before
    elsewhere = {point for point in later if point[0] != step.place.node}
    return frozenset(before), frozenset(elsewhere or later)


def _of_later_packets(tried: Tried) -> bool:
    """Whether the first packet and its answer pass, and only what follows them on the connection is lost: captures see
    those behind the place that takes this."""
    ways = tried.trip.ways if tried.trip is not None else ()
    lost = [way for way in ways if not good(way)]
    return bool(lost) and all(bad_half(way)[0] in way.later for way in lost)


def _contradicted(
    evidence: Evidence, probes: t.Sequence[Probe], beyond: t.Container[tuple[str, str]], backwards: bool
) -> bool:
    """Whether a capture saw the packets where they cannot be if the finding is right."""
    direction = "reply" if backwards else "forward"
    ids = captured_ids(probes)
    return any(
        sighting.get("direction") == direction
        and sighting.get("count")
        and not flow.get("ambiguous")
        and (sighting.get("node"), sighting.get("device")) in beyond
        for flow in (evidence.flows(*ids) if ids else [])
        for sighting in flow.get("sightings") or []
    )


def capture_proof(
    evidence: Evidence,
    probes: t.Sequence[Probe],
    node: str | None = None,
    backwards: bool = False,
    beyond: t.Collection[tuple[str, str]] = (),
    before: t.Collection[tuple[str, str]] = (),
) -> Proof | None:
    """Where the probes' packets were seen last and never arrived, if captures without loss prove that.

    node: the packet must have been seen on this node last, or be missing there; None takes any place. beyond: where it
    must be missing (node, device), if that is known; before: where it may have been seen last.
    """
    names = ("last_reply", "missing_reply") if backwards else ("last_forward", "missing_forward")
    for flow, fate in fates(evidence, captured_ids(probes)):
        last, missing = (fate.get(name) or {} for name in names)
        if not (flow.get("lossless") and last and missing) or flow.get("ambiguous"):
            continue
        first, second = (last.get("node"), last.get("device")), (missing.get("node"), missing.get("device"))
        if node is not None:
            if node != last.get("node") and (second not in beyond if beyond else node != missing.get("node")):
                continue
            # Seen last before the node of the cause is even reached: it was lost somewhere else.
            if before and first not in before and node != last.get("node"):
                continue
        return Proof(
            "capture",
            f"captures/index.json#{flow.get('probe_id')}",
            f"{_how_many(flow, names[0], last)}seen last on {last['device']} of {last['node']}, never on "
            f"{missing['device']} of {missing['node']}, and no capture lost packets",
        )
    return None


def captured_ids(probes: t.Sequence[Probe]) -> list[str]:
    """What these probes, sent again beside captures, are called: a part of the dose by an id of its own."""
    return [identifier for probe in probes for identifier in (probe.id, again_id(probe.id))]


def _how_many(flow: JsonObject, name: str, last: JsonObject) -> str:
    """How many of a flow's packets were seen at that device last."""
    packets = [one for one in flow.get("packets") or [] if one.get("what") != "data"]
    there = [one for one in packets if one.get(name) == last]
    return f"{len(there)} of {len(packets)} packets " if there else ""


def fates(evidence: Evidence, ids: t.Sequence[str]) -> t.Iterator[tuple[JsonObject, JsonObject]]:
    """What became of the packets of some probes: of all of a flow together, then of each that was lost."""
    for flow in evidence.flows(*ids) if ids else []:
        yield flow, flow
        for packet in flow.get("packets") or []:
            if packet.get("lost"):
                yield flow, packet


def _unmasked(case: Case, cause: Cause, probes: t.Sequence[Probe]) -> Proof | None:
    """Packets that a capture saw leave the node's NIC with the pod's own address."""
    step, source = cause.step, case.evidence.source
    if cause.finding.id not in ("snat-missing", "pod-cidr-overlap") or step is None or source is None:
        return None
    for flow in case.evidence.flows(*(probe.id for probe in probes)):
        for one in flow.get("sightings") or []:
            if (one.get("node"), one.get("device")) == (step.place.node, case.nic(step.place.node)) and (
                one.get("direction") == "forward" and one.get("src") == source.address and not one.get("outer")
            ):
                text = f"seen on {one['device']} of {one['node']} with the source {one['src']}, a pod's address"
                return Proof("capture", f"captures/index.json#{flow.get('probe_id')}", text)
    return None


def _untranslated(case: Case, cause: Cause, tried: Tried, probes: t.Sequence[Probe]) -> Proof | None:
    """Packets for a Service that a capture saw leave the node with the Service's own address."""
    step, trip = cause.step, tried.trip
    if cause.finding.id != "conntrack-bypassed" or step is None or trip is None:
        return None
    for flow in case.evidence.flows(*(probe.id for probe in probes)):
        for one in flow.get("sightings") or []:
            if (one.get("node"), one.get("device")) == (step.place.node, case.nic(step.place.node)) and (
                one.get("direction") == "forward" and one.get("dst") == trip.request.dst and not one.get("outer")
            ):
                text = f"seen on {one['device']} of {one['node']} still sent to {one['dst']}: nothing translated it"
                return Proof("capture", f"{INDEX}#{flow.get('probe_id')}", text)
    return None


def _inside(case: Case, cause: Cause, tried: Tried, probes: t.Sequence[Probe]) -> Proof | None:
    """A namespace that swallows the packets: they never come out of it, or come in and nothing answers."""
    step, trip = cause.step, tried.trip
    if step is None or trip is None or step.reason is Reason.EXTERNAL:
        # What leaves what is managed is not swallowed where it was seen last.
        return None
    place = step.place
    starts = (place.node, place.netns) == (trip.start.node, trip.start.netns)
    node = case.evidence.nodes.get(place.node)
    port = node.pod_port(place.netns) if node is not None and place.netns != HOST else None
    where = place.node if place.netns == HOST else f"{place.netns} on {place.node}"

    def at_door(point: JsonObject) -> bool:
        return point.get("node") == place.node and (port is None or point.get("device") == port.name)

    for flow, fate in fates(case.evidence, captured_ids(probes)):
        if not flow.get("lossless") or flow.get("ambiguous") or not flow.get("known", True):
            continue
        sent, unsent = fate.get("last_forward") or {}, fate.get("missing_forward") or {}
        back, unback = fate.get("last_reply") or {}, fate.get("missing_reply") or {}
        ref = f"captures/index.json#{flow.get('probe_id')}"
        if starts and not cause.backwards and not sent and unsent and at_door(unsent):
            return Proof(
                "capture", ref, f"no packet ever came out of {where} ({unsent['device']}), and no capture lost any"
            )
        if starts and cause.backwards and back and not unback and at_door(back):
            return Proof(
                "capture", ref, f"the answers came to {back['device']} of {back['node']}, the last before {where}"
            )
        # A frame that is lost on the wire ends at the device that has sent it, not in there.
        inside = [
            way.forward for way in trip.ways if way.forward.last is None or way.forward.last.stage is not Stage.WIRE
        ]
        ends = any((one.place.node, one.place.netns) == (place.node, place.netns) for one in inside)
        if not starts and ends and sent and not unsent and not back and unback and at_door(sent) and at_door(unback):
            text = f"the packets came to {sent['device']} of {sent['node']}, and no answer ever came out of {where}"
            return Proof("capture", ref, f"{text}; no capture lost any")
    return None


# -- senders -------------------------------------------------------------------------------------------------------
def _sender(case: Case, cause: Cause, probes: t.Sequence[Probe]) -> Proof | None:
    """An ICMP error that came from the very namespace where the simulated packet is rejected."""
    step = cause.step
    if step is None or cause.finding.id != "netfilter-reject":
        return None
    namespace = case.namespace(step.place)
    own = {entry.address for link in namespace.links.values() for entry in link.addresses} if namespace else set()
    others = {
        entry.address
        for node in case.evidence.nodes.values()
        for name, other in node.namespaces.items()
        if (node.name, name) != (step.place.node, step.place.netns)
        for link in other.links.values()
        for entry in link.addresses
    }
    for probe in probes:
        for error in probe.data.get("icmp_errors") or []:
            sender = error.get("from") if isinstance(error, dict) else None
            if sender in own - others:
                where = step.place.node if step.place.netns == HOST else step.place.netns
                return Proof("probe", probe.id, f"the rejection came from {sender}, an address of {where}")
    return None
