# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""There and back: what the sender of a packet gets to see.

The answer of whoever gets the packet (a listener's SYN-ACK, an echo reply, a reset, an ICMP error) is a packet of its
own, sent from where the first one ended, with what conntrack of each namespace has learned by then. A TCP connection
is followed to the third packet of its handshake, and, for a larger packet than a SYN, to its first segment of data.
"""

from __future__ import annotations

import dataclasses
import enum
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST, Socket
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack import _answers, _vrf
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import SMALL, Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._sockets import OpenSocket
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import (
    Assumption,
    Disposition,
    Doubt,
    Place,
    Reason,
    Trace,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._network import Kind, Network
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._simulate import Branch, simulate

ECN = frozenset(("ece", "cwr"))
SYN, SYN_ACK, ACK = frozenset(("syn",)), frozenset(("syn", "ack")), frozenset(("ack",))
DATA = frozenset(("ack", "psh"))


class Segment(t.NamedTuple):
    """What the far end of a connection sends once it has data: its flags, and the size of its packet."""

    flags: frozenset[str]
    size: int


ANSWER, CONFIRMATION = Segment(DATA, SMALL), Segment(ACK, SMALL)
# Ways of one round trip; what is beyond has hardly any share.
MAX_WAYS = 128


class Answer(enum.Enum):
    """What the sender sees."""

    REPLY = "reply"
    REFUSED = "refused"  # a TCP reset, or port unreachable
    REJECTED = "rejected"  # another ICMP error
    NO_ROUTE = "no_route"  # its own kernel says so
    TOO_BIG = "too_big"  # its own kernel, or an ICMP error
    SILENT = "silent"
    UNKNOWN = "unknown"


@dataclasses.dataclass(frozen=True)
class Way:
    """One way that a round trip can go.

    forward: the packet; back: the answer to it, None where nothing is sent back. later: what follows the handshake of
    TCP (the third packet, data and its acknowledgement), as far as it gets; answer says what these see too. Where a
    router finds no neighbour, its error comes three seconds later: back shows it, and the answer is silence.
    supposed: the packet came to a pod that was not read, or left what is managed, and back is the answer that would
    be sent there.
    """

    forward: Trace
    back: Trace | None
    answer: Answer
    share: float
    assumptions: tuple[Assumption, ...]
    later: tuple[Trace, ...] = ()
    supposed: bool = False

    @property
    def traces(self) -> tuple[Trace, ...]:
        """All of them in order."""
        return (self.forward, *((self.back,) if self.back is not None else ()), *self.later)

    @property
    def broken(self) -> Trace | None:
        """The first packet that does not get to its end; None where all do."""
        traces = self.traces[1:] if self.supposed else self.traces
        return next((trace for trace in traces if not trace.delivered), None)

    @property
    def certain(self) -> bool:
        """Whether it takes nothing for granted."""
        return not self.assumptions


@dataclasses.dataclass(frozen=True)
class RoundTrip:
    """A packet from a place, and every way that it can go, the likeliest first. answered: what answers its data."""

    request: Packet
    start: Place
    ways: tuple[Way, ...]
    answered: Segment | None = None

    @property
    def answers(self) -> frozenset[Answer]:
        """All that the sender may see."""
        return frozenset(way.answer for way in self.ways)

    @property
    def arrives(self) -> bool | None:
        """Whether an answer comes back: True or False where that is certain, None where it depends."""
        if self.answers == {Answer.REPLY}:
            return True
        return None if self.answers & {Answer.REPLY, Answer.UNKNOWN} else False

    def share(self, answer: Answer) -> float:
        """The share of packets that see an answer."""
        return sum(way.share for way in self.ways if way.answer is answer)


def round_trip(network: Network, start: Place, packet: Packet, answered: Segment | None = None) -> RoundTrip:
    """Send a packet, and follow what comes back.

    Of TCP, it is a SYN; one with a size above that of a SYN is the first segment of data on a connection that is made
    before. answered: that data is not only taken in, but answered, by its kernel or its application.
    """
    return RoundTrip(packet, start, tuple(_Exchange(network, start, packet, answered).ways()), answered)


@dataclasses.dataclass(frozen=True)
class _So:
    """What the packets of a way have thrown dice for and taken for granted so far."""

    share: float = 1.0
    assumptions: tuple[Assumption, ...] = ()

    def far(self, trace: Trace) -> _So:
        """With one more packet."""
        more = tuple(each for each in trace.assumptions if each not in self.assumptions)
        return _So(self.share * trace.share, (*self.assumptions, *more))

    def taking(self, assumption: Assumption) -> _So:
        """With something more that is taken for granted."""
        return _So(self.share, (*self.assumptions, assumption))

    def denied(self, trace: Trace) -> bool:
        """Whether a packet of the same direction takes for false what was taken for true, or the reverse."""
        taken = {(each.place, each.text): each.taken for each in self.assumptions if each.doubt is not Doubt.RATE}
        return any(taken.get((each.place, each.text), each.taken) is not each.taken for each in trace.assumptions)


class _Exchange:
    def __init__(self, network: Network, start: Place, packet: Packet, answered: Segment | None = None) -> None:
        self.network = network
        self.answered = answered
        self.start = start
        self.request = packet
        self.tcp = packet.protocol == "tcp"
        self.first = packet
        if self.tcp:
            size = min(packet.size, SMALL)
            self.first = dataclasses.replace(packet, flags=SYN | packet.flags & ECN, size=size, carried=size)

    def ways(self) -> list[Way]:
        """All ways, sorted by their shares."""
        found: list[Way] = []
        for branch in simulate(self.network, self.start, self.first).branches:
            found.extend(self._answered(branch))
            if len(found) >= MAX_WAYS:
                break
        return sorted(found, key=lambda way: -way.share)

    # -- the first packet ----------------------------------------------------------------------------------------
    def _answered(self, branch: Branch) -> t.Iterator[Way]:
        trace = branch.trace
        so = _So().far(trace)
        if trace.delivered:
            yield from self._replied(branch, so)
            return
        port = self._port_of_unread(branch)
        nic = self._way_out(branch) if port is None else None
        if nic is not None:
            port, so = nic, so.taking(_comes_back(nic))
        if port is not None:
            yield from self._supposed(branch, port, so)
            return
        for answer, back in self._ends(branch):
            after = so.far(back) if back is not None else so
            yield Way(trace, back, answer, after.share, after.assumptions)

    def _ends(self, branch: Branch) -> t.Iterator[tuple[Answer, Trace | None]]:
        """What the sender sees of a packet that was not delivered, and the error that tells it."""
        trace = branch.trace
        at_home = (trace.place.node, trace.place.netns) == (self.start.node, self.start.netns)
        if trace.disposition in (Disposition.UNKNOWN, Disposition.LEFT_THE_CLUSTER):
            yield Answer.UNKNOWN, None
        elif not branch.answers:
            own = {Disposition.NO_ROUTE: Answer.NO_ROUTE, Disposition.TOO_BIG: Answer.TOO_BIG}
            # A router that is not managed tells the sender, or does not.
            silence = Answer.REJECTED if trace.disposition is Disposition.TTL_EXCEEDED else Answer.SILENT
            yield own.get(trace.disposition, silence) if at_home else silence, None
        for answer in branch.answers:
            for back in self._back(branch, answer):
                late = trace.disposition is Disposition.NO_NEIGHBOUR and back.trace.delivered
                yield Answer.SILENT if late else _seen(back.trace, answer), back.trace

    def _back(self, branch: Branch, answer: Packet) -> tuple[Branch, ...]:
        """The answer to a packet, sent where that ended."""
        place = branch.trace.place
        opened = (self._client(branch.trace),)
        start, domain = Place(place.node, place.netns), self._domain(branch.trace)
        return simulate(self.network, start, self._marked(branch, answer), branch.tables, opened, domain).branches

    def _marked(self, branch: Branch, answer: Packet) -> Packet:
        """The answer with the mark of the socket that sends it, or of what it answers where the settings of that place
        say so (inet_request_mark())."""
        arrived, stack = branch.trace.packet, self.network.stack(branch.trace.place)
        decided = branch.trace.last.decided if branch.trace.last is not None else None
        by_socket = isinstance(decided, Socket) and branch.trace.delivered
        if isinstance(decided, Socket) and by_socket and decided.mark and not answer.mark:
            return dataclasses.replace(answer, mark=decided.mark)
        if arrived is None or stack is None or not arrived.mark or answer.mark:
            return answer
        if not stack.settings.answers_with_mark(answer.family, answer.protocol, by_socket):
            return answer
        return dataclasses.replace(answer, mark=arrived.mark)

    def _domain(self, trace: Trace) -> str | None:
        """The VRF in which the answer to a packet is sent: the one by which it came. A socket of UDP that is bound to
        no device does not know it.
        """
        hop = trace.hops[-1] if trace.hops else None
        namespace = self.network.namespace(hop.node, hop.netns) if hop is not None else None
        if hop is None or hop.iif is None or namespace is None or not _vrf.any_in(namespace):
            return None
        decided = trace.last.decided if trace.last is not None else None
        if isinstance(decided, Socket) and decided.protocol == "udp":
            return decided.dev
        domains = (_vrf.of(namespace, device) for device in (hop.iif, *hop.devices))
        return next((domain.name for domain in domains if domain is not None), None)

    def _client(self, trace: Trace) -> OpenSocket:
        """The socket that waits for the answer, with the address that its packet left with."""
        sent = self._sent(trace)
        return OpenSocket(self.start.node, self.start.netns, sent.protocol, sent.src, sent.sport, sent.dst, sent.dport)

    def _sent(self, trace: Trace) -> Packet:
        return trace.hops[0].before if trace.hops else self.first

    # -- the answer, and what follows it -------------------------------------------------------------------------
    def _replied(self, branch: Branch, so: _So) -> t.Iterator[Way]:
        arrived = branch.trace.packet or self.first
        reply, decided = self._reply(arrived), branch.trace.last.decided if branch.trace.last is not None else None
        if isinstance(decided, Socket):
            # Until it is accepted, a connection's packets belong to the socket that listens.
            reply = dataclasses.replace(reply, uid=decided.uid)
            other = self._lent(branch.trace.place, reply, decided)
            if other is not None:
                yield from self._from_elsewhere(branch, dataclasses.replace(reply, src=other), decided, so)
                so = so.taking(_answers_as_asked(branch.trace.place, decided, True))
        for back in self._back(branch, reply):
            after = so.far(back.trace)
            if not back.trace.delivered:
                yield Way(branch.trace, back.trace, _lost(back.trace), after.share, after.assumptions)
            elif self.tcp:
                yield from self._connected(branch, back, arrived, after)
            else:
                yield Way(branch.trace, back.trace, Answer.REPLY, after.share, after.assumptions)

    def _lent(self, place: Place, reply: Packet, socket: Socket) -> str | None:
        """The source address that the route gives to a datagram of a socket that is bound to none, where it is not the
        one that was asked (udp_sendmsg()); None where it is, or the socket has its own.
        """
        stack = self.network.stack(place)
        if reply.protocol != "udp" or socket.local not in ("0.0.0.0", "::") or stack is None:
            return None
        lent = stack.lent(dataclasses.replace(reply, src=""))
        return lent if lent != reply.src else None

    def _from_elsewhere(self, branch: Branch, reply: Packet, socket: Socket, so: _So) -> t.Iterator[Way]:
        """The answer of a program that leaves its source to the route: nobody waits for one from there."""
        assumed = so.taking(_answers_as_asked(branch.trace.place, socket, False))
        for back in self._back(branch, reply):
            after = assumed.far(back.trace)
            answer = Answer.REPLY if back.trace.delivered else _lost(back.trace)
            yield Way(branch.trace, back.trace, answer, after.share, after.assumptions)

    def _port_of_unread(self, branch: Branch) -> Place | None:
        """The device by which a packet left its node's namespace for a pod that was not read."""
        trace = branch.trace
        hop = trace.hops[-1] if trace.hops else None
        if trace.reason is not Reason.NOT_READ or hop is None or hop.oif is None or trace.place.netns == HOST:
            return None
        port = Place(hop.node, hop.netns, hop.oif)
        wire = self.network.wire(port)
        here = wire.peer is not None and (wire.peer.node, wire.peer.netns) == (trace.place.node, trace.place.netns)
        return port if wire.kind is Kind.UNREAD and here else None

    def _way_out(self, branch: Branch) -> Place | None:
        """The device by which a packet left what is managed: an answer to it is taken to come in there."""
        trace = branch.trace
        hop = trace.hops[-1] if trace.hops else None
        if trace.disposition is not Disposition.LEFT_THE_CLUSTER or hop is None or hop.oif is None:
            return None
        return Place(hop.node, hop.netns, hop.oif)

    def _supposed(self, branch: Branch, port: Place, so: _So) -> t.Iterator[Way]:
        """The answer that would be sent by a pod that was not read, or from beyond what is managed. Where it is lost,
        nothing comes back whatever is done there; where it arrives, it is not known whether there is one.
        """
        trace = branch.trace
        reply = self._fitting(self._reply(trace.packet or self.first), port)
        for back in simulate(self.network, port, reply, branch.tables, (self._client(trace),)).branches:
            after = so.far(back.trace)
            lost = _lost(back.trace) is Answer.SILENT and not back.trace.delivered
            answer = Answer.SILENT if lost else Answer.UNKNOWN
            yield Way(trace, back.trace if lost else None, answer, after.share, after.assumptions, supposed=lost)

    def _fitting(self, reply: Packet, port: Place) -> Packet:
        """What comes in by a wire of an answer that may be fragmented: whoever sent or forwarded it did so where it did
        not fit.
        """
        namespace = self.network.namespace(port.node, port.netns)
        link = namespace.links.get(port.device or "") if namespace is not None else None
        if reply.df or link is None or not link.mtu or reply.size <= link.mtu:
            return reply
        return dataclasses.replace(reply, size=link.mtu)

    def _reply(self, arrived: Packet) -> Packet:
        if self.tcp:
            reply = _answers.backwards(arrived, SYN_ACK)
            return dataclasses.replace(reply, df=True, carried=reply.size)
        if arrived.protocol in _answers.ECHO:
            reply = _answers.backwards(arrived, size=self.request.size)
            kind = _answers.ECHO[arrived.protocol][1]
            return dataclasses.replace(reply, icmp_type=kind, icmp_code=0, uid=0, owned=False)
        return dataclasses.replace(_answers.backwards(arrived), df=True)

    def _connected(self, branch: Branch, back: Branch, arrived: Packet, so: _So) -> t.Iterator[Way]:
        """The third packet of the handshake, and data where some is to be sent."""
        sent = self._sent(branch.trace)
        carried = self.first.size + SMALL
        packets = [dataclasses.replace(self.first, src=sent.src, flags=ACK, df=True, carried=carried)]
        if self.request.size > SMALL:
            carried += self.request.size
            packets.append(dataclasses.replace(self.request, src=sent.src, flags=DATA, carried=carried))
        end = branch.trace.place
        server = OpenSocket(end.node, end.netns, "tcp", arrived.dst, arrived.dport, arrived.src, arrived.sport)
        opened = (server, self._client(branch.trace))
        for answer, later, after in self._continued(packets, back, opened, (), so):
            yield Way(branch.trace, back.trace, answer, after.share, after.assumptions, later)

    def _continued(
        self, packets: list[Packet], before: Branch, opened: tuple[OpenSocket, ...], later: tuple[Trace, ...], so: _So
    ) -> t.Iterator[tuple[Answer, tuple[Trace, ...], _So]]:
        """The packets of a connection that stands, one after the other, until one is lost."""
        if not packets and self.answered is not None and before.trace.packet is not None:
            flags, size = self.answered
            reply = dataclasses.replace(_answers.backwards(before.trace.packet, flags, size), df=True)
            for back in self._back(before, reply):
                answer = Answer.REPLY if back.trace.delivered else _lost(back.trace)
                yield answer, (*later, back.trace), so.far(back.trace)
            return
        if not packets:
            yield Answer.REPLY, later, so
            return
        for branch in simulate(self.network, self.start, packets[0], before.tables, opened).branches:
            if so.denied(branch.trace):
                continue
            traces, after = (*later, branch.trace), so.far(branch.trace)
            if branch.trace.delivered:
                yield from self._continued(packets[1:], branch, opened, traces, after)
                continue
            if packets[1:] and branch.trace.disposition is Disposition.DROPPED and not branch.answers:
                # Data confirms what the lost packet would have confirmed, and takes its place.
                yield from self._continued(packets[1:], before, opened, later, after)
                continue
            for answer, told in self._ends(branch):
                yield answer, (*traces, told) if told is not None else traces, after.far(told) if told else after


def _comes_back(nic: Place) -> Assumption:
    return Assumption(nic, f"The answer comes in by {nic.device} of {nic.node}.", True, None, Doubt.FABRIC)


def _answers_as_asked(place: Place, socket: Socket, taken: bool) -> Assumption:
    text = f"{socket} answers from the address that it was asked at (IP_PKTINFO)"
    return Assumption(place, text, taken, socket, Doubt.PROGRAM)


def _seen(back: Trace, answer: Packet) -> Answer:
    """What the sender takes an answer of a kernel for."""
    if not back.delivered:
        return _lost(back)
    if answer.protocol == "tcp":
        return Answer.REFUSED
    kind = (answer.icmp_type, answer.icmp_code)
    if kind in ((3, 4), (2, 0)):
        return Answer.TOO_BIG
    return Answer.REFUSED if kind == ((3, 3) if answer.protocol == "icmp" else (1, 4)) else Answer.REJECTED


def _lost(back: Trace) -> Answer:
    unknown = (Disposition.UNKNOWN, Disposition.LEFT_THE_CLUSTER)
    return Answer.UNKNOWN if back.disposition in unknown else Answer.SILENT
