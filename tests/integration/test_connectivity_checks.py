# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Continuous checks on a real cluster: what their objects say while things are broken, and that nothing is lost."""

from __future__ import annotations

import base64
import datetime
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import typing as t

import pytest
from checks import KIND, PERIOD, Checks, Json, condition, frozen, outages, reachable, rules, server, task, until
from conftest import LAB, Lab

TARGETS = ("network-check-target-node-1", "network-check-target-node-2")
GENERATED = ("kubernetes-default-service-cluster-0", "network-check-target-service-cluster", *TARGETS)
OUTSIDE = "198.51.100.10"
SILENT = """
import socket, time
s = socket.create_server(("0.0.0.0", 7001), backlog=100); kept = []
print("ready", flush=True)
end = time.monotonic() + 300
while time.monotonic() < end: kept.append(s.accept())
"""
SLOW = """
import socket, threading, time
def drip(peer):
    try:
        for _ in range(60): peer.sendall(b"HTTP/1.1 200 OK\\r\\n"[:1]); time.sleep(0.5)
    except OSError: pass
s = socket.create_server(("0.0.0.0", 7002), backlog=100)
print("ready", flush=True)
end = time.monotonic() + 300
while time.monotonic() < end:
    peer, _ = s.accept(); threading.Thread(target=drip, args=(peer,), daemon=True).start()
"""
MANY = """
import socket, time
s = socket.create_server(("0.0.0.0", 7003), backlog=500)
print("ready", flush=True)
end = time.monotonic() + 300
while time.monotonic() < end: s.accept()[0].close()
"""


@pytest.fixture(scope="module")
def checks(lab: Lab) -> t.Iterator[Checks]:
    """Deployed once, with the source on node-1, and every generated check answered."""
    instance = Checks(lab)
    first = instance.deploy()
    assert first.status == 0, first.output
    assert first.changed > 0
    for end in GENERATED:
        instance.await_reachable(end, "True", 60)
    yield instance
    instance.remove(connectivity_checks_remove_crd=True)


def _time(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def _quiet(checks: Checks) -> None:
    """Everything is reachable, and nothing has an open outage."""

    def good() -> bool:
        items = [
            item for item in checks.items() if any(item["metadata"]["name"].endswith(f"-to-{end}") for end in GENERATED)
        ]
        return len(items) >= len(GENERATED) and all(reachable(item) == "True" for item in items)

    until("all generated checks are reachable", good, 90)


def test_deployed_twice_changes_nothing(checks: Checks) -> None:
    again = checks.deploy()
    assert (again.status, again.changed) == (0, 0), again.output
    dry = checks.deploy("--check", "--diff")
    assert (dry.status, dry.changed) == (0, 0), dry.output


def test_objects_are_as_openshift_has_them(checks: Checks) -> None:
    item = checks.one(TARGETS[1])
    assert item["apiVersion"] == "controlplane.operator.openshift.io/v1alpha1"
    assert item["metadata"]["name"] == f"network-check-source-node-1-to-{TARGETS[1]}"
    pod = checks.pod("network-check-target", "node-2")
    assert item["spec"]["targetEndpoint"] == f"{pod['status']['podIP']}:8080"
    assert item["spec"]["sourcePod"] == checks.pod("network-check-source", "node-1")["metadata"]["name"]
    newest = item["status"]["successes"][0]
    assert newest["success"] is True and newest["reason"] == "TCPConnect"
    assert newest["message"] == f"{TARGETS[1]}: tcp connection to {item['spec']['targetEndpoint']} succeeded"
    assert condition(item, "Reachable")["reason"] == "TCPConnectSuccess"
    service = checks.one("network-check-target-service-cluster")
    assert {entry["reason"] for entry in service["status"]["successes"]} == {"DNSResolve", "TCPConnect"}
    table = checks.kubectl("get", KIND)
    assert "TARGET ENDPOINT" in table.splitlines()[0] and "REACHABLE" in table.splitlines()[0]


def test_source_may_do_little(checks: Checks) -> None:
    """The rights of its service account, asked of the API server."""
    user = f"--as=system:serviceaccount:{checks.namespace}:network-check-source"
    for verb, what in (
        ("list", "nodes"),
        ("get", "secrets"),
        ("create", "pods"),
        ("create", "pods/exec"),
        ("delete", "pods"),
    ):
        done = checks.lab.run("kubectl", "auth", "can-i", verb, what, user, "-n", checks.namespace, check=False)
        assert done.stdout.strip() == "no", (verb, what)
    target = f"--as=system:serviceaccount:{checks.namespace}:network-check-target"
    assert (
        checks.lab.run(
            "kubectl", "auth", "can-i", "get", "pods", target, "-n", checks.namespace, check=False
        ).stdout.strip()
        == "no"
    )


def test_target_pod_is_replaced_without_an_outage(checks: Checks) -> None:
    _quiet(checks)
    before = checks.one(TARGETS[1])
    old = checks.pod("network-check-target", "node-2")["metadata"]["name"]
    checks.kubectl("delete", "pod", old, "--wait=true")
    new = checks.pod("network-check-target", "node-2")
    after = until(
        "the check follows the new pod",
        lambda: next(
            iter(
                [
                    item
                    for item in [checks.one(TARGETS[1])]
                    if item["spec"]["targetEndpoint"] == f"{new['status']['podIP']}:8080"
                    and reachable(item) == "True"
                    and new["status"]["podIP"] in item["status"]["conditions"][0]["message"]
                ]
            ),
            None,
        ),
        30,
    )
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert outages(after) == outages(before)
    assert len(after["status"]["successes"]) >= len(before["status"]["successes"]) - 1


def test_target_that_stops_listening(checks: Checks) -> None:
    """Its node, its pod and its address stay: that is an outage, named as the original names it."""
    _quiet(checks)
    before = len(outages(checks.one(TARGETS[1])))
    address = checks.pod("network-check-target", "node-2")["status"]["podIP"]
    rule = f"filter FORWARD -d {address}/32 -p tcp --dport 8080 -j REJECT --reject-with tcp-reset"
    with rules(checks.lab, "node-2", rule):
        item = checks.await_reachable(TARGETS[1], "False", 20)
        assert len(outages(item)) == before + 1
        outage = outages(item)[0]
        assert outage["end"] is None and outage["message"].startswith("Connectivity outage detected at ")
        failure = outage["startLogs"][0]
        assert failure["reason"] == "TCPConnectError"
        assert failure["message"] == (
            f"{TARGETS[1]}: failed to establish a TCP connection to {address}:8080: "
            f"dial tcp {address}:8080: connect: connection refused"
        )
        assert condition(item, "Reachable")["message"] == item["status"]["failures"][0]["message"]
        assert reachable(checks.one(TARGETS[0])) == "True"
    item = checks.await_reachable(TARGETS[1], "True", 20)
    assert outages(item)[0]["message"].startswith("Connectivity restored after ")
    assert _time(outages(item)[0]["end"]) > _time(outages(item)[0]["start"])
    assert any(TARGETS[1] in event["message"] for event in checks.events("ConnectivityOutageDetected"))
    assert any(TARGETS[1] in event["message"] for event in checks.events("ConnectivityRestored"))


@pytest.mark.parametrize(
    "ways", [("OUTPUT", "INPUT"), ("INPUT",), ("OUTPUT",)], ids=["both ways", "towards it", "from it"]
)
def test_node_is_cut_off(checks: Checks, ways: t.Sequence[str]) -> None:
    _quiet(checks)
    before = len(outages(checks.one(TARGETS[1])))
    with rules(checks.lab, "node-2", *(f"filter {way} -p udp --dport 8472 -j DROP" for way in ways)):
        item = checks.await_reachable(TARGETS[1], "False", 25)
        assert len(outages(item)) == before + 1
        assert "i/o timeout" in item["status"]["failures"][0]["message"]
        assert reachable(checks.one(TARGETS[0])) == "True", "the source itself is fine"
    item = checks.await_reachable(TARGETS[1], "True", 25)
    assert outages(item)[0]["end"] is not None


def test_api_server_is_away_while_a_target_fails_and_returns(checks: Checks) -> None:
    """Two minutes; what happened meanwhile is complete afterwards, with both events."""
    _quiet(checks)
    before = len(outages(checks.one(TARGETS[1])))
    seen = {reason: len(checks.events(reason)) for reason in ("ConnectivityOutageDetected", "ConnectivityRestored")}
    address = checks.pod("network-check-target", "node-2")["status"]["podIP"]
    began = time.monotonic()
    with frozen(checks.lab, "controller", "kube-apiserver"):
        time.sleep(10)
        with rules(checks.lab, "node-2", f"filter FORWARD -d {address}/32 -p tcp --dport 8080 -j DROP"):
            time.sleep(50)
        time.sleep(max(0.0, 120 - (time.monotonic() - began)))
    until(
        "the API server answers",
        lambda: checks.lab.run("kubectl", "get", "--raw", "/readyz", check=False).returncode == 0,
        60,
    )
    item = until(
        "the outage is written",
        lambda: next(
            iter(
                [
                    item
                    for item in [checks.one(TARGETS[1])]
                    if len(outages(item)) == before + 1 and reachable(item) == "True"
                ]
            ),
            None,
        ),
        60,
    )
    outage = outages(item)[0]
    length = (_time(outage["end"]) - _time(outage["start"])).total_seconds()
    assert 40 <= length <= 75, outage
    for reason, number in seen.items():
        until(f"the event {reason} is written", lambda: len(checks.events(reason)) > number, 30)  # noqa: B023
    until(
        "all nodes are ready again",
        lambda: checks.lab.kubectl("get", "nodes", "--no-headers").count(" Ready ") == 2,
        60,
    )


def test_source_pod_is_deleted_in_an_outage(checks: Checks) -> None:
    """One outage from its beginning to its end, told by two pods."""
    _quiet(checks)
    before = checks.one(TARGETS[1])
    with rules(checks.lab, "node-2", "filter INPUT -p udp --dport 8472 -j DROP"):
        broken = checks.await_reachable(TARGETS[1], "False", 25)
        old = broken["spec"]["sourcePod"]
        checks.kubectl("delete", "pod", old, "--wait=true")
        new = checks.pod("network-check-source", "node-1")["metadata"]["name"]
        until("the checks follow the new source", lambda: checks.one(TARGETS[1])["spec"]["sourcePod"] == new, 30)
        time.sleep(3 * PERIOD)
        assert outages(checks.one(TARGETS[1]))[0]["end"] is None
    item = checks.await_reachable(TARGETS[1], "True", 25)
    assert item["metadata"]["uid"] == before["metadata"]["uid"]
    assert len(outages(item)) == len(outages(before)) + 1
    assert outages(item)[0]["start"] == outages(broken)[0]["start"]
    until(
        "the old pod's lease is gone",
        lambda: old not in [entry["metadata"]["name"] for entry in checks.items("leases")],
        60,
    )


def test_upgrade_keeps_the_history(checks: Checks) -> None:
    """Another configuration rolls out source and targets; no outage comes of it."""
    _quiet(checks)
    before = {item["metadata"]["name"]: item for item in checks.items()}
    done = checks.deploy(connectivity_checks_write_interval=12)
    assert done.status == 0 and done.changed > 0, done.output
    _quiet(checks)
    time.sleep(3 * PERIOD)
    for name, item in ((item["metadata"]["name"], item) for item in checks.items()):
        old = before[name]
        assert item["metadata"]["uid"] == old["metadata"]["uid"]
        assert outages(item) == outages(old), name
    assert len(checks.items("configmaps", "-l", "app.kubernetes.io/part-of=podnet.diagnostics")) == 3, (
        "old ones are removed"
    )
    back = checks.deploy()
    assert back.status == 0, back.output


# -- hostile targets, and checks that users make -------------------------------------------------------------------
@pytest.fixture
def made(checks: Checks) -> t.Iterator[t.Callable[..., Json]]:
    """Makes checks by the module; they are removed after the test."""
    names: list[str] = []

    def make(*wanted: Json, **options: t.Any) -> Json:
        names.extend(item["name"] for item in wanted)
        return task(checks.lab, "connectivity_check", namespace=checks.namespace, checks=list(wanted), **options)

    yield make
    if names:
        task(
            checks.lab,
            "connectivity_check",
            namespace=checks.namespace,
            state="absent",
            checks=[{"name": name} for name in names],
        )


def _named(checks: Checks, name: str) -> Json:
    return t.cast(Json, json.loads(checks.kubectl("get", KIND, name, "-o", "json")))


def test_hostile_targets_harm_nobody(checks: Checks, made: t.Callable[..., Json]) -> None:
    """A silent peer, one that drips bytes, 200 checks of one address, and endpoints that are none."""
    _quiet(checks)
    many = [{"name": f"many-{number}", "target_endpoint": f"{OUTSIDE}:7003"} for number in range(200)]
    with (
        server(checks.lab, "outside", SILENT),
        server(checks.lab, "outside", SLOW),
        server(checks.lab, "outside", MANY),
    ):
        result = made(
            {"name": "silent", "target_endpoint": f"{OUTSIDE}:7001"},
            {"name": "silent-tls", "target_endpoint": f"{OUTSIDE}:7001", "tls": True},
            {"name": "no-secret", "target_endpoint": f"{OUTSIDE}:7003", "tls_client_cert": "no-such-secret"},
            {"name": "refusing", "target_endpoint": f"{OUTSIDE}:7009"},
            {"name": "slow", "target_endpoint": f"{OUTSIDE}:7002"},
            *many,
        )
        assert result["failed"] and "no-such-secret" in result["msg"], result
        result = made(
            {"name": "silent", "target_endpoint": f"{OUTSIDE}:7001"},
            {"name": "silent-tls", "target_endpoint": f"{OUTSIDE}:7001", "tls": True},
            {"name": "refusing", "target_endpoint": f"{OUTSIDE}:7009"},
            {"name": "slow", "target_endpoint": f"{OUTSIDE}:7002"},
            *many,
        )
        assert not result["failed"], result
        until(
            "all 200 are reachable",
            lambda: (
                sum(
                    reachable(item) == "True" for item in checks.items() if item["metadata"]["name"].startswith("many-")
                )
                == 200
            ),
            60,
        )
        assert reachable(_named(checks, "silent")) == "True", "a TCP connection is all that is asked for"
        assert reachable(_named(checks, "slow")) == "True"
        until("a peer that speaks no TLS is False", lambda: reachable(_named(checks, "silent-tls")) == "False", 20)
        assert _named(checks, "silent-tls")["status"]["failures"][0]["reason"] == "TLSError"
        until("a refused one is False", lambda: reachable(_named(checks, "refusing")) == "False", 20)
    _quiet(checks)


@pytest.mark.parametrize("endpoint", ["fd00::1:80", "https://x:443", "node:99999"])
def test_endpoint_that_cannot_be_dialled(checks: Checks, endpoint: str) -> None:
    """The CRD's pattern lets it pass; it is never called reachable."""
    pod = checks.pod("network-check-source", "node-1")["metadata"]["name"]
    item = {
        "apiVersion": "controlplane.operator.openshift.io/v1alpha1",
        "kind": "PodNetworkConnectivityCheck",
        "metadata": {"name": "by-hand", "namespace": checks.namespace},
        "spec": {"sourcePod": pod, "targetEndpoint": endpoint},
    }
    path = pathlib.Path(f"/tmp/podnet-check-{checks.lab.environment['PODNET_LAB_NAME']}.json")
    path.write_text(json.dumps(item))
    try:
        checks.kubectl("apply", "-f", str(path))
        found = until(
            "it is unreachable",
            lambda: next(iter([item for item in [_named(checks, "by-hand")] if reachable(item) == "False"]), None),
            20,
        )
        failure = found["status"]["failures"][0]
        assert failure["time"] and failure["message"], failure
        assert outages(found)[0]["end"] is None
    finally:
        path.unlink()
        checks.kubectl("delete", KIND, "by-hand", "--ignore-not-found")


def test_bad_checks_are_named_and_the_others_are_made(checks: Checks, made: t.Callable[..., Json]) -> None:
    result = made(
        {"name": "good", "target_endpoint": f"{OUTSIDE}:53"},
        {"name": "bad", "target_endpoint": "no port"},
        {"name": "x" * 260, "target_endpoint": "a:1"},
    )
    assert result["failed"] is True
    assert "bad" in result["msg"] and "Traceback" not in result["msg"], result["msg"]
    wrong = made({"name": "good", "target_endpoint": f"{OUTSIDE}:53", "source_pod": "no-such-pod"})
    assert "no-such-pod" in wrong["msg"], wrong


def test_reader_knows_a_dead_source(checks: Checks) -> None:
    """Its objects still say True; ours say stale."""
    _quiet(checks)
    checks.kubectl("scale", "deployment/network-check-source", "--replicas=0")
    try:
        until("the source is gone", lambda: checks.items("pods", "-l", "app=network-check-source") == [], 60)
        assert reachable(checks.one(TARGETS[1])) == "True"
        result = task(checks.lab, "connectivity_check_info", namespaces=[checks.namespace])
        states = {entry["name"]: entry["state"] for entry in result["checks"]}
        assert states[f"network-check-source-node-1-to-{TARGETS[1]}"] == "stale", states
    finally:
        checks.kubectl("scale", "deployment/network-check-source", "--replicas=1")
    _quiet(checks)


def test_outages_in_a_window(checks: Checks) -> None:
    result = task(checks.lab, "connectivity_check_info", namespaces=[checks.namespace], node="node-2", since="1h")
    assert result["outages"], result
    none = task(
        checks.lab,
        "connectivity_check_info",
        namespaces=[checks.namespace],
        since="2001-01-01T00:00:00Z",
        until="2001-01-02T00:00:00Z",
    )
    assert none["outages"] == []


# -- a clock that is set -----------------------------------------------------------------------------------------------
LISTENER = """
import socket, time
s = socket.create_server(("127.0.0.1", 7201), backlog=100)
print("ready", flush=True)
end = time.monotonic() + 120
while time.monotonic() < end: s.accept()[0].close()
"""


@pytest.fixture
def clock(checks: Checks, tmp_path: pathlib.Path) -> t.Iterator[pathlib.Path]:
    """A source outside of any pod, for one check of this namespace; writing `+SECONDS` to the file sets its wall clock,
    not the monotonic one.
    """
    found = sorted(pathlib.Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    if not found:
        pytest.skip("the Debian package libfaketime is not installed")
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._application import build_application

    agent, config, setting = (tmp_path / name for name in ("agent.pyz", "config.json", "clock"))
    agent.write_bytes(build_application().data)
    setting.write_text("+0\n")
    config.write_text(
        json.dumps(
            {
                "period": 1,
                "timeout": 1,
                "write_interval": 5,
                "lease_interval": 30,
                "max_in_flight": 10,
                "prune_after": 8,
                "targets": {
                    "kubernetes": False,
                    "openshift": False,
                    "target_service": False,
                    "target_endpoints": False,
                    "load_balancers": [],
                    "extra": [],
                },
                "mesh": {
                    "enabled": False,
                    "interval": 60,
                    "all_pairs_up_to": 30,
                    "partners": 10,
                    "host_scheme": "https",
                    "host_port": 10250,
                    "timeout": 5,
                },
            }
        )
    )
    kubeconfig = json.loads(
        pathlib.Path(json.loads(checks.lab.lab("status", "--json").stdout)["kubeconfig"]).read_text()
    )
    cluster, user = kubeconfig["clusters"][0]["cluster"], kubeconfig["users"][0]["user"]
    for name, value in (
        ("ca", cluster["certificate-authority-data"]),
        ("cert", user["client-certificate-data"]),
        ("key", user["client-key-data"]),
    ):
        (tmp_path / name).write_bytes(base64.b64decode(value))
    checks.lab.kubectl("create", "namespace", "podnet-clock")
    variables = {
        "LD_PRELOAD": str(found[0]),
        "FAKETIME_TIMESTAMP_FILE": str(setting),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "PODNET_CONFIG": str(config),
        "PODNET_API_URL": cluster["server"],
        "PODNET_API_CA_FILE": str(tmp_path / "ca"),
        "PODNET_API_CERT_FILE": str(tmp_path / "cert"),
        "PODNET_API_KEY_FILE": str(tmp_path / "key"),
        "POD_NAME": "clocked",
        "POD_NAMESPACE": "podnet-clock",
        "POD_UID": "clocked",
        "NODE_NAME": "nowhere",
        "POD_IP": "127.0.0.1",
        "HOST_IP": "127.0.0.1",
    }
    process = subprocess.Popen(
        [
            str(LAB),
            "run",
            "--",
            "env",
            *(f"{name}={value}" for name, value in variables.items()),
            sys.executable,
            str(agent),
            "source",
        ],
        env=checks.lab.environment,
        stdin=subprocess.DEVNULL,
        stderr=(tmp_path / "log").open("w"),
        start_new_session=True,
    )
    try:
        yield setting
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)
        checks.lab.kubectl("delete", "namespace", "podnet-clock")


def test_clock_is_set_forth_and_back(checks: Checks, clock: pathlib.Path) -> None:
    """An outage begins an hour ahead and ends when the clock was set back; another one begins after that."""
    watched = Checks(checks.lab, "podnet-clock")
    item = {
        "apiVersion": "controlplane.operator.openshift.io/v1alpha1",
        "kind": "PodNetworkConnectivityCheck",
        "metadata": {"name": "by-hand", "namespace": "podnet-clock"},
        "spec": {"sourcePod": "clocked", "targetEndpoint": "127.0.0.1:7201"},
    }
    path = clock.parent / "check.json"
    path.write_text(json.dumps(item))

    def become(status: str) -> Json:
        return t.cast(
            Json,
            until(
                f"it is {status}",
                lambda: next(iter([item for item in [_named(watched, "by-hand")] if reachable(item) == status]), None),
                15,
            ),
        )

    with server(checks.lab, "operator", LISTENER):
        watched.kubectl("apply", "-f", str(path))
        become("True")
        clock.write_text("+3600\n")
        time.sleep(3)
    ahead = become("False")
    start = _time(outages(ahead)[0]["start"])
    assert start > datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=50)
    clock.write_text("+0\n")
    time.sleep(3)
    with server(checks.lab, "operator", LISTENER):
        back = become("True")
        length = (_time(outages(back)[0]["end"]) - _time(outages(back)[0]["start"])).total_seconds()
        assert 0 <= length < 60, outages(back)
    again = become("False")
    assert len(outages(again)) == 2 and outages(again)[0]["end"] is None
    assert again["status"]["failures"][0]["message"] == condition(again, "Reachable")["message"]


def test_only_what_is_ours_unwanted_and_quiet_is_pruned(checks: Checks, clock: pathlib.Path) -> None:
    """After eight seconds instead of 48 hours. The source's own clock, an hour ahead, does not count."""
    clock.write_text("+3600\n")
    watched = Checks(checks.lab, "podnet-clock")
    ours = {
        "labels": {"app.kubernetes.io/managed-by": "podnet.diagnostics"},
        "annotations": {"podnet.diagnostics/source-node": "nowhere", "podnet.diagnostics/target": "node/gone"},
    }

    def make(name: str, source: str, metadata: Json) -> None:
        item = {
            "apiVersion": "controlplane.operator.openshift.io/v1alpha1",
            "kind": "PodNetworkConnectivityCheck",
            "metadata": {"name": name, "namespace": "podnet-clock", **metadata},
            "spec": {"sourcePod": source, "targetEndpoint": "127.0.0.1:7201"},
        }
        path = clock.parent / f"{name}.json"
        path.write_text(json.dumps(item))
        watched.kubectl("apply", "-f", str(path))

    def names() -> set[str]:
        return {item["metadata"]["name"] for item in watched.items()}

    make("by-hand", "somebody", {})
    make("in-use", "clocked", {})
    make("outlived", "gone", ours)
    begun = time.monotonic()
    until("the outlived one is pruned", lambda: names() == {"by-hand", "in-use"}, 40)
    assert time.monotonic() - begun > 6
    time.sleep(5)
    assert names() == {"by-hand", "in-use"}


# -- at the end, because they end it --------------------------------------------------------------------------------
def test_nothing_is_left(checks: Checks) -> None:
    done = checks.remove()
    assert done.status == 0 and done.changed > 0, done.output
    for kind in ("namespace", "clusterrole", "clusterrolebinding", "role -A", "rolebinding -A"):
        words = kind.split()
        left = checks.lab.kubectl("get", *words, "-o", "name")
        assert checks.namespace not in left and "network-check" not in left, left
    assert KIND in checks.lab.kubectl("get", "crd", "-o", "name"), "kept unless asked"
    again = checks.remove()
    assert (again.status, again.changed) == (0, 0), again.output
    last = checks.remove(connectivity_checks_remove_crd=True)
    assert last.status == 0 and last.changed == 1, last.output
    assert KIND not in checks.lab.kubectl("get", "crd", "-o", "name")


def test_image_that_cannot_be_had_is_named(checks: Checks) -> None:
    try:
        done = checks.deploy(
            connectivity_checks_image="podnet.lab/none:1",
            connectivity_checks_image_pull_policy="Never",
            connectivity_checks_wait_timeout=15,
        )
        assert done.status != 0
        assert "Traceback" not in done.output, done.output
        fatal = [line for line in done.output.splitlines() if line.startswith("fatal:")]
        assert len(fatal) == 1 and len(fatal[0]) < 700, done.output
        assert fatal[0].count("podnet.lab/none:1") == 1, "the cause is said once"
    finally:
        assert checks.remove().status == 0


def test_crd_of_another_version_is_refused(checks: Checks) -> None:
    """And nothing is made."""
    checks.remove(connectivity_checks_remove_crd=True)
    group, plural = KIND.partition(".")[2], KIND.partition(".")[0]
    path = pathlib.Path(f"/tmp/podnet-crd-{checks.lab.environment['PODNET_LAB_NAME']}.json")
    path.write_text(
        json.dumps(
            {
                "apiVersion": "apiextensions.k8s.io/v1",
                "kind": "CustomResourceDefinition",
                "metadata": {"name": KIND},
                "spec": {
                    "group": group,
                    "scope": "Namespaced",
                    "names": {"plural": plural, "kind": "PodNetworkConnectivityCheck"},
                    "versions": [
                        {
                            "name": "v1",
                            "served": True,
                            "storage": True,
                            "schema": {
                                "openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
                            },
                        }
                    ],
                },
            }
        )
    )
    try:
        checks.lab.kubectl("apply", "-f", str(path))
        until(
            "the CRD is served", lambda: checks.lab.run("kubectl", "get", KIND, "-A", check=False).returncode == 0, 20
        )
        done = checks.deploy()
        assert done.status != 0
        assert "v1alpha1" in done.output and "Traceback" not in done.output, done.output
        assert checks.namespace not in checks.lab.kubectl("get", "namespaces", "-o", "name")
    finally:
        path.unlink()
        checks.lab.kubectl("delete", "crd", KIND)


def test_least_rights_are_enough(checks: Checks, tmp_path: pathlib.Path) -> None:
    """Those of docs/rbac-connectivity-checks.yaml, by a token; without them everything that is missing is named."""
    manifest = LAB.parents[2] / "docs" / "rbac-connectivity-checks.yaml"
    config = tmp_path / "config"
    config.write_text(pathlib.Path(json.loads(checks.lab.lab("status", "--json").stdout)["kubeconfig"]).read_text())
    config.chmod(0o600)
    checks.lab.kubectl("apply", "-f", str(manifest))
    try:
        token = checks.kubectl("create", "token", "podnet-deployer").strip()
        for arguments in (
            ("set-credentials", "least", f"--token={token}"),
            ("set-context", "--current", "--user=least"),
        ):
            checks.lab.run("kubectl", "--kubeconfig", str(config), "config", *arguments)
        done = checks.deploy(podnet_kubeconfig=str(config))
        assert done.status == 0 and done.changed > 0, done.output
        again = checks.deploy(podnet_kubeconfig=str(config))
        assert (again.status, again.changed) == (0, 0), again.output
        checks.kubectl("delete", "clusterrolebinding/podnet-deployer", "rolebinding/podnet-deployer")
        refused = checks.deploy(podnet_kubeconfig=str(config), connectivity_checks_period=3)
        assert (
            refused.status != 0
            and "the user may not get namespaces" in refused.output
            and "Traceback" not in refused.output
        ), refused.output
        assert token not in done.output + refused.output
    finally:
        checks.remove(connectivity_checks_remove_crd=True)
        checks.lab.run("kubectl", "delete", "-f", str(manifest), "--ignore-not-found", check=False)
