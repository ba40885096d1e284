# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""kind path_mtu: the largest IP packet that reaches the target unfragmented, by ICMP echo with don't-fragment.

IP_PMTUDISC_PROBE is used, with which the kernel ignores what it has learned of the path: each packet really leaves,
up to the MTU of the interface. Linux sends echo replies without don't-fragment, so the way back does not matter.
"""

from __future__ import annotations

import errno
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
    ICMP_HEADER,
    IP_HEADER,
    CannotPing,
    EchoRefused,
    EchoReply,
    EchoSocket,
    token_payload,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._icmp import probe_token
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._size_search import SizeSearch, Trial
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._target import (
    find_route,
    resolve_target,
    source_address,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._types import (
    MAX_IP_PACKET,
    Address,
    Attempt,
    Measured,
)

# Where the search starts unless min_mtu is given: what every host must accept (RFC 791), and what every link of an
# IPv6 path must carry (RFC 8200).
MIN_MTU = {4: 576, 6: 1280}
FLOOR = 84  # the packet of an ordinary ping: 20 + 8 + 56
TRIES = 2  # how often a size goes unanswered before it counts as failed
WIDTH = 15  # sizes in flight at most
IN_FLIGHT = 64000  # bytes in flight at most
# A first answer tells how long the path takes: others are not waited for longer than this, and PATIENCE times that.
SHORTEST_WAIT = 0.3
PATIENCE = 20.0


def probe_path_mtu(context: Context, measured: Measured) -> None:
    """data: largest, smallest_failed, tried, device_mtu, route, kernel_mtu, too_big_local, icmp_errors.

    pass: largest is at least `expect`, or where that is not given as large as could be tried (the interface's MTU or
    max_mtu). error: no packet of any size is answered, so there is nothing to find out.
    """
    address = resolve_target(context, measured)
    if address is None:
        return
    measured.address = str(address)
    measured.local_address = source_address(context, address)
    route = find_route(measured, address)
    if route is None:
        return
    device_mtu = route.device_mtu
    measured.data.update(_what_the_kernel_says(context, address, device_mtu))
    try:
        with EchoSocket(context, address, _kernel.PMTUDISC_PROBE) as echo:
            _search(_Trials(context, measured, address, echo), device_mtu)
    except CannotPing as exc:
        measured.status, measured.error = "error", str(exc)


def _search(trials: _Trials, device_mtu: int) -> None:
    request, measured = trials.context.request, trials.measured
    high = min(request.max_mtu or device_mtu, device_mtu, MAX_IP_PACKET)
    low = min(request.min_mtu or MIN_MTU[trials.address.family], high)
    search = SizeSearch(trials.run, low, high, lambda: min(WIDTH, IN_FLIGHT // high))
    try:
        search.run(FLOOR)
        while search.silent_size is not None and trials.patiently(search.retry, search.silent_size):
            search.narrow()
    finally:
        measurable = search.settle(measured, request.expect or high)
    if not measurable:
        measured.status = "error"
        measured.error = "Cannot measure the path MTU: no packet of any size is answered"


def _what_the_kernel_says(context: Context, address: Address, device_mtu: int) -> dict[str, t.Any]:
    """The path MTU that the kernel believes in: of the route, or learned from ICMP earlier.

    too_big_local: what an ordinary program with don't-fragment is told for a packet of the interface's MTU.
    """
    level, option = socket.IPPROTO_IP, _kernel.IP_MTU
    if address.family == 6:
        level, option = socket.IPPROTO_IPV6, _kernel.IPV6_MTU
    with context.new_socket(socket_family(address), socket.SOCK_DGRAM, 0) as sock:
        try:
            _kernel.set_dont_fragment(sock, address.family, _kernel.PMTUDISC_DO)
            sock.connect(socket_address(address, 9))
            mtu = sock.getsockopt(level, option)
        except OSError:
            return {"kernel_mtu": None, "too_big_local": None}
    too_big = {"size": device_mtu, "mtu": mtu} if mtu < device_mtu else None
    return {"kernel_mtu": mtu, "too_big_local": too_big}


class _Trials:
    """Tries sizes over one echo socket; each packet has a sequence number of its own."""

    def __init__(self, context: Context, measured: Measured, address: Address, echo: EchoSocket) -> None:
        self.context = context
        self.measured = measured
        self.address = address
        self.echo = echo
        self.overhead = IP_HEADER[address.family] + ICMP_HEADER
        self.token = probe_token(context)
        self.seq = 0
        self.slowest_ms: float | None = None
        self.patient = False
        measured.add_icmp_error(None)
        measured.data.update({"token": self.token.hex(), "icmp_id": echo.ident})
        measured.sent = measured.received = 0

    def patiently(self, retry: t.Callable[[int], bool], size: int) -> bool:
        """A last try with the whole timeout: a busy machine must not look like a black hole."""
        self.patient = True
        try:
            return retry(size)
        finally:
            self.patient = False

    def run(self, sizes: list[int]) -> list[Trial]:
        """All sizes at once, TRIES times those that stay unanswered."""
        trials = [Trial(size) for size in sizes]
        for _number in range(1 if self.patient else TRIES):
            unanswered = [trial for trial in trials if trial.outcome == "no_reply"]
            if unanswered:
                self._round(unanswered)
        for trial in trials:
            self.measured.attempts.append(
                Attempt(
                    len(self.measured.attempts) + 1,
                    trial.outcome,
                    trial.rtt_ms,
                    trial.sender or str(self.address),
                    None,
                    f"{trial.size} bytes",
                )
            )
        return trials

    def _round(self, trials: list[Trial]) -> None:
        waiting: dict[int, Trial] = {}
        for trial in trials:
            self._send(trial, waiting)
        started = self.context.now()
        while waiting:
            self.context.check_time()
            until = min(started + self._wait_for(), self.context.deadline)
            answer = self.echo.receive(until)
            if answer is not None:
                self._settle(answer, waiting)
            elif self.context.now() >= self.context.deadline:
                raise OutOfTime
            elif self.context.now() >= started + self._wait_for():
                return

    def _wait_for(self) -> float:
        timeout = self.context.request.timeout
        if self.slowest_ms is None or self.patient:
            return timeout
        return min(timeout, max(SHORTEST_WAIT, PATIENCE * self.slowest_ms / 1000))

    def _send(self, trial: Trial, waiting: dict[int, Trial]) -> None:
        self.seq += 1
        trial.tries += 1
        try:
            self.echo.send(self.seq, token_payload(self.token, trial.size - self.overhead))
        except OSError as exc:
            if exc.errno == errno.EMSGSIZE:
                trial.outcome, trial.mtu = "too_big_local", t.cast(int, self.measured.data["device_mtu"])
            else:
                trial.more["error"] = _kernel.local_reason(exc)
            return
        self.measured.sent = t.cast(int, self.measured.sent) + 1
        waiting[self.seq] = trial

    def _settle(self, answer: EchoReply | EchoRefused, waiting: dict[int, Trial]) -> None:
        if isinstance(answer, EchoRefused):
            self.measured.add_icmp_error(answer.error)
        trial = waiting.pop(answer.seq, None)
        if trial is None:
            return
        if isinstance(answer, EchoReply):
            trial.outcome, trial.rtt_ms = "reply", self.echo.rtt_ms(answer)
            self.slowest_ms = max(self.slowest_ms or 0.0, trial.rtt_ms)
            self.measured.received = t.cast(int, self.measured.received) + 1
            return
        error = answer.error
        too_big = _kernel.is_too_big(self.address.family, error.type, error.code)
        trial.outcome = "frag_needed" if too_big else "unreachable"
        trial.mtu, trial.sender = error.mtu, error.sender
