# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs and filters of devices: what may drop is possible, what drops everything is more, what passes is nothing."""

from __future__ import annotations

import dataclasses

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._analyse import analyse
from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, Outcome, World

CLIENT, PEER = "pod:default/client-1", "pod:default/client-2"
SILENT: dict[str, Outcome] = {
    **dict.fromkeys(("ping", "node-pod-ping", "reverse-ping"), "no_reply"),
    "mtu": {"status": "error", "outcome": None},
    "reverse-mtu": {"status": "error", "outcome": None},
}
FILTER = {"dev": "flannel.1", "hook": "ingress", "kind": "bpf", "actions": [], "direct": True, "text": "bpf cil_from_x"}
DROP_ALL = {**FILTER, "kind": "matchall", "actions": ["drop"], "direct": False, "text": "matchall pref 7", "pref": 7}


def _cause(world: World) -> tuple[str, str, Json, str]:
    found = world.diagnose(CLIENT, PEER, protocol="icmp", outcomes=SILENT)
    assert found["errors"] == []
    first = found["findings"][0]
    return first["id"], first["confidence"], first["location"], first["remediation"]


def test_a_program_at_xdp_may_drop() -> None:
    world = World()
    world.link("node-2", "eth0").update(xdp="generic", xdp_program="guard id 7")
    identifier, confidence, place, change = _cause(world)
    assert (identifier, confidence) == ("bpf-program-drop", "possible")
    assert (place["node"], place["device"]) == ("node-2", "eth0")
    assert "ip link set eth0 xdpgeneric off" in change


def test_a_program_of_traffic_control_may_drop() -> None:
    world = World()
    world.netns("node-2")["tc_filters"] = [FILTER]
    identifier, confidence, place, _change = _cause(world)
    assert (identifier, confidence, place["device"]) == ("bpf-program-drop", "possible", "flannel.1")


def test_a_program_that_only_sorts_leaves_it_to_its_actions() -> None:
    world = World()
    hands_on = {**FILTER, "actions": ["mirred"], "direct": False, "text": "bpf bytecode mirred egress redirect to ifb9"}
    world.netns("node-2")["tc_filters"] = [hands_on]
    identifier, confidence, place, _change = _cause(world)
    assert (identifier, confidence, place["device"]) == ("tc-filter-drop", "possible", "flannel.1")


def test_a_filter_drops_everything() -> None:
    world = World()
    world.netns("node-2")["tc_filters"] = [DROP_ALL]
    identifier, confidence, place, change = _cause(world)
    assert (identifier, place["device"]) == ("tc-filter-drop", "flannel.1")
    assert confidence != "possible"
    assert "tc filter del dev flannel.1 ingress pref 7" in change


@pytest.mark.parametrize("found", [FILTER, {**DROP_ALL, "dev": "lo"}])
def test_where_every_packet_passes_nothing_is_said(found: Json) -> None:
    world = World()
    world.netns("node-2")["tc_filters"] = [found]
    world.link("node-2", "eth0")["xdp"] = "generic"
    said = world.diagnose(CLIENT, PEER, protocol="icmp")
    assert (said["errors"], said["verdict"]["result"]) == ([], "healthy")
    assert not {one["id"] for one in said["findings"]} & {"bpf-program-drop", "tc-filter-drop"}


GROUP: Json = {
    "dev": "application",
    "hook": "ingress",
    "kind": "bpf",
    "actions": [],
    "direct": True,
    "text": "cgroup guard id 9",
    "attached": "cgroup",
}
SERVER, NODE = "pod:default/web-b", "node-2"


def test_a_program_of_the_servers_control_group_may_drop() -> None:
    world = World()
    world.netns(NODE, SERVER)["tc_filters"] = [GROUP]
    silent: Json = {"status": "fail", "outcome": "timed_out", "received": 0}
    found = world.diagnose(CLIENT, SERVER, 8080, outcomes={"tcp": silent})
    verdict = found["verdict"]
    assert (verdict["root_causes"], verdict["confidence"]) == (["bpf-program-drop"], "possible"), verdict["summary"]
    assert verdict["location"] == {"node": NODE, "namespace": "default", "pod": "web-b"}
    assert "bpftool cgroup detach GROUP cgroup_inet_ingress id 9" in verdict["remediation"]


def test_a_program_that_a_probe_did_not_meet_leaves_the_application_in_doubt() -> None:
    world = World()
    theirs = {**GROUP, "hook": "egress"}
    world.netns("node-1", CLIENT)["tc_filters"] = [theirs]
    verdict = world.diagnose(CLIENT, SERVER, 8080)["verdict"]
    assert verdict["result"] == "inconclusive" and "cgroup guard id 9" in verdict["summary"]
    # The same program, loaded for each group by its own.
    ours = {**theirs, "dev": "prober", "text": "cgroup guard id 12"}
    world.netns("node-1", CLIENT)["tc_filters"] = [theirs, ours]
    assert world.diagnose(CLIENT, SERVER, 8080)["verdict"]["result"] == "healthy"


@pytest.mark.parametrize("heard", [True, False])
def test_a_program_keeps_a_kubelet_from_the_api(heard: bool) -> None:
    """Where the API server answers another node: else it may be the server that is gone."""
    world = World()
    unknown = {"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown", "message": "Kubelet stopped."}
    world.item("nodes", NODE)["status"]["conditions"] = [unknown]
    world.pod_ready("web-b", False)
    world.remove("pods", "web-a")
    world.item("endpointslices", "web-x")["endpoints"].pop(0)
    world.netns(NODE)["tc_filters"] = [{**GROUP, "dev": "prober", "hook": "egress"}]
    api = {"metadata": {"namespace": "default", "name": "kubernetes"}, "spec": {"clusterIP": "10.96.0.1"}}
    port = {"name": "https", "port": 443, "targetPort": 6443, "protocol": "TCP"}
    world.resources("services").append({**api, "spec": {**api["spec"], "ports": [port]}})
    labels = {"kubernetes.io/service-name": "kubernetes"}
    world.resources("endpointslices").append(
        {
            "metadata": {"namespace": "default", "name": "kubernetes", "labels": labels},
            "addressType": "IPv4",
            "ports": [{"name": "https", "port": 6443, "protocol": "TCP"}],
            "endpoints": [{"addresses": ["192.0.2.2"], "conditions": {"ready": True}}],
        }
    )
    outcomes: dict[str, Outcome] = {"tcp": "refused", "node-api": "timed_out"}
    evidence = world.evidence(CLIENT, "service:default/web", 80, outcomes=outcomes)
    good = {"status": "pass", "outcome": "open", "received": 1}
    probes = [
        dataclasses.replace(probe, result={**probe.result, **good})
        if heard and (probe.role, probe.node) == ("node-api", "node-1")
        else probe
        for probe in evidence.probes
    ]
    found = analyse(dataclasses.replace(evidence, probes=tuple(probes))).to_json()
    named = found["verdict"]["root_causes"] == ["bpf-program-drop"]
    assert (found["errors"], named) == ([], heard), found["verdict"]["summary"]
