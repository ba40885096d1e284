# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks that somebody wants, and what all of them say."""

from __future__ import annotations

import datetime
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube import _checks
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._check_info import (
    BadQuery,
    ask,
    parse_moment,
    read_query,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._checks import (
    Done,
    generated_name,
    manage,
    read_wishes,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Kube, connect
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._options import KubeOptions
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.api_server import ApiServer, Json
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.fake_cluster import (
    CHECKS,
    FakeCluster,
)

NAMESPACE = "podnet-connectivity-checks"
HOME = f"/api/v1/namespaces/{NAMESPACE}"
MINE = f"{CHECKS}/namespaces/{NAMESPACE}/podnetworkconnectivitychecks"
LEASES = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases"
OURS = {"app.kubernetes.io/managed-by": "podnet.diagnostics"}
UTC = datetime.timezone.utc


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_checks, "_PAUSE", 0.01)


@pytest.fixture
def cluster(api: ApiServer) -> FakeCluster:
    """Sources on node-1 and node-2, the first of which lives."""
    cluster = FakeCluster(api)
    cluster.put(HOME, {})
    for number in (1, 2):
        cluster.put(
            f"{HOME}/pods/source-{number}",
            {
                "metadata": {"labels": {"app": "network-check-source"}},
                "spec": {"nodeName": f"node-{number}"},
                "status": {"phase": "Running"},
            },
        )
        lease(cluster, number)
    return cluster


@pytest.fixture
def kube(api: ApiServer) -> Kube:
    return connect(KubeOptions(host=api.url, api_key="secret-token"))


def lease(cluster: FakeCluster, number: int, age: float = 0) -> None:
    renewed = datetime.datetime.now(UTC) - datetime.timedelta(seconds=age)
    cluster.put(
        f"{LEASES}/source-{number}",
        {
            "spec": {
                "holderIdentity": f"source-{number}",
                "leaseDurationSeconds": 90,
                "renewTime": renewed.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            }
        },
    )


def wanted(
    kube: Kube,
    *items: Json,
    present: bool = True,
    force: bool = False,
    fail_on_bad: bool = True,
    wait_for: str | None = None,
    wait: float = 5,
    dry_run: bool = False,
) -> Done:
    return manage(kube, list(items), present, force, fail_on_bad, wait_for, wait, dry_run)


def actions(done: Done) -> list[tuple[str, str]]:
    return [(entry["name"], entry["action"]) for entry in done.to_dict()["checks"]]


def status(reachable: str, *entries: tuple[bool, str], outages: t.Sequence[Json] = ()) -> Json:
    """entries: (success, time) newest first."""
    logs = [
        {
            "success": good,
            "time": when,
            "reason": "TCPConnect" if good else "TCPConnectError",
            "message": "m",
            "latency": "1ms",
        }
        for good, when in entries
    ]
    return {
        "conditions": [
            {
                "type": "Reachable",
                "status": reachable,
                "reason": "r",
                "message": f"it is {reachable}",
                "lastTransitionTime": entries[-1][1],
            }
        ],
        "successes": [entry for entry in logs if entry["success"]],
        "failures": [entry for entry in logs if not entry["success"]],
        "outages": list(outages),
    }


# -- present -------------------------------------------------------------------------------------------------------
def test_checks_are_made_once(cluster: FakeCluster, kube: Kube) -> None:
    items = [
        {"target_endpoint": "db.example.com:5432"},
        {"source_node": "node-2", "target_endpoint": "192.0.2.80:443", "tls": True},
        {"name": "mine", "source_pod": "source-1", "target_endpoint": "[2001:db8::1]:80"},
    ]
    done = wanted(kube, *items)
    assert actions(done) == [
        ("network-check-source-to-extra-db-example-com-5432", "created"),
        ("network-check-source-node-2-to-extra-192-0-2-80-443", "created"),
        ("mine", "created"),
    ]
    any_source, of_node, of_pod = (cluster.objects[f"{MINE}/{name}"] for name, unused_action in actions(done))
    assert any_source["spec"] == {"sourcePod": "source-1", "targetEndpoint": "db.example.com:5432"}
    assert any_source["metadata"]["annotations"] == {"podnet.diagnostics/follow-source": "true"}
    assert of_node["spec"]["sourcePod"] == "source-2"
    assert of_node["metadata"]["annotations"] == {
        "podnet.diagnostics/follow-source": "node-2",
        "podnet.diagnostics/source-node": "node-2",
        "podnet.diagnostics/tls": "true",
    }
    assert (
        of_pod["metadata"]["annotations"] == {}
        and of_pod["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "podnet.diagnostics"
    )
    cluster.api.requests.clear()
    again = wanted(kube, *items)
    assert not again.to_dict()["changed"] and {action for unused_name, action in actions(again)} == {"unchanged"}
    assert [request.path for request in cluster.api.requests].count(MINE) == 1
    assert {request.method for request in cluster.api.requests} == {"GET"}


def test_a_check_stays_with_a_source_that_lives(cluster: FakeCluster, kube: Kube) -> None:
    wanted(kube, {"name": "mine", "target_endpoint": "a:1"})
    cluster.objects[f"{MINE}/mine"]["spec"]["sourcePod"] = "source-2"  # which has adopted it meanwhile
    assert actions(wanted(kube, {"name": "mine", "target_endpoint": "a:1"})) == [("mine", "unchanged")]
    del cluster.objects[f"{HOME}/pods/source-2"]
    assert actions(wanted(kube, {"name": "mine", "target_endpoint": "a:1"})) == [("mine", "changed")]
    assert cluster.objects[f"{MINE}/mine"]["spec"]["sourcePod"] == "source-1"


def test_check_mode_writes_nothing(cluster: FakeCluster, kube: Kube) -> None:
    done = wanted(kube, {"name": "mine", "target_endpoint": "a:1"}, dry_run=True)
    assert actions(done) == [("mine", "created")] and cluster.written == [] and f"{MINE}/mine" not in cluster.objects
    assert cluster.api.requests[-1].first("dryRun") == "All"


def test_results_and_labels_of_others_stay(cluster: FakeCluster, kube: Kube) -> None:
    wanted(kube, {"name": "mine", "target_endpoint": "a:1"})
    found = cluster.objects[f"{MINE}/mine"]
    found["metadata"]["labels"]["team"] = "net"
    found["status"] = status("True", (True, "2026-01-31T12:00:00Z"))
    changed = wanted(kube, {"name": "mine", "target_endpoint": "b:1"})
    assert actions(changed) == [("mine", "changed")] and changed.changes[0].after is not None
    assert changed.changes[0].after["metadata"]["labels"]["team"] == "net" and "status" not in changed.changes[0].after
    assert all("status" not in (request.body or {}) for request in cluster.api.requests)


def test_two_endpoints_that_would_have_one_name(cluster: FakeCluster, kube: Kube) -> None:
    items = [{"target_endpoint": "a.b:80"}, {"target_endpoint": "a-b:80"}]
    names = [name for name, unused_action in actions(wanted(kube, *items))]
    assert (
        names[0] == "network-check-source-to-extra-a-b-80"
        and names[1].startswith(f"{names[0]}-")
        and len(names[1]) == len(names[0]) + 9
    )
    assert sorted(actions(wanted(kube, *reversed(items)))) == sorted((name, "unchanged") for name in names)


def test_a_long_name_is_cut() -> None:
    wish = read_wishes([{"target_endpoint": ".".join(["a" * 60] * 4) + ":80", "source_node": "n" * 60}])[0]
    assert len(generated_name(wish)) == 253


BAD: list[tuple[Json, str]] = [
    ({"target_endpoint": "fd00::1:80"}, "target_endpoint 'fd00::1:80' is not host:port"),
    ({}, "target_endpoint is missing"),
    ({"target_endpoint": "a:1", "name": "x" * 254}, "the name has 254 characters, and 253 are allowed"),
    ({"target_endpoint": "a:1", "name": "A b"}, "the name has to be lower-case"),
    ({"target_endpoint": "a:1", "namespace": "A"}, "namespace 'A' is not"),
    ({"target_endpoint": "a:1", "source_pod": "p", "source_node": "n"}, "exclude each other"),
    ({"target_endpoint": "a:1", "source_pod": "P!"}, "source_pod 'P!' is not"),
    ({"target_endpoint": "a:1", "source_node": "N!"}, "source_node 'N!' is not"),
    ({"target_endpoint": "a:1", "source_pod": "gone"}, f"namespace {NAMESPACE} has no pod gone"),
    (
        {"target_endpoint": "a:1", "source_node": "node-9"},
        f"no source runs on node node-9 in namespace {NAMESPACE}; there is one on node-1, node-2",
    ),
    ({"target_endpoint": "a:1", "namespace": "empty"}, "no source runs in namespace empty: deploy it"),
    ({"target_endpoint": "a:1", "tls_client_cert": "gone"}, f"namespace {NAMESPACE} has no Secret gone"),
    ({"target_endpoint": "a:1", "tls_client_cert": "A!"}, "tls_client_cert 'A!' is not"),
    ({"target_endpoint": "a:1", "name": "theirs"}, "was not made by this collection; force=true"),
    ({"target_endpoint": "a:1", "name": "of-the-source"}, "the source has made an object of this name"),
]


@pytest.mark.parametrize(("item", "problem"), BAD)
def test_a_bad_check_is_named_and_the_others_are_done_if_that_is_wanted(
    cluster: FakeCluster, kube: Kube, item: Json, problem: str
) -> None:
    cluster.put(f"{MINE}/theirs", {"metadata": {"labels": {}}, "spec": {}})
    cluster.put(
        f"{MINE}/of-the-source",
        {"metadata": {"labels": OURS, "annotations": {"podnet.diagnostics/target": "node/n"}}, "spec": {}},
    )
    good: Json = {"name": "good", "target_endpoint": "b:1"}
    failed = wanted(kube, item, good)
    assert (
        failed.failure.startswith("1 checks cannot be had, nothing was changed: checks[0]")
        and problem in failed.failure
    )
    assert cluster.written == [] and len(failed.failure) < 400
    done = wanted(kube, item, good, fail_on_bad=False)
    assert done.failure == "" and actions(done) == [("good", "created")]
    assert (
        problem in done.warnings[-1]
        and problem in done.to_dict()["bad"][0]["problem"]
        and done.to_dict()["bad"][0]["index"] == 0
    )


def test_the_same_name_twice(cluster: FakeCluster, kube: Kube) -> None:
    assert (
        "the name mine is that of checks[0] as well"
        in wanted(kube, {"name": "mine", "target_endpoint": "a:1"}, {"name": "mine", "target_endpoint": "b:1"}).failure
    )


def test_what_the_server_does_not_take_is_named(cluster: FakeCluster, kube: Kube) -> None:
    done = wanted(
        kube,
        {"name": "a", "namespace": "gone", "source_pod": "p", "target_endpoint": "a:1"},
        {"name": "b", "target_endpoint": "b:1"},
        fail_on_bad=False,
    )
    assert actions(done) == [("b", "created")] and len(done.bad) == 1
    cluster.denied.add(("patch", "podnetworkconnectivitychecks"))
    with pytest.raises(KubeError, match='cannot patch resource "podnetworkconnectivitychecks"'):
        wanted(kube, {"name": "c", "target_endpoint": "c:1"})


def test_what_may_not_be_looked_up_is_a_warning(cluster: FakeCluster, kube: Kube) -> None:
    cluster.denied |= {("get", "pods"), ("get", "secrets")}
    done = wanted(kube, {"name": "a", "source_pod": "source-1", "target_endpoint": "a:1", "tls_client_cert": "client"})
    assert actions(done) == [("a", "created")] and ["is not known" in warning for warning in done.warnings] == [
        True,
        True,
    ]
    assert cluster.objects[f"{MINE}/a"]["spec"]["tlsClientCert"] == {"name": "client"}
    assert cluster.objects[f"{MINE}/a"]["metadata"]["annotations"] == {"podnet.diagnostics/tls": "true"}


def test_a_secret_is_never_read(cluster: FakeCluster, kube: Kube) -> None:
    cluster.put(f"{HOME}/secrets/client", {"data": {"tls.key": "c2VjcmV0"}})
    wanted(
        kube,
        {"name": "a", "target_endpoint": "a:1", "tls_client_cert": "client"},
        {"name": "b", "target_endpoint": "b:1", "tls_client_cert": "client"},
    )
    asked = [request for request in cluster.api.requests if "/secrets/" in request.path]
    assert len(asked) == 1 and "PartialObjectMetadata" in asked[0].headers["accept"]


def test_a_pod_that_is_no_source_is_a_warning(cluster: FakeCluster, kube: Kube) -> None:
    cluster.put(f"{HOME}/pods/other", {"metadata": {"labels": {"app": "other"}}})
    assert (
        "will have no results"
        in wanted(kube, {"name": "a", "source_pod": "other", "target_endpoint": "a:1"}).warnings[0]
    )


def test_force_takes_what_others_have_made(cluster: FakeCluster, kube: Kube) -> None:
    cluster.put(f"{MINE}/theirs", {"spec": {"sourcePod": "x", "targetEndpoint": "x:1"}})
    assert actions(wanted(kube, {"name": "theirs", "target_endpoint": "a:1"}, force=True)) == [("theirs", "changed")]
    assert actions(wanted(kube, {"name": "theirs"}, present=False, force=True)) == [("theirs", "removed")]


def test_nothing_is_deployed(cluster: FakeCluster, kube: Kube) -> None:
    cluster.served = False
    with pytest.raises(KubeError, match="The cluster has no PodNetworkConnectivityCheck objects: deploy them"):
        wanted(kube, {"name": "a", "target_endpoint": "a:1"})


# -- absent --------------------------------------------------------------------------------------------------------
def test_checks_are_removed_once(cluster: FakeCluster, kube: Kube) -> None:
    items: list[Json] = [
        {"target_endpoint": "a.b:80"},
        {"target_endpoint": "a-b:80"},
        {"name": "mine", "target_endpoint": "c:1"},
    ]
    wanted(kube, *items)
    assert [action for unused_name, action in actions(wanted(kube, *items, present=False, dry_run=True))] == [
        "removed"
    ] * 3
    assert len(cluster.paths(MINE)) == 3
    done = wanted(kube, items[0], items[1], {"name": "mine"}, present=False)
    assert [action for unused_name, action in actions(done)] == ["removed"] * 3 and cluster.paths(MINE) == []
    assert not wanted(kube, *items, present=False).to_dict()["changed"]
    assert "it needs a name or a target_endpoint" in wanted(kube, {}, present=False).failure


def test_openshifts_own_checks_are_not_removed(cluster: FakeCluster, kube: Kube) -> None:
    path = f"{CHECKS}/namespaces/openshift-network-diagnostics/podnetworkconnectivitychecks/theirs"
    cluster.put(
        path,
        {"metadata": {"labels": {"networking.openshift.io/managedBy": "oc-connectivity-check-controller"}}, "spec": {}},
    )
    failed = wanted(kube, {"name": "theirs", "namespace": "openshift-network-diagnostics"}, present=False)
    assert "was not made by this collection" in failed.failure and path in cluster.objects


# -- waiting -------------------------------------------------------------------------------------------------------
def answering(cluster: FakeCluster, *states: Json) -> None:
    """One status after the other, with each list of the checks."""
    waiting = list(states)
    original = cluster._listed

    def listed(request: t.Any, match: t.Any) -> list[Json]:
        found = original(request, match)
        if request.path == MINE and found and waiting:
            found[0]["status"] = waiting.pop(0)
        return found

    cluster._listed = listed  # type: ignore[method-assign]


@pytest.mark.parametrize(
    ("state", "last"),
    [
        ("reachable", status("True", (True, "2026-01-31T12:00:00Z"))),
        ("unreachable", status("False", (False, "2026-01-31T12:00:00Z"))),
        ("result", status("False", (False, "2026-01-31T12:00:00Z"))),
        ("unknown", status("Unknown", (True, "2026-01-31T12:00:00Z"))),
    ],
)
def test_it_waits_for_a_state(cluster: FakeCluster, kube: Kube, state: str, last: Json) -> None:
    answering(cluster, {}, {}, last)
    done = wanted(kube, {"name": "a", "target_endpoint": "a:1"}, wait_for=state)
    assert done.failure == "" and done.to_dict()["checks"][0]["message"].startswith("it is")


def test_a_state_that_does_not_come_says_what_is_there_instead(cluster: FakeCluster, kube: Kube) -> None:
    answering(cluster, status("False", (False, "2026-01-31T12:00:00Z")))
    done = wanted(kube, {"name": "a", "target_endpoint": "a:1"}, wait_for="reachable", wait=0.05)
    assert done.failure == "Not reachable within 0.05 s: checks[0] (a): unreachable: it is False"
    assert done.to_dict()["changed"] is True


def test_a_result_about_something_else_does_not_count(cluster: FakeCluster, kube: Kube) -> None:
    wanted(kube, {"name": "a", "target_endpoint": "a:1"})
    cluster.objects[f"{MINE}/a"]["status"] = status("True", (True, "2026-01-31T12:00:00Z"))
    assert wanted(kube, {"name": "a", "target_endpoint": "a:1"}, wait_for="reachable", wait=0.05).failure == ""
    assert wanted(kube, {"name": "a", "target_endpoint": "b:1"}, wait_for="reachable", wait=0.05).failure != ""


def test_a_source_that_has_stopped_is_in_no_state(cluster: FakeCluster, kube: Kube) -> None:
    wanted(kube, {"name": "a", "target_endpoint": "a:1"})
    cluster.objects[f"{MINE}/a"]["status"] = status("True", (True, "2026-01-31T12:00:00Z"))
    lease(cluster, 1, age=600)
    assert (
        "stale: Source pod source-1 has not renewed its Lease"
        in wanted(kube, {"name": "a", "target_endpoint": "a:1"}, wait_for="result", wait=0.05).failure
    )
    cluster.denied.add(("list", "leases"))
    assert wanted(kube, {"name": "a", "target_endpoint": "a:1"}, wait_for="result", wait=0.05).failure == ""


# -- info ----------------------------------------------------------------------------------------------------------
NONE: Json = {
    "names": [],
    "source_pod": "",
    "source_node": "",
    "target": "",
    "node": "",
    "state": [],
    "since": "",
    "until": "",
}


def info(kube: Kube, namespaces: t.Sequence[str] = (NAMESPACE,), raw: bool = False, **given: t.Any) -> Json:
    answer = ask(kube, namespaces)
    return {**answer.to_dict(read_query({**NONE, **given}, answer.now), raw), "warnings": answer.warnings}


def ago(**delta: float) -> str:
    return (datetime.datetime.now(UTC) - datetime.timedelta(**delta)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def watched(cluster: FakeCluster) -> FakeCluster:
    """up from node-1 to node-2; down, flapping, from node-2; old from a source that is gone; and OpenShift's."""

    def put(name: str, pod: str, annotations: Json, what: Json) -> None:
        told = {f"podnet.diagnostics/{key}": value for key, value in annotations.items()}
        cluster.put(
            f"{MINE}/{name}",
            {
                "metadata": {"labels": OURS, "annotations": told},
                "spec": {"sourcePod": pod, "targetEndpoint": f"{name}:80"},
                "status": what,
            },
        )

    put("up", "source-1", {"source-node": "node-1", "target": "node/node-2"}, status("True", (True, ago(minutes=1))))
    down = status(
        "False",
        (False, ago(minutes=5)),
        outages=[
            {
                "start": ago(minutes=5),
                "end": None,
                "startLogs": [{"success": False, "time": ago(minutes=5), "message": "refused"}],
            },
            {"start": ago(hours=5), "end": ago(hours=4), "message": "Connectivity restored after 1h0m0s"},
        ],
    )
    down["conditions"].append({"type": "Flapping", "status": "True", "lastTransitionTime": None})
    put("down", "source-2", {"source-node": "node-2", "target": "node/node-1"}, down)
    put("old", "gone", {"follow-source": "true"}, status("True", (True, ago(days=1))))
    put("any", "source-1", {"follow-source": "true"}, status("True", (True, ago(minutes=1))))
    cluster.put(
        f"{CHECKS}/namespaces/openshift-network-diagnostics/podnetworkconnectivitychecks/network-check-source-n1-to-network-check-target-n2",
        {
            "spec": {"sourcePod": "s", "targetEndpoint": "10.0.0.1:8080"},
            "status": status("True", (True, ago(minutes=1))),
        },
    )
    return cluster


def names(found: Json) -> list[str]:
    return [check["name"] for check in found["checks"]]


def test_what_all_checks_say(watched: FakeCluster, kube: Kube) -> None:
    found = info(kube)
    assert [(check["name"], check["state"]) for check in found["checks"]] == [
        ("any", "reachable"),
        ("down", "unreachable"),
        ("old", "stale"),
        ("up", "reachable"),
    ]
    assert found["counts"] == {"reachable": 2, "unreachable": 1, "unknown": 0, "stale": 1, "flapping": 1}
    assert found["warnings"] == [] and found["objects"] == []
    pairs = {(pair["source_node"], pair["target_node"]): pair["state"] for pair in found["summary"]}
    assert pairs == {
        ("node-1", "node-2"): "reachable",
        ("node-2", "node-1"): "unreachable",
        ("node-1", ""): "reachable",
        ("", ""): "stale",
    }


def test_openshifts_objects_are_read_as_they_are(watched: FakeCluster, kube: Kube) -> None:
    found = info(kube, (), raw=True)
    assert len(found["checks"]) == 5
    theirs = next(check for check in found["checks"] if check["namespace"] == "openshift-network-diagnostics")
    assert (theirs["state"], theirs["source_node"], theirs["target_node"]) == ("reachable", "n1", "n2")
    assert (
        found["objects"][names(found).index(theirs["name"])]
        == watched.objects[next(iter(watched.paths("openshift-network")))]
    )
    assert {request.method for request in watched.api.requests} == {"GET"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"names": ["up", "old"]}, ["old", "up"]),
        ({"source_pod": "source-2"}, ["down"]),
        ({"source_node": "node-1"}, ["any", "up"]),
        ({"target": "node-2"}, ["up"]),
        ({"target": "node/node-2"}, ["up"]),
        ({"target": "down:80"}, ["down"]),
        ({"node": "node-1"}, ["any", "down", "up"]),
        ({"state": ["unreachable", "stale"]}, ["down", "old"]),
        ({"state": ["flapping"]}, ["down"]),
        ({"state": ["unknown"]}, []),
        ({"node": "node-1", "state": ["reachable"], "target": "node-2"}, ["up"]),
    ],
)
def test_some_of_them(watched: FakeCluster, kube: Kube, given: Json, expected: list[str]) -> None:
    assert names(info(kube, **given)) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, [None, 3600.0]),
        ({"since": "1h"}, [None]),
        ({"until": "1h"}, [3600.0]),
        ({"since": "3h30m", "until": "2h"}, []),
        ({"since": "4h30m"}, [None, 3600.0]),
    ],
)
def test_outages_of_a_time(watched: FakeCluster, kube: Kube, given: Json, expected: list[float | None]) -> None:
    outages = info(kube, **given)["outages"]
    assert [outage["seconds"] if outage["end"] else None for outage in outages] == expected
    if expected[:1] == [None]:
        assert (
            outages[0]["failure"] == "refused" and 299 <= outages[0]["seconds"] <= 305 and outages[0]["check"] == "down"
        )


def test_where_leases_may_not_be_read_age_is_all_there_is(watched: FakeCluster, kube: Kube) -> None:
    watched.denied.add(("list", "leases"))
    found = info(kube)
    assert [(check["name"], check["state"]) for check in found["checks"]] == [
        ("any", "reachable"),
        ("down", "unreachable"),
        ("old", "stale"),
        ("up", "reachable"),
    ]
    assert "judged by the age of results" in found["warnings"][0]


def test_nothing_to_read(cluster: FakeCluster, kube: Kube) -> None:
    assert info(kube)["checks"] == []
    cluster.served = False
    found = info(kube)
    assert found["checks"] == [] and "The cluster has no PodNetworkConnectivityCheck objects" in found["warnings"][0]


NOW = datetime.datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("", None),
        ("2h", NOW - datetime.timedelta(hours=2)),
        ("1d12h", NOW - datetime.timedelta(hours=36)),
        ("1.5m", NOW - datetime.timedelta(seconds=90)),
        ("1w", NOW - datetime.timedelta(days=7)),
        ("2026-01-30", datetime.datetime(2026, 1, 30, tzinfo=UTC)),
        ("2026-01-30T01:02:03Z", datetime.datetime(2026, 1, 30, 1, 2, 3, tzinfo=UTC)),
        ("2026-01-30T01:02:03+01:00", datetime.datetime(2026, 1, 30, 0, 2, 3, tzinfo=UTC)),
        ("2026-01-30 01:02:03", datetime.datetime(2026, 1, 30, 1, 2, 3, tzinfo=UTC)),
    ],
)
def test_moments(text: str, moment: datetime.datetime | None) -> None:
    assert parse_moment(text, NOW, "since") == moment


@pytest.mark.parametrize("text", ["yesterday", "2", "h", "-2h", "2026-13-01", "99999999999999w", "2 h"])
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(BadQuery, match=r"^since is "):
        parse_moment(text, NOW, "since")


def test_a_window_that_ends_before_it_begins() -> None:
    with pytest.raises(BadQuery, match="is later than until"):
        read_query({**NONE, "since": "1h", "until": "2h"}, NOW)
