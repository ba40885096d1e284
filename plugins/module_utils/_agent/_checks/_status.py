# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""What a probe does to the status of its check: logs, outages, conditions, events. Pure rules, no clock of their own.

Rules and texts are those of OpenShift's check-endpoints, which people and tools already read
(https://github.com/openshift/cluster-network-operator/tree/master/pkg/cmd/checkendpoints). What differs, on purpose:

- Results count in the order in which they come, never by the wall clock, which may be set back; durations are
  monotonic.
- What fails before there is a connection (an endpoint without a port, say) is a failure with a time, and an outage.
- A TLS handshake or an HTTP reply that was asked for and went wrong is a failure (TLSError, HTTPError).
- Reachable may be Unknown, and a second condition, Flapping, tells an endpoint that comes and goes.
- lastTransitionTime is the time of the probe that saw the change.
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
import re
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._result import Moment, ProbeResult, Step
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._event import NORMAL, WARNING, Event
from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._check import (
    FLAPPING,
    REACHABLE,
    CheckStatus,
    Condition,
    LogEntry,
    OutageEntry,
    format_time_nano,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._duration import format_go_duration
from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._names import target_part

MAX_SUCCESSES = 10
MAX_FAILURES = 10
MAX_OUTAGES = 20
MAX_OUTAGE_LOGS = 5

DNS_RESOLVE = "DNSResolve"
DNS_ERROR = "DNSError"
TCP_CONNECT = "TCPConnect"
TCP_CONNECT_ERROR = "TCPConnectError"
TLS_ERROR = "TLSError"
HTTP_ERROR = "HTTPError"
TCP_CONNECT_SUCCESS = "TCPConnectSuccess"
TARGET_POD_MISSING = "TargetPodMissing"
STABLE = "Stable"

OUTAGE_DETECTED = "ConnectivityOutageDetected"
RESTORED = "ConnectivityRestored"
CONNECTIVITY_FLAPPING = "ConnectivityFlapping"

FLAPPING_OUTAGES = 3
FLAPPING_SECONDS = 900.0
FLAPPING_PERIODS = 15

# The port that a lookup happened to be sent from is no new kind of failure.
_SOURCE_PORT = re.compile(r":\d+->")
_NOT_TRIED = Step(0.0, 0.0, "no connection was tried")


@dataclasses.dataclass(frozen=True)
class Change:
    """The new status of a check. urgent: people have to see it now, not at the next regular write."""

    __slots__ = ("events", "status", "urgent")
    status: CheckStatus
    urgent: bool
    events: tuple[Event, ...]


class Memory:
    """What one process remembers of one check beside its status. period: seconds between probes."""

    __slots__ = ("opened", "starts", "window")

    def __init__(self, period: float = 60.0) -> None:
        self.window = max(FLAPPING_SECONDS, FLAPPING_PERIODS * period)
        # When the open outage began, by the monotonic clock; None without one, or when another process saw it begin.
        self.opened: float | None = None
        # When the latest FLAPPING_OUTAGES outages began, in order; None before the first result in this process.
        self.starts: tuple[float, ...] | None = None


def describe(name: str, source_node: str = "") -> str:
    """What messages call the target of a check: the part of its name after `-to-`. With the source's node (an
    annotation of our checks) it is right for nodes called `a-to-b`, too.
    """
    return target_part(name, source_node)


def record(
    status: CheckStatus, result: ProbeResult, now: Moment, description: str, endpoint: str, memory: Memory
) -> Change:
    """The status after one more probe. memory is brought up to date with it."""
    entries = _entries(result, description, endpoint, status)
    newest, failed = entries[-1], not entries[-1].success
    monotonic = result.started.monotonic + _decisive_step(result).offset
    first = memory.starts is None
    if memory.starts is None:
        memory.starts = _recent_starts(status, now, memory.window)
    was_open = status.open_outage is not None
    was_flapping = _is(status.condition(FLAPPING), "True")

    outages = _outages(status, newest, monotonic, memory)
    flapping = len(memory.starts) == FLAPPING_OUTAGES and memory.starts[0] > now.monotonic - memory.window
    conditions = _with_condition(status.conditions, _reachable(newest), newest.time)
    conditions = _with_condition(conditions, _flapping(flapping, memory.window), newest.time)

    updated = CheckStatus(
        _with_logs([entry for entry in entries if entry.success], status.successes, MAX_SUCCESSES),
        _with_logs([entry for entry in entries if not entry.success], status.failures, MAX_FAILURES),
        outages,
        conditions,
        status.extra,
    )
    turned = was_open != failed
    events = _events(newest, outages, turned, was_flapping, flapping, memory.window)
    urgent = first or turned or not _same_statuses(status, updated)
    return Change(updated, urgent, events)


def pause(status: CheckStatus, now: Moment, reason: str, message: str) -> Change:
    """The status of a check whose target is known not to be there: Reachable is Unknown, and that is no outage. An
    outage
    that is open stays open: what ends it is the next success."""
    wanted = (REACHABLE, "Unknown", reason, message)
    conditions = _with_condition(status.conditions, wanted, now.wall)
    if conditions is status.conditions:
        return Change(status, False, ())
    updated = dataclasses.replace(status, conditions=conditions)
    return Change(updated, not _same_statuses(status, updated), ())


# -- logs --------------------------------------------------------------------------------------------------------
def _decisive_step(result: ProbeResult) -> Step:
    """The step that failed; else the connection."""
    steps = [step for step in (result.dns, result.tcp, result.tls, result.http) if step is not None]
    return next((step for step in steps if step.error), result.tcp or _NOT_TRIED)


def _entries(result: ProbeResult, description: str, endpoint: str, status: CheckStatus) -> tuple[LogEntry, ...]:
    """One entry, or two: the lookup and what came of it. The last one decides."""
    step, lookup = _decisive_step(result), result.dns

    def entry(step: Step, reason: str, text: str) -> LogEntry:
        past = status.failures if step.error else status.successes
        message = _same_object(f"{description}: {text}{step.error and f': {step.error}'}", past)
        return LogEntry(result.started.after(step.offset).wall, not step.error, reason, message, step.seconds)

    if step is lookup:
        return (entry(step, DNS_ERROR, f"failure looking up host {result.host}"),)
    if not step.error:
        decisive = entry(step, TCP_CONNECT, f"tcp connection to {endpoint} succeeded")
    elif step is result.tls:
        decisive = entry(step, TLS_ERROR, f"failed to complete a TLS handshake with {endpoint}")
    elif step is result.http:
        decisive = entry(step, HTTP_ERROR, f"unexpected HTTP reply from {endpoint}")
    else:
        decisive = entry(step, TCP_CONNECT_ERROR, f"failed to establish a TCP connection to {endpoint}")
    if lookup is None:
        return (decisive,)
    return entry(lookup, DNS_RESOLVE, f"resolved host name {result.host} successfully"), decisive


def _same_object(text: str, past: tuple[LogEntry, ...]) -> str:
    """Thousands of checks repeat their messages each minute; equal ones share their memory."""
    return next((entry.message for entry in past[:2] if entry.message == text), text)


def _with_logs(new: t.Sequence[LogEntry], past: tuple[LogEntry, ...], limit: int) -> tuple[LogEntry, ...]:
    return (*reversed(new), *past[: limit - len(new)]) if new else past


# -- outages -----------------------------------------------------------------------------------------------------
def _outages(status: CheckStatus, newest: LogEntry, monotonic: float, memory: Memory) -> tuple[OutageEntry, ...]:
    """The outages after the newest entry: one may begin, go on or end."""
    current = status.open_outage
    if current is None:
        return (
            status.outages
            if newest.success
            else (_begun(newest, monotonic, memory), *status.outages[: MAX_OUTAGES - 1])
        )
    changed = _ended(current, newest, monotonic, memory) if newest.success else _continued(current, newest)
    return (changed, *status.outages[1:])


def _begun(failure: LogEntry, monotonic: float, memory: Memory) -> OutageEntry:
    memory.opened = monotonic
    memory.starts = (*(memory.starts or ()), monotonic)[-FLAPPING_OUTAGES:]
    since = format_time_nano(failure.time) if failure.time is not None else "an unknown time"
    return OutageEntry(failure.time, None, (failure,), (failure,), f"Connectivity outage detected at {since}")


def _continued(outage: OutageEntry, failure: LogEntry) -> OutageEntry:
    """The start's log tells the ways in which it failed at first, the end's log the latest failures."""
    start_logs = outage.start_logs
    if not start_logs or (len(start_logs) < MAX_OUTAGE_LOGS and _differ(failure.message, start_logs[0].message)):
        start_logs = (failure, *start_logs)
    return dataclasses.replace(
        outage, start_logs=start_logs, end_logs=(failure, *outage.end_logs[: MAX_OUTAGE_LOGS - 1])
    )


def _differ(one: str, other: str) -> bool:
    return one != other and _SOURCE_PORT.sub("->", one) != _SOURCE_PORT.sub("->", other)


def _ended(outage: OutageEntry, success: LogEntry, monotonic: float, memory: Memory) -> OutageEntry:
    """Ended after it began, also when the wall clock was set back in between."""
    begun = outage.start or (outage.start_logs[-1].time if outage.start_logs else None) or success.time
    end = success.time
    seconds = 0.0
    if memory.opened is not None:
        seconds = max(0.0, monotonic - memory.opened)
    elif begun is not None and end is not None:
        seconds = max(0.0, (end - begun).total_seconds())
    if begun is not None and end is not None and end < begun:
        end = begun + datetime.timedelta(seconds=seconds)
    memory.opened = None
    return dataclasses.replace(
        outage,
        end=end,
        end_logs=(success, *outage.end_logs[: MAX_OUTAGE_LOGS - 1]),
        message=f"Connectivity restored after {format_go_duration(seconds)}",
    )


# -- conditions --------------------------------------------------------------------------------------------------
_Wanted = tuple[str, str, str, str]  # type, status, reason, message


def _reachable(newest: LogEntry) -> _Wanted:
    if newest.success:
        return REACHABLE, "True", TCP_CONNECT_SUCCESS, newest.message
    return REACHABLE, "False", newest.reason, newest.message


@functools.lru_cache(maxsize=16)
def _flapping(flapping: bool, window: float) -> _Wanted:
    """Cached: thousands of checks share these texts."""
    text = f"{FLAPPING_OUTAGES} outages began within the last {format_go_duration(window)}"
    return (
        (FLAPPING, "True", FLAPPING, f"At least {text}")
        if flapping
        else (FLAPPING, "False", STABLE, f"Fewer than {text}")
    )


def _with_condition(
    conditions: tuple[Condition, ...], wanted: _Wanted, time: datetime.datetime | None
) -> tuple[Condition, ...]:
    """The same object when nothing changes. The transition time moves with the status only."""
    kind, status, reason, message = wanted
    for index, old in enumerate(conditions):
        if old.type != kind:
            continue
        if (old.status, old.reason, old.message) == (status, reason, message):
            return conditions
        since = old.last_transition_time if old.status == status else time
        new = dataclasses.replace(old, status=status, reason=reason, message=message, last_transition_time=since)
        return (*conditions[:index], new, *conditions[index + 1 :])
    return (*conditions, Condition(kind, status, reason, message, time))


def _is(condition: Condition | None, status: str) -> bool:
    return condition is not None and condition.status == status


def _same_statuses(one: CheckStatus, other: CheckStatus) -> bool:
    return [(item.type, item.status) for item in one.conditions] == [
        (item.type, item.status) for item in other.conditions
    ]


# -- flapping and events -----------------------------------------------------------------------------------------
def _recent_starts(status: CheckStatus, now: Moment, window: float) -> tuple[float, ...]:
    """Outages that an earlier process saw begin, on this process' monotonic clock."""
    ages = [(now.wall - outage.start).total_seconds() for outage in status.outages if outage.start is not None]
    return tuple(sorted(now.monotonic - max(0.0, age) for age in ages if age < window))[-FLAPPING_OUTAGES:]


def _events(
    newest: LogEntry, outages: tuple[OutageEntry, ...], turned: bool, was_flapping: bool, flapping: bool, window: float
) -> tuple[Event, ...]:
    """While a check flaps, one warning stands for all; when it stops, the state that remains is told."""
    if flapping:
        text = f"Connectivity is flapping: at least {FLAPPING_OUTAGES} outages began within the last"
        told = Event(WARNING, CONNECTIVITY_FLAPPING, f"{text} {format_go_duration(window)}: {newest.message}")
        return () if was_flapping else (told,)
    if not (turned or was_flapping):
        return ()
    if not newest.success:
        return (Event(WARNING, OUTAGE_DETECTED, f"Connectivity outage detected: {newest.message}"),)
    return (Event(NORMAL, RESTORED, f"{outages[0].message}: {newest.message}"),) if outages else ()
