# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What the dose lost, and which counter moved by as many: the common ground of all findings about what comes
and goes."""

from __future__ import annotations

import dataclasses
import datetime
import ipaddress
import re
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._counters import (
    HOST,
    NodeMoves,
    RuleMove,
    node_moves,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._dose import (
    AGAIN,
    REFUSED,
    WATCH,
    Burst,
    Connections,
    DnsServer,
    Dose,
    planned_id,
    read_dose,
    window,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._meeting import meeting
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Location
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent import _dns as cluster_dns
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Evidence, Probe

ICMP, TCP, UDP = "icmp", "tcp", "udp"
# Ports of tunnels: what a rule drops of them is a packet of any kind.
TUNNEL_PORTS = frozenset(("8472", "4789", "6081", "51820", "51821"))
# A few packets of others, and those of our connections that no probe counts (acknowledgements, the closing).
MORE_THAN_LOST, OTHERS = 1.5, 6
# Of what was sent again, fewer lost ones say nothing of a counter.
SOME_LOST = 2
_PROTOCOL = re.compile(
    r"(?:-p |ip protocol == |meta l4proto == |ip protocol )(\w+)|\b(tcp|udp|icmp) (?:dport|sport|type)\b"
)
_PORTS = re.compile(r"(?:--dports?|--sports?|dport ==|sport ==|dport|sport) ([\d,:]+)")
# In the words of iptables, and in those of nft.
_ADDRESSES = (re.compile(r"(! )?-[sd] (\S+)"), re.compile(r"\bip6? [sd]addr (!= )?(?:== )?([\da-fA-F.:/]+)(?= |$)"))
_BY_CHANCE = re.compile(r"statistic|numgen")
_INVALID = re.compile(r"ctstate \S*INVALID|ct state (?:== |in )?\W*invalid", re.IGNORECASE)
_REJECTS = re.compile(r"-j REJECT\b|\breject\b")


@dataclasses.dataclass(frozen=True)
class Loss:
    """Packets of one kind that were not answered. what: as a person says it. early: those that were lost before the
    counters were read again; others came after it. fate: lost or refused."""

    protocol: str
    what: str
    lost: int
    early: int
    sent: int
    probes: tuple[Probe, ...]
    target: str
    fate: str = "lost"

    @property
    def counted(self) -> bool:
        """Whether it was lost between the readings of counters: a round of watching was before them."""
        return not any(WATCH in probe.id for probe in self.probes)


@dataclasses.dataclass(frozen=True)
class Measured:
    """The dose of a run beside the counters around it.

    again: what was sent once more while packets were captured. folder: of the counters in the bundle. bracketed: every
    node was read before the first packet and after the last one, whatever the clocks say.
    """

    evidence: Evidence
    dose: Dose
    moves: t.Mapping[str, NodeMoves]
    again: Measured | None = None
    folder: str = "counters/"
    bracketed: bool = False

    def readings(self, loss: Loss) -> t.Iterator[tuple[Measured, Loss]]:
        """The loss beside counters that are about it: as it was found, then as it was when it was sent again."""
        if loss.counted:
            yield self, loss
        if self.again is None:
            return
        known = (planned_id(loss.probes[0].id), loss.target, loss.fate)
        for one in self.again._everything():
            if (planned_id(one.probes[0].id), one.target, one.fate) == known and one.lost >= SOME_LOST:
                yield self.again, one

    @property
    def window(self) -> tuple[datetime.datetime | None, datetime.datetime | None]:
        """From the first probe of the dose to the last one's end, without the idle ones."""
        probes: list[Probe] = [part.probe for part in self._counted_parts()]
        begins, ends = zip(*map(window, probes)) if probes else ((), ())
        return min(filter(None, begins), default=None), max(filter(None, ends), default=None)

    def _counted_parts(self) -> list[t.Any]:
        """The dose itself; rounds of watching have counters of their own time, which are not kept."""
        parts: tuple[t.Any, ...] = (*self.dose.bursts, *self.dose.connections, *self.dose.dns)
        return [part for part in parts if WATCH not in part.probe.id]

    def counted(self) -> list[NodeMoves]:
        """The nodes whose counters were read before the first packet of the dose, and after it was all sent.

        The end of sending counts, not the wait for answers that never came."""
        begin, _end = self.window
        return self._covering(begin, self._counted_parts())

    def counted_around(self, loss: Loss) -> list[NodeMoves]:
        """The same for the packets of one loss: others, on a busy machine, may have been sent later."""
        lost = {probe.id for probe in loss.probes}
        parts = [part for part in self._counted_parts() if part.probe.id in lost]
        return self._covering(min(filter(None, (window(part.probe)[0] for part in parts)), default=None), parts)

    def _covering(self, begin: datetime.datetime | None, parts: t.Sequence[t.Any]) -> list[NodeMoves]:
        if self.bracketed:
            return list(self.moves.values())
        last = max(filter(None, map(_all_sent, parts)), default=None)
        return [moves for moves in self.moves.values() if moves.covers(begin, last)]

    def _everything(self) -> list[Loss]:
        """What was not answered, whether or not it is more than chance."""
        return [
            *map(burst_loss, self.dose.bursts),
            *(connection_loss(growing) for growing in self.dose.connections if growing.silent),
            *(_refusal(growing, self.refused(growing)) for growing in self.dose.connections),
            *map(_dns_loss, self.dose.dns),
        ]

    def lost_in_all(self) -> list[Loss]:
        """What was lost while these counters moved."""
        return self._everything() if self.bracketed else self.losses()

    def losses(self) -> list[Loss]:
        """What the dose lost, with at least so much that it is no chance."""
        turned_away = [growing for growing in self.dose.connections if self.refuses(growing)]
        refused = [_refusal(growing, self.refused(growing)) for growing in turned_away]
        found = [*self._bursts(), *self._connections(), *self._dns(), *refused]
        again = {loss.probes[0].id.removesuffix(AGAIN) for loss in found}
        # What lost as much when it was sent again stands for the round that failed: that is what was counted.
        return [loss for loss in found if loss.counted or loss.probes[0].id.partition(WATCH)[0] not in again]

    def unanswered(self, growing: Connections) -> tuple[int, int]:
        """(not open at once, begun) of these connections and of those that were sent again: a few of each may be chance
        where all together are not."""
        again = self.again.dose.connections if self.again is not None else ()
        same = [growing, *(one for one in again if planned_id(one.probe.id) == planned_id(growing.probe.id))]
        lost, sent = zip(*(one.unanswered for one in same if one is growing or one.silent))
        return sum(lost), sum(sent)

    def refuses(self, growing: Connections) -> bool:
        """Whether connections were refused, more than once: of these, or of these and of those that were sent again."""
        again = self.again.dose.connections if self.again is not None else ()
        same = [one for one in again if planned_id(one.probe.id) == planned_id(growing.probe.id)]
        number = self.refused(growing)
        return number > 0 and number + sum(one.refused for one in same) >= SOME_LOST

    def refused(self, growing: Connections) -> int:
        """How many were refused while others opened; all of them, where each was and a single one had opened before:
        the port takes some and turns others away, by the moment."""
        if growing.refused or not growing.wholly_refused:
            return growing.refused
        netns = growing.probe.request.get("netns")
        opened = [
            probe
            for probe in self.evidence.passed("tcp", address=growing.target)
            if (probe.request.get("port"), probe.request.get("netns")) == (growing.port, netns)
        ]
        return growing.wholly_refused if opened else 0

    def _bursts(self) -> t.Iterator[Loss]:
        for burst in self.dose.bursts:
            if burst.lossy:
                yield burst_loss(burst)

    def _connections(self) -> t.Iterator[Loss]:
        for growing in self.dose.connections:
            if growing.signs and growing.silent and growing.syns_lost:
                yield connection_loss(growing)

    def _dns(self) -> t.Iterator[Loss]:
        for server in self.dose.dns:
            if server.lossy:
                yield _dns_loss(server)

    def plain_pings(self, burst: Burst) -> tuple[int, int]:
        """(sent, lost) of the plain pings to the same address; none for a round of watching, which was later."""
        if WATCH in burst.probe.id:
            return 0, 0
        pings = self.evidence.sent("ping", address=burst.target)
        sent = sum(int(probe.result.get("sent") or 0) for probe in pings)
        return sent, sent - sum(int(probe.result.get("received") or 0) for probe in pings)

    def only_by_rate(self, burst: Burst) -> bool:
        """Whether a burst only met a limit of packets per second."""
        return burst.by_rate(*self.plain_pings(burst))

    def syn_signs(self) -> int:
        """How many connection requests went unanswered at first, or for good."""
        return sum(len(growing.signs) for growing in self.dose.connections if growing.silent)


def burst_loss(burst: Burst) -> Loss:
    """Packets of a burst that were not answered."""
    return Loss(ICMP, "packets", burst.lost, burst.first[0], burst.sent, (burst.probe,), burst.target)


def _dns_loss(server: DnsServer) -> Loss:
    return Loss(UDP, "DNS answers", server.lost, server.lost, server.sent, (server.probe,), server.server)


def _refusal(growing: Connections, number: int) -> Loss:
    target = f"{growing.target}:{growing.port}"
    sent = growing.sent + len(growing.singles)
    # Single ones come after the counters were read again.
    early = sum(outcome in REFUSED for outcome, _ms, _again in growing.results)
    return Loss(TCP, "connections", number, early, sent, (growing.probe,), target, "refused")


def connection_loss(growing: Connections) -> Loss:
    """Connection requests that were lost: the first one of each connection early, its retransmissions later."""
    return Loss(
        protocol=TCP,
        what="connection requests",
        lost=growing.syns_lost,
        early=min(len(growing.signs), growing.syns_lost),
        sent=growing.sent + growing.syns_lost,
        probes=(growing.probe,),
        target=f"{growing.target}:{growing.port}",
    )


# What was sent last of each kind of probe, in seconds after it began: not the wait for answers.
def _all_sent(part: t.Any) -> datetime.datetime | None:
    begin, end = window(part.probe)
    if begin is None or end is None:
        return None
    seconds = (end - begin).total_seconds()
    if isinstance(part, Burst):
        stages = part.probe.data.get("stages") or []
        seconds = min(
            seconds, sum(float(stage.get("interval") or 0) * int(stage.get("sent") or 0) for stage in stages[:1])
        )
    elif isinstance(part, Connections):
        seconds = min(seconds, 0.2 * len(part.steps))
    else:
        request = part.probe.request
        seconds = min(seconds, float(request.get("interval") or 0.03) * int(request.get("count") or 20))
    return begin + datetime.timedelta(seconds=seconds)


def measured(evidence: Evidence) -> Measured:
    """The dose and the counters of this evidence, made once."""
    return t.cast(Measured, evidence.once("measured", _measure))


def _measure(evidence: Evidence) -> Measured:
    again = Measured(
        evidence,
        read_dose(evidence.probes, "capture"),
        _moves(evidence.counters_again),
        folder="counters/again/",
        bracketed=True,
    )
    return Measured(evidence, read_dose(evidence.probes), _moves(evidence.counters), again)


def _moves(counters: t.Mapping[str, JsonObject]) -> dict[str, NodeMoves]:
    found = {node: node_moves(node, data) for node, data in counters.items()}
    return {node: moves for node, moves in found.items() if moves}


# -- rules -------------------------------------------------------------------------------------------------------
def rule_of(measure: Measured, loss: Loss) -> RuleMove | None:
    """The packet filter rule that ended these packets: it may match them, and its counter moved by as many.

    A rule moves for all kinds of packets that it matches, so the upper bound is what was lost of all of them."""
    found = (rule_in(part, one) for part, one in measure.readings(loss))
    return next((rule for rule in found if rule is not None), None)


def rule_in(measure: Measured, loss: Loss) -> RuleMove | None:
    """The same for one reading of the counters."""
    found: list[tuple[int, RuleMove]] = []
    lossy = measure.lost_in_all()
    for moves in measure.counted_around(loss):
        for space in moves.netns.values():
            for rule in space.rules:
                if not rule.ends or not rule.moved or not may_take(measure.evidence, rule, loss):
                    continue
                others = [other for other in lossy if may_take(measure.evidence, rule, other)]
                most = MORE_THAN_LOST * sum(other.lost for other in others) + OTHERS
                if loss.early <= rule.moved <= most:
                    found.append((abs(rule.moved - loss.lost), rule))
    # Loss by another rule leaves packets behind that connection tracking calls INVALID: those are its consequence.
    return min(found, key=lambda entry: (is_invalid(entry[1]), entry[0]))[1] if found else None


def uncounted_rules(measure: Measured, loss: Loss) -> list[RuleMove]:
    """Rules that let only a share of such packets pass, or drop by chance, and count nothing (nft without
    `counter`)."""
    return [
        rule
        for moves in measure.moves.values()
        for space in moves.netns.values()
        for rule in space.rules
        if rule.moved is None and rule.before is None and rule.share and rule.ends
        and may_take(measure.evidence, rule, loss)
    ]  # fmt: skip


def may_take(evidence: Evidence, rule: RuleMove, loss: Loss) -> bool:
    """Whether these packets may match the rule and come to it."""
    return may_match(evidence, rule, loss) and not meeting(evidence).excluded(rule, loss.probes)


def may_match(evidence: Evidence, rule: RuleMove, loss: Loss) -> bool:
    """Whether nothing that the rule says excludes these packets: protocol, ports, addresses."""
    if rule.table == "nat" and rule.number:
        return False
    match = _PROTOCOL.search(rule.text)
    if match is None:
        return _addresses_fit(evidence, rule, loss)
    protocol = (match.group(1) or match.group(2)).lower()
    ports = _PORTS.search(rule.text)
    if protocol == UDP and ports is not None and TUNNEL_PORTS.intersection(re.split(r"[,:]", ports.group(1))):
        return True
    if protocol not in (loss.protocol, "all", "ip"):
        return False
    if ports is not None and loss.protocol in (TCP, UDP):
        wanted = _ports_of(evidence, loss)
        if wanted and not wanted.intersection(re.split(r"[,:]", ports.group(1))):
            return False
    return _addresses_fit(evidence, rule, loss)


def _ports_of(evidence: Evidence, loss: Loss) -> set[str]:
    """The ports of these packets before and after a Service's translation."""
    if loss.protocol == UDP:
        return {
            str(port) for port in (cluster_dns.PORT, *map(cluster_dns.server_port, cluster_dns.servers(evidence.index)))
        }
    ends = [evidence.destination, *evidence.targets]
    ports = {str(end.port) for end in ends if end is not None and end.port}
    for end in ends:
        if end is not None and end.service is not None:
            service = end.service
            ports.update(str(port) for port in (service.port, service.node_port, service.target_port) if port)
    return ports


def _addresses_fit(evidence: Evidence, rule: RuleMove, loss: Loss) -> bool:
    known = _addresses_of(evidence, loss)
    for negated, text in (found for words in _ADDRESSES for found in words.findall(rule.text)):
        try:
            network = ipaddress.ip_network(text, strict=False)
        except ValueError:
            continue
        if not negated and not any(address in network for address in known):
            return False
    return True


def _addresses_of(evidence: Evidence, loss: Loss) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    ends = [evidence.source, evidence.destination, *evidence.targets]
    texts = {loss.target.rpartition(":")[0] if loss.protocol == TCP else loss.target}
    texts.update(str(end.address) for end in ends if end is not None and end.address)
    texts.update(address for name in evidence.nodes for address in evidence.node_addresses(name))
    for end in ends:
        if end is not None and end.service is not None and end.service.cluster_ip:
            texts.add(end.service.cluster_ip)
    # A tunnel's packets and a DNS server behind its Service have addresses of their own.
    for pod in cluster_dns.servers(evidence.index) if loss.protocol == UDP else ():
        texts.add(str((pod.get("status") or {}).get("podIP")))
    found = []
    for text in texts:
        try:
            found.append(ipaddress.ip_address(text))
        except ValueError:
            continue
    return found


def is_chance(rule: RuleMove) -> bool:
    """Whether the rule throws dice."""
    return bool(_BY_CHANCE.search(rule.text))


def is_invalid(rule: RuleMove) -> bool:
    """Whether the rule ends what connection tracking calls INVALID."""
    return bool(_INVALID.search(rule.text))


def is_reject(rule: RuleMove) -> bool:
    """Whether the rule answers what it ends, even where no answer comes back."""
    return bool(_REJECTS.search(rule.text))


def limit_before(measure: Measured, rule: RuleMove) -> RuleMove | None:
    """The limit that this rule enforces: itself, or the last one before it in its chain."""
    if rule.share and not is_chance(rule):
        return rule
    space = measure.moves[rule.node].netns[rule.netns]
    same = [
        other
        for other in space.rules
        if other.share and not is_chance(other) and (other.backend, other.family, other.table, other.chain)
        == (rule.backend, rule.family, rule.table, rule.chain)
        and (other.number < rule.number or rule.number == 0)
    ]  # fmt: skip
    return max(same, key=lambda other: other.number) if same else None


def place(node: str, netns: str, device: str | None = None) -> Location:
    """A location in a node's namespace or in a pod's."""
    if netns == HOST:
        return Location(node=node, device=device)
    namespace, _slash, pod = netns.partition(":")[2].partition("/")
    return Location(node=node, namespace=namespace or None, pod=pod or None, device=device)
