# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""What a check object says to somebody who has to act on it, ours or OpenShift's.

An object alone cannot tell whether its source still lives: the last result stays in it for ever. So a check whose
source gave no sign of life is stale, whatever its condition says. The sign is the Lease of the source pod; an object
that is not ours and has none is believed as long as its newest entry is not older than 15 minutes, twice what the
original takes between two writes.
"""

from __future__ import annotations

import dataclasses
import datetime
import json
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._check import (
    EXPECT,
    FLAPPING,
    REACHABLE,
    SOURCE_NODE,
    TARGET,
    Check,
    CheckStatus,
    Condition,
    OutageEntry,
    format_time,
    parse_check,
    parse_status,
    parse_time,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._names import (
    node_of_target,
    short_name,
    source_part,
    target_part,
)

Time = t.Optional[datetime.datetime]

UP = "reachable"
DOWN = "unreachable"
UNKNOWN = "unknown"
STALE = "stale"
STATES = (DOWN, STALE, UNKNOWN, UP)  # the worst first

MAX_AGE = datetime.timedelta(minutes=15)
LEASE_SECONDS = 90
NO_CONDITION = Condition(REACHABLE, "", "", "", None)


@dataclasses.dataclass(frozen=True)
class Reading:
    """One check at one moment. Times are UTC, latencies seconds.

    state: one of STATES; since: when it began (of a stale one: the last sign of life). reported: what the object's own
    condition says (True, False, Unknown, or nothing). reason and message: why the state is what it is. last_probe: of
    the latest result in the object; a source that lives may have newer ones of the same kind, which it writes now and
    then.
    source_node and target_node: empty when they are not known, or the target is no node; in OpenShift's objects a node
    may be cut at its first dot. latency, lookup_latency: of the latest success.
    """

    name: str
    namespace: str
    endpoint: str
    source_pod: str
    source_node: str
    target: str
    target_node: str
    state: str
    flapping: bool
    since: Time
    reported: str
    reason: str
    message: str
    last_probe: Time
    open_outage: OutageEntry | None
    outages: tuple[OutageEntry, ...]
    latency: float | None
    lookup_latency: float | None


@dataclasses.dataclass(frozen=True)
class PairSummary:
    """All checks from one node to another (target_node is empty for targets that are no node). state: the worst one;
    latency: the longest, seconds; not_reachable: names of the checks that are anything else than reachable."""

    source_node: str
    target_node: str
    state: str
    counts: t.Mapping[str, int]
    flapping: int
    open_outages: int
    latency: float | None
    not_reachable: tuple[str, ...]


class _State(t.NamedTuple):
    state: str
    since: Time
    reason: str
    message: str


def read(
    check_obj: t.Mapping[str, t.Any], leases: t.Mapping[str, t.Mapping[str, t.Any]], now: datetime.datetime
) -> Reading:
    """leases: those of the check's namespace, by name. now: UTC, best by the API server's clock."""
    check, status = parse_check(check_obj), parse_status(check_obj)
    condition = status.condition(REACHABLE) or NO_CONDITION
    last_probe = _last_probe(status, condition)
    state = _stale(check, leases, last_probe, now) or _live(check, status, condition)
    flapping = status.condition(FLAPPING)
    return Reading(
        name=check.name,
        namespace=check.namespace,
        endpoint=check.target_endpoint,
        source_pod=check.source_pod,
        source_node=_source_node(check, check_obj),
        target=check.annotations.get(TARGET) or target_part(check.name),
        target_node=_target_node(check),
        state=state.state,
        flapping=flapping is not None and flapping.status == "True",
        since=state.since,
        reported=condition.status,
        reason=state.reason,
        message=state.message,
        last_probe=last_probe,
        open_outage=status.open_outage,
        outages=status.outages,
        latency=_latency(status, lookup=False),
        lookup_latency=_latency(status, lookup=True),
    )


def outages_between(outages: t.Iterable[OutageEntry], begin: Time = None, end: Time = None) -> tuple[OutageEntry, ...]:
    """Those with at least a moment in the window; None is no limit. An open one lasts until now."""
    return tuple(
        outage
        for outage in outages
        if (begin is None or outage.end is None or outage.end >= begin)
        and (end is None or outage.start is None or outage.start <= end)
    )


def summarize(readings: t.Iterable[Reading]) -> list[PairSummary]:
    """One summary per pair of nodes, in the order of their names. A node that OpenShift's names cut at the first dot
    counts as the one node that begins like that, if there is only one."""
    found = list(readings)
    full = _full_names(found)
    pairs: dict[tuple[str, str], list[Reading]] = {}
    for reading in found:
        key = full.get(reading.source_node, reading.source_node), full.get(reading.target_node, reading.target_node)
        pairs.setdefault(key, []).append(reading)
    return [_summary(source, target, pairs[source, target]) for source, target in sorted(pairs)]


def _summary(source: str, target: str, readings: t.Sequence[Reading]) -> PairSummary:
    counts = {state: sum(reading.state == state for reading in readings) for state in STATES}
    latencies = [reading.latency for reading in readings if reading.latency is not None and reading.state == UP]
    return PairSummary(
        source,
        target,
        next(state for state in STATES if counts[state]),
        counts,
        flapping=sum(reading.flapping for reading in readings),
        open_outages=sum(reading.open_outage is not None for reading in readings),
        latency=max(latencies, default=None),
        not_reachable=tuple(sorted(reading.name for reading in readings if reading.state != UP)),
    )


def _full_names(readings: t.Iterable[Reading]) -> dict[str, str]:
    by_short: dict[str, set[str]] = {}
    for reading in readings:
        for node in (reading.source_node, reading.target_node):
            if node != short_name(node):
                by_short.setdefault(short_name(node), set()).add(node)
    return {short: next(iter(nodes)) for short, nodes in by_short.items() if len(nodes) == 1}


# -- state -------------------------------------------------------------------------------------------------------
def _live(check: Check, status: CheckStatus, condition: Condition) -> _State:
    """The state of a check whose source lives. The original says True of an endpoint that it cannot even dial, with an
    empty message and no success: that is not believed."""
    outage = status.open_outage
    if condition.status == "True" and status.successes:
        ended = status.outages[0].end if status.outages and not check.ours else None
        return _State(UP, ended or condition.last_transition_time, condition.reason, condition.message)
    if condition.status == "False":
        began = outage.start if outage is not None else None
        return _State(DOWN, began or condition.last_transition_time, condition.reason, condition.message)
    if condition.status == "True" and status.failures:
        failure = status.failures[0]
        return _State(DOWN, failure.time or condition.last_transition_time, failure.reason, failure.message)
    if condition.status == "Unknown":
        return _State(UNKNOWN, condition.last_transition_time, condition.reason, condition.message)
    return _State(UNKNOWN, check.created, "NoResult", f"Source pod {check.source_pod} has written no result yet")


def _stale(
    check: Check, leases: t.Mapping[str, t.Mapping[str, t.Any]], last_probe: Time, now: datetime.datetime
) -> _State | None:
    """None when the source lives, as far as can be told."""
    pod = check.source_pod
    lease = leases.get(pod)
    if lease is None and not check.ours:
        if (
            last_probe is None or abs(now - last_probe) <= MAX_AGE
        ):  # one from the future is as little worth as an old one
            return None
        return _State(
            STALE,
            last_probe,
            "NoRecentResult",
            f"The newest result of source pod {pod} is of {format_time(last_probe)}",
        )
    if lease is None:
        return _State(
            STALE,
            last_probe,
            "SourceMissing",
            f"Source pod {pod} has no Lease: it is gone, or it never ran in this namespace",
        )
    spec = _dictionary(lease.get("spec"))
    seconds = spec.get("leaseDurationSeconds")
    lasts = datetime.timedelta(seconds=seconds if isinstance(seconds, int) and seconds > 0 else LEASE_SECONDS)
    renewed = _renewed(lease, now + lasts)
    if spec.get("holderIdentity") == "":
        return _State(STALE, renewed, "SourceStopped", f"Source pod {pod} has given up its Lease")
    if renewed is None:
        return _State(
            STALE, last_probe, "SourceSilent", f"The Lease of source pod {pod} does not tell when it was renewed"
        )
    if now - renewed > lasts:
        return _State(
            STALE, renewed, "SourceSilent", f"Source pod {pod} has not renewed its Lease since {format_time(renewed)}"
        )
    return None


def _renewed(lease: t.Mapping[str, t.Any], latest: datetime.datetime) -> Time:
    """The newest sign of life that is not in the future. renewTime is by the source's clock, which may be wrong; the
    API server notes the time of the last change by its own.
    """
    fields = _dictionary(lease.get("metadata")).get("managedFields")
    told = [entry.get("time") for entry in fields if isinstance(entry, dict)] if isinstance(fields, list) else []
    times = [parse_time(text) for text in (_dictionary(lease.get("spec")).get("renewTime"), *told)]
    return max((time for time in times if time is not None and time <= latest), default=None)


def _last_probe(status: CheckStatus, condition: Condition) -> Time:
    """Of the newest entry. Lists are newest first, but the clock may have been set back between two entries."""
    success = status.successes[0].time if status.successes else None
    failure = status.failures[0].time if status.failures else None
    if success is None or failure is None:
        return success or failure
    if condition.status in ("True", "False"):
        return success if condition.status == "True" else failure
    return max(success, failure)


def _latency(status: CheckStatus, *, lookup: bool) -> float | None:
    """A failed attempt's time is no latency."""
    return next((entry.latency for entry in status.successes if (entry.reason == "DNSResolve") == lookup), None)


# -- nodes -------------------------------------------------------------------------------------------------------
def _source_node(check: Check, obj: t.Mapping[str, t.Any]) -> str:
    """Ours carry an annotation, OpenShift's an owner; the name comes last, it may be cut."""
    owners = _dictionary(obj.get("metadata")).get("ownerReferences")
    for owner in owners if isinstance(owners, list) else []:
        if isinstance(owner, dict) and owner.get("kind") == "Node" and isinstance(owner.get("name"), str):
            return check.annotations.get(SOURCE_NODE) or str(owner["name"])
    return check.annotations.get(SOURCE_NODE) or source_part(check.name)


def _target_node(check: Check) -> str:
    target = check.annotations.get(TARGET, "")
    if target.startswith("node/"):
        return target.split("/")[1]
    try:
        node = _dictionary(json.loads(check.annotations.get(EXPECT, "{}"))).get("node")
    except ValueError:
        node = None
    if isinstance(node, str) and node:
        return node
    return "" if target else node_of_target(check.name)


def _dictionary(value: object) -> t.Mapping[str, t.Any]:
    return value if isinstance(value, dict) else {}
