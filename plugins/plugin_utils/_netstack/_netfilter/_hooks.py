# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""A packet at a hook: chains, connection tracking and address translation in the order of their priorities.

Sources: include/uapi/linux/netfilter_ipv4.h (NF_IP_PRI_*), netfilter_bridge.h, net/netfilter/nf_nat_proto.c of Linux.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack import _conntrack
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter import _ipvs, _nat, _steps
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._context import (
    Action,
    FilterResult,
    HookContext,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import Chain, RuleSet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._state import (
    BoundReached,
    End,
    Outcome,
    State,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._view import View
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._walk import MAX_WAYS, Walk
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import CtState, Packet, Zones
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Assumption

CONNTRACK, NAT_DESTINATION, NAT_SOURCE, LAST = -200, -100, 100, 1 << 31
_TRACKED_AT = frozenset(("prerouting", "output"))
# Before the source is translated at input, after the destination was at output (ip_vs_ops4[]).
_IPVS_AT = {"input": 99, "output": -99}
_CONFIRMED_AT = frozenset(("input", "postrouting"))
_ACTIONS = {
    End.DROP: Action.DROP,
    End.REJECT: Action.REJECT,
    End.STOLEN: Action.STOLEN,
    End.LOCAL_OUT: Action.LOCAL_OUT,
    End.UNKNOWN: Action.UNKNOWN,
}
# What asks for a new route when it changes on the way out (ipt_mangle_out()).
_ROUTED_BY = ("src", "dst", "mark", "tos")
# iptables with the back end nf_tables makes a chain with a hook when its first rule comes (nft_xt_builtin_init()).
_MADE_WHEN = {
    "iptables-legacy": "the nat table of iptables-legacy was made before the others",
    "iptables-nft": "the nat chain of iptables was made before those of other tables",
}
Station = t.Callable[[Walk, State], list[Outcome]]


def run_hook(ruleset: RuleSet, hook: str, packet: Packet, context: HookContext) -> tuple[FilterResult, ...]:
    """Every way that a packet can take through a hook."""
    walk = Walk(ruleset, context, hook)
    states = [State(packet, context.tracking)]
    results: list[FilterResult] = []
    try:
        for station in _stations(ruleset, hook, packet, context):
            passed: list[State] = []
            for state in states:
                for outcome in station(walk, state):
                    if outcome.end in (End.ACCEPT, End.NEXT):
                        passed.append(outcome.state)
                    else:
                        results.append(_result(outcome))
            states = passed
            if len(states) + len(results) > MAX_WAYS:
                raise BoundReached(f"more than {MAX_WAYS} ways lead through hook {hook}")
    except BoundReached:
        return (FilterResult(Action.UNKNOWN, packet, context.tracking, bound=True),)
    results += [_result(Outcome(End.ACCEPT, state)) for state in states]
    return tuple(results)


def _result(outcome: Outcome) -> FilterResult:
    state = outcome.state
    return FilterResult(
        action=_ACTIONS.get(outcome.end, Action.ACCEPT),
        packet=state.packet,
        tracking=state.tracking,
        rule=outcome.rule,
        steps=state.steps,
        share=state.share,
        assumptions=state.assumptions,
        reject_with=outcome.reject_with,
        reroute=state.reroute,
        device=outcome.device,
    )


def _stations(ruleset: RuleSet, hook: str, packet: Packet, context: HookContext) -> list[Station]:
    """What is asked at a hook, in order."""
    if context.layer == "netdev" or hook in ("ingress", "egress"):
        device = context.iif if hook == "ingress" else context.oif
        chains = ruleset.base.get(("netdev", hook), ())
        return [
            _chain(chain) if chain.devices else _perhaps(chain)
            for chain in chains
            if device in chain.devices or not chain.devices
        ]
    if context.layer in ("bridge", "arp"):
        return _bridge_stations(ruleset, hook, context.layer)
    family = "ip6" if packet.family == 6 else "ip"
    placed: list[tuple[int, Station]] = []
    translations: list[Chain] = []
    for chain in ruleset.base.get((family, hook), ()):
        if chain.type == "nat":
            translations.append(chain)
        else:
            placed.append((chain.priority or 0, _chain(chain)))
    if hook in _TRACKED_AT:
        placed.append((CONNTRACK, _track))
    if hook in _nat.MANIPULATES and has_nat(ruleset, family):
        priority = NAT_DESTINATION if _nat.MANIPULATES[hook] == _nat.DESTINATION else NAT_SOURCE
        placed.append((priority, _translation(tuple(translations))))
    if hook in _IPVS_AT and ruleset.ipvs:
        placed.append((_IPVS_AT[hook], _serve))
    if hook in _CONFIRMED_AT:
        placed.append((LAST, _confirm))
    placed.sort(key=lambda each: each[0])
    return [station for _priority, station in placed]


def has_nat(ruleset: RuleSet, family: str) -> bool:
    """Whether any chain translates: without one the kernel translates nothing, old connections included."""
    return any(
        chain.type == "nat"
        for hook in ("prerouting", "input", "output", "postrouting")
        for chain in ruleset.base.get((family, hook), ())
    )


def _bridge_stations(ruleset: RuleSet, hook: str, layer: str) -> list[Station]:
    return [_chain(chain) for chain in ruleset.base.get((layer, hook), ())]


def _chain(chain: Chain) -> Station:
    def station(walk: Walk, state: State) -> list[Outcome]:
        outcomes = walk.base(chain, state)
        if walk.hook != "output" or not _may_reroute(chain):
            return outcomes
        return [_rerouted(state.packet, outcome) for outcome in outcomes]

    return station


def _perhaps(chain: Chain) -> Station:
    """A chain of a device whose name nft did not tell: perhaps it is this one."""

    def station(walk: Walk, state: State) -> list[Outcome]:
        text = f"{_steps.where(chain)} is a chain of this device"
        assumed = Assumption(walk.context.place, text, True, chain)
        outcomes = walk.base(chain, state._replace(assumptions=(*state.assumptions, assumed)))
        if all(outcome.end is End.ACCEPT and outcome.state.same_packet(state) for outcome in outcomes):
            return [Outcome(End.NEXT, state)]
        passed = dataclasses.replace(assumed, taken=False)
        return [*outcomes, Outcome(End.NEXT, state._replace(assumptions=(*state.assumptions, passed)))]

    return station


def _may_reroute(chain: Chain) -> bool:
    return chain.type == "route" or (chain.backend != "nft" and chain.table == "mangle")


def _rerouted(before: Packet, outcome: Outcome) -> Outcome:
    after = outcome.state.packet
    if all(getattr(before, field) == getattr(after, field) for field in _ROUTED_BY):
        return outcome
    return outcome._replace(state=outcome.state._replace(reroute=True))


# -- connection tracking and address translation -----------------------------------------------------------------
def _track(walk: Walk, state: State) -> list[Outcome]:
    loose = walk.context.sysctls.get("net.netfilter.nf_conntrack_tcp_loose", "1") != "0"
    packet, tracking = _conntrack.track(state.packet, state.tracking, state.zones or Zones(), loose)
    ct = packet.ct
    steps = state.steps
    if ct is not None and packet is not state.packet:
        view = View(packet, walk.context, walk.hook, walk.rules)
        steps = (
            *steps,
            _steps.by_conntrack(view, f"conntrack says {ct.state.value}{' (reply)' if ct.is_reply else ''}"),
        )
    return [Outcome(End.NEXT, state._replace(packet=packet, tracking=tracking, steps=steps))]


def _translation(chains: tuple[Chain, ...]) -> Station:
    """All nat chains of a hook stand at one place, whatever their priorities: these order them among themselves."""

    def station(walk: Walk, state: State) -> list[Outcome]:
        kind = _nat.MANIPULATES[walk.hook]
        ct = state.packet.ct
        if ct is None or ct.state in (CtState.INVALID, CtState.UNTRACKED):
            return [Outcome(End.NEXT, state)]
        if not _nat.wants_binding(state.packet, kind) or _conntrack.is_error(state.packet):
            return [Outcome(End.NEXT, _applied(walk, state, kind))]
        outcomes = _bound(walk, state, kind, chains)
        for backend, text in _MADE_WHEN.items():
            other = tuple(sorted(chains, key=lambda chain: (chain.priority or 0, chain.backend != backend)))
            if other != chains:
                outcomes = _in_either_order(walk, text, outcomes, _bound(walk, state, kind, other))
        return [_rerouted_by_nat(walk, state.packet, outcome) for outcome in outcomes]

    return station


def _bound(walk: Walk, state: State, kind: str, chains: tuple[Chain, ...]) -> list[Outcome]:
    """The first chain that binds is the last that is asked; where none does, the null binding is set up."""
    outcomes: list[Outcome] = []
    waiting = [state]
    for chain in chains:
        following = []
        for each in waiting:
            for outcome in walk.base(chain, each):
                if outcome.end is not End.ACCEPT:
                    outcomes.append(outcome)
                elif _nat.wants_binding(outcome.state.packet, kind):
                    following.append(outcome.state)
                else:
                    outcomes.append(outcome)
        waiting = following
    for each in waiting:
        packet = _nat.translate(_nat.bind(each.packet, kind, None, each.tracking), kind)
        outcomes.append(Outcome(End.NEXT, each._replace(packet=packet)))
    return outcomes


def _in_either_order(walk: Walk, text: str, newer: list[Outcome], older: list[Outcome]) -> list[Outcome]:
    """Of chains with the same priority the youngest is asked first (nf_hook_entries_grow()), and how old those of
    iptables are, nothing tells: both orders, where they do not come to the same."""
    if [outcome.state.packet for outcome in newer] == [outcome.state.packet for outcome in older]:
        return newer
    assumed = Assumption(walk.context.place, text, True)
    passed = dataclasses.replace(assumed, taken=False)
    return [
        outcome._replace(state=outcome.state._replace(assumptions=(*outcome.state.assumptions, each)))
        for outcomes, each in ((newer, assumed), (older, passed))
        for outcome in outcomes
    ]


def _applied(walk: Walk, state: State, kind: str) -> State:
    """An old binding: the packet is changed as the first one of its connection was."""
    packet = _nat.translate(state.packet, kind)
    if packet == state.packet:
        return state
    view = View(packet, walk.context, walk.hook, walk.rules)
    step = _steps.by_conntrack(view, f"the connection's binding makes it {packet}")
    changed = state._replace(packet=packet, steps=(*state.steps, step))
    return _rerouted_by_nat(walk, state.packet, Outcome(End.NEXT, changed)).state


def _rerouted_by_nat(walk: Walk, before: Packet, outcome: Outcome) -> Outcome:
    if walk.hook != "output" or before.dst == outcome.state.packet.dst:
        return outcome
    return outcome._replace(state=outcome.state._replace(reroute=True))


def _serve(walk: Walk, state: State) -> list[Outcome]:
    view = View(state.packet, walk.context, walk.hook, walk.rules)
    return _ipvs.serve(walk.rules.ipvs, view, state)


def _confirm(walk: Walk, state: State) -> list[Outcome]:
    packet, tracking = _conntrack.confirm(state.packet, state.tracking)
    return [Outcome(End.NEXT, state._replace(packet=packet, tracking=tracking))]
