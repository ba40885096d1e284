# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""A PodNetworkConnectivityCheck object, read and written.

Schema: podnetworkconnectivitychecks.controlplane.operator.openshift.io v1alpha1
(https://github.com/openshift/api/tree/master/operatorcontrolplane/v1alpha1). Lists are newest first. Reading never
fails: what has the wrong type counts as missing. Fields that this version does not know are kept and written back.

Thousands of these live in one process, with hundreds of entries each at worst: hence __slots__ (by hand, for Python
3.9), and equal texts and entries of one object are one object in memory.
"""

from __future__ import annotations

import dataclasses
import datetime
import re
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._duration import (
    format_go_duration,
    parse_go_duration,
)

JsonObject = dict[str, t.Any]

GROUP = "controlplane.operator.openshift.io"
VERSION = "v1alpha1"
KIND = "PodNetworkConnectivityCheck"
PLURAL = "podnetworkconnectivitychecks"
CRD = f"{PLURAL}.{GROUP}"

MANAGED_BY = "app.kubernetes.io/managed-by"
OURS = "podnet.diagnostics"
SOURCE_NODE = "podnet.diagnostics/source-node"
TARGET = "podnet.diagnostics/target"
EXPECT = "podnet.diagnostics/expect"
TLS = "podnet.diagnostics/tls"
FOLLOW_SOURCE = "podnet.diagnostics/follow-source"

REACHABLE = "Reachable"
FLAPPING = "Flapping"

_UTC = datetime.timezone.utc
_RFC3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))", re.ASCII
)


# -- types -------------------------------------------------------------------------------------------------------
@dataclasses.dataclass(frozen=True)
class LogEntry:
    """One result. time: UTC, None when the object has none; latency: seconds, None when the object has none."""

    __slots__ = ("latency", "message", "reason", "success", "time")
    time: datetime.datetime | None
    success: bool
    reason: str
    message: str
    latency: float | None


@dataclasses.dataclass(frozen=True)
class OutageEntry:
    """A period of failures; end is None while it lasts. Both logs are newest first."""

    __slots__ = ("end", "end_logs", "message", "start", "start_logs")
    start: datetime.datetime | None
    end: datetime.datetime | None
    start_logs: tuple[LogEntry, ...]
    end_logs: tuple[LogEntry, ...]
    message: str


@dataclasses.dataclass(frozen=True)
class Condition:
    """status: True, False or Unknown, as text."""

    __slots__ = ("last_transition_time", "message", "reason", "status", "type")
    type: str
    status: str
    reason: str
    message: str
    last_transition_time: datetime.datetime | None


@dataclasses.dataclass(frozen=True)
class CheckStatus:
    """All that is known of a check, newest first. extra: fields of the status that this version does not know."""

    successes: tuple[LogEntry, ...] = ()
    failures: tuple[LogEntry, ...] = ()
    outages: tuple[OutageEntry, ...] = ()
    conditions: tuple[Condition, ...] = ()
    extra: t.Mapping[str, t.Any] | None = None

    def condition(self, kind: str) -> Condition | None:
        return next((condition for condition in self.conditions if condition.type == kind), None)

    @property
    def open_outage(self) -> OutageEntry | None:
        """The outage that has not ended: the newest one or none."""
        return self.outages[0] if self.outages and self.outages[0].end is None else None


@dataclasses.dataclass(frozen=True)
class Check:
    """What a check asks for. tls_secret: name of the Secret with the client certificate, empty for none;
    created: UTC, by the API server's clock."""

    __slots__ = (
        "annotations",
        "created",
        "labels",
        "name",
        "namespace",
        "resource_version",
        "source_pod",
        "target_endpoint",
        "tls_secret",
    )
    name: str
    namespace: str
    source_pod: str
    target_endpoint: str
    tls_secret: str
    labels: t.Mapping[str, str]
    annotations: t.Mapping[str, str]
    resource_version: str
    created: datetime.datetime | None

    @property
    def ours(self) -> bool:
        """Whether this collection made the object."""
        return self.labels.get(MANAGED_BY) == OURS


# Entries with fields that this version does not know. Kept apart, so that the usual ones stay small.
@dataclasses.dataclass(frozen=True)
class _ForeignLogEntry(LogEntry):
    __slots__ = ("extra",)
    extra: t.Mapping[str, t.Any]


@dataclasses.dataclass(frozen=True)
class _ForeignOutageEntry(OutageEntry):
    __slots__ = ("extra",)
    extra: t.Mapping[str, t.Any]


@dataclasses.dataclass(frozen=True)
class _ForeignCondition(Condition):
    __slots__ = ("extra",)
    extra: t.Mapping[str, t.Any]


# -- reading -----------------------------------------------------------------------------------------------------
def parse_check(obj: t.Mapping[str, t.Any]) -> Check:
    """The object's metadata and spec."""
    metadata, spec = _mapping(obj.get("metadata")), _mapping(obj.get("spec"))
    return Check(
        name=_text(metadata.get("name")),
        namespace=_text(metadata.get("namespace")),
        source_pod=_text(spec.get("sourcePod")),
        target_endpoint=_text(spec.get("targetEndpoint")),
        tls_secret=_text(_mapping(spec.get("tlsClientCert")).get("name")),
        labels=_texts(metadata.get("labels")),
        annotations=_texts(metadata.get("annotations")),
        resource_version=_text(metadata.get("resourceVersion")),
        created=parse_time(metadata.get("creationTimestamp")),
    )


def parse_status(obj: t.Mapping[str, t.Any]) -> CheckStatus:
    """The status of an object (the whole object, not its status alone)."""
    return _Reader().status(_mapping(_mapping(obj).get("status")))


class _Reader:
    """Reads one status. An outage repeats entries of the failures, and entries repeat texts: each is kept once."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._entries: dict[tuple[t.Any, ...], LogEntry] = {}

    def status(self, raw: t.Mapping[str, t.Any]) -> CheckStatus:
        return CheckStatus(
            successes=self._logs(raw.get("successes"), True),
            failures=self._logs(raw.get("failures"), False),
            outages=tuple(self._outage(item) for item in _items(raw.get("outages"))),
            conditions=tuple(self._condition(item) for item in _items(raw.get("conditions"))),
            extra=_extra(raw, _STATUS_FIELDS),
        )

    def _logs(self, value: object, success: bool) -> tuple[LogEntry, ...]:
        return tuple(self._entry(item, success) for item in _items(value))

    def _entry(self, raw: t.Mapping[str, t.Any], success: bool) -> LogEntry:
        told = raw.get("success")
        fields = (
            parse_time(raw.get("time")),
            told if isinstance(told, bool) else success,
            self._shared(raw.get("reason")),
            self._shared(raw.get("message")),
            _latency(raw.get("latency")),
        )
        extra = _extra(raw, _ENTRY_FIELDS)
        if extra is not None:
            return _ForeignLogEntry(*fields, extra)
        return self._entries.setdefault(fields, LogEntry(*fields))

    def _outage(self, raw: t.Mapping[str, t.Any]) -> OutageEntry:
        fields = (
            parse_time(raw.get("start")),
            parse_time(raw.get("end")),
            self._logs(raw.get("startLogs"), False),
            self._logs(raw.get("endLogs"), False),
            _text(raw.get("message")),
        )
        extra = _extra(raw, _OUTAGE_FIELDS)
        return OutageEntry(*fields) if extra is None else _ForeignOutageEntry(*fields, extra)

    def _condition(self, raw: t.Mapping[str, t.Any]) -> Condition:
        fields = (
            self._shared(raw.get("type")),
            self._shared(raw.get("status")),
            self._shared(raw.get("reason")),
            self._shared(raw.get("message")),
            parse_time(raw.get("lastTransitionTime")),
        )
        extra = _extra(raw, _CONDITION_FIELDS)
        return Condition(*fields) if extra is None else _ForeignCondition(*fields, extra)

    def _shared(self, value: object) -> str:
        text = _text(value)
        return _WORDS.get(text) or self._texts.setdefault(text, text)


# The same few words in every object of the process.
_WORDS = {
    word: word
    for word in (
        REACHABLE,
        FLAPPING,
        "True",
        "False",
        "Unknown",
        "DNSResolve",
        "DNSError",
        "TCPConnect",
        "TCPConnectError",
        "TCPConnectSuccess",
        "TLSError",
        "HTTPError",
        "TargetPodMissing",
        "Stable",
    )
}
_STATUS_FIELDS = frozenset(("successes", "failures", "outages", "conditions"))
_ENTRY_FIELDS = frozenset(("time", "success", "reason", "message", "latency"))
_OUTAGE_FIELDS = frozenset(("start", "end", "startLogs", "endLogs", "message"))
_CONDITION_FIELDS = frozenset(("type", "status", "reason", "message", "lastTransitionTime"))


def _mapping(value: object) -> t.Mapping[str, t.Any]:
    return value if isinstance(value, dict) else {}


def _items(value: object) -> list[t.Mapping[str, t.Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, (list, tuple)) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> t.Mapping[str, str]:
    return {key: item for key, item in _mapping(value).items() if isinstance(item, str)}


def _extra(raw: t.Mapping[str, t.Any], known: frozenset[str]) -> t.Mapping[str, t.Any] | None:
    return None if known.issuperset(raw) else {key: value for key, value in raw.items() if key not in known}


def _latency(value: object) -> float | None:
    try:
        return parse_go_duration(value) if isinstance(value, str) else None
    except ValueError:
        return None


def parse_time(value: object) -> datetime.datetime | None:
    """UTC; None for what is no time of RFC 3339, and for Go's zero time, which stands for none."""
    found = _RFC3339.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    fraction, sign = found.group(7), found.group(8)
    micro = int((fraction + "000000")[:6]) if fraction else 0
    try:
        # A leap second is the last one that datetime knows.
        year, month, day, hour, minute, second = map(int, found.group(1, 2, 3, 4, 5, 6))
        time = datetime.datetime(year, month, day, hour, minute, min(second, 59), micro, _UTC)
        if sign:
            offset = datetime.timedelta(hours=int(found.group(9)), minutes=int(found.group(10)))
            time = time - offset if sign == "+" else time + offset
    except (ValueError, OverflowError):
        return None
    return None if time.year == 1 else time


# -- writing -----------------------------------------------------------------------------------------------------
def format_status(status: CheckStatus) -> JsonObject:
    """The status as it stands in the object: times in whole seconds, empty lists and texts left out, missing times
    null.
    """
    lists = {
        "successes": [_format_entry(entry) for entry in status.successes],
        "failures": [_format_entry(entry) for entry in status.failures],
        "outages": [_format_outage(outage) for outage in status.outages],
        "conditions": [_format_condition(condition) for condition in status.conditions],
    }
    return {**(status.extra or {}), **{name: value for name, value in lists.items() if value}}


def format_time(time: datetime.datetime | None) -> str | None:
    """RFC 3339 in UTC, whole seconds."""
    return None if time is None else f"{_utc(time).isoformat()[:19]}Z"


def format_time_nano(time: datetime.datetime) -> str:
    """Go's RFC3339Nano in UTC: the fraction without trailing zeros, none at all for a whole second."""
    text = _utc(time).isoformat()[:26]
    return f"{text.rstrip('0') if '.' in text else text[:19]}Z"


def _utc(time: datetime.datetime) -> datetime.datetime:
    return time if time.tzinfo is _UTC else time.astimezone(_UTC)


def _format_entry(entry: LogEntry) -> JsonObject:
    raw: JsonObject = dict(entry.extra) if isinstance(entry, _ForeignLogEntry) else {}
    raw["time"], raw["success"] = format_time(entry.time), entry.success
    _add_texts(raw, entry.reason, entry.message)
    raw["latency"] = format_go_duration(entry.latency or 0.0)
    return raw


def _format_outage(outage: OutageEntry) -> JsonObject:
    raw: JsonObject = dict(outage.extra) if isinstance(outage, _ForeignOutageEntry) else {}
    raw["start"], raw["end"] = format_time(outage.start), format_time(outage.end)
    for name, logs in (("startLogs", outage.start_logs), ("endLogs", outage.end_logs)):
        if logs:
            raw[name] = [_format_entry(entry) for entry in logs]
    if outage.message:
        raw["message"] = outage.message
    return raw


def _format_condition(condition: Condition) -> JsonObject:
    raw: JsonObject = dict(condition.extra) if isinstance(condition, _ForeignCondition) else {}
    raw["type"], raw["status"] = condition.type, condition.status
    _add_texts(raw, condition.reason, condition.message)
    raw["lastTransitionTime"] = format_time(condition.last_transition_time)
    return raw


def _add_texts(raw: JsonObject, reason: str, message: str) -> None:
    if reason:
        raw["reason"] = reason
    if message:
        raw["message"] = message
