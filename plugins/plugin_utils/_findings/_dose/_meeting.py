# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Whether packets of the dose can meet a rule at all: where the simulation leads them, and what all of them share.

A counter that moved by as many as were lost says nothing of a rule for other packets, or at a place where these never
come. Ports of the client, sizes, states of connections and the like differ from packet to packet: by these no rule is
ruled out.
"""

from __future__ import annotations

import dataclasses
import itertools
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._counters import RuleMove
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Evidence, Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Namespace
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._filter import ruleset_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._context import HookContext
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._matches import evaluate
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import Chain, Match, Rule
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._view import View
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Hop, Place, Trace
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._paths import Paths
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._roundtrip import RoundTrip

# The probe whose packet stands for those of the dose.
_ALIKE: t.Mapping[str, str] = {"burst": "icmp", "connections": "tcp", "dns_pairs": "dns"}
# What the packets of one flow share, whichever of them is looked at; and the port of the side that was asked.
_SHARED = frozenset(
    ("source", "destination", "source_range", "destination_range", "in_interface", "out_interface", "protocol", "tos")
)
_SHARED_META = frozenset(("iif", "oif", "iifname", "oifname", "l4proto", "nfproto"))
_SHARED_PAYLOAD = frozenset(("saddr", "daddr", "protocol", "nexthdr", "dscp"))
_IP = ("ip", "ip6", "inet")
_FAMILY = {"ip": 4, "ip6": 6}
# Of one way: there, and back where that is known.
Traces = tuple[Trace, ...]


@dataclasses.dataclass(frozen=True)
class _Passing:
    """A packet's way through a namespace, as a rule there may see it. asked: the match and the field of nft for the
    port that was asked: the destination's on the way there, the source's on the way back."""

    hop: Hop
    asked: tuple[str, str]

    @property
    def hooks(self) -> frozenset[str]:
        """Where it is filtered."""
        if self.hop.iif is None:
            return frozenset(("output", "postrouting"))
        if self.hop.oif is None:
            return frozenset(("prerouting", "input"))
        return frozenset(("prerouting", "forward", "postrouting"))


class Meeting:
    """The simulated ways of the dose. They are made when they are asked for."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._paths = Paths.of(evidence)

    def excluded(self, rule: RuleMove, probes: t.Sequence[Probe]) -> bool:
        """Whether none of these probes' packets can meet the rule; False where that is not known."""
        namespace = self._evidence.namespace(rule.node, rule.netns)
        if namespace is None or rule.family not in _IP:
            return False
        chain = ruleset_of(namespace).chains.get((rule.backend, rule.family, rule.table, rule.chain))
        if chain is None:
            return False
        statement = _statement(chain, rule.number)
        if rule.number and statement is None:
            return False
        place = Place(rule.node, rule.netns)
        for probe in probes:
            passings = self._passings(probe, place)
            if passings is None or any(_may_meet(namespace, chain, statement, place, one) for one in passings):
                return False
        return bool(probes)

    def ways(self, probe: Probe) -> tuple[Traces, ...]:
        """Each way that the packets of a probe may go, and their answers come, as far as the simulation knows."""
        trip = self._trip(probe)
        ways = trip.ways if trip is not None else ()
        return tuple(tuple(trace for trace in (way.forward, way.back) if trace is not None) for way in ways)

    def _passings(self, probe: Probe, place: Place) -> tuple[_Passing, ...] | None:
        """How the packets of a probe pass a namespace; None where the simulation does not come to an end."""
        trip = self._trip(probe)
        if trip is None or any(way.back is None for way in trip.ways):
            return None
        found = []
        for way in trip.ways:
            for trace, asked in ((way.forward, ("destination_port", "dport")), (way.back, ("source_port", "sport"))):
                for hop in trace.hops if trace is not None else ():
                    if (hop.node, hop.netns) == (place.node, place.netns):
                        found.append(_Passing(hop, asked))
        return tuple(found)

    def _trip(self, probe: Probe) -> RoundTrip | None:
        kind = str(probe.request.get("kind"))
        alike = dataclasses.replace(probe, request={**probe.request, "kind": _ALIKE.get(kind, kind)})
        return self._paths.of_probe(self._evidence, alike)


def meeting(evidence: Evidence) -> Meeting:
    """Of this evidence, made once."""
    return t.cast(Meeting, evidence.once("meeting", Meeting))


def _statement(chain: Chain, number: int) -> Rule | None:
    """The rule of that number, from 1; None for the policy, and where the chain was another one by then."""
    found = chain.rules[number - 1] if 0 < number <= len(chain.rules) else None
    return found if found is not None and found.id.number == number else None


def _may_meet(namespace: Namespace, chain: Chain, rule: Rule | None, place: Place, passing: _Passing) -> bool:
    hop, rules = passing.hop, ruleset_of(namespace)
    hooks = passing.hooks if chain.hook is None else passing.hooks & {chain.hook}
    shared = [match for match in (rule.matches if rule is not None else ()) if _is_shared(match, passing.asked)]
    devices = (_seen_as(namespace, hop.iif), _seen_as(namespace, hop.oif))
    for hook, packet, iif, oif in itertools.product(hooks, (hop.before, hop.after), *devices):
        if chain.family in _FAMILY and packet.family != _FAMILY[chain.family]:
            continue
        context = HookContext(place, iif=iif, oif=oif)
        view = View(packet, context, hook, rules, chain.backend, chain.family, chain.table)
        if all(evaluate(view, match) is not False for match in shared):
            return True
    return False


def _seen_as(namespace: Namespace, name: str | None) -> tuple[str | None, ...]:
    """The device that a rule sees in the place of one: of a bridge's port the bridge; of any other port either."""
    link = namespace.links.get(name or "")
    master = namespace.links.get(link.master or "") if link is not None else None
    if master is None:
        return (name,)
    return (master.name,) if master.kind == "bridge" else (name, master.name)


def _is_shared(match: Match, asked: tuple[str, str]) -> bool:
    """Whether all packets of a flow, in one direction, fulfil a condition or none does."""
    if match.name != "nft":
        return match.name in _SHARED or match.name == asked[0]
    return _is_shared_field(match.args.get("left"), asked[1])


def _is_shared_field(left: t.Any, port: str) -> bool:
    if not isinstance(left, dict) or len(left) != 1:
        return False
    ((name, inside),) = left.items()
    if name == "concat":
        return isinstance(inside, list) and all(_is_shared_field(each, port) for each in inside)
    if name == "meta":
        return inside.get("key") in _SHARED_META
    return name == "payload" and inside.get("field") in (*_SHARED_PAYLOAD, port)
