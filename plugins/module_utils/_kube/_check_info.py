# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""What all check objects say, ours and OpenShift's: read once, chosen, counted, and summed up by pairs of nodes."""

from __future__ import annotations

import dataclasses
import datetime
import re
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._check import (
    OutageEntry,
    format_time,
    parse_time,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._names import short_name
from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._reader import (
    STALE,
    STATES,
    PairSummary,
    Reading,
    outages_between,
    read,
    summarize,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._checks import (
    living_leases,
    read_leases,
    running_sources,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Kube
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._objects import CHECK_KIND, checks_path, is_ours

FLAPPING = "flapping"
ALL_STATES = (*STATES, FLAPPING)
# Without Leases: a source writes at least each 20 minutes, unless it was told otherwise.
_SILENT = datetime.timedelta(minutes=45)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?[smhdw])+")
_PART = re.compile(r"(\d+(?:\.\d+)?)([smhdw])")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


class BadQuery(ValueError):
    """What is asked cannot be answered; one sentence."""


@dataclasses.dataclass(frozen=True)
class Query:
    """Which checks are of interest; empty means all. since, until: of outages, UTC."""

    names: frozenset[str] = frozenset()
    source_pod: str = ""
    source_node: str = ""
    target: str = ""
    node: str = ""
    states: frozenset[str] = frozenset()
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None

    def chooses(self, reading: Reading) -> bool:
        """Whether a check is among them."""
        return (
            (not self.names or reading.name in self.names)
            and self.source_pod in ("", reading.source_pod)
            and _is_node(self.source_node, reading.source_node)
            and self.target in ("", reading.endpoint, reading.target, reading.target_node)
            and (_is_node(self.node, reading.source_node) or _is_node(self.node, reading.target_node))
            and (not self.states or reading.state in self.states or (FLAPPING in self.states and reading.flapping))
        )


def read_query(params: t.Mapping[str, t.Any], now: datetime.datetime) -> Query:
    """From the module's options. Raises BadQuery."""
    query = Query(
        names=frozenset(params["names"]),
        source_pod=params["source_pod"],
        source_node=params["source_node"],
        target=params["target"],
        node=params["node"],
        states=frozenset(params["state"]),
        since=parse_moment(params["since"], now, "since"),
        until=parse_moment(params["until"], now, "until"),
    )
    if query.since and query.until and query.since > query.until:
        raise BadQuery(f"since ({format_time(query.since)}) is later than until ({format_time(query.until)})")
    return query


@dataclasses.dataclass(frozen=True)
class Answer:
    """checks: what the objects say, with the objects as they are, by namespace and name. now: when that was, UTC."""

    checks: list[tuple[Reading, JsonObject]]
    now: datetime.datetime
    warnings: list[str]

    def to_dict(self, query: Query, raw: bool) -> JsonObject:
        """As the module returns it."""
        chosen = [(reading, item) for reading, item in self.checks if query.chooses(reading)]
        readings = [reading for reading, unused_item in chosen]
        counts = {state: sum(reading.state == state for reading in readings) for state in STATES}
        counts[FLAPPING] = sum(reading.flapping for reading in readings)
        return {
            "checks": [reading_dict(reading) for reading in readings],
            "outages": [outage for reading in readings for outage in _outages(reading, query, self.now)],
            "summary": [_pair_dict(pair) for pair in summarize(readings)],
            "counts": counts,
            "time": format_time(self.now),
            "objects": [item for unused_reading, item in chosen] if raw else [],
        }


def ask(kube: Kube, namespaces: t.Sequence[str]) -> Answer:
    """Read the checks of these namespaces, of all where there are none given. Raises KubeError."""
    warnings: list[str] = []
    objects: list[JsonObject] = []
    try:
        for namespace in dict.fromkeys(namespaces or ("",)):
            objects += kube.list(checks_path(namespace))
    except KubeError as exc:
        if exc.kind != "not_found":
            raise
        warnings.append(f"The cluster has no {CHECK_KIND} objects: deploy them with connectivity_check_deployment")
    checks = []
    for namespace, found in _by_namespace(objects).items():
        leases = read_leases(kube, namespace)
        if leases is None:
            warnings.append(
                f"Leases in namespace {namespace} may not be read: whether its sources live is judged by the age of"
                " results"
            )
        checks += _with_nodes(kube, namespace, [(_read(item, leases, kube.now()), item) for item in found])
    checks.sort(key=lambda pair: (pair[0].namespace, pair[0].name))
    return Answer(checks, kube.now(), warnings)


def _with_nodes(
    kube: Kube, namespace: str, checks: list[tuple[Reading, JsonObject]]
) -> list[tuple[Reading, JsonObject]]:
    """A check that any source may do is done on the node where its source runs; not known where pods may not be
    read.
    """
    if all(reading.source_node for reading, unused_item in checks):
        return checks
    try:
        nodes = running_sources(kube, namespace)
    except KubeError as exc:
        if exc.kind != "forbidden":
            raise
        return checks
    return [
        (dataclasses.replace(reading, source_node=reading.source_node or nodes.get(reading.source_pod, "")), item)
        for reading, item in checks
    ]


def _by_namespace(objects: t.Iterable[JsonObject]) -> dict[str, list[JsonObject]]:
    found: dict[str, list[JsonObject]] = {}
    for item in objects:
        found.setdefault(str(item["metadata"].get("namespace") or ""), []).append(item)
    return found


def _read(item: JsonObject, leases: t.Mapping[str, JsonObject] | None, now: datetime.datetime) -> Reading:
    if leases is not None:
        return read(item, leases, now)
    reading = read(item, living_leases([item], now.isoformat()), now)
    if not is_ours(item) or reading.last_probe is None or now - reading.last_probe <= _SILENT:
        return reading
    return dataclasses.replace(
        reading,
        state=STALE,
        since=reading.last_probe,
        reason="NoRecentResult",
        message=f"The newest result of source pod {reading.source_pod} is of {format_time(reading.last_probe)}",
    )


def _is_node(wanted: str, node: str) -> bool:
    """OpenShift's names cut a node at its first dot."""
    return not wanted or wanted == node or (bool(node) and "." in wanted and short_name(wanted) == node)


# -- times ---------------------------------------------------------------------------------------------------------
def parse_moment(text: str, now: datetime.datetime, option: str) -> datetime.datetime | None:
    """A moment in UTC: a duration before now (2h, 1d12h), a date, or a time of RFC 3339; None for an empty text.
    Raises BadQuery."""
    text = text.strip()
    if not text:
        return None
    if _DURATION.fullmatch(text):
        try:
            return now - datetime.timedelta(
                seconds=sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
            )
        except OverflowError:
            raise BadQuery(f"{option} is {text!r}, which is too long ago") from None
    moment = parse_time(f"{text}T00:00:00Z" if _DATE.fullmatch(text) else text.replace(" ", "T", 1))
    if moment is None:
        moment = parse_time(text.replace(" ", "T", 1) + "Z")
    if moment is None:
        raise BadQuery(
            f"{option} is {text!r}, and neither a duration such as 2h or 1d12h nor a time such as 2026-01-31T12:00:00Z"
        )
    return moment


# -- results -------------------------------------------------------------------------------------------------------
def reading_dict(reading: Reading) -> JsonObject:
    """One check as the modules return it."""
    return {
        "name": reading.name,
        "namespace": reading.namespace,
        "state": reading.state,
        "flapping": reading.flapping,
        "since": format_time(reading.since),
        "reachable": reading.reported or None,
        "reason": reading.reason,
        "message": reading.message,
        "target_endpoint": reading.endpoint,
        "target": reading.target,
        "target_node": reading.target_node,
        "source_pod": reading.source_pod,
        "source_node": reading.source_node,
        "last_probe": format_time(reading.last_probe),
        "latency": reading.latency,
        "lookup_latency": reading.lookup_latency,
        "outages": len(reading.outages),
        "open_outage": reading.open_outage is not None,
    }


def _outages(reading: Reading, query: Query, now: datetime.datetime) -> t.Iterator[JsonObject]:
    for outage in outages_between(reading.outages, query.since, query.until):
        yield {
            "check": reading.name,
            "namespace": reading.namespace,
            "source_node": reading.source_node,
            "target": reading.target,
            "target_endpoint": reading.endpoint,
            "start": format_time(outage.start),
            "end": format_time(outage.end),
            "seconds": _seconds(outage, now),
            "message": outage.message,
            "failure": outage.start_logs[-1].message if outage.start_logs else "",
        }


def _seconds(outage: OutageEntry, now: datetime.datetime) -> float | None:
    """How long it lasted, or has lasted until now."""
    if outage.start is None:
        return None
    return round(max(0.0, ((outage.end or now) - outage.start).total_seconds()), 3)


def _pair_dict(pair: PairSummary) -> JsonObject:
    return {
        "source_node": pair.source_node,
        "target_node": pair.target_node,
        "state": pair.state,
        "counts": dict(pair.counts),
        "flapping": pair.flapping,
        "open_outages": pair.open_outages,
        "latency": pair.latency,
        "not_reachable": list(pair.not_reachable),
    }
