# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Find the packets of a probe in captures, by what they are and never by when they were seen.

An ICMP echo carries the probe's token and a UDP datagram, too. A TCP connection is known by the sequence number of
its SYN: found on the first device where client address and source port are still the prober's own, and followed from
there, since no NAT touches it; its answer acknowledges that number plus one (RFC 9293, 3.5). A DNS query is known by
its id and question (RFC 1035, 4.1).
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._captures import DeviceCapture, Point
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._packets import Icmp, Packet, Tcp, Udp
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._probes import (
    MIN_TOKEN,
    TCP_KINDS,
    TOKEN_KINDS,
    Probe,
)

FORWARD, REPLY = "forward", "reply"
Ends = tuple[str, int, str, int]
# How far behind the start of a connection its data may be; probes send little.
MAX_RELATIVE = 1 << 26
# Bytes of a DNS question that tell it from others.
DNS_HEADER, DNS_QUESTION = 12, 28
DNS_RESPONSE = 0x80


@dataclasses.dataclass(frozen=True)
class Sighting:
    """A packet of a probe on a device. number: its place in that capture."""

    point: Point
    direction: str
    what: str
    packet: Packet
    number: int


@dataclasses.dataclass
class Trace:
    """One packet of a probe (with its repetitions and its answer) over all devices.

    opening: of data, the SYN of their connection; None for a packet that opens an exchange. direction: of the packet.
    foreign: answers to it that have another source than the address that it was sent to. misdirected: those that were
    sent to another port than it came from.
    """

    what: str
    label: str
    direction: str = FORWARD
    opening: Trace | None = None
    length: int = 0
    sightings: list[Sighting] = dataclasses.field(default_factory=list)
    errors: list[Sighting] = dataclasses.field(default_factory=list)
    foreign: list[Sighting] = dataclasses.field(default_factory=list)
    misdirected: list[Sighting] = dataclasses.field(default_factory=list)

    def add(self, sighting: Sighting) -> None:
        self.sightings.append(sighting)
        if sighting.direction == self.direction:
            self.length = max(self.length, sighting.packet.length)

    @property
    def primary(self) -> bool:
        return self.opening is None

    def seen(self, direction: str) -> list[Sighting]:
        return [sighting for sighting in self.sightings if sighting.direction == direction]


@dataclasses.dataclass
class Recognised:
    """What was found of a probe. known: its packets can be told from others, so that their absence means something.

    ambiguous: a packet could be this probe's or another's; then nothing is proven.
    """

    traces: list[Trace] = dataclasses.field(default_factory=list)
    known: bool = True
    ambiguous: bool = False
    notes: list[str] = dataclasses.field(default_factory=list)

    def doubt(self, note: str) -> None:
        self.ambiguous = True
        if note not in self.notes:
            self.notes.append(note)

    def unknown(self, note: str) -> None:
        self.known = False
        if note not in self.notes:
            self.notes.append(note)


class CaptureIndex:
    """One capture, its packets by what they may be recognised by. Built once, used for every probe."""

    def __init__(self, capture: DeviceCapture) -> None:
        self.point = capture.point
        self.echoes: list[tuple[int, Packet, Icmp]] = []
        self.errors: list[tuple[int, Packet, Packet]] = []
        self.openings: dict[int, list[tuple[int, Packet, Tcp]]] = {}
        self.answers: dict[int, list[tuple[int, Packet, Tcp]]] = {}
        self.by_ends: dict[Ends, list[tuple[int, Packet]]] = {}
        self.datagrams: list[tuple[int, Packet]] = []
        self.cut_protocols: set[int] = set()
        for number, packet in enumerate(capture.packets):
            self._add(number, packet)

    def _add(self, number: int, packet: Packet) -> None:
        transport = packet.transport
        if packet.cut:
            self.cut_protocols.add(packet.protocol)
        if isinstance(transport, Icmp):
            if transport.is_error and transport.quoted is not None:
                self.errors.append((number, packet, transport.quoted))
            elif transport.is_request or transport.is_reply:
                self.echoes.append((number, packet, transport))
        elif isinstance(transport, Tcp):
            self.by_ends.setdefault(ends_of(packet), []).append((number, packet))
            if transport.opens:
                self.openings.setdefault(transport.seq, []).append((number, packet, transport))
            elif transport.accepts or transport.resets:
                self.answers.setdefault(transport.ack, []).append((number, packet, transport))
        elif isinstance(transport, Udp):
            self.by_ends.setdefault(ends_of(packet), []).append((number, packet))
            self.datagrams.append((number, packet))


def ends_of(packet: Packet) -> Ends:
    return packet.src, packet.src_port, packet.dst, packet.dst_port


def reverse(ends: Ends) -> Ends:
    return ends[2], ends[3], ends[0], ends[1]


def recognise(probe: Probe, indexes: t.Sequence[CaptureIndex]) -> Recognised:
    """The packets of a probe in all captures; indexes in the order in which the devices are passed."""
    if probe.kind in TOKEN_KINDS:
        return _Echoes(probe, indexes).run()
    if probe.kind in TCP_KINDS:
        return _Connections(probe, indexes).run()
    if probe.kind == "dns":
        return _Queries(probe, indexes).run()
    if probe.kind == "udp":
        return _Datagrams(probe, indexes).run()
    found = Recognised()
    found.unknown(f"packets of kind {probe.kind} cannot be recognised")
    return found


class _Search:
    """What the searches have in common."""

    def __init__(self, probe: Probe, indexes: t.Sequence[CaptureIndex]) -> None:
        self.probe = probe
        self.indexes = indexes
        self.found = Recognised()

    def run(self) -> Recognised:
        raise NotImplementedError

    def _cut_note(self, protocols: t.Container[int]) -> None:
        for index in self.indexes:
            if any(protocol in protocols for protocol in index.cut_protocols):
                self.found.doubt(f"packets on {index.point} were cut too short to be recognised")


# -- ICMP echo ---------------------------------------------------------------------------------------------------
class _Echoes(_Search):
    """Told apart by token, sequence number and length; the identifier may be translated."""

    def __init__(self, probe: Probe, indexes: t.Sequence[CaptureIndex]) -> None:
        super().__init__(probe, indexes)
        self.traces: dict[tuple[int, int], Trace] = {}
        self.idents: dict[tuple[Point, int, int], Trace] = {}

    def run(self) -> Recognised:
        if len(self.probe.token) < MIN_TOKEN:
            self.found.unknown("the probe has no token that its packets could be told by")
            return self.found
        for index in self.indexes:
            for number, packet, icmp in index.echoes:
                self._look(index.point, number, packet, icmp)
        for index in self.indexes:
            for number, packet, quoted in index.errors:
                self._error(index.point, number, packet, quoted)
        self._cut_note((1, 58))
        self.found.traces = [self.traces[key] for key in sorted(self.traces)]
        return self.found

    def _look(self, point: Point, number: int, packet: Packet, icmp: Icmp) -> None:
        if not packet.payload.startswith(self.probe.token):
            if packet.payload_length > len(packet.payload) and self.probe.token.startswith(packet.payload):
                self.found.doubt(f"packets on {point} were cut too short to be recognised")
            return
        trace = self.traces.setdefault(
            (packet.payload_length, icmp.seq), Trace("echo", f"echo {icmp.seq} of {packet.length} bytes")
        )
        if icmp.is_request:
            self.idents[point, icmp.ident, icmp.seq] = trace
            trace.add(Sighting(point, FORWARD, "echo request", packet, number))
        else:
            trace.add(Sighting(point, REPLY, "echo reply", packet, number))

    def _error(self, point: Point, number: int, packet: Packet, quoted: Packet) -> None:
        icmp = quoted.transport
        if not isinstance(icmp, Icmp) or not (icmp.is_request or icmp.is_reply):
            return
        token = self.probe.token
        trace = self.traces.get((quoted.payload_length, icmp.seq))
        if not quoted.payload.startswith(token) and not (
            len(quoted.payload) < len(token)
            and token.startswith(quoted.payload)
            and (point, icmp.ident, icmp.seq) in self.idents
        ):
            return
        trace = trace or self.idents.get((point, icmp.ident, icmp.seq))
        if trace is not None:
            direction = FORWARD if icmp.is_request else REPLY
            trace.errors.append(Sighting(point, direction, "error", packet, number))


# -- TCP ---------------------------------------------------------------------------------------------------------
class _Connections(_Search):
    """Told apart by the sequence number of the SYN."""

    def run(self) -> Recognised:
        ports = self.probe.source_ports
        if not ports:
            self.found.unknown("the source ports of the probe are not known")
        for port, count in ports.items():
            for opening in self._openings(port, count):
                self._follow(port, opening)
        if not self.found.traces:
            self._nothing_seen()
        self._cut_note((6,))
        return self.found

    def _openings(self, port: int, count: int) -> list[Tcp]:
        """The SYNs of one source port, on the first device that shows them as the prober sent them."""
        for index in self.indexes:
            own: dict[int, Tcp] = {}
            for seq, packets in index.openings.items():
                for _number, packet, tcp in packets:
                    if tcp.src_port == port and self._is_from_us(packet):
                        own[seq] = tcp
            if len(own) > count:
                self.found.doubt(f"{index.point} shows {len(own)} connections from port {port}, the probe made {count}")
            if own:
                return list(own.values())
        return []

    def _is_from_us(self, packet: Packet) -> bool:
        return packet.src in self.probe.clients and (packet.dst, packet.dst_port) in self.probe.servers

    def _nothing_seen(self) -> None:
        """Nothing was found: because nothing was sent, or because it was translated before the first device?

        That would show on the node that the packets start on; what only others see is of other clients.
        """
        starts = {path.devices[0].node for path in self.probe.paths if path.devices}
        for index in self.indexes:
            if starts and index.point.node not in starts:
                continue
            for packets in index.openings.values():
                for _number, packet, _tcp in packets:
                    if (packet.dst, packet.dst_port) in self.probe.servers:
                        self.found.unknown(
                            f"{index.point} shows connections to {packet.dst} port {packet.dst_port} that may be the "
                            "probe's, with address or port translated"
                        )
                        return

    def _follow(self, port: int, opening: Tcp) -> None:
        trace = Trace("syn", f"SYN from port {port}")
        ends: dict[Point, set[Ends]] = {}
        server: set[int] = set()
        answer = (opening.seq + 1) & 0xFFFFFFFF
        for index in self.indexes:
            for number, packet, tcp in index.openings.get(opening.seq, ()):
                if tcp.fingerprint and opening.fingerprint and tcp.fingerprint != opening.fingerprint:
                    self.found.doubt(f"{index.point} shows another SYN with the same sequence number")
                    continue
                ends.setdefault(index.point, set()).add(ends_of(packet))
                trace.add(Sighting(index.point, FORWARD, "syn", packet, number))
            for number, packet, tcp in index.answers.get(answer, ()):
                ends.setdefault(index.point, set()).add(reverse(ends_of(packet)))
                if tcp.accepts:
                    server.add(tcp.seq)
                trace.add(Sighting(index.point, REPLY, "syn-ack" if tcp.accepts else "reset", packet, number))
            for number, packet, quoted in index.errors:
                if isinstance(quoted.transport, Tcp) and quoted.transport.seq == opening.seq:
                    trace.errors.append(Sighting(index.point, FORWARD, "error", packet, number))
        self.found.traces.append(trace)
        self._data(trace, port, ends, opening.seq, FORWARD)
        if len(server) == 1:
            self._data(trace, port, ends, server.pop(), REPLY)

    def _data(self, opening: Trace, port: int, ends: t.Mapping[Point, set[Ends]], start: int, direction: str) -> None:
        """The data segments of a connection, each a trace of its own. start: sequence number of the SYN."""
        traces: dict[tuple[int, int], Trace] = {}
        for index in self.indexes:
            for pair in ends.get(index.point, ()):
                wanted = pair if direction == FORWARD else reverse(pair)
                for number, packet in index.by_ends.get(wanted, ()):
                    place = _place(packet, start)
                    if place is None:
                        continue
                    label = f"{packet.payload_length} bytes of data, port {port}"
                    trace = traces.setdefault(place, Trace("data", label, direction, opening))
                    trace.add(Sighting(index.point, direction, "data", packet, number))
            for number, packet, quoted in index.errors:
                place = _place(quoted, start)
                known = pair_known(quoted, ends, direction)
                if place is not None and known:
                    for (offset, length), trace in traces.items():
                        if offset <= place[0] < offset + length:
                            trace.errors.append(Sighting(index.point, direction, "error", packet, number))
        _share_overlaps(traces)
        self.found.traces += [traces[place] for place in sorted(traces)]


def pair_known(packet: Packet, ends: t.Mapping[Point, set[Ends]], direction: str) -> bool:
    """Whether a packet is of a connection as any device knows it."""
    own = ends_of(packet) if direction == FORWARD else reverse(ends_of(packet))
    return any(own in pairs for pairs in ends.values())


def _place(packet: Packet, start: int) -> tuple[int, int] | None:
    """Where the data of a segment are in its connection: offset and length; None when it has none."""
    tcp = packet.transport
    if not isinstance(tcp, Tcp) or tcp.opens or tcp.accepts:
        return None
    length = packet.payload_length if not packet.cut else 1
    offset = (tcp.seq - start - 1) & 0xFFFFFFFF
    return (offset, length) if length > 0 and offset < MAX_RELATIVE else None


def _share_overlaps(traces: t.Mapping[tuple[int, int], Trace]) -> None:
    """The same data in segments of other sizes (segmentation offload): whoever carries them shows them."""
    own = {place: list(trace.sightings) for place, trace in traces.items()}
    for (offset, length), trace in traces.items():
        points = {sighting.point for sighting in trace.sightings}
        for (other, size), sightings in own.items():
            if (other, size) != (offset, length) and other < offset + length and offset < other + size:
                trace.sightings += [sighting for sighting in sightings if sighting.point not in points]


# -- UDP ---------------------------------------------------------------------------------------------------------
class _Datagrams(_Search):
    """Told apart by the token, and from each other by the identification that IPv4 gives a datagram, which no NAT
    changes (where it is 0 for all, they are one trace). An answer need not have the token: it has the
    ends of the datagram, turned round."""

    def run(self) -> Recognised:
        token = self.probe.token
        if len(token) < MIN_TOKEN:
            self.found.unknown("the probe has no token that its packets could be told by")
            return self.found
        traces: dict[tuple[bytes, int], Trace] = {}
        forward: dict[Ends, Trace] = {}
        for index in self.indexes:
            for number, packet in index.datagrams:
                if token in packet.payload:
                    self._datagram(index.point, number, packet, traces, forward)
        for index in self.indexes:
            self._answers(index, forward)
            self._errors(index, forward)
        add_foreign(self.indexes, forward)
        self._cut_note((17,))
        self.found.traces = list({id(trace): trace for trace in traces.values()}.values())
        return self.found

    def _datagram(
        self,
        point: Point,
        number: int,
        packet: Packet,
        traces: dict[tuple[bytes, int], Trace],
        forward: dict[Ends, Trace],
    ) -> None:
        """Datagrams with the same ends cannot have their answers told apart: they are one trace."""
        direction = self._direction(ends_of(packet))
        if direction is None:
            self.found.doubt(f"{point} shows packets that may be the probe's or its answers")
        if direction != FORWARD:
            return
        key, ends = (packet.payload, packet.ip_id or 0), ends_of(packet)
        trace = traces.get(key) or forward.get(ends) or Trace("datagram", f"datagram {len(traces) + 1}")
        traces.setdefault(key, trace)
        forward.setdefault(ends, trace)
        trace.add(Sighting(point, FORWARD, "datagram", packet, number))

    def _direction(self, ends: Ends) -> str | None:
        for direction, (src, src_port, dst, dst_port) in ((FORWARD, ends), (REPLY, reverse(ends))):
            if (
                src in self.probe.clients
                and src_port in self.probe.source_ports
                and (dst, dst_port) in self.probe.servers
            ):
                return direction
        to_server, from_server = ends[3] in self.probe.server_ports, ends[1] in self.probe.server_ports
        if to_server == from_server:
            return None
        return FORWARD if to_server else REPLY

    @staticmethod
    def _answers(index: CaptureIndex, forward: t.Mapping[Ends, Trace]) -> None:
        """Also on devices that the datagram itself did not pass: the way back may be another."""
        for ends, trace in forward.items():
            for number, packet in index.by_ends.get(reverse(ends), ()):
                if isinstance(packet.transport, Udp):
                    trace.add(Sighting(index.point, REPLY, "datagram", packet, number))

    @staticmethod
    def _errors(index: CaptureIndex, forward: t.Mapping[Ends, Trace]) -> None:
        for number, packet, quoted in index.errors:
            if not isinstance(quoted.transport, Udp):
                continue
            trace, direction = forward.get(ends_of(quoted)), FORWARD
            if trace is None:
                trace, direction = forward.get(reverse(ends_of(quoted))), REPLY
            if trace is not None:
                trace.errors.append(Sighting(index.point, direction, "error", packet, number))


def add_foreign(indexes: t.Sequence[CaptureIndex], sent: t.Mapping[Ends, Trace]) -> None:
    """Answers from another address than the one that was asked: from its port, to the client's own end."""
    asked = {(dst_port, src, src_port): trace for (src, src_port, _dst, dst_port), trace in sent.items()}
    servers = {(dst, dst_port, src, src_port) for src, src_port, dst, dst_port in sent}
    for index in indexes:
        for number, packet in index.datagrams:
            trace = asked.get((packet.src_port, packet.dst, packet.dst_port))
            if trace is not None and ends_of(packet) not in servers:
                trace.foreign.append(Sighting(index.point, REPLY, "datagram", packet, number))
        _add_refused(index, sent)


def _add_refused(index: CaptureIndex, sent: t.Mapping[Ends, Trace]) -> None:
    """Answers from another port of the address that was asked, or to another port of the client: no capture looks for
    these, but the client's kernel, for which they are nobody's, quotes each in the error that it sends back.
    """
    servers = {(dst, dst_port, src, src_port) for src, src_port, dst, dst_port in sent}
    asked = {(dst, src, src_port): trace for (src, src_port, dst, _dst_port), trace in sent.items()}
    askers = {(dst, dst_port, src): trace for (src, _src_port, dst, dst_port), trace in sent.items()}
    for number, _packet, quoted in index.errors:
        if not isinstance(quoted.transport, Udp) or ends_of(quoted) in servers:
            continue
        sighting = Sighting(index.point, REPLY, "datagram", quoted, number)
        trace = asked.get((quoted.src, quoted.dst, quoted.dst_port))
        if trace is not None:
            trace.foreign.append(sighting)
            continue
        trace = askers.get((quoted.src, quoted.src_port, quoted.dst))
        if trace is not None:
            trace.misdirected.append(sighting)


# -- DNS ---------------------------------------------------------------------------------------------------------
class _Queries(_Search):
    """Told apart by id and question, from the first device on that shows the query as the prober sent it."""

    def run(self) -> Recognised:
        ports = self.probe.source_ports
        if not ports:
            self.found.unknown("the source ports of the probe are not known")
        keys: dict[bytes, Trace] = {}
        for port, count in ports.items():
            own = self._own_queries(port)
            if len(own) > count:
                self.found.doubt(f"there are {len(own)} queries from port {port}, the probe made {count}")
            for key in own:
                keys.setdefault(key, Trace("query", f"query from port {port}"))
        for index in self.indexes:
            self._follow(index, keys)
        sent = {ends_of(one.packet): trace for trace in keys.values() for one in trace.seen(FORWARD)}
        add_foreign(self.indexes, sent)
        self._cut_note((17,))
        self.found.traces = list(keys.values())
        return self.found

    def _own_queries(self, port: int) -> set[bytes]:
        for index in self.indexes:
            own = {
                key
                for key, _number, packet, response in _dns(index)
                if not response
                and packet.src_port == port
                and packet.src in self.probe.clients
                and (packet.dst, packet.dst_port) in self.probe.servers
            }
            if own:
                return own
        return set()

    def _follow(self, index: CaptureIndex, keys: t.Mapping[bytes, Trace]) -> None:
        """A server may ask its own upstream with the same id and question: that is another query."""
        for key, number, packet, response in _dns(index):
            trace = keys.get(key)
            server = (packet.src, packet.src_port) if response else (packet.dst, packet.dst_port)
            if trace is not None and server in self.probe.servers:
                what = "response" if response else "query"
                trace.add(Sighting(index.point, REPLY if response else FORWARD, what, packet, number))
        for number, packet, quoted in index.errors:
            for trace in keys.values():
                if any(ends_of(seen.packet) == ends_of(quoted) for seen in trace.seen(FORWARD)):
                    trace.errors.append(Sighting(index.point, FORWARD, "error", packet, number))


def _dns(index: CaptureIndex) -> t.Iterator[tuple[bytes, int, Packet, bool]]:
    """The DNS messages of a capture: key, number, packet, whether it is a response."""
    for number, packet in index.datagrams:
        payload = packet.payload
        if len(payload) > DNS_HEADER and payload[4:6] == b"\0\1":
            key = payload[:2] + payload[DNS_HEADER : DNS_HEADER + DNS_QUESTION].partition(b"\0")[0]
            yield key, number, packet, bool(payload[2] & DNS_RESPONSE)
