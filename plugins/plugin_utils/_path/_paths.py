# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Every round trip of a run, simulated once: for findings, steps, pictures and the plan of captures alike."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Evidence, Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack import _address
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._answers import HEADERS
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import SMALL, Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._network import Network
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._roundtrip import (
    CONFIRMATION,
    ECN,
    Answer,
    RoundTrip,
    Segment,
    round_trip,
)

# Values of net.ipv4.tcp_ecn with which the first SYN asks for congestion notification (tcp_ecn_send_syn()).
_ASKS_FOR_ECN = ("1", "3")
# Bytes: jumbo frames are not usual, and probes that are larger than this are meant to be split.
_USUAL_LINK = 1500
# Milliseconds after which the kernel sends a SYN again (TCP_TIMEOUT_INIT), and then without ECN (tcp_ecn_clear_syn()).
_SENT_AGAIN = 1000.0
# Bytes of data of an echo request where the probe does not say.
ECHO_DATA = 56
DNS_PORT = 53


@dataclasses.dataclass(frozen=True)
class Disagreement:
    """A probe that saw something else than any simulated way leads to."""

    probe: Probe
    simulated: RoundTrip

    def __str__(self) -> str:
        answers = ", ".join(sorted(answer.value for answer in self.simulated.answers))
        return f"{self.probe}; simulated: {answers}"


class Paths:
    """The round trips of one network. They are made when they are asked for."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._made: dict[tuple[Place, Packet, Segment | None], RoundTrip] = {}

    @classmethod
    def of(cls, evidence: Evidence) -> Paths:
        """Of a run, made once: nodes that ought to have been read and were not are known to be missing."""
        return t.cast(Paths, evidence.once("paths", lambda run: cls(_network_of(run))))

    def round_trip(self, start: Place, packet: Packet, answered: Segment | None = None) -> RoundTrip:
        """A packet there, and its answer back; answered: what answers its data."""
        key = (start, packet, answered)
        if key not in self._made:
            self._made[key] = round_trip(self.network, start, packet, answered)
        return self._made[key]

    def of_probe(self, evidence: Evidence, probe: Probe) -> RoundTrip | None:
        """The packet as a probe really sent it; None where it sent none, or from a namespace that is not known."""
        start = Place(probe.node, str(probe.request.get("netns") or HOST))
        packet = packet_of(evidence, probe)
        # A segment that a size is looked for with has to be acknowledged: where one was, the program's answer may have
        # done it, and where none was, neither that nor the kernel's own came.
        silent = probe.request.get("kind") == "tcp_segment" and probe.status != "pass"
        answered = CONFIRMATION if silent else None
        return self.round_trip(start, packet, answered) if packet is not None else None

    def disagreements(self, evidence: Evidence) -> tuple[Disagreement, ...]:
        """Probes that passed although no simulated way brings an answer.

        The reverse is none by itself: a probe may fail by what no snapshot shows, and the verdict looks for that.
        """
        found = []
        for probe in evidence.probes:
            if probe.phase != "probe" or probe.status != "pass":
                continue
            simulated = self.of_probe(evidence, probe)
            if simulated is None or simulated.answers & {Answer.REPLY, Answer.UNKNOWN}:
                continue
            if probe.request.get("kind") != "tcp" or not any(way.later for way in simulated.ways):
                # Who opens a connection sees it open at the second packet, whatever becomes of the third.
                found.append(Disagreement(probe, simulated))
        return tuple(found)


def _network_of(evidence: Evidence) -> Network:
    missing = {name: evidence.node_addresses(name) for name in evidence.index.nodes if name not in evidence.nodes}
    return Network(evidence.nodes, missing)


# -- from a probe to its packet ----------------------------------------------------------------------------------
def packet_of(evidence: Evidence, probe: Probe) -> Packet | None:
    """The packet that a probe sent. Of size searches, that of the smallest size that failed, else of the largest.

    A source that is not known is left to the route; that of pings always, whose sockets are bound to none: rules that
    look at the source do not see it yet (raw_sendmsg()).
    """
    server = _nameserver(evidence, probe) if probe.request.get("kind") == "dns" else None
    destination = server or probe.result.get("address")
    if not isinstance(destination, str) or _address.number(destination) is None:
        return None
    source = probe.result.get("local_address")
    family = 6 if ":" in destination else 4
    if not isinstance(source, str) or _address.number(source) is None or (":" in source) != (family == 6):
        source = ""
    kind = str(probe.request.get("kind"))
    if kind in _UNBOUND and evidence.namespace(probe.node, str(probe.request.get("netns") or HOST)) is not None:
        source = ""
    make = _KINDS.get(kind)
    sent_to = connected_to(probe)
    if sent_to is not None and (":" in sent_to[0]) == (family == 6):
        destination = sent_to[0]
    uid, gid = (number if isinstance(number := probe.data.get(key), int) else 0 for key in ("uid", "gid"))
    told = probe.data.get("cgroup")
    cgroup = told if isinstance(told, str) else None
    asked = Packet(family, source, destination, "tcp", df=True, uid=uid, gid=gid, cgroup=cgroup)
    packet = make(probe, asked) if make else None
    if packet is not None and kind in ("tcp", "http") and not _opened_late(probe):
        packet = dataclasses.replace(packet, flags=packet.flags | ecn_of(evidence, probe))
    return packet


def ecn_of(evidence: Evidence, probe: Probe) -> frozenset[str]:
    """The flags by which the first SYN of a probe's namespace asks for congestion notification."""
    namespace = evidence.namespace(probe.node, str(probe.request.get("netns") or HOST))
    asks = namespace is not None and namespace.sysctl("net.ipv4.tcp_ecn") in _ASKS_FOR_ECN
    return ECN if asks else frozenset()


def _opened_late(probe: Probe) -> bool:
    """Whether it was not the first SYN that opened the connection."""
    quickest = (probe.result.get("rtt_ms") or {}).get("min")
    return isinstance(quickest, (int, float)) and quickest >= _SENT_AGAIN


def _icmp(probe: Probe, packet: Packet) -> Packet:
    size = probe.request.get("size")
    data = size if isinstance(size, int) else ECHO_DATA
    number = probe.data.get("icmp_id")
    identifier = number if isinstance(number, int) else None
    six = packet.family == 6
    return dataclasses.replace(
        _split(packet, data),
        protocol="icmpv6" if six else "icmp",
        sport=identifier,
        dport=identifier,
        size=data + HEADERS[packet.family],
        icmp_type=128 if six else 8,
        icmp_code=0,
    )


def _split(packet: Packet, data: int) -> Packet:
    """What is larger than usual links carry: its sender's kernel sends it in fragments, unless it looks for the largest
    size (ip(7), IP_PMTUDISC_WANT)."""
    return dataclasses.replace(packet, df=False, piece=True) if data > _USUAL_LINK else packet


def _sized_icmp(probe: Probe, packet: Packet) -> Packet:
    return dataclasses.replace(_icmp(probe, packet), size=_size(probe) or _icmp(probe, packet).size)


def _tcp(probe: Probe, packet: Packet) -> Packet:
    return dataclasses.replace(packet, sport=_source_port(probe), dport=_port(probe), flags=frozenset(("syn",)))


def _sized_tcp(probe: Probe, packet: Packet) -> Packet:
    return dataclasses.replace(_tcp(probe, packet), size=max(_size(probe) or SMALL, SMALL))


def _udp(probe: Probe, packet: Packet) -> Packet:
    data = probe.request.get("size")
    packet = dataclasses.replace(packet, protocol="udp", sport=_source_port(probe), dport=_port(probe))
    if not isinstance(data, int) or data <= _USUAL_LINK:
        return packet
    return dataclasses.replace(_split(packet, data), size=data + HEADERS[packet.family])


def _dns(probe: Probe, packet: Packet) -> Packet:
    """A question by UDP, as a SYN where it was asked by TCP."""
    question = dataclasses.replace(packet, sport=_source_port(probe), dport=_port(probe) or DNS_PORT)
    if any(one.get("transport") == "tcp" and one.get("outcome") != "answer" for one in probe.data.get("queries") or []):
        return dataclasses.replace(question, flags=frozenset(("syn",)))
    return dataclasses.replace(question, protocol="udp")


_UNBOUND = ("icmp", "path_mtu")
_KINDS: t.Mapping[str, t.Callable[[Probe, Packet], Packet]] = {
    "icmp": _icmp,
    "path_mtu": _sized_icmp,
    "tcp": _tcp,
    "http": _tcp,
    "tcp_segment": _sized_tcp,
    "udp": _udp,
    "dns": _dns,
}


def connected_to(probe: Probe) -> tuple[str, int] | None:
    """Whom a probe's socket was connected to, where that is not who it asked for."""
    told = probe.data.get("connected_to")
    if not isinstance(told, list) or len(told) != 2 or _address.number(str(told[0])) is None:
        return None
    return (str(told[0]), told[1]) if isinstance(told[1], int) else None


def _port(probe: Probe) -> int | None:
    sent_to = connected_to(probe)
    if sent_to is not None:
        return sent_to[1]
    port = probe.request.get("port")
    return port if isinstance(port, int) else None


def _source_port(probe: Probe) -> int | None:
    attempts = probe.result.get("attempts") or [{}]
    # A connection that was answered is asked for, where one of several was.
    wanted = next((each for each in attempts if each.get("outcome") == probe.outcome), attempts[0])
    port = wanted.get("source_port")
    return port if isinstance(port, int) else None


def _size(probe: Probe) -> int | None:
    for key in ("smallest_failed", "largest"):
        size = probe.data.get(key)
        if isinstance(size, int):
            return size
    return None


def _nameserver(evidence: Evidence, probe: Probe) -> str | None:
    """The server that was asked; of several, the first that did not answer."""
    servers = [each for each in probe.data.get("servers") or [] if isinstance(each, dict)]
    silent = [each for each in servers if each.get("outcome") != "answer"]
    asked = [str(each.get("server") or each.get("nameserver")) for each in (*silent, *servers)]
    namespace = evidence.namespace(probe.node, str(probe.request.get("netns") or HOST))
    known = namespace.resolvers() if namespace is not None else []
    return next(iter([*asked, *filter(None, [probe.request.get("nameserver")]), *known]), None)
