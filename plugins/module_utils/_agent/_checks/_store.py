# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""All check objects of our namespace, as the API tells of them; those that name our pod have a Record."""

from __future__ import annotations

import dataclasses
import datetime
import sys
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._record import Record
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._api_error import one_line
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._watch import Handler, JsonObject
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._log import logger
from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._check import (
    EXPECT,
    FOLLOW_SOURCE,
    MANAGED_BY,
    OURS,
    SOURCE_NODE,
    TARGET,
    TLS,
    Check,
    CheckStatus,
    parse_check,
    parse_status,
    parse_time,
)

_KEPT = {key: key for key in (EXPECT, FOLLOW_SOURCE, SOURCE_NODE, TARGET, TLS)}
Time = t.Optional[datetime.datetime]


class Entry:
    """An object. active: when something last happened to it (UTC), as far as it tells; None for those that we probe."""

    __slots__ = ("active", "check", "record", "uid")

    def __init__(self, check: Check, uid: str, active: Time) -> None:
        self.check, self.uid, self.active = check, uid, active
        self.record: Record | None = None

    @property
    def identity(self) -> str:
        """What a check that a source has made is about; empty for those that people have made."""
        return self.check.annotations.get(TARGET, "") if self.check.ours else ""

    @property
    def source_node(self) -> str:
        return self.check.annotations.get(SOURCE_NODE, "")


class Owner:
    """Who works with the records."""

    def configure(self, record: Record, check: Check) -> None:
        """A record is new, or what its check asks for has changed."""

    def dismiss(self, record: Record) -> None:
        """The check is gone, or another source's."""

    def foreign_status(self, record: Record, obj: JsonObject) -> None:
        """Somebody has changed the object, and not with the last write that we know to have succeeded."""

    def changed(self) -> None:
        """Objects came, went, or ask for something else."""


class Store(Handler):
    """me: the name of our pod. period: seconds between probes."""

    def __init__(self, me: str, period: float, owner: Owner) -> None:
        self._me, self._period, self._owner = me, period, owner
        self.entries: dict[str, Entry] = {}
        self.records: dict[str, Record] = {}
        self.own_versions: set[str] = set()
        self._older_versions: set[str] = set()
        self._unseen: set[str] = set()

    # -- the watch ------------------------------------------------------------------------------------------------
    def begin(self) -> None:
        self._unseen = set(self.entries)

    def seen(self, obj: JsonObject) -> None:
        name = ""
        try:
            metadata = obj.get("metadata") or {}
            name = str(metadata.get("name") or "")
            self._unseen.discard(name)
            self._seen(obj, trimmed(parse_check(obj)), str(metadata.get("uid") or ""))
        except Exception as exc:  # one object must never stop the others
            logger.error("Cannot read the check %s: %s: %s", name, type(exc).__name__, one_line(exc))

    def gone(self, obj: JsonObject) -> None:
        self._forget(str((obj.get("metadata") or {}).get("name") or ""))

    def listed(self) -> None:
        for name in self._unseen:
            self._forget(name)
        self._unseen = set()
        self._owner.changed()

    def known(self, version: str) -> bool:
        return version in self.own_versions or version in self._older_versions

    def wrote(self, version: str) -> None:
        """Remember the version that came of a write of ours: it will come back over the watch."""
        self.own_versions.add(version)
        if len(self.own_versions) > 2000:
            self._older_versions, self.own_versions = self.own_versions, set()

    # -- objects --------------------------------------------------------------------------------------------------
    def _seen(self, obj: JsonObject, check: Check, uid: str) -> None:
        entry = self.entries.get(check.name)
        if entry is not None and entry.uid != uid:
            self._forget(check.name)
            entry = None
        mine = check.source_pod == self._me
        if entry is None:
            entry = self.entries[check.name] = Entry(check, uid, None)
            different = True
        else:
            different = _wishes(entry.check) != _wishes(check)
            entry.check = check
        if mine:
            entry.active = None
            self._mine(entry, obj, different)
        else:
            self._dismiss(entry)
            entry.active = last_activity(obj)
        if different:
            self._owner.changed()

    def _mine(self, entry: Entry, obj: JsonObject, different: bool) -> None:
        record = entry.record
        if record is None:
            record = entry.record = Record(entry.check.name, entry.uid, parse_status(obj), self._period)
            self.records[record.name] = record
            different = True
        record.seen = number(entry.check.resource_version)
        if different:
            self._owner.configure(record, entry.check)
        if record.seen > record.written > 0:
            self._owner.foreign_status(record, obj)

    def _forget(self, name: str) -> None:
        entry = self.entries.pop(name, None)
        if entry is not None:
            self._dismiss(entry)
            self._owner.changed()

    def _dismiss(self, entry: Entry) -> None:
        record, entry.record = entry.record, None
        if record is not None:
            self.records.pop(record.name, None)
            self._owner.dismiss(record)


def trimmed(check: Check) -> Check:
    """Without what nobody asks for here: thousands of these are kept."""
    annotations = {_KEPT[key]: value for key, value in check.annotations.items() if key in _KEPT}
    if SOURCE_NODE in annotations:
        annotations[SOURCE_NODE] = sys.intern(annotations[SOURCE_NODE])
    return dataclasses.replace(
        check,
        namespace=sys.intern(check.namespace),
        source_pod=sys.intern(check.source_pod),
        annotations=annotations,
        labels=_LABELS if check.labels.get(MANAGED_BY) == OURS else {},
    )


_LABELS: t.Mapping[str, str] = {MANAGED_BY: OURS}


def _wishes(check: Check) -> tuple[t.Any, ...]:
    return check.source_pod, check.target_endpoint, check.tls_secret, check.annotations, check.labels


def number(version: str) -> int:
    """A resourceVersion, to be compared with others of the same object; 0 when it is none."""
    return int(version) if version.isdigit() else 0


def last_activity(obj: JsonObject) -> Time:
    """When something last happened to an object: UTC; None when nothing tells.

    Creation and field managers have times of the API server's clock, the status those of a source.
    """
    metadata = obj.get("metadata") or {}
    times = [parse_time(metadata.get("creationTimestamp"))]
    times += [parse_time((item or {}).get("time")) for item in metadata.get("managedFields") or ()]
    times.append(status_activity(parse_status(obj)))
    return max((time for time in times if time is not None), default=None)


def status_activity(status: CheckStatus) -> Time:
    """The newest time in a status."""
    times = [entry.time for entry in (*status.successes, *status.failures)]
    for outage in status.outages:
        times += [outage.start, outage.end]
    times += [condition.last_transition_time for condition in status.conditions]
    return max((time for time in times if time is not None), default=None)
