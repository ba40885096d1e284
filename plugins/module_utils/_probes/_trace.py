# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""kind trace: the routers on the way, several rounds, as mtr shows them.

A packet whose hop limit (TTL) runs out makes the router there tell so (RFC 792, RFC 4443). UDP and TCP go to the real
port, so that filters treat them as they treat the application; each packet has a socket of its own, by which the kernel
sorts the answers (IP_RECVERR). An ICMP error that is back before connect() has let go of the socket is lost to it
(LockDroppedIcmps): the kernel's repetition of the SYN after one second gets the next.
"""

from __future__ import annotations

import dataclasses
import errno
import math
import select
import socket
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._probes import _kernel
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._context import (
    Context,
    OutOfTime,
    socket_address,
    socket_family,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._echo import (
    CannotPing,
    EchoRefused,
    EchoSocket,
    token_payload,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._icmp import probe_token
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._target import resolve_target, source_address
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._types import Address, JsonObject, Measured

MAX_HOPS = 16
TIME_EXCEEDED = {4: 11, 6: 3}
ECHO_SIZE = 32
# So many hop limits are tried together, and so long their answers are waited for: routers and hosts answer only a few
# packets a second with ICMP, so what goes beyond the target must not use up these answers.
AT_ONCE, AT_ONCE_SECONDS = 4, 0.25
REACHED = "reached"


@dataclasses.dataclass
class Hop:
    """What is known of one hop limit. addresses: who answered, and how often. rtts: milliseconds."""

    ttl: int
    sent: int = 0
    rtts: list[float] = dataclasses.field(default_factory=list)
    addresses: dict[str, int] = dataclasses.field(default_factory=dict)

    def answered(self, address: str, rtt: float) -> None:
        """One more answer."""
        self.addresses[address] = self.addresses.get(address, 0) + 1
        self.rtts.append(rtt)

    def to_dict(self) -> JsonObject:
        """The columns of mtr; StDev as mtr has it, of the sample."""
        received = len(self.rtts)
        average = sum(self.rtts) / received if received else None
        spread = None
        if average is not None:
            spread = math.sqrt(sum((rtt - average) ** 2 for rtt in self.rtts) / max(received - 1, 1))
        return {
            "ttl": self.ttl,
            "addresses": self.addresses,
            "sent": self.sent,
            "received": received,
            "loss_percent": round(100.0 * (self.sent - received) / self.sent, 1) if self.sent else None,
            "last_ms": self.rtts[-1] if self.rtts else None,
            "avg_ms": round(average, 3) if average is not None else None,
            "best_ms": min(self.rtts, default=None),
            "worst_ms": max(self.rtts, default=None),
            "stdev_ms": round(spread, 3) if spread is not None else None,
        }


@dataclasses.dataclass(frozen=True)
class _Answer:
    """ttl: of the packet that was answered. end: it was the target, or there is no way beyond."""

    ttl: int
    address: str
    end: bool
    text: str


class _Round(t.Protocol):
    """The packets of one round."""

    def send(self, ttl: int) -> None:
        """Send one packet with that hop limit; OSError when this machine cannot."""

    def receive(self, until: float) -> _Answer | None:
        """The next answer; None when none came until then."""

    def close(self) -> None:
        """Give everything back."""


def probe_trace(context: Context, measured: Measured) -> None:
    """count rounds; each waits timeout for its last answers."""
    address = resolve_target(context, measured)
    if address is None:
        return
    measured.address = str(address)
    measured.local_address = source_address(context, address)
    protocol = context.request.protocol
    hops: dict[int, Hop] = {}
    last = MAX_HOPS
    ending = ""
    measured.data["protocol"] = protocol
    try:
        for number in range(context.request.count):
            reached = _round(context, address, protocol, hops, last)
            if reached is not None:
                last, ending = min(last, reached.ttl), reached.text
            if number + 1 < context.request.count:
                context.pause(context.request.interval)
    except CannotPing as exc:
        measured.status, measured.error = "error", str(exc)
    except OSError as exc:
        measured.outcome = _kernel.refused_locally(exc) or "not_sent"
        measured.status, measured.error = "fail", _kernel.local_reason(exc)
    except OutOfTime:
        measured.error = "out of time before all rounds were made"
    shown = _shown(hops, last)
    measured.data.update({"hops": [hop.to_dict() for hop in shown], "reached": ending == REACHED, "ended_by": ending})
    measured.sent = shown[-1].sent if shown else 0
    measured.received = len(shown[-1].rtts) if shown and ending == REACHED else 0
    if measured.status is None:
        measured.outcome = "reply" if ending == REACHED else "unreachable" if ending else "no_reply"
        measured.status = "pass" if ending == REACHED else "fail"


def _shown(hops: dict[int, Hop], last: int) -> list[Hop]:
    """The hops up to the target, or up to one behind the last that answered."""
    answered = [ttl for ttl, hop in hops.items() if hop.rtts]
    end = min(last, max(answered, default=0) + 1)
    return [hops[ttl] for ttl in sorted(hops) if ttl <= end]


def _round(context: Context, address: Address, protocol: str, hops: dict[int, Hop], last: int) -> _Answer | None:
    """One packet for each hop limit, a few at a time; the nearest answer from the end of the way."""
    packets: _Round = _Echoes(context, address) if protocol == "icmp" else _Sockets(context, address, protocol)
    end: _Answer | None = None
    waiting: dict[int, float] = {}
    until = context.until(context.request.timeout)
    try:
        for first in range(1, last + 1, AT_ONCE):
            for ttl in range(first, min(first + AT_ONCE, last + 1)):
                context.check_time()
                waiting[ttl] = context.now()
                packets.send(ttl)
                hops.setdefault(ttl, Hop(ttl)).sent += 1
            whole = first + AT_ONCE > last
            end = _collect(context, packets, hops, waiting, until if whole else context.until(AT_ONCE_SECONDS), end)
            if end is not None:
                return _collect(context, packets, hops, waiting, until, end)
    finally:
        packets.close()
    return end


def _collect(
    context: Context,
    packets: _Round,
    hops: dict[int, Hop],
    waiting: dict[int, float],
    until: float,
    end: _Answer | None,
) -> _Answer | None:
    """Take the answers until a moment, or until none is missing on this side of the end."""
    while any(end is None or ttl < end.ttl for ttl in waiting) and context.now() < until:
        answer = packets.receive(until)
        if answer is None:
            break
        moment = waiting.pop(answer.ttl, None)
        if moment is None:
            continue
        hops[answer.ttl].answered(answer.address, round((context.now() - moment) * 1000, 3))
        if answer.end and (end is None or answer.ttl < end.ttl):
            end = answer
    return end


class _Echoes:
    """Echo requests: the sequence number tells the hop limit."""

    def __init__(self, context: Context, address: Address) -> None:
        self._family = address.family
        self._echo = EchoSocket(context, address)
        self._payload = token_payload(probe_token(context), ECHO_SIZE)

    def send(self, ttl: int) -> None:
        _limit(self._echo.sock, self._family, ttl)
        self._echo.send(ttl, self._payload)

    def receive(self, until: float) -> _Answer | None:
        got = self._echo.receive(until)
        if got is None:
            return None
        if isinstance(got, EchoRefused):
            exceeded = got.error.type == TIME_EXCEEDED[self._family]
            return _Answer(got.seq, got.error.sender, not exceeded, got.error.text)
        return _Answer(got.seq, got.source, True, REACHED)

    def close(self) -> None:
        self._echo.close()


class _Sockets:
    """Datagrams or connection requests, each from a socket of its own."""

    def __init__(self, context: Context, address: Address, protocol: str) -> None:
        self._context = context
        self._address = address
        self._kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
        self._open: dict[int, tuple[int, socket.socket]] = {}
        self._poll = select.poll()

    def send(self, ttl: int) -> None:
        sock = self._context.new_socket(socket_family(self._address), self._kind, 0)
        self._open[sock.fileno()] = (ttl, sock)
        sock.setblocking(False)
        _kernel.report_errors(sock, self._address.family)
        _limit(sock, self._address.family, ttl)
        target = socket_address(self._address, t.cast(int, self._context.request.port))
        code = sock.connect_ex(target)
        if code not in (0, errno.EINPROGRESS):
            raise OSError(code, errno.errorcode.get(code, "error"))
        if self._kind == socket.SOCK_DGRAM:
            sock.send(probe_token(self._context))
        self._poll.register(sock, select.POLLIN | (select.POLLOUT if self._kind == socket.SOCK_STREAM else 0))

    def receive(self, until: float) -> _Answer | None:
        while self._open:
            ready = self._poll.poll(max(0.0, until - self._context.now()) * 1000)
            if not ready:
                return None
            for descriptor, _events in ready:
                self._poll.unregister(descriptor)
                ttl, sock = self._open.pop(descriptor)
                answer = self._answer(ttl, sock)
                sock.close()
                if answer is not None:
                    return answer
        return None

    def _answer(self, ttl: int, sock: socket.socket) -> _Answer | None:
        queued = _kernel.next_error(sock, self._address.family)
        if queued is not None and queued.icmp is not None:
            error = queued.icmp
            if error.type == TIME_EXCEEDED[self._address.family]:
                return _Answer(ttl, error.sender, False, error.text)
            at_target = error.sender == self._address.text
            return _Answer(ttl, error.sender, True, REACHED if at_target else error.text)
        code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code in (0, errno.ECONNREFUSED):
            return _Answer(ttl, self._address.text, True, REACHED)
        return None

    def close(self) -> None:
        for _ttl, sock in self._open.values():
            sock.close()


def _limit(sock: socket.socket, family: int, ttl: int) -> None:
    if family == 4:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
    else:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, ttl)
