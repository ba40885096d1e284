# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is odd and harms nothing gives no finding above info; what was not measured is neither good nor bad."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._analyse import analyse
from ansible_collections.podnet.diagnostics.tests.unit import builders
from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, World

CLIENT, PEER, WEB = "pod:default/client-1", "pod:default/client-2", "service:default/web"
SILENT: t.Mapping[str, builders.Outcome] = {
    **dict.fromkeys(("ping", "node-pod-ping", "reverse-ping"), "no_reply"),
    "mtu": {"status": "error", "outcome": None},
    "reverse-mtu": {"status": "error", "outcome": None},
}
PAIRS: list[tuple[str, str, int | None, str]] = [
    (CLIENT, PEER, None, "icmp"),
    (CLIENT, WEB, 80, "tcp"),
    (CLIENT, "pod:default/web-a", 8080, "tcp"),
    ("pod:default/client-2", "web.default.svc.cluster.local", 80, "tcp"),
    ("node:node-1", WEB, 80, "tcp"),
    ("host:outside", "service:default/web-nodeport", 80, "tcp"),
    ("host:outside", "node:node-2", builders.NODE_PORT, "tcp"),
    ("pod:default/client-1", "node:node-2", None, "icmp"),
    (CLIENT, "pod:default/web-a", None, "icmp"),
]


def _healthy(found: Json) -> None:
    loud = [
        (entry["id"], entry["severity"], entry["observed"])
        for entry in found["findings"]
        if entry["severity"] != "info"
    ]
    assert loud == []
    assert found["errors"] == []
    assert (found["verdict"]["result"], found["verdict"]["root_cause"]) == ("healthy", None), found["verdict"][
        "summary"
    ]


@pytest.mark.parametrize("pair", PAIRS, ids=[f"{pair[0]} {pair[1]}" for pair in PAIRS])
def test_a_healthy_cluster_is_quiet(pair: tuple[str, str, int | None, str]) -> None:
    found = World().diagnose(*pair)
    _healthy(found)
    assert found["findings"] == []
    assert {step["status"] for step in found["steps"]} <= {"pass", "skipped"}


def _pod_mtu(world: World) -> None:
    for node, pod in (("node-1", "client-1"), ("node-2", "client-2")):
        world.link(node, "eth0", f"pod:default/{pod}")["mtu"] = 1500
        world.link(node, f"veth{pod.replace('-', '')}")["mtu"] = 1500
        world.link(node, "cni0")["mtu"] = 1500


def _second_address(world: World) -> None:
    world.link("node-1", "eth0")["addresses"].append(builders.address("192.0.2.111", secondary=True))


def _policy_routing(world: World) -> None:
    world.netns("node-1")["rules"].insert(1, builders.rule(100, "100", fwmark=0x77))
    world.netns("node-1")["rules"].insert(1, builders.rule(101, "200", **{"from": "203.0.113.0/24"}))
    world.netns("node-1")["routes"].append(builders.route("0.0.0.0/0", None, table="200", type="blackhole"))


def _unused_filter(world: World) -> None:
    world.set_netfilter(
        "node-1",
        builders.netfilter(
            first=(
                "[0:0] -A FORWARD -s 203.0.113.0/24 -j DROP\n[0:0] -A FORWARD -m set --match-set bad src -j DROP\n"
                '[0:0] -A INPUT -m limit --limit 3/min -j LOG --log-prefix "[UFW BLOCK] "\n'
            )
        ),
    )


def _table_that_falls_through(world: World) -> None:
    world.netns("node-1")["rules"].insert(1, builders.rule(100, "300"))


def _drift(world: World) -> None:
    world.snapshots["node-1"]["nic_config"]["interfaces"] = [
        {
            "device": "eth0",
            "name": "eth0",
            "format": "ifcfg",
            "path": "/etc/sysconfig/network-scripts/ifcfg-eth0",
            "method": "dhcp",
            "addresses": ["192.0.2.11/24"],
            "gateway": None,
            "mtu": None,
            "dhcp": True,
            "dhcp4": True,
            "dhcp6": False,
            "static": True,
            "conflict_families": [4],
            "onboot": True,
            "raw": {},
        }
    ]


def _no_priority(world: World) -> None:
    world.item("daemonsets", "kube-proxy")["spec"]["template"]["spec"].pop("priorityClassName")


def _proxy_gone_with_rules_in_place(world: World) -> None:
    world.remove("pods", "kube-proxy-node-1")


def _wrong_source_that_works(world: World) -> None:
    _second_address(world)
    world.link("node-1", "flannel.1")["vxlan"]["local"] = "192.0.2.111"


def _odd_devices(world: World) -> None:
    world.netns("node-1")["links"].append(builders.link("eth9", 90, "ether", 9000, up=False, carrier=None))
    world.link("node-1", "eth0")["mtu"] = 9000
    world.netns("node-1")["links"].append(builders.link("docker0", 91, "bridge", 1500, carrier=False, bridge={}))


def _another_pod_not_ready(world: World) -> None:
    world.pod_ready("coredns-1", False)


def _service_with_one_backend_ready(world: World) -> None:
    world.pod_ready("web-b", False)


def _default_route_elsewhere(world: World) -> None:
    world.drop_route("node-1", "0.0.0.0/0")


def _blackhole_elsewhere(world: World) -> None:
    world.netns("node-1")["routes"].append(builders.route("10.244.1.64/26", None, type="blackhole"))


HARMLESS = [
    lambda world: world.set_netfilter("node-1", builders.netfilter("DROP")),
    _pod_mtu,
    _second_address,
    _policy_routing,
    _unused_filter,
    _table_that_falls_through,
    _drift,
    _no_priority,
    _proxy_gone_with_rules_in_place,
    _wrong_source_that_works,
    _odd_devices,
    _default_route_elsewhere,
    _blackhole_elsewhere,
]


@pytest.mark.parametrize("change", HARMLESS, ids=[str(getattr(change, "__name__", "policy")) for change in HARMLESS])
@pytest.mark.parametrize("pair", PAIRS[:3], ids=["pods", "service", "same node"])
def test_harmless_oddities(change: t.Callable[[World], None], pair: tuple[str, str, int | None, str]) -> None:
    world = World()
    change(world)
    _healthy(world.diagnose(*pair))


def test_working_path_mtu_discovery() -> None:
    """A pod with MTU 1500 that is told of the tunnel's 1450 bytes."""
    world = World()
    _pod_mtu(world)
    told = builders.sizes(1450, 1500, 1450, "10.244.1.1")
    _healthy(world.diagnose(CLIENT, PEER, protocol="icmp", outcomes={"mtu": told, "reverse-mtu": told}))


def test_node_port_client_that_is_told() -> None:
    found = World().diagnose(
        "host:outside", "node:node-1", builders.NODE_PORT, outcomes={"tcp-mtu": builders.sizes(1450, 1500, 1450)}
    )
    _healthy(found)


def test_second_name_server_does_not_answer() -> None:
    servers = [
        {"nameserver": builders.CLUSTER_DNS, "outcome": "answer", "rtt_ms": 0.4, "answers": []},
        {"nameserver": "203.0.113.99", "outcome": "timed_out", "rtt_ms": None, "answers": []},
    ]
    _healthy(
        World().diagnose(
            CLIENT,
            "web.default.svc.cluster.local",
            80,
            outcomes={"dns-pod": {"status": "pass", "outcome": "answer", "data": {"servers": servers}}},
        )
    )


def test_one_of_two_backends_is_not_ready() -> None:
    world = World()
    world.pod_ready("web-b", False)
    found = world.diagnose(CLIENT, WEB, 80)
    assert found["verdict"]["result"] == "healthy"


def test_icmp_is_filtered_and_tcp_works() -> None:
    """Who asks for TCP has what he asked for."""
    found = World().diagnose(CLIENT, "pod:default/web-b", 8080, outcomes=SILENT)
    assert found["verdict"]["result"] == "healthy"


# -- not measured --------------------------------------------------------------------------------------------------
def test_a_failing_probe_without_a_reason_is_inconclusive() -> None:
    found = World().diagnose(CLIENT, PEER, protocol="icmp", outcomes=SILENT)
    assert found["verdict"]["result"] == "inconclusive"
    assert found["verdict"]["root_causes"] == []


def test_inconclusive_says_where_the_packet_was_seen_last() -> None:
    world = World()
    world.seen("ping-1", ("node-1", "flannel.1"), ("node-2", "eth0"))
    found = world.diagnose(CLIENT, PEER, protocol="icmp", outcomes=SILENT)
    assert found["verdict"]["result"] == "inconclusive"
    assert "flannel.1" in found["verdict"]["summary"] and "node-2" in found["verdict"]["summary"]


def test_a_node_without_a_snapshot_is_not_read_as_bad() -> None:
    world = World()
    del world.snapshots["node-2"]
    found = world.diagnose(CLIENT, PEER, protocol="icmp", outcomes=SILENT)
    assert found["verdict"]["result"] == "inconclusive"
    assert [entry["id"] for entry in found["findings"] if entry["severity"] != "info"] == []


@pytest.mark.parametrize("part", ["routes", "neighbours", "fdb", "links", "netfilter"])
def test_a_part_that_could_not_be_read_is_not_read_as_empty(part: str) -> None:
    world = World()
    host = world.netns("node-1")
    host[part] = None if part == "netfilter" else []
    host["errors"].append({"what": part, "text": f"Cannot read {part} of node node-1: ip exited 1"})
    found = world.diagnose(CLIENT, PEER, protocol="icmp", outcomes=SILENT)
    assert found["verdict"]["result"] == "inconclusive"
    assert [entry["id"] for entry in found["findings"] if entry["severity"] != "info"] == []


def test_sockets_that_could_not_be_read_are_not_none() -> None:
    world = World()
    pod = world.netns("node-2", "pod:default/web-b")
    pod["sockets"] = []
    pod["errors"].append({"what": "sockets", "text": "Cannot read sockets"})
    found = world.diagnose(CLIENT, "pod:default/web-b", 8080, outcomes={"tcp": "refused", "local-tcp": "refused"})
    assert not any(entry["confidence"] == "proven" for entry in found["findings"])


def test_objects_that_could_not_be_read_are_not_absent() -> None:
    world = World()
    for kind in ("pods", "endpointslices", "daemonsets", "deployments"):
        world.cluster["resources"].pop(kind)
        world.cluster["errors"].append({"resource": kind, "kind": "forbidden", "text": f"{kind} is forbidden"})
    found = world.diagnose("node:node-1", WEB, 80, outcomes={"tcp": "timed_out"})
    assert [entry["id"] for entry in found["findings"] if entry["severity"] != "info"] == []
    assert found["verdict"]["result"] == "inconclusive"


@pytest.mark.parametrize(
    "text",
    [
        "-m set --match-set blocked src",
        "-m statistic --mode random --probability 0.30000000000",
        "-m physdev --physdev-is-bridged",
        "-m recent --update --name x",
    ],
)
def test_a_match_that_is_not_understood_proves_nothing(text: str) -> None:
    world = World()
    world.set_netfilter("node-1", builders.netfilter(first=f"[0:0] -A FORWARD {text} -j DROP\n"))
    found = world.diagnose(CLIENT, PEER, protocol="icmp", outcomes=SILENT)
    assert not any(entry["confidence"] == "proven" for entry in found["findings"])
    _healthy(world.diagnose(CLIENT, PEER, protocol="icmp"))


def test_a_port_that_was_not_tried_is_not_called_reached() -> None:
    """With --tags ping the rest is not known."""
    evidence = World().evidence(CLIENT, WEB, 80, "tcp")
    pings = tuple(probe for probe in evidence.probes if probe.role.endswith("ping"))
    found = analyse(dataclasses.replace(evidence, probes=pings)).to_json()
    assert found["verdict"]["result"] == "inconclusive"
    assert "port 80 was not tried" in found["verdict"]["summary"]


def test_a_server_that_answers_badly_is_not_unreachable() -> None:
    found = World().diagnose(
        "pod:default/client-2", "web.default.svc.cluster.local", 80, outcomes={"dns-pod": "servfail"}
    )
    assert "dns-service-unreachable" not in [entry["id"] for entry in found["findings"]]


def test_nothing_at_all() -> None:
    """No API, no snapshot, no probe: an answer all the same."""
    world = World()
    world.cluster = {
        "resources": {},
        "errors": [{"resource": "*", "kind": "unreachable", "text": "Cannot reach the API"}],
    }
    world.snapshots = {}
    found = world.diagnose(CLIENT, PEER, protocol="icmp")
    assert found["verdict"]["result"] == "inconclusive"
    assert found["errors"] == []
    assert [step["name"] for step in found["steps"]] == [
        "resolve",
        "components",
        "snapshot",
        "ping",
        "tcp",
        "mtu",
        "dns",
        "nic_config",
        "capture",
        "verdict",
    ]
