# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Findings about what is used up, by counters before and after: accept queues, local ports, tables of the kernel.

A queue that only our own growing connections fill is no finding: single connections have to suffer, too, or the queue
was full though it has room for all that came.
"""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._counters import HOST, NetnsMoves, NodeMoves
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._dose import Connections
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import finding
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._evidence import (
    SOME_LOST,
    Measured,
    measured,
    place,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    CRITICAL,
    INFO,
    LIKELY,
    MAJOR,
    PROVEN,
    Finding,
    Proof,
    probe_proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import End, Evidence, Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Socket

_SILENT = ("no_reply", "timed_out")
# A table that is less full than this loses nothing for want of room, whatever its counter of drops says.
FULL = 0.9
# So many connections at once tell a program that accepts none from one that is a little late.
MANY = 20
CONNTRACK_CHANGE = "Raise net.netfilter.nf_conntrack_max, or find out who opens so many connections (conntrack -S)."


def shortage_findings(evidence: Evidence) -> t.Iterator[Finding]:
    """What was used up while the run looked."""
    measure = measured(evidence)
    yield from _half_open(measure)
    yield from _accept_queues(measure)
    yield from _unaccepted(measure)
    yield from _too_slow(measure)
    yield from _gone_at_times(measure)
    yield from _local_ports(measure)
    for moves in measure.moves.values():
        yield from _neighbours(measure, moves)
        yield from _conntrack(measure, moves)


def turned_away(measure: Measured, end: End) -> int:
    """How many connections the target's own accept queues turned away between the looks."""
    moves = measure.moves.get(end.node or "")
    space = moves.netns.get(end.netns or HOST) if moves else None
    if space is None:
        return 0
    return max(space.protocols.get("TcpExtListenDrops", 0), space.protocols.get("TcpExtListenOverflows", 0))


# -- handshakes ----------------------------------------------------------------------------------------------------
def _without_room(measure: Measured, end: End) -> int:
    """How many connection requests the target's pod dropped for want of room for one more unfinished handshake, without
    a cookie in its place (tcp_syn_flood_action())."""
    moves = measure.moves.get(end.node or "")
    space = moves.netns.get(end.netns or HOST) if moves else None
    return space.protocols.get("TcpExtTCPReqQFullDrop", 0) if space is not None and end.netns not in (None, HOST) else 0


def _half_open(measure: Measured) -> t.Iterator[Finding]:
    for end in measure.evidence.targets:
        moved = _without_room(measure, end)
        plain = measure.evidence.sent("tcp", "backend-tcp", address=end.address)
        waited = [probe for probe in plain if _unanswered(probe)]
        lost, sent = sum(map(_unanswered, waited)), sum(map(_tried, plain))
        if not waited or moved < lost:
            continue
        namespace = measure.evidence.namespace(end.node or "", end.netns or HOST)
        settings = namespace.sysctls if namespace is not None else {}
        named = ("net.ipv4.tcp_syncookies", "net.ipv4.tcp_max_syn_backlog")
        shown = "; ".join(f"{name} is {settings[name]}" for name in named if name in settings)
        counted = namespace.socket_counts.get("SYN_RECV") if namespace is not None else None
        open_ones = f"; {counted} handshakes stood half open" if counted else ""
        yield finding(
            "process-backlog-full",
            place(str(end.node), end.netns or HOST),
            f"{end.label} has room for one more handshake on port {end.port}",
            f"{moved} connection requests were dropped since the queue of unfinished handshakes was full, {lost} of"
            f" {sent} of ours among them{open_ones}",
            "Let the kernel answer with cookies while the queue is full (net.ipv4.tcp_syncookies=1, in the pod's"
            " securityContext.sysctls), and find out who begins handshakes and never ends them (a flood, a scanner, or"
            f" answers that get lost):\n$ ss -Htan state syn-recv\nin {end.label}.",
            (
                Proof("counter", f"counters/{end.node}.json", f"TcpExtTCPReqQFullDrop +{moved}"),
                *((Proof("config", f"nodes/{end.node}.json.gz", f"{shown}{open_ones}"),) if shown else ()),
                *map(probe_proof, waited[:3]),
            ),
            severity=CRITICAL if lost >= sent else MAJOR,
            confidence=LIKELY,
            heading="Unfinished handshakes leave no room for others",
        )


# -- queues of programs --------------------------------------------------------------------------------------------
def _accept_queues(measure: Measured) -> t.Iterator[Finding]:
    for end in measure.evidence.targets:
        moved = turned_away(measure, end)
        plain = measure.evidence.sent("tcp", "backend-tcp", address=end.address)
        waited = [probe for probe in plain if _unanswered(probe)]
        if _without_room(measure, end) >= moved:
            continue
        # All of them lost is for the simulation to say, which knows the queue of that moment.
        if not waited or not any(probe.result.get("received") for probe in plain):
            continue
        ours = sum(len(one.signs) for one in measure.dose.connections if one.target == end.address)
        ref = f"counters/{end.node}.json"
        yield finding(
            "process-backlog-full",
            place(str(end.node), end.netns or HOST),
            f"the program of {end.label} accepts the connections to port {end.port}",
            f"its queue turned {moved} connection requests away; of single connections, a moment apart,"
            f" {sum(map(_unanswered, waited))} of {sum(_tried(probe) for probe in plain)} went unanswered",
            f"Find out why the program of {end.label} accepts so slowly (overloaded, blocked now and then, throttled by"
            " a CPU limit); a longer queue (somaxconn, listen) only hides it.",
            (Proof("counter", ref, f"TcpExtListenOverflows +{moved}"), *map(probe_proof, waited[:3])),
            severity=MAJOR,
            confidence=PROVEN if 0 < ours <= moved else LIKELY,
        )


def never_accepted(evidence: Evidence) -> list[Probe]:
    """Connections that the kernel of the target took in and its program did not: they wait in its queue, although we
    closed each of them at once, beside others that waited there before; or it turned them away for those."""
    measure = measured(evidence)
    return [growing.probe for growing, _end, _queue in (*_waiting(measure), *_full_for_few(measure))]


def _waiting(measure: Measured) -> t.Iterator[tuple[Connections, End, Socket]]:
    for growing in measure.dose.connections:
        end = next((one for one in measure.evidence.targets if one.address == growing.target), None)
        namespace = measure.evidence.namespace(end.node or "", end.netns or HOST) if end is not None else None
        moves = measure.moves.get(end.node or "") if end is not None else None
        space = moves.netns.get(end.netns or HOST) if moves is not None and end is not None else None
        if end is None or namespace is None or space is None or end.netns in (None, HOST) or growing.signs:
            continue
        queue = next(
            (
                one
                for one in namespace.sockets
                if (one.protocol, one.port, one.state) == ("tcp", growing.port, "LISTEN")
            ),
            None,
        )
        kept = space.protocols.get("TcpCurrEstab", 0)
        if queue is not None and queue.backlog and growing.sent >= MANY and kept >= growing.sent:
            yield growing, end, queue


def _unaccepted(measure: Measured) -> t.Iterator[Finding]:
    for growing, end, queue in _waiting(measure):
        yield finding(
            "process-backlog-full",
            place(str(end.node), end.netns or HOST),
            f"the program of {end.label} accepts the connections to port {growing.port}",
            f"{queue.backlog} connections waited in its queue, and {growing.sent} more that were closed at once were"
            " still there afterwards: the kernel takes them, the program does not",
            f"Look what the program of {end.label} does (stopped, blocked, out of threads): its log, its threads, its"
            " CPU limit. Connections open until the queue is full, and nobody answers on them.",
            (
                Proof("config", f"nodes/{end.node}.json.gz", f"port {queue.port}: {queue.backlog} connections wait"),
                Proof("counter", f"counters/{end.node}.json", f"TcpCurrEstab +{growing.sent} at least"),
            ),
            severity=MAJOR,
            confidence=PROVEN,
            heading="The application does not accept its connections",
        )


def _full_for_few(measure: Measured) -> t.Iterator[tuple[Connections, End, Socket]]:
    """Growing connections that a queue turned away though no more of them had come than it has room for: it was full of
    others, which the program had not accepted."""
    for growing in measure.dose.connections:
        end = next((one for one in measure.evidence.targets if one.address == growing.target), None)
        namespace = measure.evidence.namespace(end.node or "", end.netns or HOST) if end is not None else None
        if end is None or namespace is None or end.netns in (None, HOST) or len(growing.signs) < SOME_LOST:
            continue
        until, begun = growing.signs[0], 0
        for step in growing.steps:
            begun += len(step)
            if begun > until:
                break
        listening = [
            one for one in namespace.sockets if (one.protocol, one.port, one.state) == ("tcp", growing.port, "LISTEN")
        ]
        rooms = [one for one in listening if begun <= (one.max_backlog or 0)]
        # Requests whose answer has no way back are among the drops (tcp_conn_request()), and not among the overflows.
        if growing.silent and rooms and _moved(measure, end, "TcpExtListenOverflows") >= len(growing.signs):
            yield growing, end, rooms[0]


def _too_slow(measure: Measured) -> t.Iterator[Finding]:
    for growing, end, queue in _full_for_few(measure):
        moved = _moved(measure, end, "TcpExtListenOverflows")
        yield finding(
            "process-backlog-full",
            place(str(end.node), end.netns or HOST),
            f"the program of {end.label} accepts the connections to port {growing.port}",
            f"its queue has room for {queue.max_backlog}, and turned {moved} away of {growing.sent} that came: those"
            " before them were still there",
            f"Find out why the program of {end.label} accepts so slowly (overloaded, blocked now and then, throttled by"
            " a CPU limit); a longer queue (somaxconn, listen) only hides it.",
            (
                Proof("counter", f"counters/{end.node}.json", f"TcpExtListenOverflows +{moved}"),
                probe_proof(growing.probe),
            ),
            severity=MAJOR,
            confidence=PROVEN,
        )


def _gone_at_times(measure: Measured) -> t.Iterator[Finding]:
    """Of growing connections the kernel of the target itself refused some and took others: its program listens at one
    time and not at another. A reset that a rule sends is none of TCP's (TcpOutRsts, tcp_v4_send_reset()), and one that
    ends an open connection is counted for that, too (TcpEstabResets)."""
    for growing in measure.dose.connections:
        told = [
            (end, _moved(measure, end, "TcpOutRsts") - _moved(measure, end, "TcpEstabResets"))
            for end in measure.evidence.targets
        ]
        refusing = [(end, resets) for end, resets in told if resets > 0]
        # Those that come one by one are made when the counters have been read.
        refused = sum(outcome == "refused" for outcome, _ms, _again in growing.results)
        if not refused or not growing.refused or len(refusing) != 1:
            continue
        ((end, resets),) = refusing
        # A connection that is opened and reset at once looks refused, too.
        opened = sum(_moved(measure, one, "TcpPassiveOpens") for one in measure.evidence.targets)
        if resets < refused or not 0 < opened < growing.sent or turned_away(measure, end):
            continue
        yield finding(
            "port-not-listening",
            place(str(end.node), end.netns or HOST),
            f"a process of {end.label} listens on port {end.port} all the time",
            f"its own kernel refused {refused} of {growing.sent} connections and took others: its"
            " program listens at one time and not at another",
            f"Find out why the program of {end.label} ends, or closes its socket, and begins again: its log, and that"
            " of whatever starts it again inside the container, whose restarts nobody counts.\n"
            f"$ kubectl -n {end.namespace} logs {end.name}",
            (
                Proof(
                    "counter",
                    f"counters/{end.node}.json",
                    f"TcpOutRsts of {end.label} +{resets}, without those of open connections",
                ),
                probe_proof(growing.probe),
            ),
            severity=MAJOR,
            confidence=LIKELY,
            heading="The application listens only at times",
        )


def _moved(measure: Measured, end: End, counter: str) -> int:
    """By how much a counter of the target's own namespace moved; 0 where it shares the node's."""
    moves = measure.moves.get(end.node or "")
    space = moves.netns.get(end.netns or HOST) if moves is not None else None
    return space.protocols.get(counter, 0) if space is not None and end.netns not in (None, HOST) else 0


def _tried(probe: Probe) -> int:
    return len(probe.result.get("attempts") or ()) or int(probe.result.get("sent") or 0)


def _unanswered(probe: Probe) -> int:
    attempts = probe.result.get("attempts")
    if attempts:
        return sum(attempt.get("outcome") == "timed_out" for attempt in attempts)
    sent, received = int(probe.result.get("sent") or 0), int(probe.result.get("received") or 0)
    return max(0, sent - received) if probe.outcome == "timed_out" else 0


def _local_ports(measure: Measured) -> t.Iterator[Finding]:
    """The kernel had no local port for some of the growing connections, though it had for the single ones."""
    source = measure.evidence.source
    for growing in measure.dose.connections:
        refused = growing.without_port
        if not refused or source is None:
            continue
        node = growing.probe.node
        netns = str(growing.probe.request.get("netns") or HOST)
        namespace = measure.evidence.namespace(node, netns)
        ports = (namespace.sysctls.get("net.ipv4.ip_local_port_range") if namespace else None) or "unknown"
        moves = measure.moves.get(node)
        space = moves.netns.get(netns) if moves else None
        proofs = [probe_proof(growing.probe), Proof("config", f"nodes/{node}.json.gz", f"ip_local_port_range {ports}")]
        yield finding(
            "ephemeral-ports-exhausted",
            place(node, netns),
            "a local port is free for a new connection",
            f"for {refused} of {growing.sent} connections to {growing.target}:{growing.port} within a second the kernel"
            f" had no local port; ports {' to '.join(ports.split())}",
            "Widen net.ipv4.ip_local_port_range in the namespace, or keep connections open and use them again: each one"
            " that is closed holds its port for a minute (TIME-WAIT).",
            (*proofs, *_sockets(node, space)),
            severity=MAJOR,
            confidence=PROVEN,
        )


def _sockets(node: str, space: NetnsMoves | None) -> list[Proof]:
    """TCP sockets in use and in TIME-WAIT, before and after."""
    told = {"inuse": "in use", "tw": "in TIME-WAIT"}
    pairs = {name: space.sockets[name] for name in told if name in space.sockets} if space is not None else {}
    text = ", ".join(f"{told[name]} {before}, then {after}" for name, (before, after) in pairs.items())
    return [Proof("counter", f"counters/{node}.json", f"TCP sockets: {text}")] if text else []


# -- tables of the kernel ------------------------------------------------------------------------------------------
def _neighbours(measure: Measured, moves: NodeMoves) -> t.Iterator[Finding]:
    """table_fulls: no entry could be made for an address, so that its packet was dropped."""
    full = moves.neighbours.get("table_fulls", 0)
    if not full:
        return
    lost, probes = _lost(measure)
    table = measure.evidence.nodes[moves.node].neighbour_table or {} if moves.node in measure.evidence.nodes else {}
    limit = table.get("gc_thresh3")
    text = f"; {table.get('count')} entries of at most {limit}" if limit else ""
    yield finding(
        "neighbour-table-full",
        place(moves.node, HOST),
        "the neighbour table has room for each address that is asked for",
        f"{full} times within {moves.seconds:.1f} s there was no room{text}",
        "Raise net.ipv4.neigh.default.gc_thresh1, gc_thresh2 and gc_thresh3 on the node, above the number of pods and"
        " nodes that its namespaces speak to in one network; all of them share the table.",
        (Proof("counter", f"counters/{moves.node}.json", f"arp_cache table_fulls +{full}"), *probes),
        severity=CRITICAL if lost else INFO,
        confidence=PROVEN if 0 < lost <= full else LIKELY,
    )


def _conntrack(measure: Measured, moves: NodeMoves) -> t.Iterator[Finding]:
    """drop: no entry could be made, so that its packet was dropped; early_drop: another entry went to make room."""
    node = measure.evidence.nodes.get(moves.node)
    limit = ((node.conntrack or {}) if node is not None else {}).get("max")
    for netns, space in moves.netns.items():
        drop, early = space.conntrack.get("drop", 0), space.conntrack.get("early_drop", 0)
        entries = space.conntrack_entries
        room = bool(limit) and entries is not None and entries < FULL * t.cast(int, limit)
        if room or not (drop or early):
            continue
        lost, probes = _lost(measure)
        harm = bool(drop and lost)
        used = f"{entries} of {limit} entries" if limit and entries is not None else "the table"
        yield finding(
            "conntrack-full",
            place(moves.node, netns),
            "connection tracking has room for new connections",
            f"within {moves.seconds:.1f} s {drop} packets were dropped for want of an entry, and {early} entries made"
            f" room for others; {used} in use",
            CONNTRACK_CHANGE,
            (
                Proof("counter", f"counters/{moves.node}.json", f"nf_conntrack drop +{drop}, early_drop +{early}"),
                *probes,
            ),
            severity=CRITICAL if harm else INFO,
            confidence=PROVEN if harm and lost <= drop else LIKELY,
        )


def _lost(measure: Measured) -> tuple[int, list[Proof]]:
    """How many packets of this run's probes and dose went unanswered, and the probes that show it."""
    silent = [
        probe
        for probe in measure.evidence.failed("tcp", "udp", "backend-tcp", "ping")
        if probe.outcome in _SILENT
    ]  # fmt: skip
    plain = sum(int(one.result.get("sent") or 0) - int(one.result.get("received") or 0) for one in silent)
    losses = measure.losses()
    probes = [*silent, *(probe for loss in losses for probe in loss.probes)]
    return plain + sum(loss.lost for loss in losses), [probe_proof(probe) for probe in probes[:3]]
