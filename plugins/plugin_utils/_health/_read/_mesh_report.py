# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""An agent's mesh report from the bytes that a pod wrote, which may be anything.

Nothing in here trusts the pod: types are checked, texts are cut, numbers bounded, and a report of another node or of
another schema is refused. A part that makes no sense becomes `unknown`, never a failure and never a success.
"""

from __future__ import annotations

import datetime
import ipaddress
import json
import math
import re
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._model import (
    FAILED,
    NOT_PROBED,
    OK,
    STALE_INTERVALS,
    UNKNOWN,
    Address,
    Probe,
    Report,
    Sighting,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._printable import one_line, shorten

SCHEMA = "podnet.diagnostics/mesh/v1"
REASONS = frozenset(("ok", "timeout", "refused", "no_route", "wrong_pod", "bad_reply", "error", "not_probed"))
_LONGEST_TEXT = 200
_LONGEST_NAME = 253
_MOST_NODES = 20_000
_MOST_ADDRESSES = 8
_MOST_ERRORS = 5
_MOST_PACKETS = 10_000
_LONGEST_INTERVAL = 86_400.0
_NANOSECONDS_OF_A_DAY = 86_400_000_000_000


class ReportError(Exception):
    """What the pod wrote is no report of this node; the text says why, in one line."""


def parse_report(data: bytes, node: str, whole: bool = True) -> Report:
    """The report of the agent on `node`. With whole=False what is good and too old to count is only counted: of
    thousands of nodes that is nearly everything. Raises ReportError.
    """
    document = _document(data)
    if document.get("schema") != SCHEMA:
        raise ReportError(f"its report has the schema {_shown(document.get('schema'))}, not {SCHEMA}")
    if document.get("node") != node:
        raise ReportError(f"it reports for the node {_shown(document.get('node'))}")
    now = seconds(document.get("time"))
    if now is None:
        raise ReportError(f"its report has no time that can be read: {_shown(document.get('time'))}")
    rows = document.get("nodes")
    if not isinstance(rows, list):
        raise ReportError("its report has no list of nodes")
    interval, errors = _interval(document), document.get("errors")
    kept = rows if whole else list(_that_count(rows, now - STALE_INTERVALS * interval))
    return Report(
        node=node,
        pod=_text(document.get("pod")),
        time=_text(document.get("time")),
        interval=interval,
        epoch=_count(document.get("epoch")),
        partners=_names(document.get("partners")),
        known=_count(document.get("known")),
        sightings=dict(_rows([row for row in kept if row is not None], now)),
        old=_count(document.get("old")) + (0 if whole else kept.count(None)),
        errors=tuple(filter(None, map(_text, errors[:_MOST_ERRORS]))) if isinstance(errors, list) else (),
    )


_RFC_3339 = re.compile(
    r"(?P<moment>\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d)(\.(?P<part>\d{1,12}))?(?P<zone>[Zz]|[+-]\d\d:\d\d)\Z"
)


def seconds(text: object) -> float | None:
    """Seconds since the epoch of an RFC 3339 time; None for anything else."""
    found = _RFC_3339.match(text) if isinstance(text, str) else None
    if not found:
        return None
    # Python 3.10 reads neither a Z nor any number of digits after the point.
    zone = "+00:00" if found["zone"] in "Zz" else found["zone"]
    try:
        return datetime.datetime.fromisoformat(found["moment"] + zone).timestamp() + float(f"0.{found['part'] or 0}")
    except (ValueError, OverflowError, OSError):
        return None


def _document(data: bytes) -> dict[str, t.Any]:
    text = data.decode("utf-8", "replace").strip()
    if not text:
        raise ReportError("it wrote nothing")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise ReportError(f"what it wrote is not JSON: {_shown(text)}") from None
    if not isinstance(document, dict):
        raise ReportError(f"what it wrote is not an object: {_shown(text)}")
    return document


def _that_count(rows: list[t.Any], limit: float) -> t.Iterator[t.Any]:
    """The rows with a failure or with a result newer than the limit; None for one that has older results only, nothing
    for one without. Times are compared as text, which is quick; one that is written in another way is kept.
    """
    newest = rfc3339(limit)
    for row in rows[:_MOST_NODES]:
        results = [
            entry.get(protocol)
            for path in ("host", "endpoint")
            for entry in _dicts(row, path)
            for protocol in ("icmp", "http")
        ]
        probed = [
            result for result in results if isinstance(result, dict) and isinstance(result.get("last_probed"), str)
        ]
        if any(
            result.get("status") or result["last_probed"] >= newest or not result["last_probed"].endswith("Z")
            for result in probed
        ):
            yield row
        elif probed:
            yield None


def _dicts(row: object, path: str) -> t.Iterator[dict[str, t.Any]]:
    entries = row.get(path) if isinstance(row, dict) else None
    return (entry for entry in entries if isinstance(entry, dict)) if isinstance(entries, list) else iter(())


def _rows(rows: list[t.Any], now: float) -> t.Iterator[tuple[str, Sighting]]:
    for row in rows[:_MOST_NODES]:
        if isinstance(row, dict) and _is_name(row.get("node")):
            yield row["node"], Sighting(_addresses(row.get("host"), now), _addresses(row.get("endpoint"), now))


def _addresses(entries: object, now: float) -> tuple[Address, ...]:
    found = []
    for entry in entries[:_MOST_ADDRESSES] if isinstance(entries, list) else ():
        ip = normal_ip(entry.get("ip")) if isinstance(entry, dict) else ""
        if ip:
            found.append(Address(ip, _probe(entry.get("icmp"), now), _probe(entry.get("http"), now)))
    return tuple(found)


def normal_ip(text: object) -> str:
    """An address in its shortest form, so that two spellings are one; "" for anything else."""
    try:
        return str(ipaddress.ip_address(text)) if isinstance(text, str) else ""
    except ValueError:
        return ""


def _probe(value: object, now: float) -> Probe:
    """A result: without the time of its probe, or with a status that is no text, nothing is known."""
    if not isinstance(value, dict):
        return NOT_PROBED
    at, status = seconds(value.get("last_probed")), value.get("status")
    if at is None or not isinstance(status, str):
        return NOT_PROBED
    reason = value.get("reason") if value.get("reason") in REASONS else ""
    if reason == "not_probed":
        return NOT_PROBED
    age = max(0.0, now - at)
    sent = min(_count(value.get("sent")), _MOST_PACKETS)
    lost = min(_count(value.get("lost")), sent)
    if status == "":
        return Probe(OK, "ok", "", _latency(value.get("latency")), at, age, UNKNOWN, sent, lost)
    reason = reason if reason and reason != "ok" else "error"
    return Probe(FAILED, reason, _text(status), None, at, age, UNKNOWN, sent, lost)


def _latency(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return int(value) if 0 <= value <= _NANOSECONDS_OF_A_DAY else None


def _interval(document: t.Mapping[str, t.Any]) -> float:
    value = document.get("interval")
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= _LONGEST_INTERVAL:
        raise ReportError(f"its report has no interval that makes sense: {_shown(value)}")
    return float(value)


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 53 else 0


def _names(value: object) -> tuple[str, ...]:
    return tuple(name for name in value[:_MOST_NODES] if _is_name(name)) if isinstance(value, list) else ()


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_NAME


def _text(value: object) -> str:
    """A text of bounded length on one line, with nothing in it that a terminal obeys."""
    return one_line(value, _LONGEST_TEXT) if isinstance(value, str) else ""


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)[:_LONGEST_TEXT]
    return f"'{shorten(one_line(text[:_LONGEST_TEXT]), 80)}'"


def rfc3339(seconds: float | None) -> str:
    """UTC with whole seconds; "" where there is no time, or none that a calendar has."""
    if seconds is None:
        return ""
    try:
        moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    except (ValueError, OverflowError, OSError):
        return ""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
