# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the events of a pod that does not start say, and what those of an earlier pod of its name do not."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, World

CLIENT, PEER = "pod:default/client-1", "pod:default/client-2"
NO_IMAGE = ("FailedCreatePodSandBox", 'failed to get sandbox image "registry.k8s.io/pause:3.10"')
NO_PLUGIN = ("NetworkNotReady", "network is not ready: cni plugin not initialized")


def _verdict(*events: tuple[tuple[str, str], str, str], sandbox: bool = False) -> Json:
    """client-2, which was made at ten and does not start; events: reason and message, uid of the pod, time. sandbox:
    whether it has one by now."""
    world = World()
    world.pod_ready("client-2", False, phase="Pending")
    pod = world.item("pods", "client-2")
    pod["metadata"].update(uid="second", creationTimestamp="2026-11-28T10:00:00Z")
    for key in ("podIP", "podIPs"):
        pod["status"].pop(key)
    if sandbox:
        pod["status"]["conditions"].append({"type": "PodReadyToStartContainers", "status": "True"})
    for number, ((reason, message), uid, time) in enumerate(events):
        about = {"kind": "Pod", "namespace": "default", "name": "client-2", **({"uid": uid} if uid else {})}
        event = {"reason": reason, "message": message, "involvedObject": about, "lastTimestamp": time}
        world.resources("events").append({**event, "metadata": {"name": f"e{number}"}})
    found = world.diagnose(CLIENT, PEER, protocol="icmp")
    assert found["errors"] == []
    return t.cast(Json, found["verdict"])


def test_the_reason_why_it_has_no_sandbox_is_told() -> None:
    verdict = _verdict((NO_IMAGE, "second", "2026-11-28T10:00:05Z"))
    assert (verdict["root_causes"], verdict["location"]["pod"]) == (["pod-not-ready"], "client-2")
    assert "sandbox image" in verdict["summary"]


def test_an_event_of_an_earlier_pod_of_the_name_counts_for_nothing() -> None:
    for uid, time in (("first", "2026-11-28T10:00:09Z"), ("", "2026-11-28T09:00:00Z")):
        assert _verdict((NO_PLUGIN, uid, time))["root_causes"] == ["pod-not-ready"]


def test_the_newest_event_counts() -> None:
    older, newer = "2026-11-28T10:00:01Z", "2026-11-28T10:00:09Z"
    assert _verdict((NO_IMAGE, "second", newer), (NO_PLUGIN, "second", older))["root_causes"] == ["pod-not-ready"]
    assert _verdict((NO_PLUGIN, "second", newer), (NO_IMAGE, "second", older))["root_causes"] == ["cni-config-missing"]


def test_what_was_told_before_it_had_its_sandbox_is_over() -> None:
    verdict = _verdict((NO_PLUGIN, "second", "2026-11-28T10:00:05Z"), sandbox=True)
    assert (verdict["root_causes"], "plugin" in verdict["summary"]) == (["pod-not-ready"], False)


def test_a_part_of_the_network_is_taken() -> None:
    """What the configuration gives, and not the network, is too small."""
    text = "plugin failed: no IP addresses available in range set: {}"
    for ranges, part in (("10.244.2.2-10.244.2.9", True), ("10.244.2.1-10.244.2.254", False), ("none", False)):
        verdict = _verdict((("FailedCreatePodSandBox", text.format(ranges)), "second", "2026-11-28T10:00:05Z"))
        assert verdict["root_causes"] == ["pod-cidr-exhausted"]
        assert ("rangeStart" in verdict["remediation"]) is part
        assert ("10.244.2.2 to 10.244.2.9 alone" in verdict["summary"]) is part


def test_what_wraps_a_reason_is_not_repeated() -> None:
    wrapped = 'rpc error: code = Unknown desc = failed to setup network for sandbox "d7e9": incompatible CNI versions'
    verdict = _verdict((("FailedCreatePodSandBox", wrapped), "second", "2026-11-28T10:00:05Z"))
    assert "; incompatible CNI versions" in verdict["summary"] and "rpc error" not in verdict["summary"]
    assert "node what the message names" in verdict["remediation"]


def test_a_pod_that_no_scheduler_has_seen() -> None:
    world = World()
    world.pod_ready("client-2", False, phase="Pending")
    pod = world.item("pods", "client-2")
    pod["spec"].update(schedulerName="batch", nodeName=None)
    pod["status"]["containerStatuses"] = []
    verdict = world.diagnose(CLIENT, PEER, protocol="icmp")["verdict"]
    assert "scheduler batch has not looked at it" in verdict["summary"]
    assert "Start the scheduler batch" in verdict["remediation"]
