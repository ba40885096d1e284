# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""kind tcp_segment: the largest IP packet that passes inside a TCP connection, for ways that ICMP does not take
(a Service, a NodePort, a load balancer).

TCP_MAXSEG before the handshake sets the size of full segments. One HTTP GET, padded in a header to exactly one such
segment, is sent; it has arrived when the kernel has nothing unacknowledged (tcp_info.tcpi_unacked) and nothing unsent
(tcpi_notsent_bytes: the peer's window may be closed) any more, and has not made the segments smaller meanwhile. The
kernel repeats a lost segment by itself (after about 0.2, 0.6 and 1.4 s), so one connection is several tries. See
tcp(7) and the kernel's include/uapi/linux/tcp.h.
"""

from __future__ import annotations

import dataclasses
import select
import socket
import struct
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._probes import _kernel
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._connect import connect
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._context import Context
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._http import host_header
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._path_mtu import MIN_MTU
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._size_search import SizeSearch, Trial
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._target import find_route, resolve_target
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._types import (
    Address,
    Attempt,
    JsonObject,
    Measured,
    Request,
)

TCP_INFO = 11
TCP_INFO_SIZE = 148
_NOT_SENT = 144  # tcpi_notsent_bytes, since Linux 4.6
TCPI_OPT_TIMESTAMPS = 1
TIMESTAMPS = 12  # bytes of the TCP timestamp option (RFC 7323) with its padding
HEADERS = {4: 40, 6: 60}
MAX_PACKET = 32767 + 40  # the kernel takes no larger TCP_MAXSEG
LOOK_EVERY = 0.004  # seconds between two looks at what is acknowledged
SIZES_AT_ONCE = 5  # few: a small server's queue of connections must not overflow
CONNECTIONS_AT_ONCE = 12  # where every size is tried with several
MTU_PROBING = "/proc/sys/net/ipv4/tcp_mtu_probing"  # of the namespace that the reading thread is in
CONNECT_TRIES = 3
# A delivered request is answered; its answer is waited for this long, so that the server need not see a reset.
POLITE_WAIT = 0.2
_WORST_FIRST = ("no_reply", "frag_needed", "too_big_local", "reset", "reply")


class _NoConnection(Exception):
    """The target does not let us in, so nothing can be measured."""

    def __init__(self, outcome: str, text: str) -> None:
        super().__init__(text)
        self.outcome = outcome


@dataclasses.dataclass(frozen=True)
class _TcpInfo:
    """The fields used of struct tcp_info. packet: bytes of the IP packet that carries one full segment. unsent: bytes
    that wait to be sent; 0 where the kernel does not say."""

    snd_mss: int
    unacked: int
    pmtu: int
    retransmissions: int
    packet: int
    unsent: int = 0

    @classmethod
    def of(cls, sock: socket.socket, family: int) -> _TcpInfo:
        raw = sock.getsockopt(socket.IPPROTO_TCP, TCP_INFO, TCP_INFO_SIZE)
        options = raw[5]
        snd_mss, unacked, pmtu, total = (struct.unpack_from("=I", raw, offset)[0] for offset in (16, 24, 60, 100))
        timestamps = TIMESTAMPS if options & TCPI_OPT_TIMESTAMPS else 0
        unsent = struct.unpack_from("=I", raw, _NOT_SENT)[0] if len(raw) >= TCP_INFO_SIZE else 0
        return cls(snd_mss, unacked, pmtu, total, snd_mss + timestamps + HEADERS[family], unsent)


def probe_tcp_segment(context: Context, measured: Measured) -> None:
    """data: as path_mtu, and mss (the largest payload the peer lets us send), limited_by.

    The largest size is tried with count connections at once, since a Service may share them out to several backends;
    where these differ, so is every other size. A size passes when it passes on all its connections, and
    tried[].connections has each of them with its source port.
    """
    request = context.request
    if not request.allow_tcp_data:
        measured.status, measured.error = "skipped", "allow_tcp_data is not set: no data may be sent to the target"
        return
    address = resolve_target(context, measured)
    if address is None:
        return
    measured.address = str(address)
    route = find_route(measured, address)
    if route is None:
        return
    try:
        _Search(context, measured, address).run(route.device_mtu)
    except _NoConnection as exc:
        measured.status, measured.outcome = "error", exc.outcome
        measured.error = f"Cannot measure with TCP segments: {exc}"


def padded_request(request: Request, length: int) -> bytes:
    """An HTTP GET of exactly that length, or longer when that is too short for one."""
    head = f"GET {request.path} HTTP/1.1\r\nHost: {host_header(request)}\r\nConnection: close\r\nX-Padding: "
    end = "\r\n\r\n"
    return (head + "a" * (length - len(head) - len(end)) + end).encode("ascii")


@dataclasses.dataclass
class _Flight:
    """One connection with one segment under way."""

    trial: Trial
    sock: socket.socket
    source_port: int | None
    before: _TcpInfo
    outcome: str = "no_reply"
    decided: bool = False
    retransmissions: int = 0

    def decide(self, outcome: str, mtu: int | None = None) -> None:
        self.outcome, self.decided = outcome, True
        self.trial.mtu = mtu or self.trial.mtu

    def to_dict(self) -> JsonObject:
        return {"source_port": self.source_port, "outcome": self.outcome, "retransmissions": self.retransmissions}


class _Search:
    def __init__(self, context: Context, measured: Measured, address: Address) -> None:
        self.context = context
        self.measured = measured
        self.address = address
        self.headers = HEADERS[address.family]
        self.connections = context.request.count
        self.connected = 0
        self.mixed = False  # whether connections of one size fared differently
        self.shortest = len(padded_request(context.request, 0)) + TIMESTAMPS + self.headers

    def run(self, device_mtu: int) -> None:
        request = self.context.request
        wanted = min(request.max_mtu or device_mtu, device_mtu, MAX_PACKET)
        if wanted < self.shortest:
            self.measured.status = "error"
            self.measured.error = f"Cannot measure with TCP segments: {wanted} bytes do not hold an HTTP request"
            return
        high = self._limit(wanted)
        low = min(max(request.min_mtu or MIN_MTU[self.address.family], self.shortest), high)
        search = SizeSearch(self.trials, low, high, self._width)
        try:
            search.run(low)
        finally:
            measurable = search.settle(self.measured, request.expect or high)
        if not measurable:
            self.measured.status = "error"
            self.measured.error = f"Cannot measure with TCP segments: not even {low} bytes are acknowledged"

    def _width(self) -> int:
        return min(SIZES_AT_ONCE, CONNECTIONS_AT_ONCE // self.connections)

    def _limit(self, wanted: int) -> int:
        """The largest packet that the peer and the kernel let us send; recorded with who sets the limit."""
        flight = self._open(Trial(wanted))
        flight.sock.close()
        info = flight.before
        limited_by = _limited_by(info) if info.packet < wanted else None
        self.measured.data.update({"mss": info.snd_mss, "limited_by": limited_by, "kernel_mtu": info.pmtu})
        return info.packet

    # -- one round -----------------------------------------------------------------------------------------------
    def trials(self, sizes: list[int]) -> list[Trial]:
        """Every size at once. What is opened is used at once: a server may serve one connection at a time."""
        trials = [Trial(size) for size in sizes]
        flights: list[_Flight] = []
        try:
            for trial in trials:
                for _number in range(self.connections if trial is trials[-1] or self.mixed else 1):
                    self.context.check_time()
                    flights.append(self._open(trial))
                    self._send(flights[-1])
            self._watch(flights)
        finally:
            for flight in flights:
                flight.sock.close()
        for trial in trials:
            self._settle(trial, [flight for flight in flights if flight.trial is trial])
        self.connections = self.connections if self.mixed else 1
        return trials

    def _open(self, trial: Trial) -> _Flight:
        segment = trial.size - self.headers

        def prepare(sock: socket.socket) -> None:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, segment)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _kernel.set_dont_fragment(sock, self.address.family, _kernel.PMTUDISC_DO)

        for number in range(CONNECT_TRIES):
            done = connect(self.context, self.address, t.cast(int, self.context.request.port), None, prepare)
            if done.sock is not None or self.connected == 0:
                break
            self.context.pause(0.1 * number)
        if done.sock is None:
            raise _NoConnection(done.outcome, done.detail or f"connecting: {done.outcome.replace('_', ' ')}")
        self.connected += 1
        self.measured.local_address = done.local_address
        return _Flight(trial, done.sock, done.source_port, _TcpInfo.of(done.sock, self.address.family))

    def _send(self, flight: _Flight) -> None:
        if flight.before.packet < flight.trial.size:
            flight.decide("too_big_local", flight.before.pmtu)
            return
        try:
            flight.sock.send(padded_request(self.context.request, flight.before.snd_mss))
        except OSError:
            flight.decide("reset")

    def _watch(self, flights: t.Sequence[_Flight]) -> None:
        """Until every segment is acknowledged, or the request's timeout is over."""
        until = self.context.until(self.context.request.timeout)
        while self.context.now() < until:
            for flight in flights:
                if not flight.decided:
                    self._look(flight)
            if all(flight.decided for flight in flights):
                break
            self.context.pause(LOOK_EVERY)
        self.context.check_time()
        self._read_answers([flight for flight in flights if flight.outcome == "reply"])

    def _look(self, flight: _Flight) -> None:
        if flight.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            # A server that waited for it in vain closes, and then refuses what comes late.
            flight.decide("no_reply" if flight.retransmissions else "reset")
            return
        info = _TcpInfo.of(flight.sock, self.address.family)
        flight.retransmissions = info.retransmissions
        if info.pmtu < flight.before.pmtu:
            flight.decide("frag_needed", info.pmtu)
        elif info.snd_mss < flight.before.snd_mss:
            flight.decide("no_reply")  # the kernel suspects a black hole and tries less (sysctl tcp_mtu_probing)
        elif info.unacked == 0 and info.unsent == 0:
            flight.decide("reply")

    def _read_answers(self, flights: t.Sequence[_Flight]) -> None:
        until = self.context.until(POLITE_WAIT)
        for flight in flights:
            try:
                while self.context.wait(flight.sock, select.POLLIN, until) and flight.sock.recv(65536):
                    pass
            except OSError:
                continue

    def _settle(self, trial: Trial, flights: t.Sequence[_Flight]) -> None:
        outcomes = {flight.outcome for flight in flights}
        trial.outcome = next(outcome for outcome in _WORST_FIRST if outcome in outcomes)
        trial.tries = len(flights)
        self.mixed = self.mixed or len(outcomes) > 1
        trial.more["connections"] = [flight.to_dict() for flight in flights]
        for flight in flights:
            self.measured.attempts.append(
                Attempt(
                    len(self.measured.attempts) + 1,
                    flight.outcome,
                    None,
                    str(self.address),
                    flight.source_port,
                    f"{trial.size} bytes",
                )
            )


def _limited_by(info: _TcpInfo) -> str:
    """Why segments are smaller than the interface allows: kernel_path_mtu (learned from ICMP, or of the route),
    tcp_mtu_probing (that sysctl lets connections begin small), or peer_mss (what the peer said it takes)."""
    if info.pmtu <= info.packet:
        return "kernel_path_mtu"
    try:
        with open(MTU_PROBING, encoding="ascii") as stream:
            return "tcp_mtu_probing" if stream.read().strip() == "2" else "peer_mss"
    except OSError:
        return "peer_mss"
