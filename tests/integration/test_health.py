# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The health matrix on a real cluster of three nodes: what it says, and what it hands over; and a node that is
removed.
"""

from __future__ import annotations

import json
import pathlib
import re
import time
import typing as t

import pytest
from checks import PERIOD, Checks, Json, Run, condition, outages, playbook, reachable, rules, until
from conftest import NAME, Lab

NODES = ("node-1", "node-2", "node-3")


@pytest.fixture(scope="module")
def wide() -> t.Iterator[Lab]:
    """A lab of three nodes, beside the session's."""
    instance = Lab(f"{NAME}-wide")
    started = instance.lab("up", "--nodes", "3", check=False, timeout=2400)
    if started.returncode != 0:
        pytest.fail(f"the lab did not start:\n{started.stdout[-4000:]}\n{started.stderr[-4000:]}")
    try:
        yield instance
    finally:
        instance.lab("down", check=False)


@pytest.fixture(scope="module")
def watched(wide: Lab) -> Checks:
    """Checks are deployed, and every node's agent has looked at the others."""
    checks = Checks(wide)
    done = checks.deploy()
    assert done.status == 0, done.output
    for node in NODES:
        checks.await_reachable(f"network-check-target-{node}", "True", 90)
        checks.pod("network-check-target", node)
    return checks


def _health(lab: Lab, folder: pathlib.Path | None = None, **variables: t.Any) -> Run:
    values: Json = dict(variables)
    if folder is not None:
        values["health_report_dir"] = str(folder)
    return playbook(lab, "health", values)


def _document(folder: pathlib.Path) -> Json:
    return t.cast(Json, json.loads((folder / "health.json").read_text()))


def _loud(document: Json) -> list[str]:
    return [f"{one['id']}: {one['title']}" for one in document["findings"] if one["severity"] != "info"]


def test_healthy(wide: Lab, watched: Checks, tmp_path: pathlib.Path) -> None:
    run = _health(wide, tmp_path, health_probe=True, health_fail_on="unknown")
    assert run.status == 0, run.output
    assert re.search(r"Cluster health:\s+3/3 reachable", run.output), run.output
    document = _document(tmp_path)
    assert document["result"] == "healthy" and _loud(document) == []
    page = (tmp_path / "health.html").read_text()
    assert all(node in page for node in NODES) and "<script" not in page


def test_a_nodes_own_view_is_cilium_healths(wide: Lab, watched: Checks, tmp_path: pathlib.Path) -> None:
    run = _health(wide, tmp_path, health_probe=True, health_from="node-1", health_verbose=True)
    assert "node-1 (localhost)" in run.output, run.output
    assert re.search(r"Host connectivity to 192\.0\.2\.12:\s", run.output), run.output
    assert re.search(r"ICMP to stack:\s+OK, RTT=\S+(s|ms|µs)", run.output), run.output


def test_hosts_answer_and_pods_do_not(wide: Lab, watched: Checks, tmp_path: pathlib.Path) -> None:
    """The pattern of the seeds' case: FORWARD drops on one node; the pair is handed over, and the cause is named."""
    with rules(wide, "node-3", "filter FORWARD -d 10.244.0.0/16 -j DROP"):
        run = _health(wide, tmp_path, health_probe=True, health_fail_on="unhealthy")
        assert run.status != 0, run.output
        document = _document(tmp_path)
        assert document["result"] == "unhealthy"
        told = [finding for finding in document["findings"] if "node-3" in json.dumps(finding)]
        assert told and all(
            "node-2" not in (finding.get("nodes") or []) for finding in told if finding["severity"] != "info"
        ), run.output
        assert document["event"]["schema"] == "podnet.diagnostics/event/v1"
        handed = _health(
            wide,
            tmp_path / "again",
            health_probe=True,
            health_diagnose=True,
            diagnose_bundle_dir=str(tmp_path / "bundle"),
            node_agent_image="podnet.lab/agent:1",
        )
        findings = json.loads((tmp_path / "bundle" / "findings.json").read_text())
        assert findings["verdict"]["root_causes"] == ["netfilter-drop"], handed.output
        assert findings["verdict"]["location"]["node"] == "node-3", handed.output


def test_one_pair(wide: Lab, watched: Checks, tmp_path: pathlib.Path) -> None:
    pods = {node: watched.pod("network-check-target", node)["status"]["podIP"] for node in NODES}
    with rules(wide, "node-2", f"filter FORWARD -s {pods['node-1']}/32 -d {pods['node-2']}/32 -j DROP"):
        run = _health(wide, tmp_path, health_probe=True)
    document = _document(tmp_path)
    assert document["result"] == "unhealthy", run.output
    assert any(
        finding["id"].startswith("pair") and set(finding["nodes"]) == {"node-1", "node-2"}
        for finding in document["findings"]
    ), run.output
    assert not any(
        finding["id"].startswith("node") for finding in document["findings"] if finding["severity"] != "info"
    ), run.output


def test_last_result_has_its_age(wide: Lab, watched: Checks, tmp_path: pathlib.Path) -> None:
    until("all agents have a last result", lambda: _health(wide, tmp_path, health_fail_on="unknown").status == 0, 90, 2)
    assert _document(tmp_path)["result"] == "healthy"


def test_node_that_is_cut_off_is_listed_apart(wide: Lab, watched: Checks, tmp_path: pathlib.Path) -> None:
    """First it does not answer, then Kubernetes calls it NotReady: from then on it is no alarm."""
    with rules(wide, "node-3", "filter INPUT -i eth0 -j DROP", "filter OUTPUT -o eth0 -j DROP"):
        first = _health(wide, tmp_path / "first", health_probe=True)
        assert "node-3" in json.dumps(_document(tmp_path / "first")["findings"]), first.output
        until("node-3 is NotReady", lambda: "NotReady" in wide.kubectl("get", "node", "node-3", "--no-headers"), 90, 1)
        time.sleep(1)
        second = _health(wide, tmp_path / "second", health_probe=True, health_fail_on="unhealthy")
        assert second.status == 0, second.output
        assert "node-3" in second.output and "NotReady" in second.output
    until("node-3 is Ready", lambda: " Ready" in wide.kubectl("get", "node", "node-3", "--no-headers"), 90, 1)


def test_node_is_removed(wide: Lab, watched: Checks) -> None:
    """Its check stays with its history, says that nobody probes it any more, and the others go on."""
    name = "network-check-target-node-3"
    before = watched.await_reachable(name, "True", 120)
    wide.kubectl("delete", "node", "node-3")
    item = until(
        "the check pauses",
        lambda: next(iter([item for item in [watched.one(name)] if reachable(item) == "Unknown"]), None),
        120,
    )
    assert item["metadata"]["uid"] == before["metadata"]["uid"]
    assert len(item["status"]["successes"]) > 0
    assert condition(item, "Reachable")["reason"] in ("TargetPodMissing", "TargetRemoved"), item["status"]["conditions"]
    time.sleep(4 * PERIOD)
    later = watched.one(name)
    assert (later["status"].get("failures"), outages(later)) == (item["status"].get("failures"), outages(item)), (
        "no probe after that"
    )
    for node in NODES[:2]:
        assert reachable(watched.one(f"network-check-target-{node}")) == "True"
