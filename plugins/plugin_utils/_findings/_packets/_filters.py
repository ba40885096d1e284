# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Packets that a packet filter ends: by whose rule, and what asked for that rule."""

from __future__ import annotations

import re
import shlex
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base import _repair as repair
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import (
    Cause,
    finding,
    location_of,
    ref_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._view import View
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Location, Proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._policies import EGRESS, Side
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import Chain, Rule, Target
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place, Reason

# Chains of programs that write NetworkPolicy into rules.
_POLICY_CHAINS = re.compile(
    r"(KUBE-NWPLCY|KUBE-POD-FW|KUBE-NETWORK-POLICIES|cali-|WEAVE-NPC|kube-network-policies|antrea)"
)
# Tables of nftables that engines have for themselves.
_POLICY_TABLES = re.compile(r"(kube-network-policies|kindnet-network-policies|kube-router|calico|antrea)")
_KUBE = re.compile(r"KUBE-")
_TABLE = "kube-proxy"
_SERVICE_CHAINS = re.compile(r"KUBE-(SERVICES|EXTERNAL-SERVICES|NODEPORTS|SVC-|SVL-|EXT-|XLB-|FW-|SEP-|PROXY-FIREWALL)")


def owned_by_kube_proxy(rule: Rule | Chain | None) -> bool:
    """Whether kube-proxy wrote a rule."""
    if isinstance(rule, Rule):
        return rule.id.table == _TABLE or bool(_KUBE.match(rule.id.chain))
    return isinstance(rule, Chain) and (rule.table == _TABLE or bool(_KUBE.match(rule.name)))


def _of_a_service(decided: Rule | Chain) -> bool:
    """Whether kube-proxy wrote it for one Service."""
    return isinstance(decided, Rule) and serves_services(decided.id.table, decided.id.chain)


def serves_services(table: str, chain: str) -> bool:
    """Whether a chain is one that kube-proxy writes for single Services."""
    return table == _TABLE or bool(_SERVICE_CHAINS.match(chain))


def filtered(view: View) -> t.Iterator[Cause]:
    """What ended the packet at a rule or a policy, the deepest first."""
    decided = view.decided
    if not isinstance(decided, (Rule, Chain)):
        return
    if _of_a_service(decided):
        # kube-proxy wrote it for what the endpoints are, or were; that is looked at there.
        return
    policy = _network_policy(view, decided)
    if policy is not None:
        yield policy
        return
    if isinstance(decided, Chain):
        yield _policy(view, decided)
    elif any(target.name == "TPROXY" for target in decided.targets):
        yield _without_proxy(view, decided)
    elif written(decided):
        yield _writing(view, decided)
    else:
        yield _rule(view, decided)


def _where(place: Place) -> str:
    return f"{place.netns} on {place.node}" if place.netns != "host" else place.node


def command(rule: Rule) -> str:
    """How a rule is taken away."""
    return "$ " + shlex.join(rule.remove) if rule.remove else f"$ # {rule.text.strip()}"


def _rule(view: View, rule: Rule) -> Cause:
    place, where = view.place, _where(view.place)
    rejects = view.trace.disposition.value == "rejected" or any(
        target.name.upper() in ("REJECT", "REJECT_WITH") for target in rule.targets
    )
    verb = "rejects" if rejects else "drops"
    share = " a part of" if view.way.share < 1.0 and by_chance(rule) else ""
    observed = f'rule "{rule.text.strip()}" of table {rule.id.table} {verb}{share} them'
    proofs = [Proof("simulation", ref_of(place.node), f"expected: {where} lets {view.what()} pass; seen: {observed}")]
    if rule.packets:
        proofs.append(Proof("counter", ref_of(place.node), f"its counter shows {rule.packets} packets"))
    return Cause(
        finding(
            "netfilter-reject" if rejects else "netfilter-drop",
            location_of(place),
            f"{where} lets {view.what()} pass",
            observed,
            f"Remove or narrow the rule on {where}, where whatever manages it keeps it.\n{command(rule)}",
            proofs,
            heading=_backwards("A packet filter rule rejects the packets" if rejects else "", view, rejects),
        ),
        repair.at(place, repair.without(rule)),
        step=view.trace.last,
        backwards=view.backwards,
    )


def _without_proxy(view: View, rule: Rule) -> Cause:
    """A rule that hands packets to a transparent proxy, which is not there."""
    port = next((target.args.get("port") for target in rule.targets if target.name == "TPROXY"), None)
    observed = f'rule "{rule.text.strip()}" hands them to a transparent proxy, and nothing listens on port {port}'
    return Cause(
        finding(
            "redirect-target-missing",
            location_of(view.place),
            f"{_where(view.place)} hands {view.what()} to a program that takes them",
            observed,
            f"Start the proxy, or remove the rule:\n{command(rule)}",
            (Proof("simulation", ref_of(view.place.node), observed),),
        ),
        repair.at(view.place, repair.without(rule)),
        step=view.trace.last,
        backwards=view.backwards,
    )


def written(rule: Rule) -> str:
    """The field of the packets that a rule writes which does nothing else to them; empty of others."""
    if len(rule.targets) != 1 or rule.targets[0].name != "NFT_SET":
        return ""
    key = rule.targets[0].args["key"]
    payload, option = key.get("payload"), key.get("tcp option")
    if option:
        return f"TCP option {option.get('name')}"
    return f"{payload.get('protocol')} {payload.get('field')}" if payload else ""


def _writing(view: View, rule: Rule) -> Cause:
    """A rule that writes what is not simulated: nobody can say what becomes of the packet, but it takes none itself."""
    observed = f'rule "{rule.text.strip()}" of {_where(view.place)} writes into their {written(rule)}'
    return Cause(
        finding(
            "packet-rewritten",
            location_of(view.place),
            f"{_where(view.place)} passes {view.what()} on as it is",
            observed,
            f"Remove the rule, and try again:\n{command(rule)}",
            (Proof("simulation", ref_of(view.place.node), observed),),
        ),
        repair.at(view.place, repair.without(rule)),
        step=view.trace.last,
        backwards=view.backwards,
    )


def _backwards(text: str, view: View, rejects: bool = False) -> str:
    if not view.backwards:
        return text
    return f"A packet filter rule {'rejects' if rejects else 'drops'} the packets on the way back"


def by_chance(rule: Rule) -> bool:
    """Whether a rule throws dice."""
    return any(match.name in ("statistic", "numgen") for match in rule.matches)


def _policy(view: View, chain: Chain) -> Cause:
    place, where = view.place, _where(view.place)
    forward = (chain.hook or chain.name).lower() == "forward" or chain.name == "FORWARD"
    observed = f"no rule of chain {chain.name} accepts them, and its policy is DROP"
    set_policy = (
        f"$ nft chain {chain.family} {chain.table} {chain.name} '{{ policy accept; }}'"
        if chain.backend == "nft"
        else f"$ iptables -P {chain.name} ACCEPT"
    )
    proofs = [Proof("simulation", ref_of(place.node), f"expected: {where} lets {view.what()} pass; seen: {observed}")]
    if chain.packets:
        proofs.append(Proof("counter", ref_of(place.node), f"its counter shows {chain.packets} packets"))
    title = "The FORWARD policy drops pod traffic" if forward else f"The policy of chain {chain.name} drops the packets"
    return Cause(
        finding(
            "forward-policy-drop" if forward and place.netns == "host" else "netfilter-drop",
            location_of(place),
            f"{where} lets {view.what()} pass",
            observed,
            f"{set_policy}\non {where}, or put the CNI's accept rules back by a restart of its agent; then find out"
            " which firewall set the policy.",
            proofs,
            heading=title + (" on the way back" if view.backwards else ""),
        ),
        repair.at(place, repair.accepting(chain)),
        step=view.trace.last,
        backwards=view.backwards,
    )


# -- what asked for the rule ---------------------------------------------------------------------------------------
def untracked(view: View) -> t.Iterator[Cause]:
    """A rule that keeps one half of a connection from being tracked, or has it tracked in a zone of its own: the other
    half is INVALID then, and nothing of it is translated.
    """
    traces = view.way.traces
    met = traces[: traces.index(view.trace) + 1] if view.trace in traces else (view.way.forward, view.trace)
    for step in (step for trace in met for step in trace.steps()):
        rule = step.decided
        if isinstance(rule, Rule) and (_notracks(rule) or _has_zone(rule)):
            where = _where(step.place)
            proofs = [Proof("simulation", ref_of(step.place.node), f'untracked by "{rule.text.strip()}"')]
            if view.decided is not None:
                proofs.append(Proof("simulation", ref_of(view.place.node), f'then ended by "{view.decided}"'))
            left = view.reason is Reason.EXTERNAL and not view.backwards
            yield Cause(
                finding(
                    "conntrack-bypassed",
                    location_of(step.place),
                    f"{where} tracks both halves of the connection",
                    f'rule "{rule.text.strip()}" keeps one half '
                    + ("in a conntrack zone of its own" if _has_zone(rule) else "from being tracked")
                    + (
                        f": nothing masquerades it, and it leaves with the address {view.inner.src}"
                        if left
                        else ": nothing translates the other half, which counts as invalid"
                    ),
                    f"Remove the rule, or exempt both directions:\n{command(rule)}",
                    proofs,
                ),
                repair.at(step.place, repair.without(rule)),
                step=step,
                backwards=view.backwards,
            )
            return


def _notracks(rule: Rule) -> bool:
    return any(
        target.name.upper() == "NOTRACK"
        or (target.name.upper() == "CT" and "notrack" in f"{target.args} {target.text}".lower())
        for target in rule.targets
    )


def _has_zone(rule: Rule) -> bool:
    return any(
        target.name.upper() in ("CT", "CT ZONE") and "zone" in f"{target.args} {target.text}".lower()
        for target in rule.targets
    ) or any(
        isinstance(one, Target) and one.name == "NFT_SET" and one.args["key"].get("ct", {}).get("key") == "zone"
        for one in rule.statements
    )


def _network_policy(view: View, decided: Rule | Chain) -> Cause | None:
    """A NetworkPolicy that denies the packet, where the rule is one that a policy engine writes."""
    chain = decided.id.chain if isinstance(decided, Rule) else decided.name
    table, native = (
        (decided.id.table, decided.id.backend) if isinstance(decided, Rule) else (decided.table, decided.backend)
    )
    written = bool(_POLICY_CHAINS.match(chain)) or (native == "nft" and bool(_POLICY_TABLES.match(table)))
    if not written and view.case.pods.enforces_policy is False:
        return None
    side = denied(view)
    if side is None or not (written or view.case.pods.enforces_policy):
        return None
    return policy_cause(view, side, decided)


def denied(view: View) -> Side | None:
    """The side on which the policies deny the packet of this way, if they do."""
    policies = view.case.policies
    first = view.sent
    last = view.way.forward.packet or first
    if policies is None or last.inner is not None:
        return None
    to = view.case.party(last.dst)
    sides = [policies.decide(view.case.party(first.src), to, first.protocol, last.dport).egress]
    # Who lets a packet in knows the source that it has by then.
    sides.append(policies.decide(view.case.party(last.src), to, first.protocol, last.dport).ingress)
    return next((side for side in sides if side.allowed is False), None)


def policy_cause(view: View, side: Side, decided: Rule | Chain) -> Cause:
    """The policies of one side as the cause."""
    first = view.sent
    last = view.way.forward.packet or first
    own = first.src if side.direction == EGRESS else last.dst
    party = view.case.party(own)
    names = ", ".join(side.selecting)
    pod = party.pod["metadata"]["name"] if party.pod else None
    node = (party.pod.get("spec") or {}).get("nodeName") if party.pod else None
    return Cause(
        finding(
            "network-policy-deny",
            Location(node=node, namespace=party.namespace, pod=pod),
            f"the NetworkPolicies of pod {party.namespace}/{pod} let {view.what()} pass ({side.direction})",
            f"{names} select the pod for {side.direction}, and none of them allows it{_seen_from(first, last)}",
            f"Allow it in one of them, or in another policy:\n$ kubectl -n {party.namespace} get networkpolicy",
            (
                Proof("config", "cluster.json.gz", f"policies that select the pod: {names}; that allow: none"),
                Proof("simulation", ref_of(view.place.node), f'dropped by "{decided}"'),
            ),
        ),
        repair.at(view.place, repair.without(decided) if isinstance(decided, Rule) else repair.accepting(decided)),
        step=view.trace.last,
        backwards=view.backwards,
    )


def _seen_from(first: Packet, last: Packet) -> str:
    """Where a packet seems to come from by the time it is let in, if that is not where it was sent."""
    if last.src == first.src:
        return ""
    return f": it comes there from {last.src}, the address that took the place of {first.src} on the way"
