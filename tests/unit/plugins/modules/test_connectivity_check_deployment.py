# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module connectivity_check_deployment as a task, against a small API server."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.ansible_commands import ansible
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.api_server import ApiServer, Json
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.fake_cluster import FakeCluster

pytest.importorskip("kubernetes")
CRD = (
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/"
    "podnetworkconnectivitychecks.controlplane.operator.openshift.io"
)


@pytest.fixture
def cluster() -> t.Iterator[FakeCluster]:
    """An empty cluster in which everything that is applied runs at once."""

    def run(path: str, found: Json) -> None:
        if path == CRD:
            found["status"] = {"conditions": [{"type": "Established", "status": "True"}]}
        if "/deployments/" in path:
            found["status"] = {"replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}
        if "/daemonsets/" in path:
            found["status"] = {"desiredNumberScheduled": 2, "updatedNumberScheduled": 2, "numberAvailable": 2}

    with ApiServer() as server:
        cluster = FakeCluster(server)
        cluster.on_apply = run
        yield cluster


def play(tmp_path: pathlib.Path, url: str, *tasks: Json, arguments: t.Sequence[str] = ()) -> tuple[list[Json], str]:
    """The results of these tasks, and what Ansible wrote."""
    registered = [
        {
            "podnet.diagnostics.connectivity_check_deployment": options,
            "register": f"result_{number}",
            "ignore_errors": True,
        }
        for number, options in enumerate(tasks)
    ]
    content = {"content": "{{ results | to_json }}", "dest": str(tmp_path / "results"), "mode": "0600"}
    (tmp_path / "play.yml").write_text(
        json.dumps(
            [
                {
                    "hosts": "localhost",
                    "gather_facts": False,
                    "tasks": [
                        *registered,
                        {
                            "ansible.builtin.copy": content,
                            "check_mode": False,
                            "diff": False,
                            "vars": {"results": [f"{{{{ result_{number} }}}}" for number in range(len(tasks))]},
                        },
                    ],
                }
            ]
        )
    )
    done = ansible(
        "playbook",
        str(tmp_path / "play.yml"),
        *arguments,
        home=tmp_path,
        K8S_AUTH_HOST=url,
        K8S_AUTH_API_KEY="secret-key",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr and "secret-key" not in done.stdout + done.stderr
    return t.cast(list[Json], json.loads((tmp_path / "results").read_text())), done.stdout


def test_deployed_twice_and_removed_twice(tmp_path: pathlib.Path, cluster: FakeCluster) -> None:
    first, second, third, fourth = play(
        tmp_path,
        cluster.api.url,
        {},
        {},
        {"state": "absent", "remove_crd": True},
        {"state": "absent", "remove_crd": True},
    )[0]
    assert [result["changed"] for result in (first, second, third, fourth)] == [True, False, True, False]
    assert [(entry["kind"], entry["ready"]) for entry in first["rollout"]] == [("Deployment", 1), ("DaemonSet", 2)]
    assert first["config"]["period"] == 60 and first["agent"].startswith("network-check-agent-")
    assert {"action": "created", "kind": "Namespace", "namespace": "", "name": "podnet-connectivity-checks"} in first[
        "changes"
    ]
    assert second["changes"] == fourth["changes"] == [] and cluster.paths() == ["/api/v1/namespaces/default"]


def test_check_mode_and_diff_mode(tmp_path: pathlib.Path, cluster: FakeCluster) -> None:
    results, _unused_output = play(tmp_path, cluster.api.url, {}, {"state": "absent"}, arguments=["--check"])
    assert [result["changed"] for result in results] == [True, False] and cluster.written == []
    play(tmp_path, cluster.api.url, {})
    cluster.written.clear()
    results, output = play(tmp_path, cluster.api.url, {"replicas": 2}, arguments=["--check", "--diff"])
    assert (
        results[0]["changed"]
        and [change["kind"] for change in results[0]["changes"]] == ["Deployment"]
        and cluster.written == []
    )
    assert (
        "-  replicas: 1" in output
        and "+  replicas: 2" in output
        and "managedFields" not in output
        and "resourceVersion" not in output
    )


def test_a_program_is_not_printed(tmp_path: pathlib.Path, cluster: FakeCluster) -> None:
    output = play(tmp_path, cluster.api.url, {}, arguments=["--check", "--diff"])[1]
    assert "agent.pyz: (" in output and " bytes, sha256 " in output and len(output) < 60000


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"image": "a b"}, "Cannot deploy: image 'a b' is not the name of an image"),
        ({"replicas": 0}, "replicas is 0; it must be a whole number from 1 to 100"),
        ({"stat": "present"}, "stat"),
        ({"mesh": {"intervall": 3}}, "intervall"),
    ],
)
def test_bad_options(tmp_path: pathlib.Path, cluster: FakeCluster, options: Json, problem: str) -> None:
    results, _unused_output = play(tmp_path, cluster.api.url, options)
    assert results[0]["failed"] and problem in results[0]["msg"] and cluster.api.requests == []


def test_pods_that_do_not_run_fail_the_task_and_say_why(tmp_path: pathlib.Path, cluster: FakeCluster) -> None:
    def quota(path: str, found: Json) -> None:
        healthy(path, found)
        if "/deployments/" in path:
            found["status"] = {
                "conditions": [{"type": "ReplicaFailure", "status": "True", "message": "exceeded quota: q"}]
            }

    healthy, cluster.on_apply = cluster.on_apply, quota
    brief = play(tmp_path, cluster.api.url, {"wait_timeout": 0.5})[0][0]
    assert brief["failed"] and "rollout" not in brief, "one sentence; all of it with -v"
    failed = play(tmp_path, cluster.api.url, {"wait_timeout": 0.5}, arguments=["-v"])[0][0]
    assert (
        failed["failed"]
        and failed["msg"]
        == "Deployed, but not everything runs in namespace podnet-connectivity-checks: "
        "Deployment network-check-source: Kubernetes does not make its pods: exceeded quota: q"
    )
    assert failed["rollout"][1]["complete"] is True
    unwaited = play(tmp_path, cluster.api.url, {"wait": False})[0][0]
    assert not unwaited["failed"] and unwaited["rollout"][0]["complete"] is False


def test_old_programs_go_when_the_rollout_is_complete(tmp_path: pathlib.Path, cluster: FakeCluster) -> None:
    play(tmp_path, cluster.api.url, {"period": 5})
    old = next(path for path in cluster.paths("network-check-config-"))
    healthy = cluster.on_apply
    cluster.on_apply = lambda path, found: found.update(status={})  # the new pods do not run yet
    assert not play(tmp_path, cluster.api.url, {"period": 6, "wait": False})[0][0]["failed"] and old in cluster.objects
    cluster.on_apply = healthy
    for path in cluster.paths("/deployments/") + cluster.paths("/daemonsets/"):
        healthy(path, cluster.objects[path])
    finished = play(tmp_path, cluster.api.url, {"period": 6})[0][0]
    assert (
        finished["changed"]
        and [change["action"] for change in finished["changes"]] == ["removed"]
        and old not in cluster.objects
    )


def test_what_is_missing_is_told(tmp_path: pathlib.Path, cluster: FakeCluster) -> None:
    cluster.denied.add(("create", "deployments"))
    failed = play(tmp_path, cluster.api.url, {})[0][0]
    assert failed["failed"] and failed["msg"].startswith(
        "Cannot deploy: the user may not create deployments.apps in namespace podnet-connectivity-checks"
    )
    assert cluster.written == []


def test_a_definition_that_is_kept_is_told(tmp_path: pathlib.Path, cluster: FakeCluster) -> None:
    play(tmp_path, cluster.api.url, {})
    cluster.objects[CRD]["metadata"]["labels"] = {}
    result = play(tmp_path, cluster.api.url, {"state": "absent", "remove_crd": True})[0][0]
    assert "is kept: it was not made by this collection" in result["notes"][0] and CRD in cluster.objects
