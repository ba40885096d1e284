# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Findings about what comes and goes: a share of the packets, connections above a number, answers of DNS.

The cause is what a counter moved for by as many as were lost. Where there is one, the loss itself is told beside it and
is no second cause.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence import _statistics
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._counters import (
    HOST,
    Discipline,
    NodeMoves,
    RuleMove,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._dose import (
    WATCH,
    Burst,
    Connections,
    DnsServer,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._droppers import (
    OF_DEVICE,
    OF_NODE,
    filters_of,
    is_tunnel,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._evidence import (
    MORE_THAN_LOST,
    OTHERS,
    TCP,
    Loss,
    Measured,
    burst_loss,
    connection_loss,
    is_chance,
    is_invalid,
    is_reject,
    limit_before,
    may_match,
    may_take,
    measured,
    place,
    rule_in,
    rule_of,
    uncounted_rules,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._exhausted import (
    CONNTRACK_CHANGE,
    turned_away,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._gaps import (
    Gaps,
    gaps_again,
    gaps_of,
    requests_again,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._place import place_in, place_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._unanswering import unanswering
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._filters import serves_services
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    INFO,
    LIKELY,
    MAJOR,
    POSSIBLE,
    PROVEN,
    Finding,
    Location,
    Proof,
    probe_proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Evidence, Probe

# What takes packets before a capture on the device sees them.
OF_DEVICES = ("nic-drops", "node-overloaded", "tc-filter-drop", "bpf-program-drop")
# So few lost connection requests may be chance.
TWO = 2
# Devices drop a few packets that nobody misses: of protocols they do not know, and a tunnel the multicast of IPv6 that
# it has no remote for. Only captures tell so few from what was lost.
_MORE_THAN_STRAY = 5


def loss_findings(evidence: Evidence) -> t.Iterator[Finding]:
    """Causes first: the same rule or counter is named once, whatever it took."""
    measure = measured(evidence)
    losses = measure.losses()
    explained: set[int] = set()
    told: set[str] = set()
    kept = unanswering(measure)
    yield from kept
    questions = {server.probe.id for server in measure.dose.dns} if kept else set()
    for number, loss in enumerate(losses):
        if loss.probes[0].id in questions:
            # Whatever a rule took meanwhile, these were never sent.
            explained.add(number)
            continue
        cause = cause_of(measure, loss)
        if cause is None:
            continue
        explained.add(number)
        if f"{cause.id} {cause.location}" not in told:
            told.add(f"{cause.id} {cause.location}")
            yield cause
    yield from _packet_loss(measure, [loss for number, loss in enumerate(losses) if number not in explained])
    yield from _connection_findings(evidence, measure, explained, losses)
    yield from _dns_findings(measure, explained, losses)
    yield from _shares(measure, losses)


def harmed_by_dose(evidence: Evidence) -> list[Probe]:
    """Probes of the dose that show harm to what was asked: symptoms, as a failed connection is one."""
    measure = measured(evidence)
    dose = measure.dose
    harmed: list[Probe] = [burst.probe for burst in dose.bursts if burst.lossy and not pings_only(measure, burst)]
    harmed += [growing.probe for growing in dose.connections if _is_sign(measure, growing) or growing.without_port]
    harmed += [server.probe for server in dose.dns if server.lossy and not _answers_elsewhere(measure, server)]
    harmed += [idle.probe for idle in dose.idles if idle.broken]
    return list({probe.id: probe for probe in harmed}.values())


def _answers_elsewhere(measure: Measured, server: DnsServer) -> bool:
    """A second name server that is never asked first does no harm."""
    mine = [other for other in measure.dose.dns if other.probe.id == server.probe.id]
    return len(mine) > 1 and not mine[0].lossy and mine[0].answered == mine[0].sent


def _is_sign(measure: Measured, growing: Connections) -> bool:
    """Whether connections went wrong by more than chance and not by a full accept queue alone."""
    if measure.refuses(growing):
        return True
    if not growing.signs or not growing.silent:
        return False
    if growing.each_first_lost:
        return True
    if accept_queue(measure) >= len(growing.signs):
        return False
    known = rule_of(measure, connection_loss(growing))
    return known is not None or _statistics.is_loss(*measure.unanswered(growing))


def _socket(growing: Connections) -> str:
    return f"{growing.target}:{growing.port}"


def pings_only(measure: Measured, burst: Burst) -> bool:
    """Whether the loss of a burst touches pings and nothing that was asked for: a limit of pings per second, a
    rule about ICMP, or connections of which far too few were lost for that share. Who loses packets of a
    tunnel does not know what is in them."""
    evidence = measure.evidence
    seen = gaps_again(evidence, burst)
    if seen is not None and any(gap[0][0] != gap[1][0] and gap[0] in seen.tunnelled for gap in seen.counts):
        return False
    if evidence.plan["options"].get("protocol") == "icmp":
        return measure.only_by_rate(burst)
    if measure.only_by_rate(burst):
        return True
    loss = next((loss for loss in measure.losses() if loss.probes[0].id == burst.probe.id), None)
    rule = rule_of(measure, loss) if loss is not None else None
    if rule is not None:
        return any(word in rule.text for word in ("-p icmp", "l4proto icmp", "protocol == icmp", "icmp type"))
    # Connections of another time tell nothing of a round of watching.
    same = [one for one in measure.dose.connections if _round(one.probe) == _round(burst.probe)]
    # Those of one moment share its luck, where nothing passes for a while.
    opened = sum(len(growing.steps) if burst.in_a_row else growing.sent for growing in same if not growing.signs)
    share = burst.share.low
    return opened > 0 and not measure.syn_signs() and (1.0 - share) ** opened < 0.01


def _round(probe: t.Any) -> str:
    """Of watching; empty for the dose itself."""
    return str(probe.id).partition(WATCH)[2]


def accept_queue(measure: Measured) -> int:
    """How many connections the targets' own accept queues turned away: an application that is slow to accept."""
    return sum(turned_away(measure, end) for end in measure.evidence.targets)


# -- causes ------------------------------------------------------------------------------------------------------
def cause_of(measure: Measured, loss: Loss) -> Finding | None:
    """The finding for what took these packets, where a counter names it: by the reading that proves it, if one does."""
    severity = _severity(measure, loss)
    likely: Finding | None = None
    for part, one in measure.readings(loss):
        rule = rule_in(part, one)
        found: Finding | None = None
        if rule is not None and serves_services(rule.table, rule.chain) and not is_invalid(rule):
            # kube-proxy wrote it for what a Service's endpoints are: that is looked at with the Service.
            return likely
        if rule is not None:
            found = dataclasses.replace(_by_rule(part, rule, one), severity=severity)
        elif one.fate == "lost":
            # Tables and queues take any packet, whatever a limit of pings does; they refuse none.
            found = _by_table(part, one) or _by_device(part, one)
        if found is not None and loss.fate == "lost" and _ended_elsewhere(measure, loss, found, rule):
            found = None
        if found is not None and rule is not None:
            spared = _took_others(measure, part, found, rule) or _stood_still(measure, loss, rule)
            found = None if spared else found
        if found is not None and found.confidence == PROVEN:
            return found
        likely = likely or found
    if likely is not None:
        return likely
    return _by_place(measure, loss, severity)


def _ended_elsewhere(measure: Measured, loss: Loss, cause: Finding, rule: RuleMove | None) -> bool:
    """Whether captures saw all bursts that this cause would have hit, as they were sent again, end where it is not: its
    counter moved for packets of others. Connections and questions to the same end went the same way as its burst."""
    target = loss.target.rpartition(":")[0] if loss.protocol == TCP else loss.target
    if rule is not None and is_invalid(rule) and _requests_ended_elsewhere(measure, target, cause):
        return True
    bursts = [burst for burst in measure.dose.bursts if burst.target == target] or measure.dose.bursts
    if rule is not None:
        bursts = [burst for burst in bursts if may_match(measure.evidence, rule, burst_loss(burst))]
    seen = [(burst, gaps) for burst in bursts if (gaps := gaps_again(measure.evidence, burst)) and gaps.lost >= TWO]
    return bool(seen) and all(_is_elsewhere(measure, burst, gaps, cause) for burst, gaps in seen)


def _requests_ended_elsewhere(measure: Measured, target: str, cause: Finding) -> bool:
    """Whether captures saw connection requests to an address, or their answers, get lost, and nowhere at this node:
    what is INVALID there is what came too late."""
    lost = [flow for flow in measure.evidence.flows() if flow.get("loss") and flow.get("destination") == target]
    seen = gaps_of(measure.evidence, *(str(flow["probe_id"]) for flow in lost)) if lost else None
    if seen is None or not seen.lost:
        return False
    inside = [gap for gap in seen.counts if {point[0] for point in gap} == {cause.location.node}]
    return not inside


def _took_others(measure: Measured, part: Measured, cause: Finding, rule: RuleMove) -> bool:
    """Whether the rule took more than was lost of all that it may have taken, without what captures saw end elsewhere:
    then it counts packets of others. part: the reading of the counters."""
    lost = [loss for loss in part.lost_in_all() if may_take(measure.evidence, rule, loss)]
    there = sum(loss.lost for loss in lost if not _ended_elsewhere(measure, loss, cause, rule))
    return (rule.moved or 0) > MORE_THAN_LOST * there + OTHERS


def _stood_still(measure: Measured, loss: Loss, rule: RuleMove) -> bool:
    """Whether the rule was there and took nothing in another reading, in which such packets were lost as well: then
    they are lost without it."""
    return any(
        other.moved == 0 and one.early >= TWO and _is_same(other, rule)
        for part, one in measure.readings(loss)
        for moves in part.counted_around(one)
        for space in moves.netns.values()
        for other in space.rules
    )


def _is_same(one: RuleMove, other: RuleMove) -> bool:
    """Whether both are readings of one rule."""
    return dataclasses.replace(one, before=other.before, moved=other.moved) == other


def _is_elsewhere(measure: Measured, burst: Burst, seen: Gaps, cause: Finding) -> bool:
    """What ends between the NICs of two nodes may have ended in a NIC's queue, but at no rule and in no table."""
    if cause.location.node not in {point[0] for gap in seen.counts for point in gap}:
        return True
    return cause.id not in OF_DEVICES and _between_nodes(measure.evidence, [burst]) is not None


def _burst_of(measure: Measured, loss: Loss) -> Burst | None:
    """The burst whose packets were lost; None of connections and questions."""
    return next((burst for burst in measure.dose.bursts if burst.probe.id == loss.probes[0].id), None)


def _severity(measure: Measured, loss: Loss) -> str:
    burst = _burst_of(measure, loss)
    return INFO if burst is not None and pings_only(measure, burst) else MAJOR


def _by_rule(measure: Measured, rule: RuleMove, loss: Loss) -> Finding:
    limit = limit_before(measure, rule)
    ref = f"{measure.folder}{rule.node}.json"
    share = _statistics.share(loss.lost, loss.sent)
    counted = Proof("counter", ref, f"its counter moved by {rule.moved} while {loss.lost} {loss.what} were {loss.fate}")
    if is_invalid(rule):
        kind, title = "conntrack-invalid-reset", "Packets that connection tracking calls INVALID are dropped"
        change = (
            "Find out why they are INVALID: replies that take another way, or a window that connection tracking "
            "does not "
            "follow. Where that is so by design, set net.netfilter.nf_conntrack_tcp_be_liberal=1 on the node."
        )
    elif limit is not None and not is_chance(rule):
        kind, title = "connection-limit", "A limit is reached"
        change = f"Raise the limit, or take it away:\n$ {limit.remove}"
    elif loss.fate == "refused" or is_reject(rule):
        kind, title = "netfilter-reject", "A packet filter rule rejects a part of the connections"
        change = f"Take the rule away:\n$ {rule.remove}"
    else:
        kind = "netfilter-drop"
        title = (
            "A rule drops packets by chance" if is_chance(rule) else "A packet filter rule drops a part of the packets"
        )
        change = f"Take the rule away:\n$ {rule.remove}"
    shown = limit or rule
    proofs = [Proof("config", ref, f"{rule.node}: {shown}"), counted, *map(probe_proof, loss.probes[:3])]
    if limit is not None and limit is not rule:
        proofs.insert(1, Proof("config", ref, f"what goes beyond it meets: {rule}"))
    return Finding(
        kind,
        MAJOR,
        PROVEN if _as_many(loss, limit is not None or is_chance(rule)) and not is_invalid(rule) else LIKELY,
        title,
        place(rule.node, rule.netns),
        "no rule on the way takes a part of the packets",
        f'{share} {loss.what} to {loss.target} were {loss.fate}; the rule "{shown.text}" took {rule.moved}',
        tuple(proofs),
        change,
    )


def _by_place(measure: Measured, loss: Loss, severity: str) -> Finding | None:
    """The one rule that throws dice and counts nothing in the node's namespace where captures saw these packets end."""
    burst = _burst_of(measure, loss)
    where = place_of(measure, burst) if burst is not None else None
    if where is None or not where.forwarded:
        return None
    there = [rule for rule in uncounted_rules(measure, loss) if (rule.node, rule.netns) == (where.location.node, HOST)]
    if len(there) != 1 or not is_chance(there[0]):
        return None
    (rule,) = there
    return Finding(
        "netfilter-drop",
        severity,
        LIKELY,
        "A rule drops packets by chance",
        where.location,
        "no rule on the way takes a part of the packets",
        f"{_statistics.share(loss.lost, loss.sent)} {loss.what} to {loss.target} were lost, {where.text}; the rule "
        f'"{rule.text}" takes a part of them and counts nothing',
        (
            Proof("config", f"counters/{rule.node}.json", f"{rule.node}: {rule}"),
            *where.proofs,
            *map(probe_proof, loss.probes[:3]),
        ),
        f"Take the rule away:\n$ {rule.remove}",
    )


def _as_many(loss: Loss, throws: bool) -> bool:
    """Whether enough was lost while the counter moved that no other packets can have moved it. throws: the rule takes a
    share."""
    if loss.fate == "refused":
        return loss.early >= TWO
    return throws or loss.lost >= 3


# conntrack's own counters: what they mean, and what to change.
_TABLE = {
    "insert_failed": (
        "conntrack-insert-failed",
        "Connection tracking loses a race between two packets",
        "Make the two packets differ: MASQUERADE with --random-fully, or for DNS `options single-request-reopen` "
        "in the pod's"
        " resolv.conf (dnsConfig), or a DNS cache on each node (NodeLocal DNSCache), which needs no translation.",
    ),
    "drop": ("conntrack-full", "Connection tracking has no room for new connections", CONNTRACK_CHANGE),
}


def _fits(measure: Measured, moved: int, loss: Loss) -> bool:
    """Whether a table's counter moved by as many as were lost, or as were lost until it was read: of these packets,
    since connection tracking may take the first ones of connections only, or of all."""
    return _accounts_for(moved, [loss]) or _takes_any(measure, moved)


def _takes_any(measure: Measured, moved: int) -> bool:
    """The same of all packets that were lost: a device or queue does not choose among them."""
    return _accounts_for(moved, measure.lost_in_all())


def _accounts_for(moved: int, losses: t.Sequence[Loss]) -> bool:
    sent = sum(loss.sent for loss in losses)
    numbers = (sum(loss.lost for loss in losses), sum(loss.early for loss in losses))
    return any(_statistics.accounts_for(moved, lost, sent) for lost in numbers)


def _by_table(measure: Measured, loss: Loss) -> Finding | None:
    for moves in measure.counted_around(loss):
        for netns, space in moves.netns.items():
            for counter, (kind, title, change) in _TABLE.items():
                moved = space.conntrack.get(counter, 0)
                if not _fits(measure, moved, loss):
                    continue
                ref = f"{measure.folder}{moves.node}.json"
                return Finding(
                    kind,
                    MAJOR,
                    PROVEN if loss.lost >= TWO else LIKELY,
                    title,
                    place(moves.node, netns),
                    f"no packet is lost by connection tracking ({counter} does not move)",
                    f"{counter} moved by {moved} while {_statistics.share(loss.lost, loss.sent)} {loss.what} to "
                    f"{loss.target}"
                    " were lost",
                    (
                        Proof("counter", ref, f"nf_conntrack {counter} +{moved} in {moves.seconds:.1f} s"),
                        *map(probe_proof, loss.probes[:3]),
                    ),
                    change,
                )
    return None


def _by_device(measure: Measured, loss: Loss) -> Finding | None:
    """Queues, filters and devices that dropped as many as were lost in all: they take any packet. A counter that moves
    at that rate all the time would not fit so well."""
    for moves in measure.counted_around(loss):
        found: list[tuple[str, str, str, int, Discipline | None]] = [
            (HOST, "softnet", "softnet dropped", moves.softnet.get("dropped", 0), None),
            *((one.netns, one.device, f"qdisc {one.name} drops", one.drops, one) for one in moves.disciplines()),
            *(
                (netns, device, f"{device} {counter}", counters.get(counter, 0), None)
                for netns, space in moves.netns.items()
                for device, counters in space.devices.items()
                if not is_tunnel(measure.evidence, moves.node, netns, device)
                for counter in ("rx_drop", "tx_drop", "rx_errs", "tx_errs", "rx_fifo", "tx_carrier")
            ),
        ]
        for netns, device, name, moved, discipline in found:
            filters = discipline is not None and discipline.of_filters
            if not (_fits_a_filter(measure, moved, loss) if filters else _takes_any(measure, moved)):
                continue
            busy = device == "softnet"
            seen = _lost_there(measure, loss, moves.node, netns, device)
            if not seen and moved < _MORE_THAN_STRAY:
                continue
            said = OF_NODE if busy else OF_DEVICE
            if filters:
                said = filters_of(measure.evidence, moves.node, netns, device)
            return Finding(
                said.identifier,
                MAJOR,
                PROVEN if seen else LIKELY,
                said.title,
                place(moves.node, netns, None if busy else device),
                said.expected,
                f"{name} moved by {moved} while {_statistics.share(loss.lost, loss.sent)} {loss.what} to "
                f"{loss.target} were lost" + said.observed,
                (
                    Proof("counter", f"{measure.folder}{moves.node}.json", f"{name} +{moved} in {moves.seconds:.1f} s"),
                    *seen,
                    *map(probe_proof, loss.probes[:3]),
                ),
                said.change.replace("DEVICE", device),
            )
    return None


def _fits_a_filter(measure: Measured, moved: int, loss: Loss) -> bool:
    """Whether a filter, which sees what no probe counts of connections as a rule does, may have dropped them."""
    most = MORE_THAN_LOST * sum(one.lost for one in measure.lost_in_all()) + OTHERS
    return TWO <= loss.early <= moved <= most


def _lost_there(measure: Measured, loss: Loss, node: str, netns: str, device: str) -> tuple[Proof, ...]:
    """Captures that saw most of the lost packets come to that device and never leave it, or never come to it."""
    if netns != HOST:
        # Captures are of the node's own devices, which a pod's may be called like.
        return ()
    bursts = [burst for burst in measure.dose.bursts if burst.probe.id == loss.probes[0].id]
    seen = gaps_again(measure.evidence, bursts[0]) if bursts else None
    if seen is None and loss.protocol == TCP:
        seen = requests_again(measure.evidence, loss.probes[0])
    if seen is None or not seen.counts:
        return ()
    gap = seen.most
    return (seen.proof(gap),) if (node, device) in gap and 2 * seen.counts[gap] > seen.lost else ()


# -- what is left ------------------------------------------------------------------------------------------------
def _packet_loss(measure: Measured, losses: t.Sequence[Loss]) -> t.Iterator[Finding]:
    """Bursts that lost packets, and nothing that counts says why."""
    lossy = {loss.probes[0].id for loss in losses}
    bursts = [burst for burst in measure.dose.bursts if burst.probe.id in lossy]
    real = [burst for burst in bursts if not pings_only(measure, burst)]
    for group, severity in ((real, MAJOR), ([burst for burst in bursts if burst not in real], INFO)):
        if not group:
            continue
        places = [place_of(measure, burst) for burst in group]
        known = [found for found in places if found is not None]
        where = known[0] if known and len({found.text for found in known}) == 1 else None
        counts = "; ".join(f"{burst.share} to {burst.target}" for burst in group)
        between = _between_nodes(measure.evidence, group) if severity == MAJOR else None
        rules = uncounted_rules(measure, Loss("icmp", "packets", group[0].lost, 0, group[0].sent, (), group[0].target))
        proofs = [*([between[1]] if between else []), *(probe_proof(burst.probe) for burst in group[:4])]
        proofs += [proof for found in known[:2] for proof in found.proofs]
        proofs += [
            Proof("config", f"counters/{rule.node}.json", f"{rule.node}: {rule} (counts nothing)") for rule in rules[:2]
        ]
        signs = measure.syn_signs()
        if signs:
            proofs.append(
                Proof("probe", "probes.jsonl", f"{signs} connection requests went unanswered at first as well")
            )
        title = "Some packets are lost" if severity == MAJOR else "Pings in a row are lost, connections are not"
        yield Finding(
            "packet-loss",
            severity,
            PROVEN if between else LIKELY if where is not None or signs or len(group) > 1 else POSSIBLE,
            title,
            Location() if between else where.location if where is not None else Location(),
            "every packet is answered",
            f"{counts} were lost" + (f", {between[0]}" if between else f", {where.text}" if where is not None else ""),
            tuple(proofs),
            "Run again with diagnose_capture=always, which shows the last device that saw each packet; between "
            "two nodes, ask"
            " those who run the network or the hypervisor."
            if severity == MAJOR
            else "Nothing has to change: a limit of pings per second is usual.",
        )


def _between_nodes(evidence: Evidence, bursts: t.Sequence[Burst]) -> tuple[str, Proof] | None:
    """Where captures without loss saw every packet that was lost, in either direction, leave the NIC of one node and
    never come to that of the other: what is said of it, and the proof. Neither node is to blame then."""
    ends = {(burst.probe.request.get("netns"), burst.probe.request.get("target")) for burst in bursts}
    pings = [
        probe.id
        for probe in evidence.probes
        if probe.phase == "capture"
        and probe.request.get("kind") in ("icmp", "burst")
        and (probe.request.get("netns"), probe.request.get("target")) in ends
    ]
    seen = gaps_of(evidence, *pings)
    return _on_the_network(evidence, seen) if seen is not None and seen.lost >= TWO and not seen.strayed else None


def _on_the_network(evidence: Evidence, seen: Gaps) -> tuple[str, Proof] | None:
    """The same of all that was lost."""
    nodes = {frozenset((last[0], missing[0])) for last, missing in seen.counts}
    nics = all(point[1] == _nic(evidence, point[0]) for gap in seen.counts for point in gap)
    if len(nodes) != 1 or len(next(iter(nodes))) != TWO or not nics:
        return None
    if any(_has_xdp(evidence, missing) for _last, missing in seen.counts):
        # What such a program takes, no capture on that NIC sees.
        return None
    proof = seen.proof(seen.most)
    return f"on the network between {' and '.join(sorted(next(iter(nodes))))}", proof


def _has_xdp(evidence: Evidence, point: tuple[str, str]) -> bool:
    """Whether a program sees what comes in by a device before captures do."""
    node = evidence.nodes.get(point[0])
    link = node.host.links.get(point[1]) if node is not None else None
    return link is not None and link.xdp is not None


def _nic(evidence: Evidence, node: str) -> str | None:
    """The device with the address by which a node is known."""
    address = ((evidence.plan.get("work") or {}).get(node) or {}).get("address")
    known = evidence.nodes.get(node)
    link = known.host.owner_of(address) if known is not None and address else None
    return link.name if link is not None else None


def _connection_findings(
    evidence: Evidence, measure: Measured, explained: t.Collection[int], losses: t.Sequence[Loss]
) -> t.Iterator[Finding]:
    named = {probe.id for number in explained for probe in losses[number].probes}
    lossy = any(burst.lossy and not pings_only(measure, burst) for burst in measure.dose.bursts)
    for growing in measure.dose.connections:
        if growing.probe.id in named or not _is_sign(measure, growing) or measure.refused(growing):
            continue
        if growing.each_first_lost:
            yield _first_syn(measure, growing)
        elif growing.from_a_place_on and growing.singles_pass and not lossy:
            yield _limit_without_name(growing, _read_too_early(measure, growing))
        elif not lossy and not _never_open(evidence, growing):
            yield _lost_requests(measure, growing)


def _never_open(evidence: Evidence, growing: Connections) -> bool:
    """Whether no connection to that port opens, alone or among others: that is no loss, and the plain probes say it."""
    if len(growing.signs) < growing.sent or any(outcome == "open" for outcome, _ms, _again in growing.singles):
        return False
    asked = evidence.sent("tcp", "backend-tcp", address=growing.target)
    same = [probe for probe in asked if probe.request.get("port") == growing.port]
    return bool(same) and all(not probe.result.get("received") for probe in same)


def _first_syn(measure: Measured, growing: Connections) -> Finding:
    """Each connection needs a second try: of these, a checksum that nobody computed is the cause with a counter."""
    for part, loss in measure.readings(connection_loss(growing)):
        again = loss.lost
        for moves, netns, counter, moved in _wrong_checksums(part):
            if moved >= 0.8 * again > 0:
                return _finding(
                    "checksum-offload-broken",
                    growing,
                    PROVEN,
                    "Packets arrive with a wrong checksum",
                    place(moves.node, netns),
                    "no packet arrives with a wrong checksum",
                    f"each new connection takes a second more; {counter} moved by {moved} while {again} "
                    f"connection requests"
                    " were lost",
                    "Switch checksum offload of the tunnel's device off on the sending node:\n$ ethtool -K "
                    "flannel.1 tx off",
                    (Proof("counter", f"{part.folder}{moves.node}.json", f"{counter} +{moved}"),),
                )
    return _finding(
        "first-syn-lost",
        growing,
        LIKELY,
        "The first packet of each connection is lost",
        Location(),
        "a connection opens at its first packet",
        f"{len(growing.signs)} of {growing.sent} connections opened only when the kernel sent the SYN again, 1 s "
        f"or 3 s later",
        "Capture on both nodes (diagnose_capture=always) and look at the checksum and the fate of the first SYN; "
        "try with"
        " checksum offload of the tunnel's device off.",
    )


def _wrong_checksums(measure: Measured) -> t.Iterator[tuple[NodeMoves, str, str, int]]:
    for moves in measure.counted():
        for netns, space in moves.netns.items():
            for counter in ("UdpInCsumErrors", "TcpInCsumErrors"):
                yield moves, netns, counter, space.protocols.get(counter, 0)


def _read_too_early(measure: Measured, growing: Connections) -> bool:
    """Whether the targets' own counters tell of fewer connections than were opened: what their queues did with the last
    ones is not known, then, as on a busy node that is read before the source has sent everything.
    """
    counted: dict[tuple[str | None, str | None], int] = {}
    for end in measure.evidence.targets:
        moves = measure.moves.get(end.node or "")
        space = moves.netns.get(end.netns or HOST) if moves else None
        if space is not None:
            counted[end.node, end.netns] = space.protocols.get("TcpPassiveOpens", 0)
    opened = sum(outcome == "open" for outcome, _ms, _again in growing.results)
    return 0 < sum(counted.values()) < opened


def _limit_without_name(growing: Connections, early: bool) -> Finding:
    good = growing.signs[0]
    return _finding(
        "connection-limit",
        growing,
        POSSIBLE if early else LIKELY,
        "New connections are dropped above a number",
        Location(),
        f"{growing.sent} connections within a second all open",
        f"the first {good} opened, then {len(growing.signs)} of {growing.sent - good} did not; single ones "
        f"opened again after a"
        " pause" + ("; what the target's own queue did meanwhile was not read to the end" if early else ""),
        "Look for a limit of new connections on the way that no node's rules show: a firewall, a load balancer, "
        "a cloud's"
        " security group.",
    )


def _lost_requests(measure: Measured, growing: Connections) -> Finding:
    """Connections that opened late, without a cause; packets of a burst that was sent again may tell the place."""
    share = _statistics.share(len(growing.signs), growing.sent)
    what = f"{share} connection requests to {_socket(growing)} were not answered at first"
    seen = requests_again(measure.evidence, growing.probe)
    seen = seen if seen is not None and seen.lost >= TWO else None
    between = _on_the_network(measure.evidence, seen) if seen is not None else None
    place = place_in(seen) if seen is not None else None
    if place is None:
        place = next(filter(None, (place_of(measure, burst) for burst in measure.dose.bursts)), None)
        what += "" if place is None else f", and packets of a burst were lost {place.text}"
    else:
        what += f": they were lost {between[0] if between is not None else place.text}"
    return _finding(
        "packet-loss",
        growing,
        PROVEN if between is not None else POSSIBLE if place is None else LIKELY,
        "Some connection requests are lost",
        Location() if place is None else place.location,
        "every connection request is answered",
        what,
        "Ask those who run the network or the hypervisor: no node is to blame."
        if between is not None
        else "Run again with diagnose_capture=always, which shows the last device that saw each packet.",
        () if place is None else place.proofs,
    )


def _finding(
    kind: str,
    growing: Connections,
    confidence: str,
    title: str,
    location: Location,
    expected: str,
    observed: str,
    change: str,
    proofs: tuple[Proof, ...] = (),
) -> Finding:
    times = ", ".join(f"{time:.0f} ms" for outcome, time, again in growing.results if again and outcome == "open")
    shown = Proof(
        "probe", growing.probe.id, f"{growing.probe}" + (f"; opened late after {times[:200]}" if times else "")
    )
    return Finding(kind, MAJOR, confidence, title, location, expected, observed, (*proofs, shown), change)


def _dns_findings(measure: Measured, explained: t.Collection[int], losses: t.Sequence[Loss]) -> t.Iterator[Finding]:
    """Answers of DNS that are missing, by server: where all lose alike, it is not the server."""
    servers = [server for server in measure.dose.dns if server.lossy]
    if not servers:
        return
    caused = {losses[number].target for number in explained}
    everyone = [server for server in measure.dose.dns if server.answered]
    alike = len(servers) == len(everyone) and len(everyone) > 1
    counts = "; ".join(f"{server.share} at {server.server}" for server in servers)
    half = sum(server.half for server in servers)
    loss = any(burst.lossy and not pings_only(measure, burst) for burst in measure.dose.bursts)
    known = loss or all(server.server in caused for server in servers)
    proofs: list[Proof] = [probe_proof(server.probe) for server in servers[:3]]
    proofs.append(
        Proof("probe", "probes.jsonl", f"of {half} pairs one of A and AAAA was answered and the other was not")
    )
    yield Finding(
        "dns-answers-lost",
        INFO if known else MAJOR,
        LIKELY if len(servers) > 1 or sum(server.lost for server in servers) >= 4 else POSSIBLE,
        "Some questions to DNS go unanswered",
        Location(),
        "every question is answered",
        f"{counts} were not answered; a program waits 5 s for each"
        + (", whichever server is asked: it is the way, not a server" if alike else ""),
        tuple(proofs),
        "Run again with diagnose_capture=always; look at the drop counters of the nodes of the DNS pods and of "
        "the client, and"
        " at the log and the CPU limit of the DNS pods.",
    )


def _shares(measure: Measured, losses: t.Sequence[Loss]) -> t.Iterator[Finding]:
    """Limits on the way that did not bite: worth knowing, no fault."""
    if losses:
        return
    for moves in measure.counted():
        for netns, space in moves.netns.items():
            for rule in space.rules:
                if not rule.share or rule.table == "nat" or not rule.moved or is_chance(rule):
                    continue
                if rule.number == 0 or not any(growing.sent for growing in measure.dose.connections):
                    continue
                yield Finding(
                    "connection-limit",
                    INFO,
                    POSSIBLE,
                    "There is a limit on the way",
                    place(rule.node, netns),
                    "a limit is far above what is sent",
                    f'the rule "{rule.text}" was passed by {rule.moved} packets and took none of them',
                    (Proof("counter", f"counters/{rule.node}.json", f"{rule}: +{rule.moved}"),),
                    "Nothing has to change. Keep the limit in mind when there is more traffic.",
                )
                return
