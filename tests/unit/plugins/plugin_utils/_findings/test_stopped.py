# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An end in which nothing runs is the answer; what was not measured is not healthy."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._analyse import analyse
from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, World

CLIENT, WEB = "pod:default/client-1", "pod:default/web-b"
CRASHED: Json = {"waiting": {"reason": "CrashLoopBackOff"}}
NO_IMAGE: Json = {"waiting": {"reason": "ImagePullBackOff"}}


def _world(pod: str, phase: str, state: Json, **more: t.Any) -> World:
    world = World()
    status = world.item("pods", pod)["status"]
    status["phase"] = phase
    status["containerStatuses"] = [{"name": "app", "ready": False, "restartCount": 5, "state": state, **more}]
    status["conditions"] = [{"type": "Ready", "status": "False", "reason": "ContainersNotReady"}]
    return world


@pytest.mark.parametrize(
    ("pod", "phase", "state", "cause", "words"),
    [
        ("client-1", "Running", CRASHED, "container-not-ready", "CrashLoopBackOff, 5 restarts"),
        ("web-b", "Pending", NO_IMAGE, "pod-not-ready", "ImagePullBackOff"),
        ("client-1", "Succeeded", {"terminated": {"exitCode": 0, "reason": "Completed"}}, "pod-not-ready", "completed"),
        ("web-b", "Failed", {"terminated": {"exitCode": 3, "reason": "Error"}}, "pod-not-ready", "exit status 3"),
    ],
)
def test_an_end_none_of_whose_containers_run_is_the_answer(
    pod: str, phase: str, state: Json, cause: str, words: str
) -> None:
    found = _world(pod, phase, state).diagnose(CLIENT, WEB, 8080)
    verdict = found["verdict"]
    assert (verdict["result"], verdict["root_cause"], verdict["location"]["pod"]) == ("fault", cause, pod)
    assert words in verdict["summary"] and "The network between the two ends is well" in verdict["summary"]


@pytest.mark.parametrize(
    ("phase", "state"),
    [
        ("Failed", {"terminated": {"exitCode": 3, "reason": "Error"}}),
        ("Succeeded", {"terminated": {"exitCode": 0, "reason": "Completed"}}),
    ],
)
def test_the_address_of_a_pod_that_has_ended_is_missing_because_it_has_ended(phase: str, state: Json) -> None:
    world = _world("web-b", phase, state)
    node, host = world.snapshots["node-2"], world.netns("node-2")
    node["netns"] = [entry for entry in node["netns"] if entry["id"] != "pod:default/web-b"]
    host["links"] = [entry for entry in host["links"] if entry["name"] != "vethwebb"]
    host["neighbours"] = [entry for entry in host["neighbours"] if entry["address"] != "10.244.2.4"]
    host["fdb"] = [entry for entry in host["fdb"] if entry["dev"] != "vethwebb"]
    silent = {"ping": "no_reply", "tcp": "timed_out"}
    found = world.diagnose(CLIENT, WEB, 8080, outcomes=silent)
    assert found["verdict"]["root_causes"] == ["pod-not-ready"]


def test_an_init_container_is_named_first() -> None:
    world = _world("web-b", "Pending", {"waiting": {"reason": "PodInitializing"}})
    world.item("pods", "web-b")["status"]["initContainerStatuses"] = [
        {"name": "first", "ready": False, "restartCount": 0, "state": {"terminated": {"exitCode": 0}}},
        {"name": "second", "ready": False, "restartCount": 3, "state": CRASHED},
    ]
    summary = world.diagnose(CLIENT, WEB, 8080)["verdict"]["summary"]
    assert "init container second waiting: CrashLoopBackOff" in summary and "first" not in summary


def test_an_init_container_that_still_runs_is_what_the_others_wait_for() -> None:
    world = _world("web-b", "Pending", {"waiting": {"reason": "PodInitializing"}})
    world.item("pods", "web-b")["status"]["initContainerStatuses"] = [
        {"name": "proxy", "ready": False, "started": False, "state": {"running": {"startedAt": "2026-11-28T12:00:00Z"}}}
    ]
    verdict = world.diagnose(CLIENT, WEB, 8080)["verdict"]
    assert "init container proxy runs and is not done" in verdict["summary"]
    assert "logs web-b -c proxy" in verdict["remediation"]


@pytest.mark.parametrize(("code", "told"), [(137, True), (1, False)])
def test_the_liveness_probe_is_told_where_the_kubelet_kills_for_it(code: int, told: bool) -> None:
    last = {"terminated": {"reason": "Error", "exitCode": code}}
    world = _world("web-b", "Running", CRASHED, lastState=last)
    about = {"kind": "Pod", "namespace": "default", "name": "web-b"}
    world.resources("events").append(
        {
            "reason": "Unhealthy",
            "message": "Liveness probe failed: refused",
            "involvedObject": about,
            "metadata": {"name": "e"},
        }
    )
    verdict = world.diagnose(CLIENT, WEB, 8080)["verdict"]
    assert ("Liveness probe failed: refused" in verdict["summary"], "livenessProbe" in verdict["remediation"]) == (
        told,
        told,
    )


@pytest.mark.parametrize(
    ("state", "more", "words", "change"),
    [
        (
            {"waiting": {"reason": "ErrImagePull", "message": "not\nfound"}},
            {},
            "ErrImagePull, 5 restarts (not found)",
            "image",
        ),
        (
            {"waiting": {"reason": "CreateContainerConfigError", "message": 'secret "x" not found'}},
            {},
            '(secret "x" not',
            "Secret",
        ),
        (
            CRASHED,
            {"lastState": {"terminated": {"reason": "OOMKilled", "exitCode": 137}}},
            "exit status 137, OOMKilled",
            "limits.memory",
        ),
        (
            CRASHED,
            {"lastState": {"terminated": {"reason": "Error", "exitCode": 1}}},
            "exit status 1",
            "-c app --previous",
        ),
    ],
)
def test_what_a_container_waits_for_and_what_to_change(state: Json, more: Json, words: str, change: str) -> None:
    verdict = _world("web-b", "Running", state, **more).diagnose(CLIENT, WEB, 8080)["verdict"]
    assert words in verdict["summary"] and change in verdict["remediation"]


def test_the_newest_event_says_why_none_of_them_starts() -> None:
    world = _world("web-b", "Pending", {"waiting": {"reason": "ContainerCreating"}})
    about = {"kind": "Pod", "namespace": "default", "name": "web-b"}
    message = "Failed to create pod sandbox:\nincompatible CNI versions"
    world.pod_ready("web-b", False, phase="Pending")
    status = world.item("pods", "web-b")["status"]
    status["containerStatuses"][0]["state"] = {"waiting": {"reason": "ContainerCreating"}}
    status["conditions"].append({"type": "PodReadyToStartContainers", "status": "False"})
    world.resources("events").append(
        {"reason": "FailedCreatePodSandBox", "message": message, "involvedObject": about, "metadata": {"name": "e"}}
    )
    summary = world.diagnose(CLIENT, WEB, 8080)["verdict"]["summary"]
    assert "; Failed to create pod sandbox: incompatible CNI versions" in summary


def test_a_port_that_nobody_listens_on_is_a_consequence_of_a_container_that_crashes() -> None:
    outcomes = {"tcp": "refused", "local-tcp": "refused", "loopback-tcp": "refused"}
    found = _world("web-b", "Running", CRASHED).diagnose(CLIENT, WEB, 8080, outcomes=outcomes)
    assert found["verdict"]["root_cause"] == "container-not-ready"


def test_a_pod_one_of_whose_containers_runs_is_no_answer() -> None:
    world = _world("web-b", "Running", CRASHED)
    running = {"name": "other", "ready": True, "restartCount": 0, "state": {"running": {}}}
    world.item("pods", "web-b")["status"]["containerStatuses"].append(running)
    assert world.diagnose(CLIENT, WEB, 8080)["verdict"]["result"] == "healthy"


# -- healthy means measured ----------------------------------------------------------------------------------------
def _without(role: str, error: str | None) -> Json:
    """A healthy run in which a probe of the source has an error, or with None no result."""
    evidence = World().evidence(CLIENT, WEB, 8080)
    probes = []
    for probe in evidence.probes:
        if probe.role == role:
            if error is None:
                continue
            result = {**probe.result, "status": "error", "outcome": None, "attempts": [], "error": error}
            probe = type(probe)(probe.node, probe.phase, probe.request, result)
        probes.append(probe)
    return analyse(dataclasses.replace(evidence, probes=tuple(probes))).to_json()


@pytest.mark.parametrize("error", ["Cannot enter pod:default/client-1: it has ended", None])
def test_a_probe_of_the_source_that_was_not_made_keeps_the_verdict_from_healthy(error: str | None) -> None:
    verdict = _without("ping", error)["verdict"]
    assert verdict["result"] == "inconclusive"
    assert "were not made" in verdict["summary"] and (error or "no result") in verdict["summary"]


def test_a_probe_of_the_other_end_that_was_not_made_does_not() -> None:
    assert _without("reverse-ping", "Cannot enter pod:default/web-b")["verdict"]["result"] == "healthy"


def test_a_snapshot_that_was_not_taken_does_not() -> None:
    world = World()
    del world.snapshots["node-2"]
    assert world.diagnose(CLIENT, WEB, 8080)["verdict"]["result"] == "healthy"


SILENCE = {"status": "skipped", "outcome": None, "sent": 3, "received": 0, "data": {"stages": [], "knocks": 3}}


@pytest.mark.parametrize(
    ("port", "outcomes", "result"),
    [
        # A node that was cut off between the pings and the burst.
        (None, {"burst": SILENCE}, "inconclusive"),
        # Pings that are counted and limited; what was asked for goes on.
        (8080, {"burst": SILENCE}, "healthy"),
        (None, {}, "healthy"),
    ],
)
def test_an_end_that_falls_silent_in_the_middle_is_not_healthy(
    port: int | None, outcomes: dict[str, t.Any], result: str
) -> None:
    world = World()
    world.dose = "gentle"
    verdict = world.diagnose(CLIENT, "pod:default/web-b", port, outcomes=outcomes)["verdict"]
    assert verdict["result"] == result, verdict
    assert (result == "healthy") == ("a moment later none of 3" not in verdict["summary"])


ENDED: Json = {"terminated": {"exitCode": 0, "reason": "Completed"}}
REFUSED: Json = {"status": "fail", "outcome": "refused", "received": 0}


def _behind_a_service(owned: bool) -> World:
    """Both pods behind Service web have ended; owned: a Deployment starts others."""
    world = World()
    for name in ("web-a", "web-b"):
        status = world.item("pods", name)["status"]
        status["phase"] = "Succeeded"
        status["containerStatuses"] = [{"name": "app", "ready": False, "restartCount": 0, "state": ENDED}]
        status["conditions"] = [{"type": "Ready", "status": "False", "reason": "PodCompleted"}]
    for piece in world.resources("endpointslices"):
        for endpoint in piece["endpoints"]:
            endpoint["conditions"] = {"ready": False}
    if not owned:
        world.resources("deployments").clear()
    return world


def test_pods_of_a_service_that_have_ended_are_why_it_leads_nowhere() -> None:
    found = _behind_a_service(owned=False).diagnose(
        CLIENT, "service:default/web", 80, outcomes={"tcp": REFUSED, "backend-tcp": REFUSED}
    )
    verdict = found["verdict"]
    assert (verdict["root_causes"], verdict["location"].get("service")) == (["pod-not-ready"], None), verdict["summary"]
    assert verdict["location"]["pod"] in ("web-a", "web-b") and "has ended" in verdict["summary"]


def test_pods_that_have_ended_are_not_why_where_a_workload_ought_to_start_others() -> None:
    found = _behind_a_service(owned=True).diagnose(
        CLIENT, "service:default/web", 80, outcomes={"tcp": REFUSED, "backend-tcp": REFUSED}
    )
    assert found["verdict"]["root_causes"] == ["service-no-endpoints"], found["verdict"]["summary"]


@pytest.mark.parametrize(("probe", "cause"), [({}, "readiness-probe-failing"), (None, "container-not-ready")])
def test_a_probe_that_runs_a_command_is_a_readiness_probe(probe: Json | None, cause: str) -> None:
    world = World()
    for name in ("web-a", "web-b"):
        world.pod_ready(name, False)
        proxy: Json = {"name": "proxy", "image": "proxy:1"}
        world.item("pods", name)["spec"]["containers"].append(
            proxy if probe is None else {**proxy, "readinessProbe": probe}
        )
        states = [{"name": "app", "ready": True}, {"name": "proxy", "ready": False}]
        world.item("pods", name)["status"]["containerStatuses"] = [
            {**one, "restartCount": 0, "state": {"running": {}}} for one in states
        ]
        about = {"kind": "Pod", "namespace": "default", "name": name}
        world.resources("events").append(
            {
                "reason": "Unhealthy",
                "message": "Readiness probe failed: no database",
                "involvedObject": about,
                "metadata": {"name": f"e-{name}"},
            }
        )
    verdict = world.diagnose(CLIENT, "service:default/web", 80, outcomes={"tcp": REFUSED})["verdict"]
    assert verdict["root_causes"] == [cause], verdict["summary"]
    assert ("container proxy fails: Readiness probe failed: no database" in verdict["summary"]) == (probe is not None)
