# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""What one probe of a connectivity check found out, step by step. Times are seconds."""

from __future__ import annotations

import dataclasses
import datetime


@dataclasses.dataclass(frozen=True)
class Moment:
    """One instant on both clocks. wall: UTC, with its time zone, for people; it may be set at any time, also backwards.
    monotonic: seconds, for durations and order."""

    __slots__ = ("monotonic", "wall")
    wall: datetime.datetime
    monotonic: float

    def after(self, seconds: float) -> Moment:
        return Moment(self.wall + datetime.timedelta(seconds=seconds), self.monotonic + seconds)


@dataclasses.dataclass(frozen=True)
class Step:
    """One thing that a probe did. offset: how long after the probe's start it began; seconds: how long it took;
    error: empty when it went well."""

    __slots__ = ("error", "offset", "seconds")
    offset: float
    seconds: float
    error: str


@dataclasses.dataclass(frozen=True)
class ProbeResult:
    """What came of one probe. A step is None when it was not asked for or not reached. An endpoint that nothing can
    connect to (no port, say) is a failed tcp step. host: what was looked up, an address when there was no need."""

    __slots__ = ("dns", "host", "http", "started", "tcp", "tls")
    started: Moment
    host: str
    dns: Step | None
    tcp: Step | None
    tls: Step | None
    http: Step | None

    @property
    def ok(self) -> bool:
        """Whether there was a connection and everything asked for went well."""
        return self.tcp is not None and not any(
            step is not None and step.error for step in (self.dns, self.tcp, self.tls, self.http)
        )
