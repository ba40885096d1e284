# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""One check that this source probes: its status in this process, which is the truth, and what has to be done
about it.
"""

from __future__ import annotations

import datetime
import time
import typing as t
import zlib

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks import _status
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._probe import ProbeOptions
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._result import Moment, ProbeResult
from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._check import CheckStatus

CLEAN, ROUTINE, URGENT = 0, 1, 2


class Hold(t.NamedTuple):
    """Why a check is not probed: reason and message of its condition Reachable, which is Unknown then. grace: seconds
    until that is said; it may be over before.
    """

    reason: str
    message: str
    grace: float = 20.0


class Record:
    """wait: why the target cannot be probed; problem: why the check cannot be understood or done; hold: the one that
    counts now. queued: CLEAN, ROUTINE or URGENT, the write that waits. writing: a write is on its way. unsaved: the
    status is newer than
    the one that was written. next_write: when the next regular write is due (monotonic). written, seen: numbers of the
    newest
    versions of the object that we wrote and that we heard of. digest: of the status that was written."""

    __slots__ = (
        "counts",
        "description",
        "digest",
        "dns_seconds",
        "endpoint",
        "expect_uid",
        "hold",
        "hold_since",
        "hold_told",
        "memory",
        "name",
        "next_write",
        "options",
        "problem",
        "queued",
        "repaired",
        "seen",
        "status",
        "tcp_seconds",
        "uid",
        "unsaved",
        "wait",
        "writing",
        "written",
    )

    def __init__(self, name: str, uid: str, status: CheckStatus, period: float) -> None:
        self.name, self.uid, self.status = name, uid, status
        self.memory = _status.Memory(period)
        self.endpoint = self.description = self.expect_uid = ""
        self.options: ProbeOptions | None = None
        self.problem: Hold | None = None
        self.wait: Hold | None = None
        self.hold: Hold | None = None
        self.hold_since = 0.0
        self.hold_told = False
        self.queued = CLEAN
        self.writing = self.unsaved = False
        self.next_write = 0.0
        self.written = self.seen = self.digest = 0
        self.repaired = -1e9
        self.counts: dict[tuple[str, str], int] = {}
        self.tcp_seconds: float | None = None
        self.dns_seconds: float | None = None

    @property
    def probing(self) -> bool:
        """Whether it is to be probed now."""
        return self.hold is None and self.options is not None

    def asks(self, endpoint: str, options: ProbeOptions) -> bool:
        """Whether this is still what is to be probed."""
        return self.hold is None and self.endpoint == endpoint and self.options is options

    def settle_hold(self, now: float) -> None:
        """After a change of wait or problem. now: monotonic."""
        hold = self.problem or self.wait
        if hold is not None and self.hold is None:
            self.hold_since = now
        if hold != self.hold:
            self.hold, self.hold_told = hold, False

    def count(self, result: ProbeResult) -> None:
        """For the metrics: what happened, as the original counts it. A failed step has no latency."""
        tcp, dns = result.tcp, result.dns
        key = (_outcome(tcp), _outcome(dns))
        self.counts[key] = self.counts.get(key, 0) + 1
        if tcp is not None and not tcp.error:
            self.tcp_seconds = tcp.seconds
        if dns is not None and not dns.error:
            self.dns_seconds = dns.seconds

    def forget_counts(self) -> None:
        """The target is another one now."""
        self.counts.clear()
        self.tcp_seconds = self.dns_seconds = None


def _outcome(step: t.Any) -> str:
    return "" if step is None else "failure" if step.error else "success"


def moment() -> Moment:
    """Now."""
    return Moment(datetime.datetime.now(datetime.timezone.utc), time.monotonic())


def next_slot(name: str, interval: float, now: float) -> float:
    """The next moment (on the clock of now) for a regular write: each check has its own place in the interval, and the
    next one is at least half an interval away.
    """
    offset = zlib.crc32(name.encode()) % 1000003 / 1000003 * interval
    rounds = (now + interval / 2 - offset) // interval + 1
    return rounds * interval + offset
