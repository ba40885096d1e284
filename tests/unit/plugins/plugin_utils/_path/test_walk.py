# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ordered devices of a packet's way, for every kind of end, there and back."""

from __future__ import annotations

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Evidence
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._service_rules import translation
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._walk import Path, leave, walk
from ansible_collections.podnet.diagnostics.tests.unit import builders
from ansible_collections.podnet.diagnostics.tests.unit.builders import World

CLIENT, PEER = "pod:default/client-1", "pod:default/client-2"


def _names(path: Path) -> list[str]:
    return [f"{hop.node}:{hop.kind if hop.kind == 'pod' else hop.device}" for hop in path.hops]


def _ways(evidence: Evidence, number: int = 0) -> tuple[list[str], list[str]]:
    """Device names there and back; both ways arrive."""
    assert evidence.source is not None
    there = walk(evidence, evidence.source, evidence.targets[number])
    back = walk(evidence, evidence.targets[number], evidence.source, reply=True)
    assert (there.breaks, there.arrived, back.breaks, back.arrived) == ((), True, (), True)
    return _names(there), _names(back)


CROSS = [
    "node-1:pod",
    "node-1:vethclient1",
    "node-1:cni0",
    "node-1:flannel.1",
    "node-1:eth0",
    "node-2:eth0",
    "node-2:flannel.1",
    "node-2:cni0",
    "node-2:vethclient2",
    "node-2:pod",
]


def test_pod_to_pod_on_another_node() -> None:
    there, back = _ways(World().evidence(CLIENT, PEER, protocol="icmp"))
    assert there == CROSS
    assert back == list(reversed(CROSS))


def test_pod_to_pod_on_the_same_node() -> None:
    there, back = _ways(World().evidence(CLIENT, "pod:default/web-a", protocol="icmp"))
    assert there == ["node-1:pod", "node-1:vethclient1", "node-1:cni0", "node-1:vethweba", "node-1:pod"]
    assert back == list(reversed(there))


def test_node_to_pod() -> None:
    there, back = _ways(World().evidence("node:node-1", PEER, protocol="icmp"))
    assert there == CROSS[3:]
    assert back[:4] == ["node-2:pod", "node-2:vethclient2", "node-2:cni0", "node-2:eth0"], (
        "a node is reached without the tunnel"
    )


def test_pod_to_node() -> None:
    there, _back = _ways(World().evidence(CLIENT, "node:node-2", protocol="icmp"))
    assert there == ["node-1:pod", "node-1:vethclient1", "node-1:cni0", "node-1:eth0", "node-2:eth0"]


def test_service_says_where_it_is_translated() -> None:
    evidence = World().evidence(CLIENT, "service:default/web", 80)
    assert evidence.source is not None
    there = walk(evidence, evidence.source, evidence.targets[1], "tcp")
    assert _names(there)[:4] == CROSS[:4] and there.translated_at == 3


def test_node_port_from_outside() -> None:
    evidence = World().evidence("host:outside", "node:node-1", builders.NODE_PORT)
    (number,) = (number for number, target in enumerate(evidence.targets) if target.node == "node-2")
    there, back = _ways(evidence, number)
    assert there == [
        "outside:eth0",
        "node-1:eth0",
        "node-1:flannel.1",
        "node-2:eth0",
        "node-2:flannel.1",
        "node-2:cni0",
        "node-2:vethwebb",
        "node-2:pod",
    ]
    assert back == [
        "node-2:pod",
        "node-2:vethwebb",
        "node-2:cni0",
        "node-2:flannel.1",
        "node-2:eth0",
        "node-1:eth0",
        "node-1:flannel.1",
        "outside:eth0",
    ]


def test_a_service_without_targets_is_drawn_up_to_the_service() -> None:
    evidence = World().evidence(CLIENT, "service:default/web", 80)
    assert evidence.source is not None
    assert _names(leave(evidence, evidence.source)) == CROSS[:3]


def test_names_are_not_assumed() -> None:
    """Other device names, VNI and port, the same way."""
    world = World()
    for node in builders.NODES:
        host = world.netns(node)
        for old, new in (("flannel.1", "vxlan.calico"), ("cni0", "kube-bridge"), ("eth0", "enp26s0f0")):
            for part in ("links", "routes", "neighbours", "fdb"):
                for entry in host[part]:
                    for key, value in entry.items():
                        if value == old:
                            entry[key] = new
        world.link(node, "vxlan.calico")["vxlan"].update(id=4096, port=4789, dev="enp26s0f0")
    there, _back = _ways(world.evidence(CLIENT, PEER, protocol="icmp"))
    assert there[2:8] == [
        "node-1:kube-bridge",
        "node-1:vxlan.calico",
        "node-1:enp26s0f0",
        "node-2:enp26s0f0",
        "node-2:vxlan.calico",
        "node-2:kube-bridge",
    ]


def test_routed_without_a_tunnel() -> None:
    """flannel host-gw, or calico with BGP: the next hop is the other node."""
    world = World()
    for node, other in (("node-1", "node-2"), ("node-2", "node-1")):
        host = world.netns(node)
        host["links"].remove(world.link(node, "flannel.1"))
        world.drop_route(node, builders.CIDRS[other])
        host["routes"].append(builders.route(builders.CIDRS[other], "eth0", builders.NODES[other]))
        host["neighbours"] = []
        host["fdb"] = []
    there, _back = _ways(world.evidence(CLIENT, PEER, protocol="icmp"))
    assert there == [name for name in CROSS if "flannel" not in name]
    world.drop_route("node-1", builders.CIDRS["node-2"])
    evidence = world.evidence(CLIENT, PEER, protocol="icmp")
    assert evidence.source is not None
    assert [found.id for found in walk(evidence, evidence.source, evidence.targets[0]).breaks] == ["route-missing"]


def test_pods_without_a_bridge() -> None:
    """calico, ptp: each pod's port has a route of its own."""
    world = World()
    for node, pod, address in (("node-1", "client1", "10.244.1.2"), ("node-2", "client2", "10.244.2.2")):
        host = world.netns(node)
        world.link(node, f"veth{pod}")["master"] = None
        host["links"].remove(world.link(node, "cni0"))
        world.drop_route(node, builders.CIDRS[node])
        host["routes"].append(builders.route(f"{address}/32", f"veth{pod}", scope="link"))
    there, _back = _ways(world.evidence(CLIENT, PEER, protocol="icmp"))
    assert there == [name for name in CROSS if "cni0" not in name]


def test_pod_networks_of_a_cloud_are_routed_by_its_router() -> None:
    """No tunnel, no routes of the nodes: nothing is missing, and nothing can be said about the router."""
    world = World()
    for node, other in (("node-1", "node-2"), ("node-2", "node-1")):
        world.netns(node)["links"].remove(world.link(node, "flannel.1"))
        world.drop_route(node, builders.CIDRS[other])
        world.item("nodes", node)["metadata"]["annotations"] = {}
    there, _back = _ways(world.evidence(CLIENT, PEER, protocol="icmp"))
    assert there == [name for name in CROSS if "flannel" not in name]


def test_a_node_that_was_not_read_ends_the_walk_without_a_reason() -> None:
    world = World()
    del world.snapshots["node-2"]
    evidence = world.evidence(CLIENT, PEER, protocol="icmp")
    assert evidence.source is not None
    found = walk(evidence, evidence.source, evidence.targets[0])
    assert (found.breaks, found.arrived) == ((), False)
    assert _names(found) == CROSS[:5]


def test_service_rules() -> None:
    evidence = World().evidence(CLIENT, "service:default/web", 80)
    host = evidence.namespace("node-1", "host")
    found = translation(host, builders.SERVICES["web"], 80)
    assert found.known and found.present and found.backends == {"10.244.1.3:8080", "10.244.2.4:8080"}
    by_port = translation(host, None, 80, node_port=builders.NODE_PORT)
    assert by_port.backends == found.backends
    assert translation(host, builders.CLUSTER_DNS, 53, "udp").backends == {"10.244.2.3:53"}
    absent = translation(host, "10.96.0.99", 80)
    assert absent.known and not absent.present
    assert not translation(evidence.namespace("outside", "host"), builders.SERVICES["web"], 80).known


def test_rules_of_another_mode_are_not_known() -> None:
    """kube-proxy in nftables mode, or replaced by eBPF: no KUBE-SERVICES chain at all."""
    world = World()
    world.set_netfilter("node-1", "*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n")
    host = world.evidence(CLIENT, "service:default/web", 80).namespace("node-1", "host")
    assert not translation(host, builders.SERVICES["web"], 80).known
