# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import datetime
import json
import pathlib
import random
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._check import (
    CheckStatus,
    Condition,
    LogEntry,
    OutageEntry,
    format_status,
    format_time,
    format_time_nano,
    parse_check,
    parse_status,
    parse_time,
)

UTC = datetime.timezone.utc
NOON = datetime.datetime(2026, 1, 2, 12, 0, 0, tzinfo=UTC)


@pytest.fixture(name="openshift")
def _openshift() -> dict[str, t.Any]:
    """An object of a real OpenShift cluster, as its documentation shows it."""
    path = pathlib.Path(__file__).parent / "fixtures" / "openshift_check.json"
    return t.cast("dict[str, t.Any]", json.loads(path.read_text(encoding="utf-8")))


# -- both ways ---------------------------------------------------------------------------------------------------
def test_an_object_of_openshift_stays_as_it_is(openshift: dict[str, t.Any]) -> None:
    before = copy.deepcopy(openshift)
    status = parse_status(openshift)
    assert openshift == before
    assert format_status(status) == before["status"]
    assert len(status.successes) == 10
    assert status.outages[0].start_logs[0] is status.failures[2]  # kept once, though written twice
    assert status.failures[0].latency == pytest.approx(0.002241775)
    assert status.open_outage is None


def test_spec_and_metadata(openshift: dict[str, t.Any]) -> None:
    check = parse_check(openshift)
    assert check.namespace == "openshift-network-diagnostics"
    assert check.source_pod == "network-check-source-7c88f6d9f-hmg2f"
    assert (check.target_endpoint, check.tls_secret) == ("10.0.0.4:6443", "")
    assert (check.labels, check.annotations, check.created) == ({}, {}, None)
    assert not check.ours
    ours = parse_check(
        {
            "metadata": {
                "name": "a",
                "labels": {"app.kubernetes.io/managed-by": "podnet.diagnostics"},
                "resourceVersion": "7",
                "annotations": {"podnet.diagnostics/source-node": "n", "odd": 1},
                "creationTimestamp": "2026-01-02T12:00:00Z",
            },
            "spec": {"tlsClientCert": {"name": "etcd-client"}},
        }
    )
    assert ours.ours
    assert (ours.resource_version, ours.created, ours.tls_secret) == ("7", NOON, "etcd-client")
    assert ours.annotations == {"podnet.diagnostics/source-node": "n"}


def test_open_outage_and_entry_that_never_connected() -> None:
    """As the original writes them: the end of an open outage and the time of an endpoint that cannot be dialled are
    null.
    """
    failure = {
        "time": None,
        "success": False,
        "reason": "TCPConnectError",
        "message": "too many colons",
        "latency": "0s",
    }
    raw = {"failures": [failure], "outages": [{"start": "2026-01-02T12:00:00Z", "end": None, "startLogs": [failure]}]}
    status = parse_status({"status": raw})
    assert format_status(status) == raw
    assert status.open_outage is status.outages[0]
    assert status.failures[0].time is None


def test_fields_that_are_not_known_stay() -> None:
    entry = {"time": "2026-01-02T12:00:00Z", "success": True, "latency": "1ms", "protocol": "udp"}
    raw = {
        "successes": [entry],
        "outages": [{"start": "2026-01-02T12:00:00Z", "end": None, "endLogs": [entry], "severity": 3}],
        "conditions": [{"type": "Reachable", "status": "True", "lastTransitionTime": None, "observedGeneration": 4}],
        "loss": {"percent": 1},
    }
    assert format_status(parse_status({"status": raw})) == raw


def test_wire_form() -> None:
    """Whole seconds, empty lists and texts left out, latency always there."""
    time = NOON.replace(microsecond=999999)
    success = LogEntry(time, True, "TCPConnect", "well", 0.010)
    status = CheckStatus(
        successes=(success,),
        outages=(OutageEntry(time, None, (), (LogEntry(None, False, "", "", None),), ""),),
        conditions=(Condition("Reachable", "False", "", "", time),),
    )
    assert format_status(status) == {
        "successes": [
            {
                "time": "2026-01-02T12:00:00Z",
                "success": True,
                "reason": "TCPConnect",
                "message": "well",
                "latency": "10ms",
            }
        ],
        "outages": [
            {
                "start": "2026-01-02T12:00:00Z",
                "end": None,
                "endLogs": [{"time": None, "success": False, "latency": "0s"}],
            }
        ],
        "conditions": [{"type": "Reachable", "status": "False", "lastTransitionTime": "2026-01-02T12:00:00Z"}],
    }
    assert format_status(CheckStatus()) == {}


def test_equal_texts_are_one_object() -> None:
    entries = [
        {"time": f"2026-01-02T12:00:0{second}Z", "success": True, "message": "".join(["a", "b"])} for second in range(5)
    ]
    status = parse_status({"status": {"successes": json.loads(json.dumps(entries))}})
    assert len({id(entry.message) for entry in status.successes}) == 1


# -- what others write -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        "x",
        5,
        {"successes": None, "failures": None, "outages": None, "conditions": None},
        {"successes": [None, 5, "x", []], "outages": {"start": 1}, "conditions": "True"},
    ],
)
def test_nothing_useful(raw: object) -> None:
    assert parse_status({"status": raw}) == CheckStatus()
    assert parse_status({}) == CheckStatus()
    assert parse_check({"metadata": raw, "spec": raw}).name == ""


def test_values_of_the_wrong_type_count_as_missing() -> None:
    raw = {"time": 5, "success": "yes", "reason": 7, "message": ["x"], "latency": "soon"}
    status = parse_status({"status": {"successes": [raw], "failures": [raw]}})
    assert status.successes == (LogEntry(None, True, "", "", None),)
    assert status.failures == (LogEntry(None, False, "", "", None),)


def test_reading_never_fails(openshift: dict[str, t.Any]) -> None:
    """Whatever stands in place of any value of a real object."""
    dice = random.Random(7)
    odd: list[t.Any] = [
        None,
        0,
        -1,
        1.5,
        True,
        "",
        "x",
        "9999-99-99T99:99:99Z",
        "0001-01-01T00:00:00+23:59",
        [],
        [[]],
        {},
        {"a": [1]},
    ]

    def spoiled(value: t.Any) -> t.Any:
        if dice.random() < 0.08:
            return dice.choice(odd)
        if isinstance(value, dict):
            return {key: spoiled(item) for key, item in value.items()}
        return [spoiled(item) for item in value] if isinstance(value, list) else value

    for _unused in range(300):
        obj = spoiled(openshift)
        obj = obj if isinstance(obj, dict) else {}
        parse_check(obj)
        once = format_status(parse_status(obj))
        assert format_status(parse_status({"status": json.loads(json.dumps(once))})) == once


# -- times -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-01-02T12:00:00Z", NOON),
        ("2026-01-02T13:30:00+01:30", NOON),
        ("2026-01-02T04:00:00-08:00", NOON),
        ("2026-01-02T12:00:00.5Z", NOON.replace(microsecond=500000)),
        ("2026-01-02T12:00:00.123456789Z", NOON.replace(microsecond=123456)),
        ("2026-01-02T11:59:60Z", NOON.replace(hour=11, minute=59, second=59)),
        ("0001-01-01T00:00:00Z", None),
        ("2026-13-02T12:00:00Z", None),
        ("2026-01-02T12:00:00", None),
        ("2026-01-02", None),
        ("", None),
        (None, None),
        (1767355200, None),
    ],
)
def test_parse_time(text: object, time: datetime.datetime | None) -> None:
    assert parse_time(text) == time


def test_format_time() -> None:
    later = datetime.timezone(datetime.timedelta(hours=1))
    assert format_time(NOON.astimezone(later)) == "2026-01-02T12:00:00Z"
    assert format_time(None) is None
    assert format_time_nano(NOON) == "2026-01-02T12:00:00Z"
    assert format_time_nano(NOON.replace(microsecond=120300).astimezone(later)) == "2026-01-02T12:00:00.1203Z"
