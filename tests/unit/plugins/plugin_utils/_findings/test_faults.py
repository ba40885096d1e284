# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One fault at a time in a healthy cluster: the root cause, what it explains and where it is."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.tests.unit import builders
from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, World

CLIENT, PEER, WEB = "pod:default/client-1", "pod:default/client-2", "service:default/web"
SILENT: t.Mapping[str, builders.Outcome] = dict.fromkeys(("ping", "node-pod-ping", "reverse-ping"), "no_reply")
SILENT_TCP: t.Mapping[str, builders.Outcome] = {
    **SILENT,
    "tcp": "timed_out",
    "mtu": {"status": "error", "outcome": None},
    "reverse-mtu": {"status": "error", "outcome": None},
}


def _check(found: Json, cause: str, explains: t.Sequence[str] = (), **location: str) -> Json:
    verdict = found["verdict"]
    assert found["errors"] == []
    assert (verdict["result"], verdict["root_causes"]) == ("fault", [cause]), verdict["summary"]
    assert verdict["location"].items() >= location.items()
    (finding,) = (entry for entry in found["findings"] if entry["id"] == cause)
    assert set(finding["explains"]) >= set(explains)
    assert finding["severity"] in ("critical", "major") and finding["evidence"] and finding["remediation"]
    return t.cast(Json, finding)


def _ping(world: World, outcomes: t.Mapping[str, builders.Outcome] | None = None) -> Json:
    return world.diagnose(
        CLIENT,
        PEER,
        protocol="icmp",
        outcomes={
            **(SILENT if outcomes is None else outcomes),
            "mtu": {"status": "error", "outcome": None},
            "reverse-mtu": {"status": "error", "outcome": None},
        },
    )


# -- the twelve ----------------------------------------------------------------------------------------------------
def _dual_address(world: World) -> None:
    world.link("node-1", "eth0")["addresses"].append(
        builders.address("192.0.2.111", dynamic=True, secondary=True, valid_seconds=86000)
    )
    world.link("node-1", "flannel.1")["vxlan"]["local"] = "192.0.2.111"
    world.snapshots["node-1"]["nic_config"] = {
        "files": [{"path": "/etc/sysconfig/network-scripts/ifcfg-eth0", "format": "ifcfg", "interfaces": ["eth0"]}],
        "interfaces": [
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
                "raw": {"BOOTPROTO": "dhcp", "IPADDR": "192.0.2.11"},
            }
        ],
        "errors": [],
    }


def test_static_and_dhcp_explains_the_tunnels_source() -> None:
    world = World()
    _dual_address(world)
    finding = _check(_ping(world), "nic-static-and-dhcp", ["tunnel-source-mismatch"], node="node-1", device="eth0")
    assert "/etc/sysconfig/network-scripts/ifcfg-eth0" in finding["remediation"]


def test_a_wrong_tunnel_source_without_the_file_stands_alone() -> None:
    world = World()
    _dual_address(world)
    world.snapshots["node-1"]["nic_config"]["interfaces"] = []
    _check(_ping(world), "tunnel-source-mismatch", node="node-1", device="flannel.1")


def _narrow_tunnel(world: World) -> None:
    """One web pod, reached over a second tunnel of 1440 bytes from node-1."""
    for piece in world.resources("endpointslices"):
        piece["endpoints"] = [entry for entry in piece["endpoints"] if entry["targetRef"]["name"] != "web-a"]
    for node, own, other in (("node-1", "192.0.2.129", "node-2"), ("node-2", "192.0.2.130", "node-1")):
        world.netns(node)["links"].append(
            builders.link(
                "tunl1",
                30,
                "vxlan",
                1440,
                addresses=[builders.address(own, 30)],
                vxlan=builders.vxlan(1440, builders.NODES[node], 4789, builders.NODES[other]),
            )
        )
    world.netns("node-1")["routes"].append(builders.route("10.244.2.4/32", "tunl1", "192.0.2.130"))


def test_large_packets_vanish_behind_the_node_port() -> None:
    world = World()
    _narrow_tunnel(world)
    text = builders.netfilter(first="[9:5184] -A OUTPUT -p icmp -m icmp --icmp-type 3/4 -j DROP\n")
    world.set_netfilter("node-1", text)
    found = world.diagnose(
        "host:outside",
        "node:node-1",
        builders.NODE_PORT,
        outcomes={
            "tcp-mtu": builders.sizes(1440, 1500),
            "mtu": {"outcome": "reply", "data": {"largest": 1500, "device_mtu": 1500}},
        },
    )
    _check(found, "path-mtu-blackhole", node="node-1", device="tunl1")


def _preempted(world: World) -> None:
    pod = world.item("pods", "kube-proxy-node-1")
    pod["spec"].pop("nodeName")
    message = "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) didn't satisfy plugin(s) [NodeAffinity]."
    pod["status"] = {
        "phase": "Pending",
        "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}],
    }
    world.item("daemonsets", "kube-proxy")["spec"]["template"]["spec"].pop("priorityClassName")
    world.resources("events").append(
        {
            "metadata": {"namespace": "kube-system", "name": "kube-proxy-x.1"},
            "reason": "Preempted",
            "type": "Normal",
            "message": "Preempted by pod 7d0e on node node-1",
            "involvedObject": {"kind": "Pod", "namespace": "kube-system", "name": "kube-proxy-x"},
        }
    )
    world.set_netfilter("node-1", builders.netfilter(services=False))


def test_a_preempted_kube_proxy() -> None:
    world = World()
    _preempted(world)
    found = world.diagnose(
        CLIENT, WEB, 80, outcomes={"tcp": "timed_out", "tcp-mtu": {"status": "error", "outcome": "timed_out"}}
    )
    _check(found, "kube-proxy-priority", ["kube-proxy-missing"], node="node-1", namespace="kube-system")


def test_forward_policy() -> None:
    world = World()
    world.set_netfilter("node-2", builders.netfilter("DROP", flannel=False))
    _check(_ping(world), "forward-policy-drop", node="node-2")


def test_captures_make_it_proven() -> None:
    world = World()
    world.set_netfilter("node-2", builders.netfilter("DROP", flannel=False))
    world.seen("ping-1", ("node-2", "flannel.1"), ("node-2", "cni0"))
    finding = _check(_ping(world), "forward-policy-drop", node="node-2")
    assert finding["confidence"] == "proven"
    assert any(proof["kind"] == "capture" for proof in finding["evidence"])


def test_selector() -> None:
    world = World()
    world.item("services", "web")["spec"]["selector"] = {"app": "wbe"}
    world.item("endpointslices", "web-x")["endpoints"] = []
    found = world.diagnose(CLIENT, WEB, 80, outcomes={"tcp": "refused"})
    finding = _check(found, "service-selector-mismatch", ["service-no-endpoints"], namespace="default", service="web")
    assert "app=web" in finding["observed"]


def _silent_pod(world: World) -> None:
    world.netns("node-2", "pod:default/web-b")["sockets"] = []


REFUSED: t.Mapping[str, builders.Outcome] = {
    "tcp": "refused",
    "local-tcp": "refused",
    "loopback-tcp": "refused",
    "tcp-mtu": {"status": "error", "outcome": "refused"},
}


def test_nothing_listens() -> None:
    world = World()
    _silent_pod(world)
    found = world.diagnose(CLIENT, "pod:default/web-b", 8080, outcomes=REFUSED)
    finding = _check(found, "port-not-listening", node="node-2", namespace="default", pod="web-b")
    assert finding["confidence"] == "proven"


def test_listens_on_loopback_only() -> None:
    world = World()
    world.netns("node-2", "pod:default/web-b")["sockets"] = [builders.socket(8080, "127.0.0.1")]
    found = world.diagnose(CLIENT, "pod:default/web-b", 8080, outcomes={**REFUSED, "loopback-tcp": {}})
    _check(found, "port-listening-on-loopback", node="node-2", namespace="default", pod="web-b")


@pytest.mark.parametrize(
    ("device", "cause", "change"),
    [
        ("lo", "port-listening-on-loopback", "on 0.0.0.0 (or [::]), bound to no device, instead"),
        ("net1", "port-not-listening", "bound to no device, as well"),
    ],
)
def test_listens_on_another_device_only(device: str, cause: str, change: str) -> None:
    world = World()
    world.netns("node-2", "pod:default/web-b")["sockets"] = [{**builders.socket(8080, "0.0.0.0"), "dev": device}]
    found = world.diagnose(CLIENT, "pod:default/web-b", 8080, outcomes=REFUSED)
    finding = _check(found, cause, node="node-2", namespace="default", pod="web-b")
    assert f"of device {device}" in finding["observed"] and change in finding["remediation"]


def test_route_missing() -> None:
    world = World()
    world.drop_route("node-1", "10.244.2.0/24")
    _check(_ping(world), "route-missing", node="node-1")


def test_fdb_entry_wrong() -> None:
    world = World()
    world.netns("node-1")["fdb"][0]["dst"] = "192.0.2.99"
    _check(_ping(world), "fdb-entry-wrong", node="node-1", device="flannel.1")


def test_bridge_down() -> None:
    """The connected route goes with the bridge: a consequence, not a fault of its own."""
    world = World()
    world.link("node-2", "cni0").update(up=False, operstate="DOWN", carrier=None)
    world.drop_route("node-2", "10.244.2.0/24")
    _check(_ping(world), "device-down", node="node-2", device="cni0")


def test_no_dns_server() -> None:
    world = World()
    world.remove("pods", "coredns-1")
    world.item("endpointslices", "kube-dns-x")["endpoints"] = []
    coredns = world.item("deployments", "coredns")
    coredns["spec"]["replicas"] = 0
    coredns["status"] = {}
    found = world.diagnose(
        CLIENT,
        "web.default.svc.cluster.local",
        80,
        outcomes={
            "dns-pod": {
                "status": "fail",
                "outcome": "refused",
                "data": {
                    "servers": [
                        {"nameserver": builders.CLUSTER_DNS, "outcome": "refused", "rtt_ms": None, "answers": []}
                    ]
                },
            },
            "tcp": "dns_failure",
            "tcp-mtu": {"status": "error", "outcome": "dns_failure"},
        },
    )
    _check(found, "dns-server-down", namespace="kube-system")


def test_named_target_port() -> None:
    world = World()
    world.item("services", "web")["spec"]["ports"][0]["targetPort"] = "web-http"
    world.item("endpointslices", "web-x")["ports"] = []
    found = world.diagnose(CLIENT, WEB, 80, outcomes={"tcp": "refused"})
    finding = _check(
        found, "service-target-port-mismatch", ["service-no-endpoints"], namespace="default", service="web"
    )
    assert "http" in finding["remediation"]


def test_numeric_target_port() -> None:
    world = World()
    world.item("services", "web")["spec"]["ports"][0]["targetPort"] = 8081
    world.item("endpointslices", "web-x")["ports"][0]["port"] = 8081
    world.set_netfilter("node-1", builders.netfilter().replace(":8080", ":8081"))
    found = world.diagnose(CLIENT, WEB, 80, outcomes={**REFUSED, "backend-tcp": "refused"})
    _check(found, "service-target-port-mismatch", ["port-not-listening"], namespace="default", service="web")


def test_the_declared_port_is_closed_but_a_side_port_is_open() -> None:
    """targetPort is what the container declares: the program is wrong, not the Service."""
    world = World()
    world.item("services", "web")["spec"]["ports"][0]["targetPort"] = 8080
    for node, pod in (("node-1", "web-a"), ("node-2", "web-b")):
        world.netns(node, f"pod:default/{pod}")["sockets"] = [builders.socket(9090)]
    found = world.diagnose(CLIENT, WEB, 80, outcomes={**REFUSED, "backend-tcp": "refused"})
    assert found["verdict"]["root_causes"] == ["port-not-listening"]


# -- other faults --------------------------------------------------------------------------------------------------
def _neighbour(world: World, **change: t.Any) -> None:
    world.netns("node-1")["neighbours"][0].update(change)


def _second_route(world: World, **change: t.Any) -> None:
    world.netns("node-1")["routes"].append(builders.route("10.244.2.2/32", None, **change))


def _leave_the_bridge_empty(world: World) -> None:
    """The port was its last one that is up: without a carrier it asks in vain who has the pod's address."""
    host = world.netns("node-2")
    for link in host["links"]:
        if link["master"] == "cni0":
            link.update({"master": None} if link["name"] == "vethclient2" else {"up": False})
    world.link("node-2", "cni0").update(carrier=False, operstate="DOWN")
    host["neighbours"] = [one for one in host["neighbours"] if one["address"] != "10.244.2.2"]
    host["neighbours"].append(
        {"family": 4, "address": "10.244.2.2", "mac": None, "dev": "cni0", "state": "INCOMPLETE", "router": False}
    )


PATH_FAULTS: list[tuple[str, str, t.Callable[[World], t.Any], str | None]] = [
    ("route-blackhole", "node-1", lambda world: _second_route(world, type="blackhole"), None),
    ("neighbour-failed", "node-1", lambda world: _neighbour(world, state="FAILED", mac=None), "flannel.1"),
    ("neighbour-failed", "node-1", lambda world: _neighbour(world, mac="02:de:ad:00:00:01"), "flannel.1"),
    ("fdb-entry-missing", "node-1", lambda world: world.netns("node-1")["fdb"].clear(), "flannel.1"),
    ("fdb-entry-wrong", "node-2", lambda world: world.netns("node-2")["fdb"][0].update(dst="192.0.2.98"), "flannel.1"),
    ("route-missing", "node-2", lambda world: world.drop_route("node-2", "10.244.1.0/24"), None),
    (
        "tunnel-vni-mismatch",
        "node-2",
        lambda world: world.link("node-2", "flannel.1")["vxlan"].update(id=7),
        "flannel.1",
    ),
    (
        "tunnel-port-mismatch",
        "node-2",
        lambda world: world.link("node-2", "flannel.1")["vxlan"].update(port=4789),
        "flannel.1",
    ),
    ("device-down", "node-1", lambda world: world.link("node-1", "flannel.1").update(up=False), "flannel.1"),
    ("device-down", "node-1", lambda world: world.link("node-1", "vethclient1").update(up=False), "vethclient1"),
    (
        "device-missing",
        "node-2",
        lambda world: world.netns("node-2")["links"].remove(world.link("node-2", "flannel.1")),
        "flannel.1",
    ),
    (
        "device-missing",
        "node-2",
        lambda world: world.netns("node-2")["links"].remove(world.link("node-2", "vethclient2")),
        None,
    ),
    (
        "bridge-port-detached",
        "node-2",
        lambda world: world.link("node-2", "vethclient2").update(master=None),
        "vethclient2",
    ),
    ("bridge-port-detached", "node-2", _leave_the_bridge_empty, "vethclient2"),
    (
        "ip-forwarding-off",
        "node-2",
        lambda world: world.netns("node-2")["sysctls"].update(
            {"net.ipv4.ip_forward": "0", "net.ipv4.conf.all.forwarding": "0"}
        ),
        None,
    ),
    (
        "netfilter-drop",
        "node-2",
        lambda world: world.set_netfilter(
            "node-2", builders.netfilter(first="[3:252] -A FORWARD -s 10.244.1.2/32 -d 10.244.2.2/32 -j DROP\n")
        ),
        None,
    ),
    (
        "netfilter-drop",
        "node-1",
        lambda world: world.set_netfilter(
            "node-1",
            "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
            "[3:252] -A FORWARD -d 10.244.2.0/24 -j DROP\nCOMMIT\n",
            "legacy",
        ),
        None,
    ),
    (
        "netfilter-reject",
        "node-1",
        lambda world: world.set_netfilter(
            "node-1",
            builders.netfilter(
                first="[3:252] -A FORWARD -d 10.244.2.2/32 -j REJECT --reject-with icmp-port-unreachable\n"
            ),
        ),
        None,
    ),
    (
        "netfilter-drop",
        "node-2",
        lambda world: world.set_netfilter(
            "node-2", builders.netfilter(first="[3:252] -A INPUT -p udp -m udp --dport 8472 -j DROP\n")
        ),
        None,
    ),
    (
        "netfilter-drop",
        "node-1",
        lambda world: world.set_netfilter(
            "node-1", builders.netfilter(first="[3:252] -A OUTPUT -p udp -m udp --dport 8472 -j DROP\n")
        ),
        None,
    ),
    (
        "netfilter-drop",
        "node-1",
        lambda world: world.set_netfilter(
            "node-1", builders.netfilter(first="[3:252] -A FORWARD -s 10.244.2.2/32 -d 10.244.1.2/32 -j DROP\n")
        ),
        None,
    ),
]


@pytest.mark.parametrize(
    ("cause", "node", "breaks", "device"),
    PATH_FAULTS,
    ids=[f"{number}-{fault[0]}" for number, fault in enumerate(PATH_FAULTS)],
)
def test_faults_of_the_path(cause: str, node: str, breaks: t.Callable[[World], t.Any], device: str | None) -> None:
    world = World()
    breaks(world)
    place = {"node": node, **({"device": device} if device else {})}
    finding = _check(_ping(world), cause, **place)
    assert finding["confidence"] == "likely", "a simulation and a probe agree; only a capture proves"


def test_route_wrong() -> None:
    world = World()
    for entry in world.netns("node-1")["routes"]:
        if entry["dst"] == "10.244.2.0/24":
            entry.update(dev="cni0", gateway=None)
    _check(_ping(world), "route-wrong", node="node-1")


def test_large_packets_vanish_between_pods() -> None:
    """A pod with MTU 1500 over a tunnel of 1450, and nobody tells it."""
    world = World()
    for node, pod in (("node-1", "client-1"), ("node-2", "client-2")):
        world.link(node, "eth0", f"pod:default/{pod}")["mtu"] = 1500
        world.link(node, f"veth{pod.replace('-', '')}")["mtu"] = 1500
        world.link(node, "cni0")["mtu"] = 1500
    found = world.diagnose(
        CLIENT,
        PEER,
        protocol="icmp",
        outcomes={"mtu": builders.sizes(1450, 1500), "reverse-mtu": builders.sizes(1450, 1500)},
    )
    _check(found, "path-mtu-blackhole", node="node-1", device="flannel.1")


def test_tunnel_too_large_for_its_nic() -> None:
    world = World()
    for node, pod in (("node-1", "client-1"), ("node-2", "client-2")):
        for link in (
            world.link(node, "eth0", f"pod:default/{pod}"),
            world.link(node, f"veth{pod.replace('-', '')}"),
            world.link(node, "cni0"),
            world.link(node, "flannel.1"),
        ):
            link["mtu"] = 1500
    found = world.diagnose(
        CLIENT,
        PEER,
        protocol="icmp",
        outcomes={"mtu": builders.sizes(1450, 1500), "reverse-mtu": builders.sizes(1450, 1500)},
    )
    _check(found, "mtu-mismatch", node="node-1", device="flannel.1")


def test_the_nodes_end_of_a_pair_is_smaller() -> None:
    """Measured: a veth end of MTU 1300 takes packets of 1304 bytes."""
    world = World()
    world.link("node-1", "vethclient1")["mtu"] = 1300
    found = world.diagnose(CLIENT, PEER, protocol="icmp", outcomes={"mtu": builders.sizes(1304, 1450)})
    _check(found, "mtu-mismatch", node="node-1", device="vethclient1")


def test_the_pods_end_of_a_pair_is_smaller() -> None:
    world = World()
    world.link("node-2", "eth0", "pod:default/client-2")["mtu"] = 1300
    found = world.diagnose(CLIENT, PEER, protocol="icmp", outcomes={"mtu": builders.sizes(1304, 1450)})
    _check(found, "mtu-mismatch", node="node-2", namespace="default", pod="client-2", device="eth0")


def test_nic_smaller_than_its_tunnel() -> None:
    world = World()
    world.link("node-1", "eth0")["mtu"] = 1400
    found = world.diagnose(CLIENT, PEER, protocol="icmp", outcomes={"mtu": builders.sizes(1354, 1450)})
    _check(found, "mtu-mismatch", node="node-1", device="eth0")


def test_rules_behind_one_another_are_all_told_and_what_is_behind_them_too() -> None:
    world = World()
    rules = "[3:252] -A FORWARD -d 10.244.2.2/32 -j DROP\n[0:0] -A FORWARD -s 10.244.1.2/32 -j DROP\n"
    world.set_netfilter("node-1", builders.netfilter(first=rules))
    world.netns("node-2")["routes"].insert(0, builders.route("10.244.1.2/32", None, type="blackhole"))
    found = _ping(world)
    assert found["verdict"]["root_causes"] == ["netfilter-drop", "route-blackhole"], found["verdict"]["summary"]
    dropped = next(one for one in found["findings"] if one["id"] == "netfilter-drop")
    assert "-A FORWARD -d 10.244.2.2/32 -j DROP" in dropped["observed"]
    assert "with that changed, by the simulation, rule" in dropped["observed"] or "; also rule" in dropped["observed"]
    assert "-A FORWARD -s 10.244.1.2/32 -j DROP" in dropped["observed"]
    assert dropped["remediation"].count("-D FORWARD") == 2


def test_a_rule_drops_large_packets_alone() -> None:
    world = World()
    text = builders.netfilter(first="[9:13500] -A FORWARD -m length --length 1200:65535 -j DROP\n")
    world.set_netfilter("node-2", text)
    found = world.diagnose(CLIENT, PEER, protocol="icmp", outcomes={"mtu": builders.sizes(1199, 1200)})
    _check(found, "netfilter-drop", ["path-mtu-blackhole"], node="node-2")


def test_the_pods_own_device_is_down() -> None:
    """eth0 of a pod is not eth0 of its node."""
    world = World()
    world.link("node-2", "eth0", "pod:default/client-2")["up"] = False
    world.link("node-2", "vethclient2")["carrier"] = False
    _check(_ping(world), "device-down", node="node-2", namespace="default", pod="client-2", device="eth0")


def test_the_address_is_on_the_wrong_node_too() -> None:
    world = World()
    world.netns("node-1")["routes"].append(
        builders.route("10.244.2.2/32", "lo", table="local", type="local", scope="host")
    )
    _check(_ping(world), "route-wrong", node="node-1")


def test_service_without_that_port() -> None:
    found = World().diagnose(CLIENT, WEB, 81, outcomes={"tcp": "timed_out"})
    _check(found, "service-port-missing", namespace="default", service="web")


def test_service_whose_pods_are_not_ready() -> None:
    world = World()
    for pod in ("web-a", "web-b"):
        world.pod_ready(pod, False)
    found = world.diagnose(CLIENT, WEB, 80, outcomes={"tcp": "refused"})
    assert found["verdict"]["result"] == "fault"
    explained = {name for entry in found["findings"] for name in entry["explains"]}
    assert "service-no-endpoints" in explained
    assert {entry["id"] for entry in found["findings"]} >= {"service-no-ready-pods", "service-no-endpoints"}
    assert "service-no-endpoints" not in found["verdict"]["root_causes"]


@pytest.mark.parametrize("ending", [True, False])
def test_a_namespace_that_is_being_deleted_has_no_pods(ending: bool) -> None:
    """Else nobody knows why the workload has none."""
    world = World()
    for pod in ("web-a", "web-b"):
        world.remove("pods", pod)
    world.item("endpointslices", "web-x")["endpoints"] = []
    since = {"deletionTimestamp": "2026-11-28T10:00:00Z"} if ending else {}
    world.cluster["resources"]["namespaces"] = [{"metadata": {"name": "default", **since}}]
    found = world.diagnose(CLIENT, WEB, 80, outcomes={"tcp": "refused"})
    assert found["verdict"]["root_causes"] == ["service-no-endpoints"]
    assert ("namespace default is being deleted" in found["verdict"]["summary"]) is ending


def test_pod_that_never_started() -> None:
    world = World()
    world.pod_ready("client-2", False, phase="Pending")
    status = world.item("pods", "client-2")["status"]
    status.pop("podIP")
    status.pop("podIPs")
    _check(world.diagnose(CLIENT, PEER, protocol="icmp"), "pod-not-ready", namespace="default", pod="client-2")


def test_node_not_ready() -> None:
    world = World()
    world.item("nodes", "node-2")["status"]["conditions"] = [
        {
            "type": "Ready",
            "status": "Unknown",
            "reason": "NodeStatusUnknown",
            "message": "Kubelet stopped posting node status.",
        }
    ]
    del world.snapshots["node-2"]
    found = _ping(world)
    assert found["verdict"]["root_causes"] == ["node-not-ready"]
    assert found["verdict"]["location"]["node"] == "node-2"


@pytest.mark.parametrize(
    ("listening", "told"),
    [
        ([builders.socket(22, process="sshd")], True),
        ([builders.socket(22, process="sshd"), builders.socket(10250, process="k3s-server")], False),
        ([], False),
    ],
    ids=["ended", "in-another-program", "not-read"],
)
def test_a_kubelet_that_has_ended(listening: list[Json], told: bool) -> None:
    world = World()
    unknown = {"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown", "message": "Kubelet stopped."}
    world.item("nodes", "node-2")["status"]["conditions"] = [unknown]
    world.pod_ready("web-b", False)
    world.remove("pods", "web-a")
    world.item("endpointslices", "web-x")["endpoints"].pop(0)
    world.netns("node-2")["sockets"] = listening
    verdict = world.diagnose(CLIENT, WEB, 80, outcomes={"tcp": "refused"})["verdict"]
    assert (verdict["root_causes"], verdict["location"]["node"]) == (["node-not-ready"], "node-2")
    assert ("nothing listens on the kubelet's port 10250" in verdict["summary"]) is told
    assert (verdict["confidence"] == "proven") is told


def test_kube_proxy_gone_though_it_has_its_priority() -> None:
    world = World()
    world.remove("pods", "kube-proxy-node-1")
    world.set_netfilter("node-1", builders.netfilter(services=False))
    found = world.diagnose(CLIENT, WEB, 80, outcomes={"tcp": "timed_out"})
    _check(found, "kube-proxy-missing", node="node-1")


def test_kube_proxy_runs_and_its_rules_are_old() -> None:
    world = World()
    world.set_netfilter("node-1", builders.netfilter(services=False))
    found = world.diagnose(CLIENT, WEB, 80, outcomes={"tcp": "timed_out"})
    _check(found, "kube-proxy-rules-stale", node="node-1")


def test_rules_send_to_an_address_that_is_gone() -> None:
    world = World()
    text = (
        builders.netfilter()
        .replace("10.244.1.3:8080", "10.244.1.77:8080")
        .replace("10.244.2.4:8080", "10.244.2.77:8080")
    )
    world.set_netfilter("node-1", text)
    found = world.diagnose(CLIENT, WEB, 80, outcomes={"tcp": "timed_out"})
    _check(found, "kube-proxy-rules-stale", node="node-1")


@pytest.mark.parametrize(("target", "stale"), [("REJECT --reject-with icmp-port-unreachable", True), ("DROP", False)])
def test_rules_that_say_there_are_no_endpoints(target: str, stale: bool) -> None:
    """REJECT: there are none at all, which is out of date. DROP: none on this node, for a Service that keeps traffic
    local.
    """
    world = World()
    text = builders.netfilter(services=False).replace(
        "COMMIT",
        f'[3:180] -A KUBE-SERVICES -d {builders.SERVICES["web"]}/32 -p tcp -m comment --comment "default/web:http" -m'
        f" tcp --dport 80 -j {target}\nCOMMIT",
        1,
    )
    world.set_netfilter("node-1", text)
    if not stale:
        world.item("services", "web")["spec"]["internalTrafficPolicy"] = "Local"
        world.item("endpointslices", "web-x")["endpoints"].pop(0)
    found = world.diagnose(CLIENT, WEB, 80, outcomes={"tcp": "refused" if stale else "timed_out"})
    expected = "kube-proxy-rules-stale" if stale else "service-internal-traffic-local"
    assert found["verdict"]["root_causes"] == [expected]


def _dns(outcome: str, server: str = builders.CLUSTER_DNS) -> Json:
    return {
        "status": "fail",
        "outcome": outcome,
        "data": {"servers": [{"nameserver": server, "outcome": outcome, "rtt_ms": None, "answers": []}]},
    }


NO_NAME: t.Mapping[str, builders.Outcome] = {
    "tcp": "dns_failure",
    "ping": "dns_failure",
    "tcp-mtu": {"status": "error", "outcome": "dns_failure"},
}


def test_dns_service_is_cut_off_and_its_pods_answer() -> None:
    found = World().diagnose(
        CLIENT, "web.default.svc.cluster.local", 80, outcomes={"dns-pod": _dns("timed_out"), **NO_NAME}
    )
    _check(found, "dns-service-unreachable")


def test_dns_service_has_no_port_for_udp() -> None:
    world = World()
    spec = world.item("services", "kube-dns")["spec"]
    spec["ports"] = [one for one in spec["ports"] if one.get("protocol") == "TCP"]
    assert spec["ports"]
    found = world.diagnose(
        CLIENT, "web.default.svc.cluster.local", 80, outcomes={"dns-pod": _dns("timed_out"), **NO_NAME}
    )
    finding = _check(found, "service-port-missing", namespace="kube-system", service="kube-dns")
    assert "its ports are 53/tcp" in finding["observed"]


def test_name_that_does_not_exist() -> None:
    found = World().diagnose(
        CLIENT,
        "nowhere.example",
        80,
        outcomes={"dns-pod": _dns("nxdomain"), "dns-cluster": "nxdomain", "dns-upstream": "nxdomain", **NO_NAME},
    )
    _check(found, "dns-name-missing")


def test_upstream_server_does_not_answer() -> None:
    found = World().diagnose(
        CLIENT,
        "www.example.org",
        80,
        outcomes={"dns-pod": _dns("servfail"), "dns-cluster": "servfail", "dns-upstream": "timed_out", **NO_NAME},
    )
    _check(found, "dns-upstream-failing")


def test_pod_asks_a_stranger() -> None:
    world = World()
    world.netns("node-1", "pod:default/client-1")["resolv_conf"] = "nameserver 203.0.113.99\n"
    found = world.diagnose(
        CLIENT, "web.default.svc.cluster.local", 80, outcomes={"dns-pod": _dns("timed_out", "203.0.113.99"), **NO_NAME}
    )
    _check(found, "dns-config-wrong", namespace="default", pod="client-1")


@pytest.mark.parametrize(
    ("rule", "direct", "expected"),
    [
        # No question leaves the node: the server that was meant could not have been asked either.
        ("-p udp -m udp --dport 53", "timed_out", {"netfilter-drop": "likely"}),
        # Only those to that server: its rule or the pod's choice may be what was not meant.
        (
            "-d 203.0.113.99/32 -p udp -m udp --dport 53",
            {"status": "pass", "outcome": "answer"},
            {"dns-config-wrong": "likely", "netfilter-drop": "likely"},
        ),
    ],
)
def test_pod_asks_a_server_of_its_own_that_a_rule_keeps_it_from(
    rule: str, direct: builders.Outcome, expected: dict[str, str]
) -> None:
    world = World()
    world.netns("node-1", "pod:default/client-1")["resolv_conf"] = "nameserver 203.0.113.99\n"
    world.set_netfilter("node-1", builders.netfilter(first=f"[9:756] -A FORWARD {rule} -j DROP\n"))
    outcomes = {"dns-pod": _dns("timed_out", "203.0.113.99"), "dns-cluster": direct, **NO_NAME}
    found = world.diagnose(CLIENT, "web.default.svc.cluster.local", 80, outcomes=outcomes)
    assert set(found["verdict"]["root_causes"]) == set(expected), found["verdict"]["summary"]
    told = {one["id"]: one["confidence"] for one in found["findings"] if one["id"] in expected}
    assert told == expected


def test_dns_servers_run_and_do_not_answer() -> None:
    found = World().diagnose(
        CLIENT,
        "web.default.svc.cluster.local",
        80,
        outcomes={"dns-pod": _dns("timed_out"), "dns-cluster": "timed_out", **NO_NAME},
    )
    _check(found, "dns-server-down", namespace="kube-system")


def test_conntrack_table_full() -> None:
    world = World()
    world.snapshots["node-1"]["conntrack"] = {
        "count": 131072,
        "max": 131072,
        "drop": 512,
        "early_drop": 40,
        "insert_failed": 0,
    }
    found = world.diagnose(
        CLIENT,
        WEB,
        80,
        outcomes={
            "tcp": "timed_out",
            "backend-tcp": "timed_out",
            **dict.fromkeys(("ping", "node-pod-ping", "reverse-ping"), "no_reply"),
        },
    )
    _check(found, "conntrack-full", node="node-1")


def test_some_packets_lost() -> None:
    found = World().diagnose(
        CLIENT,
        PEER,
        protocol="icmp",
        outcomes={"ping": {"status": "fail", "outcome": "no_reply", "sent": 20, "received": 14, "loss_percent": 30.0}},
    )
    _check(found, "packet-loss")


def test_a_rule_that_drops_at_random() -> None:
    world = World()
    world.set_netfilter(
        "node-2",
        builders.netfilter(
            first="[9:756] -A FORWARD -d 10.244.2.2/32 -m statistic --mode random --probability 0.30000000000 -j DROP\n"
        ),
    )
    found = world.diagnose(
        CLIENT,
        PEER,
        protocol="icmp",
        outcomes={"ping": {"status": "fail", "outcome": "no_reply", "sent": 20, "received": 14, "loss_percent": 30.0}},
    )
    _check(found, "netfilter-drop", ["packet-loss"], node="node-2")


def test_forwarding_is_off_for_one_device() -> None:
    world = World()
    world.netns("node-2")["sysctls"]["net.ipv4.conf.flannel.1.forwarding"] = "0"
    finding = _check(_ping(world), "ip-forwarding-off", node="node-2")
    assert "net.ipv4.conf.flannel.1.forwarding" in finding["remediation"]


def _two_ways(world: World, **settings: str) -> World:
    """node-2 answers node-1's pods without the tunnel."""
    netns = world.netns("node-2")
    netns["rules"].append(builders.rule(110, "110", **{"from": "10.244.2.0/24", "to": "10.244.1.0/24"}))
    netns["routes"].append(builders.route("10.244.1.0/24", "eth0", "192.0.2.11", table="110"))
    netns["sysctls"].update(
        {f"net.ipv4.conf.{name.replace('_', '.')}.rp_filter": value for name, value in settings.items()}
    )
    return world


@pytest.mark.parametrize("settings", [{"all": "1", "flannel_1": "0"}, {"all": "0", "flannel_1": "1"}])
def test_strict_reverse_path_filter(settings: dict[str, str]) -> None:
    finding = _check(_ping(_two_ways(World(), **settings)), "rp-filter-drop", node="node-2", device="flannel.1")
    strict = "all" if settings["all"] == "1" else "flannel.1"
    assert f"net.ipv4.conf.{strict}.rp_filter" in finding["observed"] and "eth0" in finding["observed"]


@pytest.mark.parametrize(
    "settings",
    [{"all": "0", "flannel_1": "0"}, {"all": "2", "flannel_1": "1"}, {"all": "1", "flannel_1": "2"}, {"all": "1"}],
)
def test_reverse_path_filter_that_lets_pass_or_was_not_read(settings: dict[str, str]) -> None:
    assert "rp-filter-drop" not in [finding["id"] for finding in _ping(_two_ways(World(), **settings))["findings"]]


def test_native_nftables_rule() -> None:
    world = World()
    rule = {
        "family": "inet",
        "table": "fw",
        "chain": "in",
        "handle": 2,
        "expr": [
            {"match": {"op": "==", "left": {"payload": {"protocol": "udp", "field": "dport"}}, "right": 8472}},
            {"drop": None},
        ],
    }
    world.netns("node-2")["netfilter"]["nftables"]["text"] = json.dumps(
        {
            "nftables": [
                {
                    "chain": {
                        "family": "inet",
                        "table": "fw",
                        "name": "in",
                        "type": "filter",
                        "hook": "input",
                        "prio": 0,
                        "policy": "accept",
                    }
                },
                {"rule": rule},
            ]
        }
    )
    finding = _check(_ping(world), "netfilter-drop", node="node-2")
    assert "nft delete rule inet fw in handle 2" in finding["remediation"]


def test_the_pods_port_is_down() -> None:
    """The pod's own end loses its carrier with it: one fault."""
    world = World()
    world.link("node-2", "vethclient2")["up"] = False
    world.link("node-2", "eth0", "pod:default/client-2")["carrier"] = False
    _check(_ping(world), "device-down", node="node-2", device="vethclient2")


def test_slow_answers() -> None:
    found = World().diagnose(
        CLIENT,
        PEER,
        protocol="icmp",
        outcomes={"ping": {"rtt_ms": {"min": 480.0, "avg": 512.0, "max": 640.0, "mdev": 40.0}}},
    )
    assert "latency-high" in {entry["id"] for entry in found["findings"]}


def test_two_faults_are_two_root_causes() -> None:
    world = World()
    world.set_netfilter("node-1", builders.netfilter("DROP", flannel=False))
    world.set_netfilter("node-2", builders.netfilter("DROP", flannel=False))
    found = _ping(world)
    places = {entry["location"]["node"] for entry in found["findings"] if entry["id"] == "forward-policy-drop"}
    assert places == {"node-1", "node-2"}, "mending the first one alone would not help"
