# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The experiment: what ended a simulated packet is mended in the model, and the packet is sent again."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause, ref_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._view import View
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._addresses import (
    blocked_by_ipsec,
    claimed_source,
    foreign_source,
    homeless,
    ignored,
    not_taken,
    not_there,
    out_of_network,
    right_source,
    translated_source,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._answering import from_elsewhere
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._backends import other_backend
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._devices import (
    device_ends,
    ports,
    taken_over,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._egress import egress, meets_itself
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._filters import filtered, untracked
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._lifetime import short_lived
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._localhost import local_node_port
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._programs import programs
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._rewritten import rewritten
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._routes import (
    forwarding_off,
    left_behind,
    misrouted,
    no_route,
    reverse_path,
    route_text,
    told_elsewhere,
    unread_tables,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._scopes import without_sender
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._served import served
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._shadowed import (
    left_by_tunnel,
    shadowed,
    swallowed,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._sockets import (
    bypassed,
    nowhere,
    past_the_translation,
    socket_ends,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._tunnel_entries import mistaken
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._tunnels import (
    translated_tunnel,
    tunnel_ends,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._wireguard import wireguard_ends
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import POSSIBLE, Proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._services import declared_ports
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import pod_netns
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST, Neighbour, Route, Rule
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._neighbour import FIXED
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import Rule as FilterRule
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import (
    Doubt,
    Hop,
    Place,
    Reason,
    Stage,
    Trace,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._crossed import by_unread_nodes
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._network import Network
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._roundtrip import Answer, RoundTrip, Way

# Ways between nodes for which the network between them needs to know nothing of pods.
_BACKENDS = ("vxlan", "host-gw")
_DEVICES_GONE = ("device-down", "device-missing", "address-missing")
_WITH_THEIR_DEVICE = ("neighbour-failed", "fdb-entry-missing")
# A share that is none.
_NOTHING = 1e-6
# A rule that leads packets elsewhere.
_LED = "redirect-target-missing"
# Independent faults that are looked for behind one another.
MAX_CAUSES = 4

_Topic = t.Callable[[View], t.Iterator[Cause]]
# What may have led the packet to its end, asked in this order; what ended it comes last.
_ON_THE_WAY: tuple[_Topic, ...] = (
    homeless,
    out_of_network,
    other_backend,
    from_elsewhere,
    untracked,
    served,
    not_taken,
    told_elsewhere,
    misrouted,
    mistaken,
    translated_tunnel,
    ports,
    egress,
    translated_source,
    rewritten,
    foreign_source,
)
_ENDS: t.Mapping[Reason, tuple[_Topic, ...]] = {
    Reason.RULE: (filtered, programs),
    Reason.OPAQUE: (programs, filtered),
    Reason.POLICY: (filtered,),
    Reason.CT_INVALID: (filtered,),
    Reason.FORWARDING_OFF: (unread_tables, not_there, nowhere, forwarding_off),
    Reason.RP_FILTER: (reverse_path,),
    Reason.NO_ROUTE: (unread_tables, not_there, no_route),
    Reason.BLACKHOLE: (no_route,),
    Reason.UNREACHABLE: (no_route,),
    Reason.PROHIBIT: (no_route,),
    Reason.THROW: (no_route,),
    Reason.LINK_DOWN: (device_ends,),
    Reason.LINK_MISSING: (device_ends,),
    Reason.NO_CARRIER: (left_behind, left_by_tunnel, device_ends),
    Reason.TAKEN_OVER: (taken_over,),
    Reason.PORT_DETACHED: (device_ends,),
    Reason.PORT_BLOCKED: (device_ends,),
    Reason.HAIRPIN_OFF: (device_ends,),
    Reason.NEIGHBOUR_FAILED: (shadowed, swallowed, not_there, nowhere, tunnel_ends),
    Reason.NEIGHBOUR_WRONG: (not_there, nowhere, tunnel_ends),
    Reason.FDB_MISSING: (tunnel_ends,),
    Reason.FDB_WRONG: (tunnel_ends,),
    Reason.TUNNEL_VNI: (tunnel_ends,),
    Reason.TUNNEL_PORT: (tunnel_ends,),
    Reason.TUNNEL_GROUP: (tunnel_ends,),
    Reason.TUNNEL_SOURCE: (tunnel_ends,),
    Reason.TUNNEL_MAC: (tunnel_ends,),
    Reason.NO_TUNNEL: (tunnel_ends,),
    Reason.WIREGUARD_PEER: (wireguard_ends,),
    Reason.WIREGUARD_ENDPOINT: (wireguard_ends,),
    Reason.WIREGUARD_PORT: (wireguard_ends,),
    Reason.WIREGUARD_KEY: (wireguard_ends,),
    Reason.WIREGUARD_SOURCE: (wireguard_ends,),
    Reason.ADDRESS_NOWHERE: (not_there, nowhere),
    Reason.MARTIAN: (local_node_port, meets_itself, claimed_source, without_sender),
    Reason.ECHO_IGNORED: (ignored,),
    Reason.XFRM_BLOCK: (blocked_by_ipsec,),
    Reason.TTL: (short_lived,),
    Reason.NO_SOCKET: (local_node_port, socket_ends, bypassed, past_the_translation),
    Reason.SOCKET_ELSEWHERE: (socket_ends,),
    Reason.BACKLOG_FULL: (socket_ends,),
}


# Reasons of routes and policy rules whose type is to drop.
_DROPPING = (Reason.BLACKHOLE, Reason.UNREACHABLE, Reason.PROHIBIT, Reason.THROW)
# What a change does that is all it takes.
_ARRIVES = "with this change the simulated packet arrives"
# What leads packets by another node on purpose, as likely as by mistake.
_DETOURS = ("policy-route-diverts", "route-wrong")


@dataclasses.dataclass(frozen=True)
class Tried:
    """What became of one failed probe. bad: the share of its packets that the simulation loses for certain; doubtful:
    the share that it may lose; mended: with all the changes, the simulated packet arrives. trip: as it is now. maybe:
    what may have taken the packet before that, and is a cause where that was observed; behind: what may take it once
    all causes are mended."""

    probe: Probe
    trip: RoundTrip | None
    causes: tuple[Cause, ...]
    bad: float
    doubtful: float
    mended: bool
    maybe: tuple[Cause, ...] = ()
    behind: tuple[Cause, ...] = ()

    @property
    def arrives(self) -> bool:
        """Whether the simulation finds nothing wrong with the packet."""
        return self.trip is not None and not self.causes and self.bad == 0.0


def good(way: Way) -> bool:
    """Whether the sender gets what it asked for."""
    return way.answer is Answer.REPLY


def bad_half(way: Way) -> tuple[Trace, bool]:
    """The packet of a way that is lost first, and whether it is one that comes back."""
    broken = way.broken or way.forward
    return broken, broken is way.back


def astray(case: Case, trip: RoundTrip, way: Way) -> bool:
    """A packet for an address of the cluster that leaves the cluster, or that somebody else takes in."""
    if any(_underlay(case, trace) for trace in way.traces):
        return True
    if good(way):
        return misdelivered(case, way)
    broken, backwards = bad_half(way)
    if way.answer is not Answer.UNKNOWN or broken.reason not in (Reason.EXTERNAL, Reason.NOT_READ):
        return False
    if broken.reason is Reason.NOT_READ:
        return not backwards and case.is_nobodys(final(broken))
    sent = way.forward.hops[0].before if way.forward.hops else trip.request
    if backwards and right_source(case, trip.start, sent.src) is not None:
        return True
    return case.is_inside(sent.src if backwards else sent.dst)


def final(trace: Trace) -> str | None:
    """The destination of a packet as it ended, without its tunnel."""
    packet = trace.packet
    while packet is not None and packet.tunnelled and packet.inner is not None:
        packet = packet.inner
    return packet.dst if packet is not None else None


def _underlay(case: Case, trace: Trace) -> bool:
    """A pod's packet without its tunnel, or by another machine than the pod's node, on the network between the nodes,
    which does not know pods' addresses.
    """
    for hop in trace.hops:
        packet = hop.before
        if packet.tunnelled or not case.pods.is_pod_address(packet.dst):
            continue
        for step in hop.steps:
            if step.stage is Stage.WIRE and step.reason is Reason.EXTERNAL:
                return case.pods.backend(hop.node) in _BACKENDS and not _to_its_node(case, hop)
    last = trace.hops[-1] if trace.hops else None
    if last is None or trace.reason is not Reason.EXTERNAL or not case.pods.is_pod_address(last.after.dst):
        return False
    return not last.after.tunnelled and case.pods.backend(last.node) in _BACKENDS and not _to_its_node(case, last)


def _to_its_node(case: Case, hop: Hop) -> bool:
    """Whether the route by which a pod's packet leaves a node leads to the pod's own node."""
    routes = [step.decided for step in hop.steps if step.stage is Stage.ROUTING and isinstance(step.decided, Route)]
    owner = case.pods.node_of(hop.after.dst)
    return owner is None or not routes or case.pods.node_with(routes[-1].gateway) == owner


def misdelivered(case: Case, way: Way) -> bool:
    """A packet for a pod's address that another namespace took in."""
    packet = way.forward.packet
    pod = case.owner_of(packet.dst) if packet is not None and way.forward.delivered else None
    if pod is None:
        return False
    place = way.forward.place
    right = pod_netns(pod)
    return (place.node, place.netns) != ((pod.get("spec") or {}).get("nodeName"), right)


def lost_ways(case: Case, trip: RoundTrip) -> list[Way]:
    """The ways on which nothing comes back to the sender."""
    return [way for way in trip.ways if astray(case, trip, way) or not (good(way) or way.answer is Answer.UNKNOWN)]


def lost_share(case: Case, trip: RoundTrip) -> tuple[float, float]:
    """The share of the packets that is lost for certain, and the share that may be."""
    bad = lost_ways(case, trip)
    if _all_lost(trip, bad):
        # Whatever is assumed, it is lost: what all branches share is certain.
        return 1.0, 0.0
    settled = _lost_either_way(trip, bad)
    doubtful = [way for way in bad if doubts(way)]
    twofold = [way for way in doubtful if settled and _in_question(way) <= settled.keys()]
    certain = sum(way.share for way in bad if not doubts(way)) + _once(twofold)
    rest = sum(way.share for way in doubtful if way not in twofold)
    unknown = sum(way.share for way in trip.ways if not good(way) and way not in bad)
    return min(certain, 1.0), rest + unknown


_Question = tuple[Place, str]


def _in_question(way: Way) -> t.KeysView[_Question]:
    """What a way takes for granted that may be otherwise, in its order."""
    return {(one.place, one.text): None for one in way.assumptions if one.doubt is not Doubt.FABRIC}.keys()


def _lost_either_way(trip: RoundTrip, bad: t.Sequence[Way]) -> t.Mapping[_Question, None]:
    """Questions whose answer makes no difference: the packet is lost on every way on which they are asked."""
    met: dict[_Question, set[bool]] = {}
    for way in trip.ways:
        for one in way.assumptions:
            met.setdefault((one.place, one.text), set()).add(one.taken)
    saved = {question for way in trip.ways if way not in bad for question in _in_question(way)}
    return {question: None for question, taken in met.items() if len(taken) > 1 and question not in saved}


def _once(ways: t.Sequence[Way]) -> float:
    """The share of ways that are there once for each answer to a question that makes no difference."""
    shares: dict[_Question, dict[bool, float]] = {}
    for way in ways:
        first = next(one for one in way.assumptions if one.doubt is not Doubt.FABRIC)
        answers = shares.setdefault((first.place, first.text), {})
        answers[first.taken] = answers.get(first.taken, 0.0) + way.share
    return sum(min(answers.values()) for answers in shares.values())


def _all_lost(trip: RoundTrip, bad: t.Sequence[Way]) -> bool:
    """Whether the packet is lost on every way; where something unknown may take it, too, if it is lost as well where
    that lets it pass.
    """
    passed = {(one.place, one.text) for way in bad for one in way.assumptions if one.taken}
    return bool(bad) and all(way in bad or _taken_by_unknown(way, passed) for way in trip.ways)


def _taken_by_unknown(way: Way, passed: t.Container[tuple[Place, str]]) -> bool:
    """Whether a way ends at something unknown that lets the packet pass on another one."""
    broken = way.broken
    if way.answer is not Answer.UNKNOWN or broken is None or broken.reason is not Reason.OPAQUE:
        return False
    return any(not one.taken and (one.place, one.text) in passed for one in way.assumptions)


def _by_assumption(way: Way) -> bool:
    """Whether a way ends by the very thing of which it is assumed that it takes the packet."""
    broken = way.broken
    decided = broken.last.decided if broken is not None and broken.last is not None else None
    return decided is not None and any(one.decided is decided for one in way.assumptions)


def doubts(way: Way) -> bool:
    """Whether a way takes something for granted that may be otherwise: that the network between the nodes works is not
    in question here."""
    return any(one.doubt is not Doubt.FABRIC for one in way.assumptions)


def explain(case: Case, network: Network, trip: RoundTrip) -> Cause | None:
    """The cause of a round trip that fails for certain, tried; None where there is none, or it is not known."""
    return _explain(case, network, trip, certain=True)


def _explain(case: Case, network: Network, trip: RoundTrip, certain: bool) -> Cause | None:
    bad = lost_ways(case, trip) if certain else [way for way in trip.ways if not good(way) or astray(case, trip, way)]
    everything = _all_lost(trip, lost_ways(case, trip))
    chosen = [way for way in bad if everything or not certain or not doubts(way)]
    # Of what is lost in any case, the cause is not what may take the packet, but what ends it where that does not.
    for way in sorted(chosen, key=lambda one: (_by_assumption(one), doubts(one), -one.share)):
        trace, backwards = bad_half(way)
        view = View(case, network, trip, way, trace, backwards)
        cause = _tried(view)
        if cause is not None:
            return cause
    return None


def _tried(view: View) -> Cause | None:
    """The first candidate whose change helps. One that cannot be tried counts where a Service's objects say it, or
    where it is what ended the packet; any other only where nothing else is found."""
    ends = _ENDS.get(view.reason, ())
    dropped = _dropped_between(view, ends)
    if dropped is not None:
        return dropped
    fallback: Cause | None = None
    for topic in (*_ON_THE_WAY, *ends):
        for cause in topic(view):
            if cause.repair is None and cause.instead is None and cause.sender is None:
                if topic in (served, homeless, out_of_network, other_backend) or topic in ends:
                    return cause
                fallback = fallback or cause
                continue
            outcome = helps(view, cause)
            if outcome is not None and cause.finding.id == _LED and topic not in ends:
                behind = _stopped_behind(view, ends)
                if behind is not None:
                    return behind
            if outcome is not None:
                return cause.saying(Proof("simulation", "findings.json", outcome), *_ended_on(view, cause))
    return fallback


def _dropped_between(view: View, ends: tuple[_Topic, ...]) -> Cause | None:
    """The rule by which a node that is none of either end's drops what it is there to forward: the way that leads by
    there harms nothing without that rule. Whose wrong turn it is says nothing of a node that forwards nothing."""
    last, evidence = view.trace.last, view.case.evidence
    nodes = {end.node for end in (evidence.source, evidence.destination, *evidence.targets) if end is not None}
    if view.reason is not Reason.RULE or last is None or last.place.netns != HOST or last.place.node in nodes:
        return None
    came = [one for one in view.routed() if one.place.node != last.place.node]
    for cause in _with_a_change(view, ends) if came else ():
        if helps(view, cause) == _ARRIVES:
            by = route_text(came[-1].route) if came[-1].route is not None else came[-1].dev
            told = f'packets come to {last.place.node} by "{by}" of {came[-1].place.node}'
            return cause.saying(
                Proof("simulation", "findings.json", _ARRIVES), Proof("simulation", ref_of(came[-1].place.node), told)
            )
    return None


def _stopped_behind(view: View, ends: t.Sequence[_Topic]) -> Cause | None:
    """What ended the packet behind a translation, where nothing else loses it once that is mended: a rule that leads
    packets on is meant to lead them, as a balancer's does."""
    for cause in _with_a_change(view, ends):
        if _mends(view, cause):
            outcome = helps(view, cause) or ""
            return cause.saying(Proof("simulation", "findings.json", outcome), *_ended_on(view, cause))
    return None


def _with_a_change(view: View, ends: t.Iterable[_Topic]) -> t.Iterator[Cause]:
    """What may have ended the packet, and can be tried."""
    return (cause for topic in ends for cause in topic(view) if cause.repair is not None)


def _mends(view: View, cause: Cause) -> bool:
    """Whether the simulated packet is nowhere lost with a cause's change, as far as was read: it may go on to a pod
    that was not."""
    after = again(view.case, view.network, view.trip, cause)
    lost = [bad_half(way)[0] for way in lost_ways(view.case, after[1])] if after is not None else []
    on = [one for one in lost if one.reason is Reason.NOT_READ and view.case.pods.is_pod_address(final(one))]
    return after is not None and len(on) == len(lost)


def _ended_on(view: View, cause: Cause) -> list[Proof]:
    """Where the packet ends, in case that it is another node than the one with the cause."""
    last = view.trace.last
    if last is None or cause.finding.location.node in (None, last.place.node):
        return []
    return [Proof("simulation", ref_of(last.place.node), f"the packet ends on {last.place.node}: {last.text}")]


def helps(view: View, cause: Cause) -> str | None:
    """What the change does to the simulated packet; None where it ends as before."""
    after = again(view.case, view.network, view.trip, cause)
    if after is None:
        return "what the packet becomes with this change cannot be simulated"
    before_bad, before_doubt = lost_share(view.case, view.trip)
    after_bad, after_doubt = lost_share(view.case, after[1])
    if after_bad + after_doubt < _NOTHING:
        return _ARRIVES
    if after_bad + after_doubt < before_bad + before_doubt - _NOTHING:
        return "with this change more of the simulated packets arrive"
    lost = {_end(bad_half(way)[0]) for way in lost_ways(view.case, after[1])}
    if _end(view.trace) not in lost:
        what = "and meets another fault" if lost else "and leaves what was read"
        return f"with this change the simulated packet comes further, {what}"
    return None


def _end(trace: Trace) -> tuple[t.Any, ...]:
    """Where and why a trace ends; each route or policy rule whose type is to drop is another end."""
    last = trace.last
    decided = None
    if last is not None:
        decided = getattr(last.decided, "id", None) or getattr(last.decided, "name", None)
        if trace.reason in _DROPPING and isinstance(last.decided, (Route, Rule)):
            decided = last.decided
    return (
        (trace.disposition, trace.reason, last.place.node, last.place.netns, str(decided)) if last else (trace.reason,)
    )


def again(case: Case, network: Network, trip: RoundTrip, cause: Cause) -> tuple[Network, RoundTrip] | None:
    """The packet once more, with a cause's change; None where that cannot be simulated."""
    if cause.sender is not None:
        changed = cause.repair(network) if cause.repair is not None else network
        request = dataclasses.replace(trip.request, src=cause.sender)
        return changed, case.paths(changed).round_trip(trip.start, request, trip.answered)
    if cause.repair is not None:
        changed = cause.repair(network)
        return changed, case.paths(changed).round_trip(
            trip.start, _sent_anew(case, network, changed, trip), trip.answered
        )
    if cause.instead is not None and trip.start.node in case.pods.peers:
        address, port = cause.instead
        request = dataclasses.replace(trip.request, dst=address, dport=port if port is not None else trip.request.dport)
        return network, case.paths(network).round_trip(trip.start, request, trip.answered)
    return None


def _sent_anew(case: Case, network: Network, changed: Network, trip: RoundTrip) -> Packet:
    """The packet as its sender would send it after a change of its own namespace: where a route lent the source
    address, another route may lend another one.
    """
    start, request = trip.start, trip.request
    same = changed.namespace(start.node, start.netns) is network.namespace(start.node, start.netns)
    if same or not request.src:
        return request
    unbound = dataclasses.replace(request, src="")
    ways = case.paths(network).round_trip(start, unbound).ways
    lent = {way.forward.hops[0].before.src for way in ways if way.forward.hops}
    return unbound if lent == {request.src} else request


def try_probe(case: Case, probe: Probe, instead: RoundTrip | None = None) -> Tried:
    """The whole experiment with one failed probe; instead: with this packet in place of its own."""
    trip = instead if instead is not None else case.trip(probe)
    if trip is None:
        return Tried(probe, None, (), 0.0, 0.0, False)
    bad, doubtful = lost_share(case, trip)
    network, current, causes = case.network, trip, list[Cause]()
    mended = False
    for _number in range(MAX_CAUSES):
        if all(good(way) for way in current.ways) and not lost_ways(case, current):
            mended = bool(causes)
            break
        cause = _explain(case, network, current, certain=True)
        if cause is None:
            perhaps = _possible(case, network, current)
            cause = perhaps if perhaps is not None and (not causes or perhaps.shown or _is_seen(perhaps)) else None
        if cause is None or _known(causes, cause) or _by_its_rule_alone(case, causes, cause, current):
            break
        _keep(causes, cause)
        following = again(case, network, current, cause)
        if following is None:
            break
        network, current = following
    # Where nothing is certain, what may take it at one place is as good as what may at another.
    maybe = _maybe(case, case.network, trip) if bad >= 1.0 or bad == 0.0 else ()
    known = {one.key for deeper in causes for one in (deeper, *deeper.brings)}
    others = tuple(one for one in maybe if one.key not in known)
    behind = _maybe(case, network, current) if causes and not mended else ()
    return Tried(probe, trip, tuple(causes), bad, doubtful, mended, others, behind)


def _is_seen(cause: Cause) -> bool:
    """Whether a cause was itself seen to be wrong, and its change mends the packet."""
    return cause.itself and cause.repair is not None and cause.finding.confidence != POSSIBLE


def _maybe(case: Case, network: Network, trip: RoundTrip) -> tuple[Cause, ...]:
    """What may take a packet that is lost anyway: ends that are an assumption."""
    found: dict[tuple[str, str], Cause] = {}
    for way in trip.ways:
        if not good(way) and _by_assumption(way):
            trace, backwards = bad_half(way)
            cause = _tried(View(case, network, trip, way, trace, backwards))
            if cause is not None:
                found.setdefault(cause.key, cause.as_sure_as(POSSIBLE))
    return tuple(found.values())[:MAX_CAUSES]


def _known(causes: t.Sequence[Cause], cause: Cause) -> bool:
    """Whether a cause is one of those, or of what they bring about; another rule or route is not."""
    known = [one for deeper in causes for one in (deeper, *deeper.brings) if one.key == cause.key]
    deciders = {one.decider for same in known for one in (same, *same.beside)}
    return bool(known) and (None in deciders or cause.decider is None or cause.decider in deciders)


def _by_its_rule_alone(case: Case, causes: t.Sequence[Cause], cause: Cause, trip: RoundTrip) -> bool:
    """Whether a port at which nobody listens is one that a rule of the same namespace led elsewhere until it was taken
    away: that rule is all that the port consists of, unless a pod with the node's addresses ought to listen there."""
    place = _place_of(cause)
    if cause.finding.id != "port-not-listening":
        return False
    if not any(one.finding.id == _LED and _place_of(one)[:2] == place[:2] for one in causes):
        return False
    for pod in case.index.pods.values() if place[1] is None else ():
        spec = pod.get("spec") or {}
        if spec.get("hostNetwork") and spec.get("nodeName") == place[0] and trip.request.dport in declared_ports(pod):
            return False
    return True


def _keep(causes: list[Cause], cause: Cause) -> None:
    """One more cause; what another rule or route does at the same place stands beside the first, and the entries that a
    device, or its last address, took along (neigh_ifdown()) are none of their own; nor is one that a rule which drops
    frames keeps from being learnt anew."""
    for number, one in enumerate(causes):
        if one.key == cause.key:
            causes[number] = one.merged(cause)
            return
        gone = one.finding.id in _DEVICES_GONE and cause.finding.id in _WITH_THEIR_DEVICE
        if (gone and _place_of(cause) == _place_of(one)) or _unlearnt(one, cause):
            causes[number] = dataclasses.replace(one, brings=(*one.brings, cause))
            return
    causes.append(cause)


def _unlearnt(rule: Cause, entry: Cause) -> bool:
    """Whether a rule on the same node drops frames, ARP among them, and an entry that would be learnt is old."""
    drops, known = rule.step.decided if rule.step else None, entry.step.decided if entry.step else None
    frames = isinstance(drops, FilterRule) and drops.id.family in ("bridge", "arp", "netdev")
    learnt = isinstance(known, Neighbour) and not FIXED & set(known.state.split())
    return frames and learnt and rule.finding.location.node == entry.finding.location.node


def _place_of(cause: Cause) -> tuple[str | None, str | None, str | None]:
    place = cause.finding.location
    return place.node, place.pod, place.device


def _possible(case: Case, network: Network, trip: RoundTrip) -> Cause | None:
    """What may lose the packet, where nothing does for certain: a rule with a condition that is not known, or an entry
    that leads where nobody looked. What itself was seen to be wrong, and mends the packet, is more than possible. A
    route by a node that was not read is none by itself: only that node tells what it does."""
    cause = _explain(case, network, trip, certain=False)
    if cause is None or (cause.finding.id in _DETOURS and by_unread_nodes(case.evidence, trip)):
        return None
    following = again(case, network, trip, cause) if cause.itself else None
    mends = following is not None and all(good(way) for way in following[1].ways)
    untriable = cause.itself and cause.repair is None
    return cause if mends or untriable else cause.as_sure_as(POSSIBLE)
