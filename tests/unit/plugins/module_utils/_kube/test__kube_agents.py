# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an agent is made of, its names, and what its Job and pod say about it."""

from __future__ import annotations

import pathlib
import re
import subprocess
import time
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube import _agents
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._agents import AgentOptions
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError

DNS_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
LONG = "ip-10-0-0-1." + "a-very-long-part-of-a-name." * 8 + "internal"
NODES = ["node-1", "node-1.example", "node-1-example", LONG, LONG + "2", "-", "Ä"]


@pytest.mark.parametrize("node", NODES)
def test_a_job_name_is_valid_for_every_node(node: str) -> None:
    name = _agents.job_name("run-0123456789ab", node)
    assert DNS_LABEL.fullmatch(name) and len(name) <= 63 and "run-0123456789ab" in name


def test_no_two_nodes_and_no_two_runs_share_a_job() -> None:
    names = {_agents.job_name(run, node) for run in ("a", "a-node", "b") for node in NODES}
    assert len(names) == 3 * len(NODES)


@pytest.mark.parametrize("node", NODES)
def test_a_label_value_is_valid_for_every_node(node: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?", _agents.label_value(node))
    assert _agents.label_value("node-1") == "node-1"


@pytest.mark.parametrize("run_id", ["", "A", "a b", "-a", "a-", "a" * 17, "$(date)", "a\n", "ä"])
def test_run_ids_that_no_object_can_be_named_by(run_id: str) -> None:
    with pytest.raises(KubeError, match="run id") as caught:
        _agents.check_run_id(run_id)
    assert repr(run_id) in str(caught.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"namespace": "a/b"},
        {"namespace": "A"},
        {"image": ""},
        {"image": "a b"},
        {"deadline": 0},
        {"ttl": -1},
        {"run_id": "A"},
    ],
)
def test_options_that_no_job_can_be_made_of(wrong: dict[str, t.Any]) -> None:
    with pytest.raises(KubeError) as caught:
        AgentOptions(**{"run_id": "r1", **wrong}).check()
    assert caught.value.kind == "config"


def test_an_agent_shares_the_nodes_namespaces_and_pushes_nothing_off_it() -> None:
    job = _agents.job_manifest("node-1", AgentOptions("r1", image="i", image_pull_secrets=("s",), deadline=100, ttl=7))
    pod = job["spec"]["template"]["spec"]
    assert (pod["nodeName"], pod["hostNetwork"], pod["hostPID"]) == ("node-1", True, True)
    assert pod["tolerations"] == [{"operator": "Exists"}]
    assert "priorityClassName" not in pod and "resources" not in pod["containers"][0]
    assert pod["automountServiceAccountToken"] is False and pod["enableServiceLinks"] is False
    assert pod["imagePullSecrets"] == [{"name": "s"}]
    container = pod["containers"][0]
    assert container["securityContext"]["privileged"] is True
    host = next(mount for mount in container["volumeMounts"] if mount["mountPath"] == "/host")
    assert host["readOnly"] is True and host["mountPropagation"] == "HostToContainer"
    assert container["env"] == [{"name": "PODNET_HOST_ROOT", "value": "/host"}]


def test_an_agent_ends_by_itself() -> None:
    spec = _agents.job_manifest("node-1", AgentOptions("r1", deadline=100, ttl=7))["spec"]
    assert (spec["activeDeadlineSeconds"], spec["ttlSecondsAfterFinished"], spec["backoffLimit"]) == (100, 7, 0)
    assert spec["template"]["spec"]["restartPolicy"] == "Never"


def _life(tmp_path: pathlib.Path, deadline: int, lease: int) -> subprocess.Popen[bytes]:
    """The command of an agent, with its lease in another directory."""
    options = AgentOptions("r1", deadline=deadline, lease=lease)
    spec = _agents.job_manifest("node-1", options)["spec"]["template"]["spec"]
    command = [word.replace(_agents.LEASE_DIRECTORY, str(tmp_path)) for word in spec["containers"][0]["command"]]
    return subprocess.Popen(command)


def test_the_command_of_an_agent_ends_at_its_deadline(tmp_path: pathlib.Path) -> None:
    with _life(tmp_path, deadline=1, lease=0) as process:
        assert process.wait(20) == 0


def test_an_agent_whose_life_nobody_renews_ends_before_its_deadline(tmp_path: pathlib.Path) -> None:
    with _life(tmp_path, deadline=3600, lease=1) as process:
        assert process.wait(20) == 0


def test_an_agent_lives_as_long_as_its_life_is_renewed(tmp_path: pathlib.Path) -> None:
    renewed = tmp_path / "renewed"
    with _life(tmp_path, deadline=3600, lease=3) as process:
        for _turn in range(5):
            subprocess.run(["/bin/sh", "-c", _agents.RENEW.replace(_agents.LEASE_DIRECTORY, str(tmp_path))], check=True)
            while renewed.exists():  # the agent takes it
                assert process.poll() is None
                time.sleep(0.05)
            time.sleep(1)
        assert process.wait(30) == 0


def test_nobody_needs_the_lease_to_run_a_command() -> None:
    done = subprocess.run(["/bin/sh", "-c", f"{_agents.RENEW}; echo ran"], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("ran\n", "")


def test_what_is_made_for_a_run_is_found_by_its_labels() -> None:
    job = _agents.job_manifest("node-1", AgentOptions("r1"))
    labels = job["metadata"]["labels"]
    assert job["spec"]["template"]["metadata"]["labels"] == labels
    for selector in (_agents.run_selector("r1"), _agents.run_selector("r1", "node-1")):
        assert all(labels[key] == value for key, value in (pair.split("=") for pair in selector.split(",")))


def test_a_namespace_of_ours_allows_privileged_pods_and_says_that_it_is_ours() -> None:
    metadata = _agents.namespace_manifest("n")["metadata"]
    assert metadata["labels"]["pod-security.kubernetes.io/enforce"] == "privileged"
    assert metadata["annotations"] == {_agents.CREATED_BY: _agents.MANAGER}


def job(status: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
    return {
        "metadata": {"creationTimestamp": "2026-01-01T00:00:00Z"},
        "spec": {"activeDeadlineSeconds": 600},
        "status": status or {},
    }


CREATED = 1767225600.0


@pytest.mark.parametrize(
    ("item", "now", "stale"),
    [
        (job(), CREATED + 10, False),
        (job(), CREATED + 600, False),
        (job(), CREATED + 661, True),
        (job({"conditions": [{"type": "Failed", "status": "True"}]}), CREATED, True),
        (job({"conditions": [{"type": "Complete", "status": "True"}]}), CREATED, True),
        (job({"conditions": [{"type": "FailureTarget", "status": "True"}]}), CREATED, True),
        (job({"conditions": [{"type": "Failed", "status": "False"}]}), CREATED, False),
        ({"metadata": {}}, CREATED + 1e9, False),
    ],
)
def test_only_agents_that_nobody_can_be_using_are_stale(item: dict[str, t.Any], now: float, stale: bool) -> None:
    assert _agents.is_stale(item, now) is stale


def pod(phase: str, state: dict[str, t.Any] | None = None, **status: t.Any) -> dict[str, t.Any]:
    containers = [{"name": "agent", "state": state}] if state is not None else []
    return {"metadata": {"name": "p"}, "status": {"phase": phase, "containerStatuses": containers, **status}}


@pytest.mark.parametrize(
    ("item", "problem"),
    [
        (pod("Running", {"running": {"startedAt": "2026-01-01T00:00:00Z"}}), ""),
        (pod("Pending"), None),
        ({"metadata": {"name": "p"}}, None),
        (pod("Pending", {"waiting": {"reason": "ContainerCreating"}}), None),
        (
            pod(
                "Pending",
                {"waiting": {"reason": "ErrImageNeverPull", "message": "image x is not present\nwith pull policy"}},
            ),
            "ErrImageNeverPull: image x is not present with pull policy",
        ),
        (pod("Pending", {"waiting": {"reason": "ImagePullBackOff"}}), "ImagePullBackOff"),
        (
            pod("Failed", reason="OutOfpods", message="Node didn't have enough resource: pods"),
            "it has ended: OutOfpods: Node didn't have enough resource: pods",
        ),
        (pod("Failed", {"terminated": {"reason": "Error", "exitCode": 127}}), "it has ended (Error): exit status 127"),
        (pod("Succeeded"), "it has ended: no reason given"),
        (
            {**pod("Running", {"running": {}}), "metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}},
            "it is being deleted",
        ),
    ],
)
def test_why_a_pod_cannot_be_used(item: dict[str, t.Any], problem: str | None) -> None:
    assert _agents.pod_problem(item) == problem


def test_a_container_that_was_put_beside_an_agent_does_not_matter() -> None:
    states = {"agent": {"running": {}}, "sidecar": {"waiting": {"reason": "CrashLoopBackOff"}}}
    status = {"phase": "Running", "containerStatuses": [{"name": name, "state": states[name]} for name in states]}
    assert _agents.pod_problem({"status": status}) == ""
    states = {"agent": {"waiting": {"reason": "ContainerCreating"}}, "sidecar": {"running": {}}}
    status["containerStatuses"] = [{"name": name, "state": states[name]} for name in states]
    assert _agents.pod_problem({"status": status}) is None


@pytest.mark.parametrize(
    ("phase", "state", "problem"),
    [
        ("Pending", {"running": {}}, None),
        ("Pending", {"terminated": {"reason": "Completed", "exitCode": 0}}, None),
        ("Pending", {"waiting": {"reason": "ErrImagePull"}}, "init container mesh: ErrImagePull"),
        (
            "Failed",
            {"terminated": {"reason": "Error", "exitCode": 1}},
            "init container mesh: it has ended (Error): exit status 1",
        ),
    ],
)
def test_one_that_has_to_end_before_an_agent_starts_does(
    phase: str, state: dict[str, t.Any], problem: str | None
) -> None:
    item = pod(
        phase, {"waiting": {"reason": "PodInitializing"}}, initContainerStatuses=[{"name": "mesh", "state": state}]
    )
    assert _agents.pod_problem(item) == problem
