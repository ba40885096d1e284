# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Service ought to do with a packet on a node, and what the CNI, DNS and the majority want."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent import _kube_proxy as kube_proxy
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent import _services as services
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._cni import PodNetwork
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._dns import Corefile, ResolvConf, wanted
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._kube_proxy import Wrong, compare
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._majority import By, odd_one_out
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._services import (
    Entry,
    ServicePort,
    Want,
    decide,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import ClusterIndex
from ansible_collections.podnet.diagnostics.tests.unit import builders
from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, World

HERE, THERE = "10.244.1.3", "10.244.2.4"


def _service(world: World, name: str = "web", **spec: t.Any) -> tuple[ClusterIndex, ServicePort]:
    item = world.item("services", name)
    item["spec"].update(spec)
    return ClusterIndex(world.cluster), ServicePort(item, item["spec"]["ports"][0])


def _conditions(world: World, **conditions: Json) -> None:
    for endpoint in world.item("endpointslices", "web-x")["endpoints"]:
        name = endpoint["targetRef"]["name"].replace("-", "_")
        endpoint["conditions"] = conditions.get(name, endpoint["conditions"])


def _chosen(decision: services.Decision) -> tuple[Want, list[str]]:
    return decision.want, [backend.address for backend in decision.backends]


def test_cluster_policy_uses_every_ready_endpoint() -> None:
    index, service = _service(World())
    assert _chosen(decide(index, service, Entry.CLUSTER_IP, "node-1")) == (Want.FORWARD, [HERE, THERE])


def test_internal_policy_local_stays_on_the_node() -> None:
    world = World()
    index, service = _service(world, internalTrafficPolicy="Local")
    assert _chosen(decide(index, service, Entry.CLUSTER_IP, "node-2")) == (Want.FORWARD, [THERE])
    world.item("endpointslices", "web-x")["endpoints"].pop(0)
    index, service = _service(world, internalTrafficPolicy="Local")
    assert decide(index, service, Entry.CLUSTER_IP, "node-1").want is Want.DROP_NOT_LOCAL


def test_external_policy_local_counts_for_clients_outside_only() -> None:
    world = World()
    world.item("endpointslices", "web-nodeport-x")["endpoints"].pop(0)
    index, service = _service(world, "web-nodeport", externalTrafficPolicy="Local")
    outside = decide(index, service, Entry.NODE_PORT, "node-1", "198.51.100.10", from_cluster=False)
    assert outside.want is Want.DROP_NOT_LOCAL
    assert _chosen(decide(index, service, Entry.NODE_PORT, "node-1", "10.244.1.2")) == (Want.FORWARD, [THERE])


def test_terminating_endpoints_serve_when_nobody_else_does() -> None:
    world = World()
    leaving = {"ready": False, "serving": True, "terminating": True}
    _conditions(world, web_a=leaving, web_b={"ready": True})
    index, service = _service(world)
    assert _chosen(decide(index, service, Entry.CLUSTER_IP, "node-1")) == (Want.FORWARD, [THERE])
    _conditions(world, web_b={"ready": False, "serving": False, "terminating": True})
    assert _chosen(decide(index, service, Entry.CLUSTER_IP, "node-1")) == (Want.FORWARD, [HERE])
    _conditions(world, web_a={"ready": False})
    assert decide(index, service, Entry.CLUSTER_IP, "node-1").want is Want.REJECT


@pytest.mark.parametrize(
    ("marked", "expected"), [(("a", "b"), [HERE]), (("a", ""), [HERE, THERE]), (("b", "b"), [HERE, THERE])]
)
def test_zone_hints_count_where_all_have_them(marked: tuple[str, str], expected: list[str]) -> None:
    world = World()
    for node, zone in (("node-1", "a"), ("node-2", "b")):
        world.item("nodes", node)["metadata"]["labels"][services.ZONE] = zone
    for endpoint, zone in zip(world.item("endpointslices", "web-x")["endpoints"], marked):
        endpoint["hints"] = {"forZones": [{"name": zone}]} if zone else {}
    index, service = _service(world)
    assert _chosen(decide(index, service, Entry.CLUSTER_IP, "node-1"))[1] == expected


def test_source_ranges_of_a_load_balancer() -> None:
    world = World()
    index, service = _service(world, "web-nodeport", type="LoadBalancer", loadBalancerSourceRanges=["203.0.113.0/24"])
    for source, want in (("203.0.113.9", Want.FORWARD), ("198.51.100.10", Want.DROP_SOURCE)):
        assert decide(index, service, Entry.LOAD_BALANCER, "node-1", source, from_cluster=False).want is want


def test_named_ports_are_looked_up_in_each_pod() -> None:
    world = World()
    world.item("pods", "web-b")["spec"]["containers"][0]["ports"] = [{"name": "http", "containerPort": 9090}]
    index, service = _service(world)
    assert {(one.address, one.port) for one in services.wanted_backends(index, service)} == {
        (HERE, 8080),
        (THERE, 9090),
    }


def test_pods_that_are_not_ready_are_published_where_the_service_says_so() -> None:
    world = World()
    world.pod_ready("web-a", False)
    for publish, expected in ((False, {THERE}), (True, {HERE, THERE})):
        index, service = _service(world, publishNotReadyAddresses=publish)
        assert {one.address for one in services.wanted_backends(index, service) if one.ready} == expected


@pytest.mark.parametrize(
    "change", [{"addressType": "FQDN"}, {"ports": []}, {"ports": [{"name": "http", "protocol": "TCP"}]}]
)
def test_slices_of_which_kube_proxy_makes_nothing(change: dict[str, t.Any]) -> None:
    world = World()
    piece = next(one for one in world.resources("endpointslices") if one["metadata"]["name"].startswith("web-"))
    piece.update(change)
    index, service = _service(world)
    assert services.slice_backends(index, service) == ()
    assert index.backends(service.item, service.entry) == []
    assert len(services.unserved_slices(index, service)) == 1


def test_headless_and_external_name_have_no_rules() -> None:
    index, service = _service(World(), clusterIP="None", clusterIPs=["None"])
    assert decide(index, service, Entry.CLUSTER_IP, "node-1").want is Want.NOTHING
    assert services.headless_answers(index, service) == (HERE, THERE)
    index, service = _service(World(), type="ExternalName", externalName="www.example.org")
    assert decide(index, service, Entry.CLUSTER_IP, "node-1").want is Want.NOTHING


def test_health_check_port() -> None:
    world = World()
    world.item("endpointslices", "web-nodeport-x")["endpoints"].pop(0)
    index, service = _service(world, "web-nodeport", externalTrafficPolicy="Local", healthCheckNodePort=32000)
    assert [services.health_check(index, service, node) for node in ("node-1", "node-2")] == [False, True]


def test_rules_are_compared_with_what_the_endpoints_want() -> None:
    index, service = _service(World())
    decision = decide(index, service, Entry.CLUSTER_IP, "node-1")
    assert compare(decision, {(HERE, 8080), (THERE, 8080)}, False, False).wrong is None
    assert compare(decision, {(HERE, 8080)}, False, False).lacking == (f"{THERE}:8080",)
    assert compare(decision, {(HERE, 8080), ("10.244.1.99", 8080)}, False, False).wrong is Wrong.STALE
    assert compare(decision, (), True, False).wrong is Wrong.REJECTS
    assert compare(decision, (), False, True).wrong is Wrong.DROPS
    assert compare(decision, (), False, False).wrong is Wrong.MISSING


# -- the pod network -----------------------------------------------------------------------------------------------
def test_routes_of_flannel() -> None:
    world = World()
    network = PodNetwork(ClusterIndex(world.cluster))
    route = network.wanted_route("node-1", "10.244.2.9")
    assert route is not None and (route.dst, route.gateway, route.device) == (
        "10.244.2.0/24",
        "10.244.2.0",
        "flannel.1",
    )
    for node in world.resources("nodes"):
        node["metadata"]["annotations"]["flannel.alpha.coreos.com/backend-type"] = "host-gw"
    route = PodNetwork(ClusterIndex(world.cluster)).wanted_route("node-1", "10.244.2.9")
    assert route is not None and (route.gateway, route.device) == ("192.0.2.12", None)


def test_bridge_address_and_owners() -> None:
    network = PodNetwork(ClusterIndex(World().cluster))
    assert network.bridge_address("node-2") == "10.244.2.1/24"
    assert network.node_of("10.244.2.77") == "node-2"
    assert network.leftovers(["cni0", "cilium_vxlan", "eth0", "flannel.1"]) == ["cilium_vxlan"]
    assert network.overlaps() == []


# -- the odd one out -----------------------------------------------------------------------------------------------
def test_majority() -> None:
    odd = odd_one_out({"a": 1, "b": 1, "c": 7})
    assert odd is not None and (odd.nodes, odd.wanted, odd.by) == (("c",), 1, By.MAJORITY)


def test_configuration_decides_before_the_majority() -> None:
    odd = odd_one_out({"a": 1, "b": 7, "c": 7}, configured=1)
    assert odd is not None and (odd.nodes, odd.by) == (("b", "c"), By.CONFIGURATION)


def test_what_was_announced_decides_between_two() -> None:
    odd = odd_one_out({"a": 1, "b": 7}, announced={"a": 1, "b": 1})
    assert odd is not None and (odd.nodes, odd.by) == (("b",), By.ANNOUNCED)


def test_where_nothing_decides_both_are_named() -> None:
    odd = odd_one_out({"a": 1, "b": 7})
    assert odd is not None and (set(odd.nodes), odd.by) == ({"a", "b"}, By.NOTHING)
    assert odd_one_out({"a": 1, "b": 1}) is None


# -- DNS -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("spec", "servers"),
    [
        ({}, (builders.CLUSTER_DNS,)),
        ({"hostNetwork": True}, ("203.0.113.53",)),
        ({"hostNetwork": True, "dnsPolicy": "ClusterFirstWithHostNet"}, (builders.CLUSTER_DNS,)),
        ({"dnsPolicy": "Default"}, ("203.0.113.53",)),
        ({"dnsPolicy": "None", "dnsConfig": {"nameservers": ["203.0.113.9"]}}, ("203.0.113.9",)),
    ],
)
def test_the_servers_that_a_pod_ought_to_ask(spec: Json, servers: tuple[str, ...]) -> None:
    world = World()
    pod = world.item("pods", "client-1")
    pod["spec"].update(spec)
    found = wanted(ClusterIndex(world.cluster), pod, ResolvConf(("203.0.113.53",), ()))
    assert found is not None and found.nameservers == servers


def test_search_list_and_ndots() -> None:
    conf = ResolvConf.parse("search a.example b.example\nnameserver 192.0.2.1\noptions ndots:2\n")
    assert conf.tries("x.y") == ("x.y.a.example", "x.y.b.example", "x.y")
    assert conf.tries("x.y.z") == ("x.y.z", "x.y.z.a.example", "x.y.z.b.example")
    assert conf.tries("x.") == ("x",)


@pytest.mark.parametrize(
    ("text", "domain", "zones"),
    [
        (".:53 {\n  kubernetes cluster.local ip6.arpa {\n  }\n}", "cluster.local", ("cluster.local", "ip6.arpa")),
        ("lab.example:53 {\n  kubernetes {\n  }\n}\n. {\n  forward . 192.0.2.1\n}", "lab.example", ("lab.example",)),
        (".:53 {\n  kubernetes\n}", "cluster.local", (".",)),
        (".:53 {\n  kubernetes {$DOMAIN} in-addr.arpa\n}", "cluster.local", ()),
        ("", "cluster.local", ()),
    ],
)
def test_zones_of_a_corefile(text: str, domain: str, zones: tuple[str, ...]) -> None:
    item = {"metadata": {"name": "coredns"}, "data": {"Corefile": text}}
    found = Corefile.of(ClusterIndex({"resources": {"configmaps": [item]}}))
    assert (found.domain, found.zones) == (domain, zones)


@pytest.mark.parametrize(
    ("text", "address", "served"),
    [
        ("mode: iptables\n", "198.51.100.9", True),
        ("mode: nftables\n", "198.51.100.9", False),
        ("mode: nftables\n", "192.0.2.11", True),
        ('nodePortAddresses: ["198.51.100.0/24"]\nmode: iptables\n', "192.0.2.11", False),
        ("nodePortAddresses:\n- 192.0.2.0/24\n- 10.0.0.0/8\nmode: nftables\n", "192.0.2.99", True),
        ("nodePortAddresses: [primary]\nmode: iptables\n", "192.0.2.11", True),
        ("nodePortAddresses: null\nmode: iptables\n", "192.0.2.99", True),
        ("nodePortAddresses: []\nmode: iptables\n", "192.0.2.99", True),
        ("nodePortAddresses: *anchor\n", "192.0.2.99", None),
        ("nodePortAddresses: [nonsense]\n", "192.0.2.99", None),
    ],
)
def test_which_addresses_serve_node_ports(text: str, address: str, served: bool | None) -> None:
    item = {"metadata": {"name": "kube-proxy", "namespace": "kube-system"}, "data": {"config.conf": text}}
    config = kube_proxy.Config.of(ClusterIndex({"resources": {"configmaps": [item]}}))
    assert config is not None
    assert config.serves_node_ports(address, ["192.0.2.11"]) is served
