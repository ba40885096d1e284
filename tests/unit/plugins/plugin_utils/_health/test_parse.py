# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports as hostile or broken pods write them: refused with one sentence, or unknown, never good and never bad."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._read._mesh_report import (
    ReportError,
    parse_report,
    seconds,
)
from ansible_collections.podnet.diagnostics.tests.unit.plugins.plugin_utils._health.clusters import Cluster, Json

PROBED = "2026-11-21T11:59:30Z"


def report(**changes: t.Any) -> Json:
    return {**Cluster(3).report(1), **changes}


def refused(data: bytes) -> str:
    with pytest.raises(ReportError) as caught:
        parse_report(data, "node-1")
    text = str(caught.value)
    assert "\n" not in text and "\x1b" not in text and len(text) < 300
    return text


def only_probe(value: t.Any) -> t.Any:
    """How one result is read."""
    row = {"node": "node-2", "host": [{"ip": "192.0.2.12", "icmp": value, "http": None}], "endpoint": []}
    found = parse_report(json.dumps(report(nodes=[row])).encode(), "node-1")
    return found.sightings["node-2"].host[0].icmp


def test_a_report_is_read() -> None:
    found = parse_report(json.dumps(report()).encode() + b"\n", "node-1")
    assert (found.node, found.interval, found.known, set(found.sightings)) == (
        "node-1",
        60.0,
        3,
        {"node-1", "node-2", "node-3"},
    )
    probe = found.sightings["node-2"].endpoint[0].http
    assert (probe.state, probe.latency, probe.age) == ("ok", 250_000, 11.0)


@pytest.mark.parametrize(
    "data, word",
    [
        (b"", "nothing"),
        (b"Traceback (most recent call last):\n \x1b[31mKeyError", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not an object"),
        (b"null", "not an object"),
        (b'{"schema": "other/v2"}', "other/v2"),
        (json.dumps(report(schema=["podnet.diagnostics/mesh/v1"])).encode(), "schema"),
        (json.dumps(report(node="node-2")).encode(), "node-2"),
        (json.dumps(report(node="\x1b[2J")).encode(), "\\x1b"),
        (json.dumps(report(node=None)).encode(), "None"),
        (json.dumps(report(time="yesterday")).encode(), "time"),
        (json.dumps(report(time="2026-11-21T12:00:00")).encode(), "time"),
        (json.dumps(report(nodes={"a": 1})).encode(), "list"),
        (json.dumps(report(interval=0)).encode(), "interval"),
        (json.dumps(report(interval="60")).encode(), "interval"),
        (json.dumps(report(interval=float("nan"))).encode(), "interval"),
        (json.dumps(report(interval=1e300)).encode(), "interval"),
        (json.dumps(report(interval=True)).encode(), "interval"),
    ],
)
def test_what_is_no_report_of_this_node_is_refused(data: bytes, word: str) -> None:
    assert word in refused(data)


@pytest.mark.parametrize(
    "value",
    [
        None,
        1,
        "ok",
        [],
        {},
        {"status": None, "last_probed": PROBED},
        {"status": ""},
        {"status": "", "last_probed": "soon"},
        {"status": 0, "last_probed": PROBED},
        {"status": False, "last_probed": PROBED},
        {"status": ["x"], "last_probed": PROBED},
        {"status": "", "last_probed": 1732190370},
        {"status": "x", "last_probed": PROBED, "reason": "not_probed"},
    ],
)
def test_a_result_that_makes_no_sense_is_unknown(value: t.Any) -> None:
    assert only_probe(value).state == "unknown"


@pytest.mark.parametrize(
    "latency, read", [(5, 5), (0, 0), (-1, None), (1e99, None), ("5", None), (True, None), (None, None), (7.9, 7)]
)
def test_latencies(latency: t.Any, read: int | None) -> None:
    assert only_probe({"status": "", "last_probed": PROBED, "latency": latency}).latency == read


def test_a_status_cannot_steer_a_terminal_and_is_cut() -> None:
    probe = only_probe({"status": "\x1b]0;owned\x07" + "x" * 5000, "last_probed": PROBED, "reason": "\x1b[31m"})
    assert (probe.state, probe.reason) == ("failed", "error")
    assert "\x1b" not in probe.status and len(probe.status) < 300


def test_a_probe_of_the_future_is_new() -> None:
    assert only_probe({"status": "", "last_probed": "2026-11-21T18:00:00Z"}).age == 0.0


@pytest.mark.parametrize(
    "rows",
    [
        [None, 1, "x", [], {}, {"node": 3}, {"node": ""}, {"node": "n" * 300}],
        [{"node": "node-2", "host": "192.0.2.12", "endpoint": {"ip": 1}}],
        [{"node": "node-2", "host": [{"ip": "<script>"}, {"ip": None}, {"icmp": {}}, 4]}],
    ],
)
def test_rows_that_make_no_sense_say_nothing(rows: list[t.Any]) -> None:
    found = parse_report(json.dumps(report(nodes=rows)).encode(), "node-1")
    assert all(not each.host and not each.endpoint for each in found.sightings.values())


def test_two_spellings_of_an_address_are_one() -> None:
    row = {"node": "node-2", "host": [{"ip": "2001:DB8:0:0::1"}], "endpoint": []}
    assert (
        parse_report(json.dumps(report(nodes=[row])).encode(), "node-1").sightings["node-2"].host[0].ip == "2001:db8::1"
    )


@pytest.mark.parametrize(
    "text, read",
    [
        ("1970-01-01T00:00:10Z", 10.0),
        ("1970-01-01T01:00:00+01:00", 0.0),
        ("1970-01-01T00:00:00.5Z", 0.5),
        ("9999-99-99T00:00:00Z", None),
        ("1970-01-01T00:00:10", None),
        ("", None),
        (None, None),
        (10, None),
        ("1" * 1000, None),
    ],
)
def test_times(text: t.Any, read: float | None) -> None:
    assert seconds(text) == read


def test_of_thousands_of_nodes_what_is_good_and_old_is_only_counted() -> None:
    def row(node: str, time: str | None, status: str | None = "") -> Json:
        result = {"status": status, "last_probed": time, "reason": "ok"}
        return {"node": node, "host": [{"ip": "192.0.2.1", "icmp": result, "http": result}], "endpoint": []}

    rows = [
        row("fresh", PROBED),
        row("old", "2026-11-21T11:00:00Z"),
        row("older", "2026-11-20T12:00:00.5Z"),
        row("failed", "2026-11-20T12:00:00Z", "x"),
        row("never", None, None),
        row("elsewhere", "2026-11-21T14:00:00+02:00"),
        None,
        "x",
        {"node": "bad", "host": 3},
    ]
    data = json.dumps(report(nodes=rows)).encode()
    found = parse_report(data, "node-1", whole=False)
    assert (set(found.sightings), found.old) == ({"fresh", "failed", "elsewhere"}, 2)
    assert parse_report(data, "node-1").old == 0
    assert (
        parse_report(json.dumps(report(old=7)).encode(), "node-1").old == 7
        and parse_report(json.dumps(report(old="7")).encode(), "node-1").old == 0
    )
