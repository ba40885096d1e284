# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What the kernels themselves say of a cause: where and why they dropped marked packets, and which rule's counter
moved by as many as were lost."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import GROUP
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._counters import RuleMove
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._kernel import (
    KernelDrop,
    at,
    kernel_drops,
    refusals,
    rule_ends,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._evidence import (
    Loss,
    Measured,
    measured,
    rule_in,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._experiment import (
    Tried,
    bad_half,
    good,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Evidence, Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST, Link, Route, TcFilter
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import Chain, Rule
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Reason, Stage, Trace
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._passage import passage

INDEX = "captures/index.json"
# So few packets that a counter moved by them for another reason.
FEW = 3
AGAIN = 3
NEARLY = 0.9
# What a sender is told at once of a route (net/ipv4/fib_semantics.c, fib_props), or of a rule (net/ipv4/fib_rules.c).
_ERRORS: t.Mapping[Reason, tuple[str, ...]] = {
    Reason.NO_ROUTE: ("(ENETUNREACH)",),
    Reason.BLACKHOLE: ("(EINVAL)",),
    Reason.UNREACHABLE: ("(EHOSTUNREACH)", "(ENETUNREACH)"),
    Reason.PROHIBIT: ("(EACCES)",),
}
_FILTER = frozenset(("NETFILTER_DROP", "NETFILTER_INGRESS", "NETFILTER_EGRESS"))
_NO_ROUTE = frozenset(("IP_INNOROUTES", "IP_OUTNOROUTES", "IP_INADDRERRORS"))
# Of programs and filters of traffic control, by where they run.
_PROGRAMS: t.Mapping[str, frozenset[str]] = {
    "xdp": frozenset(("XDP",)),
    "ingress": frozenset(("TC_INGRESS",)),
    "egress": frozenset(("TC_EGRESS",)),
    # Of control groups. A filter of the socket itself gives the same reason as what sees what it receives.
    "cgroup egress": frozenset(("BPF_CGROUP_EGRESS",)),
    "cgroup ingress": frozenset(("SOCKET_FILTER",)),
}
# The functions that run them, for kernels that drop there without a reason.
_RUNNING: t.Mapping[str, frozenset[str]] = {
    "xdp": frozenset(("do_xdp_generic", "netif_receive_generic_xdp", "bpf_prog_run_generic_xdp")),
    "ingress": frozenset(("sch_handle_ingress", "tcf_classify_ingress")),
    "egress": frozenset(("sch_handle_egress",)),
}
NEIGHBOUR = frozenset(("NEIGH_FAILED", "NEIGH_CREATEFAIL", "NEIGH_QUEUEFULL", "NEIGH_DEAD"))
# Why the kernel says it drops a packet that ends so (enum skb_drop_reason, include/net/dropreason-core.h), and the
# functions that drop it without a reason of their own.
_REASONS: t.Mapping[Reason, frozenset[str]] = {
    Reason.RULE: _FILTER,
    Reason.POLICY: _FILTER,
    Reason.CT_INVALID: _FILTER,
    Reason.RP_FILTER: frozenset(("IP_RPFILTER",)),
    Reason.MARTIAN: frozenset(("IP_LOCAL_SOURCE", "IP_INVALID_SOURCE", "IP_INVALID_DEST", "IP_LOCALNET")),
    Reason.NO_ROUTE: _NO_ROUTE,
    Reason.NOT_LOCAL: frozenset(("IP_INVALID_DEST",)),
    Reason.BLACKHOLE: _NO_ROUTE,
    Reason.UNREACHABLE: _NO_ROUTE,
    Reason.PROHIBIT: _NO_ROUTE,
    Reason.FORWARDING_OFF: _NO_ROUTE,
    Reason.NEIGHBOUR_FAILED: NEIGHBOUR,
    Reason.NO_SOCKET: frozenset(("NO_SOCKET",)),
    Reason.TUNNEL_VNI: frozenset(("VXLAN_VNI_NOT_FOUND",)),
    Reason.TUNNEL_PORT: frozenset(("NO_SOCKET",)),
    Reason.TUNNEL_GROUP: frozenset(("VXLAN_INVALID_HDR",)),
    Reason.XFRM_BLOCK: frozenset(("XFRM_POLICY",)),
    Reason.NO_TUNNEL: frozenset(("NO_SOCKET",)),
    Reason.LINK_DOWN: frozenset(("DEV_READY",)),
    # A device that loses its carrier gets a queue that drops everything (dev_deactivate()).
    Reason.NO_CARRIER: frozenset(("QDISC_DROP",)),
    Reason.MTU: frozenset(("PKT_TOO_BIG",)),
    # ip_forward() answers ICMP time exceeded, and names the header.
    Reason.TTL: frozenset(("IP_INHDR",)),
    Reason.CHECKSUM: frozenset(("IP_CSUM",)),
}
_FILTERS = frozenset(("nft_do_chain", "ipt_do_table", "ip6t_do_table", "ebt_do_table", "nf_hook_slow"))
_FUNCTIONS: t.Mapping[Reason, frozenset[str]] = {
    Reason.RULE: _FILTERS,
    Reason.POLICY: _FILTERS,
    Reason.CT_INVALID: _FILTERS,
    Reason.NO_ROUTE: frozenset(("ip_error",)),
    Reason.BLACKHOLE: frozenset(("ip_error", "dst_discard")),
    Reason.UNREACHABLE: frozenset(("ip_error",)),
    Reason.PROHIBIT: frozenset(("ip_error",)),
    Reason.FORWARDING_OFF: frozenset(("ip_error",)),
    Reason.NEIGHBOUR_FAILED: frozenset(("neigh_invalidate", "__neigh_event_send", "neigh_timer_handler")),
}
# Of the functions that run rules, those that cannot be of the other back end.
_OF_BACKEND: t.Mapping[str, frozenset[str]] = {
    "iptables-legacy": frozenset(("nft_do_chain",)),
    "iptables-nft": frozenset(("ipt_do_table", "ip6t_do_table", "ebt_do_table")),
    "nft": frozenset(("ipt_do_table", "ip6t_do_table", "ebt_do_table")),
}
# A frame that is flooded comes to others, too, whose kernels drop their copies so.
_OF_COPIES = frozenset(("OTHERHOST",))
# What a bridge forwards to no port.
_UNSENT = frozenset((Reason.HAIRPIN_OFF, Reason.PORT_BLOCKED))
# What becomes of a packet there is not simulated.
_BEYOND = frozenset((Reason.EXTERNAL, Reason.NOT_READ, Reason.OPAQUE, Reason.BOUND))
# Ends of a frame, not of a packet: nobody answers the question for the neighbour there, either.
_UNRESOLVED = frozenset(
    (
        Reason.LINK_DOWN,
        Reason.LINK_MISSING,
        Reason.NO_CARRIER,
        Reason.PORT_DETACHED,
        Reason.PORT_BLOCKED,
        Reason.HAIRPIN_OFF,
        Reason.NEIGHBOUR_FAILED,
        Reason.NEIGHBOUR_WRONG,
        Reason.ADDRESS_NOWHERE,
    )
)


@dataclasses.dataclass(frozen=True)
class Observed:
    """proofs: observations at the very place; against: one that cannot be if the cause is right, empty without.

    rule: the rule itself was seen to take the packets: by its counter, or by the kernel where no other simulated packet
    is ended by another rule.
    """

    proofs: tuple[Proof, ...] = ()
    against: str = ""
    rule: bool = False


def observed(case: Case, cause: Cause, tried: Tried, probes: t.Sequence[Probe]) -> Observed:
    """What the kernel's events, its refusals and the counters of rules say of where the simulated packet ended."""
    traces = _ended(cause, tried)
    told = _dropped(case, traces, probes, cause.backwards)
    refused = _refused(case.evidence, tried, traces, probes)
    counted, unmoved = _counted(case, cause, probes)
    traced = _traced(case.evidence, cause, probes)
    proofs = tuple(proof for proof in (told, refused, counted, traced) if proof is not None)
    against = unmoved
    if told is None and refused is None and tried.bad == 1.0 and not cause.backwards:
        against = _elsewhere(case, tried, probes) or against
    only = told is not None and len({id(trace.last.decided) for trace in traces if trace.last is not None}) == 1
    return Observed(proofs, against, counted is not None or traced is not None or (only and _by_rule(traces)))


def _by_rule(traces: t.Sequence[Trace]) -> bool:
    decided = [trace.last.decided if trace.last is not None else None for trace in traces]
    return all(isinstance(one, (Rule, Link, TcFilter, Route)) and not _of_a_socket(one) for one in decided)


def _of_a_socket(decided: Rule | Link | TcFilter | Route) -> bool:
    """Whether the kernel's reason may mean a filter of the socket itself."""
    return isinstance(decided, TcFilter) and (decided.attached, decided.hook) == (GROUP, "ingress")


def _ended(cause: Cause, tried: Tried) -> list[Trace]:
    """The simulated packets that end badly in the cause's direction; where some end by the very thing that the cause
    names, those: what the others met says nothing of it."""
    ends = [bad_half(way) for way in (tried.trip.ways if tried.trip is not None else ()) if not good(way)]
    traces = [trace for trace, backwards in ends if backwards == cause.backwards]
    decided = cause.step.decided if cause.step is not None else None
    own = [trace for trace in traces if trace.last is not None and trace.last.decided is decided]
    return own if decided is not None and (own or cause.key in {one.key for one in tried.maybe}) else traces


# -- events of the kernel ------------------------------------------------------------------------------------------
def drops_of(evidence: Evidence, probes: t.Iterable[Probe]) -> list[KernelDrop]:
    """What the kernels said of these probes' marked packets."""
    ids = {probe.id for probe in probes}
    return [drop for drop in kernel_drops(evidence.captures) if drop.probe_id in ids]


def _dropped(case: Case, traces: t.Sequence[Trace], probes: t.Sequence[Probe], backwards: bool) -> Proof | None:
    for drop in drops_of(case.evidence, probes):
        for trace in traces:
            if _is_end(case.evidence, trace, drop, backwards):
                return Proof("kernel", f"{INDEX}#kernel", f"the kernel of {trace.place.node} dropped {drop.counted}")
    return None


def _is_end(evidence: Evidence, trace: Trace, drop: KernelDrop, backwards: bool = False) -> bool:
    """Whether a drop is where, and why, a simulated packet ended."""
    # Behind one device alone, an answer of the same length cannot be told from what it answers.
    if not behind(evidence, trace, drop) or (backwards and len(drop.devices) < 2):
        return False
    decided = trace.last.decided if trace.last is not None else None
    if isinstance(decided, Route) and trace.reason is Reason.OPAQUE:
        return str(drop.location).partition(".")[0] == "run_lwt_bpf"
    if isinstance(decided, (Link, TcFilter)) and trace.reason in (Reason.RULE, Reason.OPAQUE):
        hook = decided.hook if isinstance(decided, TcFilter) else "xdp"
        if isinstance(decided, TcFilter) and decided.attached == GROUP:
            hook = f"{GROUP} {hook}"
        if drop.reason in (None, "NOT_SPECIFIED"):
            return drop.location in _RUNNING.get(hook, ())
        return drop.reason in _PROGRAMS.get(hook, ())
    backend = decided.id.backend if isinstance(decided, Rule) else decided.backend if isinstance(decided, Chain) else ""
    if drop.location in _OF_BACKEND.get(backend, ()):
        return False
    if drop.reason in NEIGHBOUR and trace.reason in _UNRESOLVED:
        return True
    if drop.reason in _REASONS.get(trace.reason, ()):
        return True
    return drop.reason in (None, "NOT_SPECIFIED") and drop.location in _FUNCTIONS.get(trace.reason, ())


def behind(evidence: Evidence, trace: Trace, drop: KernelDrop) -> bool:
    """Whether a drop is behind the last device of a simulated packet, whatever the reason."""
    devices = passage(evidence.nodes, trace).devices
    here: list[str] = []
    for one in reversed(devices):
        if one.node != trace.place.node:
            break
        here.insert(0, one.device)
    if not here or trace.place.node not in drop.nodes:
        return False
    hop = trace.hops[devices[-1].hop]
    names = hop.devices or tuple(name for name in (hop.iif, hop.oif) if name)
    out = hop.oif in names and names.index(here[-1]) >= names.index(str(hop.oif)) and here[-1] != hop.iif
    if trace.reason in _UNRESOLVED and drop.reason in NEIGHBOUR:
        # A packet waits for its neighbour before it is queued on the device (and the bridge's port) that the neighbour
        # is behind.
        waiting = [here[: len(here) - number] for number in range(min(3, len(here)))]
        return any(at(drop, devices, True) for devices in waiting)
    if drop.location == "br_nf_pre_routing_finish" and len(here) > 1:
        # A bridge that calls IP's rules routes what they have changed while it is still at the port.
        return at(drop, here[:-1], True) or at(drop, here, True)
    if trace.reason is Reason.NO_CARRIER and drop.reason in _REASONS[Reason.NO_CARRIER]:
        # The queue of a device without carrier drops what is given to it.
        return at(drop, here if here[-1] == hop.oif else [*here, str(hop.oif or trace.place.device)], False)
    if trace.last is not None and trace.last.stage is Stage.BRIDGE and here[-1] != hop.iif:
        # Rules of a bridge meet a frame that came in by a port before the bridge has it, one of the node's own after.
        return at(drop, here, False) or at(drop, here[:-1], True)
    return at(drop, here, not out)


def _elsewhere(case: Case, tried: Tried, probes: t.Sequence[Probe]) -> str:
    """A drop of all the packets where no simulated one ends, in either direction; empty without."""
    ends = [bad_half(way)[0] for way in (tried.trip.ways if tried.trip is not None else ()) if not good(way)]
    if any(trace.reason in _BEYOND for trace in ends):
        return ""
    for drop in drops_of(case.evidence, probes):
        if drop.dropped < drop.sent or drop.reason in _OF_COPIES or len(drop.devices) < 2:
            continue
        if not any(behind(case.evidence, trace, drop) or _is_copy(case.evidence, trace, drop) for trace in ends):
            return str(drop)
    return ""


def _is_copy(evidence: Evidence, trace: Trace, drop: KernelDrop) -> bool:
    """Whether a drop is of the copy that a bridge passes up to itself while captures listen on it
    (br_handle_frame_finish()): the packet itself ends, without a word, at the port that it is not sent to."""
    node = evidence.nodes.get(trace.place.node)
    if trace.reason not in _UNSENT or node is None or trace.place.node not in drop.nodes or not drop.received:
        return False
    came, bridge = (node.host.links.get(name) for name in drop.devices[-2:])
    return came is not None and bridge is not None and came.master == bridge.name and bridge.kind == "bridge"


def dropped_text(evidence: Evidence, probes: t.Sequence[Probe]) -> str:
    """The kernel's own words for what became of these probes' marked packets; empty where it said nothing."""
    drops = [drop for drop in drops_of(evidence, probes) if drop.reason not in _OF_COPIES]
    told = dict.fromkeys(str(drop) for drop in sorted(drops, key=lambda drop: -drop.dropped))
    ids = {probe.id for probe in probes}
    refused = [str(one) for one in refusals(evidence.probes) if one.probe_id in ids]
    return "; ".join([*refused, *told][:1])


def _refused(evidence: Evidence, tried: Tried, traces: t.Sequence[Trace], probes: t.Sequence[Probe]) -> Proof | None:
    """A sender whose own kernel refuses to send, where the simulated packet ends before it has left the sender."""
    trip = tried.trip
    if trip is None:
        return None
    for trace in traces:
        first = (trace.place.node, trace.place.netns) == (trip.start.node, trip.start.netns) and len(trace.hops) <= 1
        decided = trace.last.decided if trace.last is not None else None
        by_group = isinstance(decided, TcFilter) and decided.attached == GROUP
        told = _told_at_once(trace, probes) if first else None
        if told is not None:
            return told
        if not first or not (by_group or trace.reason in (Reason.RULE, Reason.POLICY, Reason.CT_INVALID)):
            continue
        if isinstance(decided, TcFilter) and by_group and decided.hook.startswith("connect"):
            for probe in probes:
                if probe.data.get("forbidden"):
                    times = probe.data["forbidden"]
                    text = f"connect() itself was refused {times} times (EPERM), before a packet was made"
                    return Proof("kernel", probe.id, text)
            continue
        ids = {probe.id for probe in probes}
        for one in refusals(evidence.probes):
            if one.probe_id in ids and one.node == trip.start.node:
                return Proof("kernel", f"{one.probe_id}-marker", str(one))
    return None


def _told_at_once(trace: Trace, probes: t.Sequence[Probe]) -> Proof | None:
    """The sender's own kernel, which found the very kind of route that ends the simulated packet, each time."""
    names = _ERRORS.get(trace.reason) if trace.reason is not None else None
    for probe in probes if names else ():
        details = [str(one.get("detail") or "") for one in probe.result.get("attempts") or [] if isinstance(one, dict)]
        if probe.outcome == "no_route" and details and all(one.endswith(names or ()) for one in details):
            text = f"the kernel of {trace.place.node} answered {len(details)} of {len(details)} times: {details[0]}"
            return Proof("kernel", probe.id, text)
    return None


# -- trace of rules ------------------------------------------------------------------------------------------------
def _traced(evidence: Evidence, cause: Cause, probes: t.Sequence[Probe]) -> Proof | None:
    """Whether nftables says that the packets ended in the very chain of the cause's rule."""
    step = cause.step
    decided = step.decided if step is not None else None
    if step is None or step.place.netns != HOST or not isinstance(decided, (Rule, Chain)):
        return None
    if isinstance(decided, Rule):
        chain = (decided.id.family, decided.id.table, decided.id.chain)
    else:
        chain = (decided.family, decided.table, decided.name)
    ids = {probe.id for probe in probes}
    for end in rule_ends(evidence.captures):
        here = (end.family, end.table, end.chain) == chain and end.node == step.place.node
        if here and end.probe_id in ids and (not end.rule) == isinstance(decided, Chain):
            return Proof("kernel", f"{INDEX}#kernel", str(end))
    return None


# -- counters of rules ---------------------------------------------------------------------------------------------
def _counted(case: Case, cause: Cause, probes: t.Sequence[Probe]) -> tuple[Proof | None, str]:
    """Whether the cause's rule moved by as many packets as were lost, or did not move at all though they were."""
    rule = cause.step.decided if cause.step is not None else None
    if not isinstance(rule, (Rule, Chain)) or cause.step is None or not case.evidence.counters:
        return None, ""
    measure = measured(case.evidence)
    node, netns = cause.step.place.node, cause.step.place.netns
    for loss in measure.losses():
        for part, one in measure.readings(loss) if _of_probes(loss, probes) else ():
            moved = _move_of(part, rule, node, netns)
            if moved is None or moved.moved is None or one.early < FEW:
                continue
            if node not in {counted.node for counted in part.counted()}:
                continue
            if moved.moved == 0:
                return None, f'the counter of "{moved.text}" did not move while {one.early} {one.what} were lost'
            if rule_in(part, one) == moved:
                text = f"rule counter +{moved.moved} while {one.lost} of {one.sent} {one.what} were lost"
                return Proof("counter", f"{part.folder}{node}.json", f'{text}: "{moved.text}"'), ""
    return counted_since(case, cause, probes), ""


def counted_since(case: Case, cause: Cause, probes: t.Sequence[Probe]) -> Proof | None:
    """Whether the cause's rule moved by about as many packets as these probes lost, since the snapshot."""
    step, measure = cause.step, measured(case.evidence)
    rule = step.decided if step is not None else None
    if step is None or not isinstance(rule, (Rule, Chain)):
        return None
    moved = _move_of(measure, rule, step.place.node, step.place.netns)
    if moved is None or moved.moved is None:
        return None
    return _since_snapshot(case.evidence, rule, moved, probes)


def _since_snapshot(evidence: Evidence, rule: Rule | Chain, moved: RuleMove, probes: t.Sequence[Probe]) -> Proof | None:
    """A rule that moved by as many as the plain probes lost, and by no more than all probes to that address lost, from
    the snapshot, which is taken before the first probe, to the last look at the counters."""
    if rule.packets is None or moved.before is None or moved.moved is None:
        return None
    lost = sum(lost_packets(probe) for probe in probes)
    targets = {probe.request.get("target") for probe in probes}
    everything = sum(
        lost_packets(probe)
        for probe in evidence.probes
        if probe.phase == "probe" and targets & {probe.request.get("target"), probe.result.get("address")}
    )
    total = moved.before + moved.moved - rule.packets
    # A connection request is sent again while nobody answers it, and counters may be read while the last packets of a
    # long series are on their way.
    if lost < FEW or not NEARLY * lost <= total <= AGAIN * everything + FEW:
        return None
    return Proof(
        "counter",
        f"counters/{moved.node}.json",
        f'rule counter +{total} while {lost} packets of these probes went unanswered: "{moved.text}"',
    )


def lost_packets(probe: Probe) -> int:
    """How many packets of a probe were lost, with those that were sent again."""
    if probe.status not in ("fail", "error"):
        return 0
    # Data that nobody confirms is sent again, and of that it is known how often.
    again = [
        int(one.get("retransmissions") or 0)
        for trial in probe.data.get("tried") or []
        for one in trial.get("connections") or []
        if one.get("outcome") == "no_reply"
    ]
    return max(0, int(probe.result.get("sent") or 0) + sum(again) - int(probe.result.get("received") or 0))


def _of_probes(loss: Loss, probes: t.Sequence[Probe]) -> bool:
    """Whether what was lost are packets like those of the probes."""
    return any(
        probe.request.get("kind") == loss.protocol
        and loss.target.split(":")[0] in (probe.request.get("target"), probe.result.get("address"))
        for probe in probes
    )


def _move_of(measure: Measured, rule: Rule | Chain, node: str, netns: str) -> RuleMove | None:
    """What became of a rule's counter; of a chain's policy, too."""
    if isinstance(rule, Rule):
        key = (rule.id.backend, rule.id.family, rule.id.table, rule.id.chain, rule.id.number)
    else:
        key = (*rule.key, 0)
    moves = measure.moves.get(node)
    space = moves.netns.get(netns) if moves is not None else None
    for one in space.rules if space is not None else ():
        if (one.backend, one.family, one.table, one.chain, one.number) == key:
            return one
    return None
