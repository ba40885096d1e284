# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
import json
import pathlib
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._check import OutageEntry, parse_time
from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._reader import (
    PairSummary,
    Reading,
    outages_between,
    read,
    summarize,
)

JsonObject = dict[str, t.Any]
NOW = datetime.datetime(2026, 1, 2, 12, 0, 0, tzinfo=datetime.timezone.utc)


def time(seconds_ago: float) -> str:
    return (NOW - datetime.timedelta(seconds=seconds_ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


def entry(seconds_ago: float | None, *, ok: bool = True, reason: str = "", latency: str = "2ms") -> JsonObject:
    return {
        "time": None if seconds_ago is None else time(seconds_ago),
        "success": ok,
        "reason": reason or ("TCPConnect" if ok else "TCPConnectError"),
        "message": "well" if ok else "refused",
        "latency": latency,
    }


def condition(
    status: str, seconds_ago: float, kind: str = "Reachable", reason: str = "R", message: str = "m"
) -> JsonObject:
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": message,
        "lastTransitionTime": time(seconds_ago),
    }


GOOD: JsonObject = {"conditions": [condition("True", 3600)], "successes": [entry(600)]}
BAD: JsonObject = {
    "conditions": [condition("False", 300)],
    "successes": [entry(360)],
    "failures": [entry(300, ok=False)],
    "outages": [{"start": time(300), "end": None}],
}


def check(
    status: JsonObject | None, *, ours: bool = True, target: str = "node/node-2", name: str = "", **metadata: t.Any
) -> JsonObject:
    labels = {"app.kubernetes.io/managed-by": "podnet.diagnostics"} if ours else {}
    annotations = {"podnet.diagnostics/source-node": "node-1", "podnet.diagnostics/target": target} if ours else {}
    return {
        "metadata": {
            "name": name or "network-check-source-node-1-to-network-check-target-node-2",
            "namespace": "ns",
            "labels": labels,
            "annotations": annotations,
            "creationTimestamp": time(86400),
            **metadata,
        },
        "spec": {"sourcePod": "source-x", "targetEndpoint": "10.244.2.5:8080"},
        "status": status,
    }


def lease(seconds_ago: float, *, server: float | None = None, **spec: t.Any) -> dict[str, JsonObject]:
    """server: when the API server saw the last change, if it says so."""
    fields = (
        [] if server is None else [{"manager": "a", "time": time(server + 600)}, {"manager": "b", "time": time(server)}]
    )
    renew = (NOW - datetime.timedelta(seconds=seconds_ago)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {
        "source-x": {
            "metadata": {"managedFields": fields},
            "spec": {"holderIdentity": "source-x", "leaseDurationSeconds": 90, "renewTime": renew, **spec},
        }
    }


# -- states ------------------------------------------------------------------------------------------------------
def test_reachable() -> None:
    reading = read(check(GOOD), lease(30), NOW)
    assert (reading.state, reading.reported, reading.flapping) == ("reachable", "True", False)
    assert (reading.since, reading.last_probe) == (parse_time(time(3600)), parse_time(time(600)))
    assert (reading.name, reading.namespace, reading.endpoint) == (
        check(GOOD)["metadata"]["name"],
        "ns",
        "10.244.2.5:8080",
    )
    assert (reading.source_pod, reading.source_node, reading.target, reading.target_node) == (
        "source-x",
        "node-1",
        "node/node-2",
        "node-2",
    )
    assert (reading.reason, reading.message, reading.open_outage) == ("R", "m", None)


def test_unreachable() -> None:
    reading = read(check(BAD), lease(30), NOW)
    assert (reading.state, reading.since, reading.last_probe) == (
        "unreachable",
        parse_time(time(300)),
        parse_time(time(300)),
    )
    assert reading.open_outage is not None
    assert reading.outages == (reading.open_outage,)


def test_unknown() -> None:
    paused = {"conditions": [condition("Unknown", 60, reason="TargetPodMissing")], "successes": [entry(120)]}
    assert read(check(paused), lease(30), NOW).state == "unknown"
    assert read(check(paused), lease(30), NOW).reason == "TargetPodMissing"
    for nothing in (None, {}, {"conditions": [condition("", 60)]}):
        reading = read(check(nothing), lease(30), NOW)
        assert (reading.state, reading.reason, reading.last_probe) == ("unknown", "NoResult", None)
        assert reading.message == "Source pod source-x has written no result yet"


def test_flapping_is_told_beside_the_state() -> None:
    status = {**GOOD, "conditions": [*GOOD["conditions"], condition("True", 60, "Flapping")]}
    reading = read(check(status), lease(30), NOW)
    assert (reading.state, reading.flapping) == ("reachable", True)


def test_b3_an_endpoint_that_cannot_be_dialled_is_not_reachable() -> None:
    """As OpenShift's own program writes it: True, without a message, a success or a time."""
    status = {
        "conditions": [condition("True", 60, reason="TCPConnectSuccess", message="")],
        "failures": [entry(None, ok=False)],
    }
    reading = read(check(status, ours=False), {}, NOW)
    assert (reading.state, reading.reason, reading.message, reading.reported) == (
        "unreachable",
        "TCPConnectError",
        "refused",
        "True",
    )
    assert read(check({"conditions": status["conditions"]}), lease(30), NOW).state == "unknown"


def test_b9_the_time_of_a_failure_is_no_latency() -> None:
    status = {
        "successes": [
            entry(60, reason="DNSResolve", latency="7ms"),
            entry(120, latency="3ms"),
            entry(180, reason="DNSResolve", latency="1ms"),
        ],
        "failures": [entry(60, ok=False, latency="10s")],
    }
    reading = read(check(status), lease(30), NOW)
    assert (reading.latency, reading.lookup_latency) == (0.003, 0.007)
    assert read(check({"failures": [entry(60, ok=False, latency="10s")]}), lease(30), NOW).latency is None


# -- a source that died ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", [GOOD, BAD, None])
def test_b14_a_source_that_died_is_stale(status: JsonObject | None) -> None:
    assert read(check(status), lease(90), NOW).state != "stale"
    reading = read(check(status), lease(91), NOW)
    assert (reading.state, reading.reason, reading.since) == ("stale", "SourceSilent", parse_time(time(91)))
    assert reading.message == "Source pod source-x has not renewed its Lease since 2026-01-02T11:58:29Z"
    assert reading.reported == ("" if status is None else status["conditions"][0]["status"])


def test_b14_an_outage_of_a_dead_source_stays_open() -> None:
    assert read(check(BAD), lease(3600), NOW).open_outage is not None


def test_b19_a_source_pod_that_does_not_exist_is_stale() -> None:
    other = {"another-pod": lease(10)["source-x"]}
    reading = read(check(GOOD), other, NOW)
    assert (reading.state, reading.reason, reading.since) == ("stale", "SourceMissing", parse_time(time(600)))
    assert reading.message == "Source pod source-x has no Lease: it is gone, or it never ran in this namespace"


def test_a_source_that_stopped_is_stale_at_once() -> None:
    reading = read(check(GOOD), lease(1, holderIdentity=""), NOW)
    assert (reading.state, reading.reason) == ("stale", "SourceStopped")


def test_the_lease_says_how_long_it_lasts() -> None:
    assert read(check(GOOD), lease(200, leaseDurationSeconds=300), NOW).state == "reachable"
    assert read(check(GOOD), lease(200, leaseDurationSeconds=None), NOW).state == "stale"


@pytest.mark.parametrize(
    ("renewed", "server", "state"),
    [
        (3600, 20, "reachable"),  # the source's clock is an hour behind
        (-3600, 20, "reachable"),  # an hour ahead
        (-3600, 200, "stale"),  # ahead, and dead
        (3600, 200, "stale"),
        (-3600, None, "stale"),  # nothing to tell it by
        (-60, None, "reachable"),
        (20, 3600, "reachable"),
    ],
)
def test_the_clock_of_the_source_does_not_matter(renewed: float, server: float | None, state: str) -> None:
    """The API server's own note of the last change counts, when there is one."""
    assert read(check(GOOD), lease(renewed, server=server), NOW).state == state


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"spec": None, "metadata": None},
        {"spec": {"renewTime": 5}, "metadata": {"managedFields": [None, {"time": 1}]}},
    ],
)
def test_a_lease_without_a_time_is_no_sign_of_life(odd: JsonObject) -> None:
    assert read(check(GOOD), {"source-x": odd}, NOW).state == "stale"


def test_an_object_that_is_not_ours_is_believed_for_15_minutes() -> None:
    for age, state in ((-901, "stale"), (-899, "reachable"), (0, "reachable"), (900, "reachable"), (901, "stale")):
        status = {"conditions": [condition("True", 7200)], "successes": [entry(age)]}
        assert read(check(status, ours=False), {}, NOW).state == state, age
    # In a namespace with other Leases, too; and one that a source of ours probes counts by its Lease.
    status = {"conditions": [condition("True", 7200)], "successes": [entry(1100)]}
    assert read(check(status, ours=False), {"lock": {}}, NOW).state == "stale"
    assert read(check(status, ours=False), lease(20), NOW).state == "reachable"


def test_an_object_of_openshift() -> None:
    path = pathlib.Path(__file__).parent / "fixtures" / "openshift_check.json"
    obj = json.loads(path.read_text(encoding="utf-8"))
    shortly = datetime.datetime(2021, 1, 13, 21, 20, tzinfo=datetime.timezone.utc)
    reading = read(obj, {}, shortly)
    assert reading.state == "reachable"
    assert reading.source_node == "ci-ln-x5sv9rb-f76d1-4rzrp-worker-b-6xdmh"
    assert reading.target == "kubernetes-apiserver-endpoint-ci-ln-x5sv9rb-f76d1-4rzrp-master-0"
    assert reading.target_node == "ci-ln-x5sv9rb-f76d1-4rzrp-master-0"
    assert reading.since == parse_time("2021-01-13T20:11:34Z")
    assert reading.last_probe == parse_time("2021-01-13T21:14:34Z")
    assert reading.latency == pytest.approx(0.002845865)
    assert read(obj, {}, shortly + datetime.timedelta(minutes=10)).state == "stale"


# -- nodes -------------------------------------------------------------------------------------------------------
def test_where_nodes_are_found() -> None:
    owner = [{"kind": "Node", "name": "node-1.example.com"}]
    name = "network-check-source-node-1-to-network-check-target-node-2"
    assert read(check(GOOD, ours=False, name=name), {}, NOW).source_node == "node-1"
    assert read(check(GOOD, ours=False, name=name, ownerReferences=owner), {}, NOW).source_node == "node-1.example.com"
    assert read(check(GOOD, ownerReferences=owner), {}, NOW).source_node == "node-1"
    assert read(check(GOOD, target="node/node-2.example.com/ipv6"), {}, NOW).target_node == "node-2.example.com"
    assert read(check(GOOD, target="load-balancer/api"), {}, NOW).target_node == ""
    expecting = check(GOOD, target="extra/db")
    expecting["metadata"]["annotations"]["podnet.diagnostics/expect"] = '{"pod": "db-0", "node": "node-3"}'
    assert read(expecting, {}, NOW).target_node == "node-3"
    for odd in ("{", "[]", '{"node": 5}', ""):
        expecting["metadata"]["annotations"]["podnet.diagnostics/expect"] = odd
        assert read(expecting, {}, NOW).target_node == ""


@pytest.mark.parametrize(
    "odd",
    [{}, {"metadata": None, "spec": [], "status": "x"}, {"metadata": {"ownerReferences": [None, {"kind": "Node"}]}}],
)
def test_reading_never_fails(odd: JsonObject) -> None:
    assert read(odd, {}, NOW).state == "unknown"


# -- outages -----------------------------------------------------------------------------------------------------
def test_outages_in_a_window() -> None:
    def at(seconds_ago: float) -> datetime.datetime:
        return NOW - datetime.timedelta(seconds=seconds_ago)

    still = OutageEntry(at(100), None, (), (), "open")
    recent, old = OutageEntry(at(300), at(200), (), (), "recent"), OutageEntry(at(900), at(800), (), (), "old")
    everything = (still, recent, old)
    assert outages_between(everything) == everything
    assert outages_between(everything, begin=at(250)) == (still, recent)
    assert outages_between(everything, end=at(850)) == (old,)
    assert outages_between(everything, at(700), at(400)) == ()
    assert outages_between(everything, at(50), at(0)) == (still,)
    assert outages_between([OutageEntry(None, at(800), (), (), "")], at(850), at(820)) != ()


# -- pairs -------------------------------------------------------------------------------------------------------
def test_b18_summary_per_pair_of_nodes() -> None:
    readings = [
        read(check({**GOOD, "successes": [entry(60, latency="9ms")]}, name="one"), lease(30), NOW),
        read(check(BAD, name="two"), lease(30), NOW),
        read(
            check({**GOOD, "conditions": [*GOOD["conditions"], condition("True", 1, "Flapping")]}, name="three"),
            lease(30),
            NOW,
        ),
        read(check(GOOD, name="four", target="node/node-3"), lease(500), NOW),
        read(check(GOOD, name="five", target="load-balancer/api"), lease(30), NOW),
    ]
    assert summarize(readings) == [
        PairSummary("node-1", "", "reachable", counts(reachable=1), 0, 0, 0.002, ()),
        PairSummary("node-1", "node-2", "unreachable", counts(reachable=2, unreachable=1), 1, 1, 0.009, ("two",)),
        PairSummary("node-1", "node-3", "stale", counts(stale=1), 0, 0, None, ("four",)),
    ]
    assert summarize([]) == []


def counts(**some: int) -> dict[str, int]:
    return {"unreachable": 0, "stale": 0, "unknown": 0, "reachable": 0, **some}


def test_nodes_that_are_cut_at_the_dot_are_put_together() -> None:
    def openshift(source: str, target: str) -> Reading:
        name = f"network-check-source-{source.partition('.')[0]}-to-network-check-target-{target}"
        return read(check(GOOD, ours=False, name=name, ownerReferences=[{"kind": "Node", "name": source}]), {}, NOW)

    summaries = summarize(
        [
            openshift("a.x.example", "b"),
            openshift("b.x.example", "a"),
            openshift("c.x.example", "c"),
            openshift("c.y.example", "c"),
        ]
    )
    assert [(item.source_node, item.target_node) for item in summaries] == [
        ("a.x.example", "b.x.example"),
        ("b.x.example", "a.x.example"),
        ("c.x.example", "c"),
        ("c.y.example", "c"),
    ]


def test_reading_leaves_the_object_as_it_is() -> None:
    obj = check(BAD)
    text = json.dumps(obj)
    read(obj, lease(30), NOW)
    assert json.dumps(obj) == text
