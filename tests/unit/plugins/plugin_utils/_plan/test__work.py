# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From two ends and a cluster to the work of each node."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._options import parse_options
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._work import make_plan, unknown_nodes

JsonObject = dict[str, t.Any]
READY = {"type": "Ready", "status": "True"}


def _pod(name: str, node: str, address: str, namespace: str = "default", **spec: t.Any) -> JsonObject:
    return {
        "metadata": {"namespace": namespace, "name": name, "uid": f"uid-{name}", "labels": {"app": name.split("-")[0]}},
        "spec": {"nodeName": node, **spec},
        "status": {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}], "conditions": [READY]},
    }


def _node(name: str, address: str) -> JsonObject:
    return {
        "metadata": {"name": name},
        "status": {"addresses": [{"type": "InternalIP", "address": address}], "conditions": [READY]},
    }


def _service(name: str, address: str, ports: list[JsonObject], kind: str = "ClusterIP") -> JsonObject:
    return {
        "metadata": {"namespace": "default", "name": name},
        "spec": {"clusterIP": address, "clusterIPs": [address], "type": kind, "ports": ports},
    }


def _slice(service: str, port: JsonObject, endpoints: list[tuple[str, str, str]]) -> JsonObject:
    return {
        "metadata": {"namespace": "default", "name": f"{service}-x", "labels": {"kubernetes.io/service-name": service}},
        "ports": [port],
        "endpoints": [
            {
                "addresses": [address],
                "nodeName": node,
                "conditions": {"ready": True},
                "targetRef": {"kind": "Pod", "namespace": "default", "name": pod},
            }
            for pod, node, address in endpoints
        ],
    }


WEB_PORT = {"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"}
ENDPOINT_PORT = {"name": "http", "port": 8080, "protocol": "TCP"}
WEB_ENDPOINTS = [("web-a", "node-1", "10.244.0.5"), ("web-b", "node-2", "10.244.1.5")]
CLUSTER: JsonObject = {
    "resources": {
        "nodes": [_node("node-1", "192.0.2.11"), _node("node-2", "192.0.2.12")],
        "pods": [
            _pod("client-1", "node-1", "10.244.0.2"),
            _pod("web-a", "node-1", "10.244.0.5"),
            _pod("web-b", "node-2", "10.244.1.5"),
            _pod("agent", "node-2", "192.0.2.12", hostNetwork=True),
        ],
        "services": [
            _service("web", "10.96.0.20", [WEB_PORT]),
            _service("web-nodeport", "10.96.0.21", [{**WEB_PORT, "nodePort": 30080}], "NodePort"),
            _service("empty", "10.96.0.22", [WEB_PORT]),
        ],
        "endpointslices": [
            _slice("web", ENDPOINT_PORT, WEB_ENDPOINTS),
            _slice("web-nodeport", ENDPOINT_PORT, WEB_ENDPOINTS),
        ],
        "configmaps": [
            {
                "metadata": {"name": "coredns", "namespace": "kube-system"},
                "data": {
                    "Corefile": ".:53 {\n  kubernetes cluster.example in-addr.arpa\n  forward . 198.51.100.53 tls://9.9.9.9\n}"
                },
            }
        ],
    },
    "errors": [],
}


def _plan(source: str, destination: str, port: t.Any = "", **more: t.Any) -> JsonObject:
    options, problems = parse_options({"source": source, "destination": destination, "port": port, **more})
    assert options is not None, problems
    outside: frozenset[str] = more.get("outside", frozenset())
    return make_plan(options, CLUSTER, "3f9a1c02", {"outside": "198.51.100.9"}, outside.__contains__, more.get("steps"))


def _roles(plan: JsonObject, node: str) -> list[tuple[str, str]]:
    return [(request["role"], request["target"]) for request in plan["work"][node]["probes"]]


def test_a_service_is_probed_at_its_address_and_at_every_backend() -> None:
    plan = _plan("pod:default/client-1", "service:default/web", 80)
    assert plan["nodes"] == ["node-1", "node-2"]
    first, second = _roles(plan, "node-1"), _roles(plan, "node-2")
    assert ("tcp", "10.96.0.20") in first
    assert [target for role, target in first if role == "backend-tcp"] == ["10.244.0.5", "10.244.1.5"]
    assert ("node-ping", "192.0.2.12") in first
    assert ("local-tcp", "10.244.0.5") in first and ("local-tcp", "10.244.1.5") in second
    assert ("reverse-mtu", "10.244.0.2") in second
    assert plan["work"]["node-2"]["pod_namespaces"] == ["pod:default/web-b"]
    assert {pod["name"] for pod in plan["work"]["node-2"]["pods"]} == {"web-b", "agent"}


def test_the_name_of_a_pod_below_its_service_leads_to_the_pod() -> None:
    pods = CLUSTER["resources"]["pods"]
    pods.append(_pod("db-0", "node-2", "10.244.1.7", hostname="db-0", subdomain="db"))
    try:
        plan = _plan("pod:default/client-1", "db-0.db.default.svc.cluster.example", 5432)
        other = _plan("pod:default/client-1", "db-1.db.default.svc.cluster.example", 5432)
    finally:
        pods.pop()
    end = plan["destination"]
    assert (end["kind"], end["node"], end["netns"], end["port"]) == ("name", "node-2", "pod:default/db-0", 5432)
    assert plan["work"]["node-2"]["pod_namespaces"] == ["pod:default/db-0"]
    assert (other["destination"]["kind"], other["destination"]["node"]) == ("name", None)


def test_ids_and_tokens_are_unique() -> None:
    plan = _plan("pod:default/client-1", "service:default/web", 80)
    requests = [request for work in plan["work"].values() for request in work["probes"]]
    assert len({request["id"] for request in requests}) == len(requests)
    assert len({request["token"] for request in requests}) == len(requests)


def test_the_only_port_of_a_service_needs_not_be_typed() -> None:
    assert _plan("pod:default/client-1", "service:default/web")["destination"]["port"] == 80


def test_a_port_that_the_service_has_not() -> None:
    plan = _plan("pod:default/client-1", "service:default/web", 9999)
    assert plan["destination"]["service"] is None
    assert plan["problems"] == [
        {"what": "destination", "text": "Cannot reach port 9999/TCP of Service default/web: it has 80/TCP"}
    ]
    assert ("tcp", "10.96.0.20") in _roles(plan, "node-1")


def test_a_name_of_a_service_makes_dns_a_part_of_the_path() -> None:
    plan = _plan("pod:default/client-1", "web", 80)
    assert plan["destination"]["kind"] == "name" and plan["destination"]["service"]["name"] == "web"
    assert ("dns-pod", "web") in _roles(plan, "node-1") and ("tcp", "web") in _roles(plan, "node-1")


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("_http._tcp.web", "_http._tcp.web.default.svc.cluster.example"),
        ("_http._tcp.web.default.svc.cluster.example", "_http._tcp.web.default.svc.cluster.example"),
        ("WEB", "web.default.svc.cluster.example"),
    ],
)
def test_the_name_of_a_port_leads_to_its_service(name: str, asked: str) -> None:
    plan = _plan("pod:default/client-1", name, 80)
    assert plan["destination"]["service"]["name"] == "web"
    direct = [one for one in plan["work"]["node-1"]["probes"] if one["role"] == "dns-cluster"]
    assert {one["name"] for one in direct} <= {asked}


@pytest.mark.parametrize(
    ("name", "there"), [("node-3", True), ("Node-3.example.net", True), ("gpu.example.net", True), ("node-33", False)]
)
def test_a_node_that_is_asked_by_its_name_is_examined(monkeypatch: pytest.MonkeyPatch, name: str, there: bool) -> None:
    third = _node("node-3", "192.0.2.13")
    third["status"]["addresses"].append({"type": "InternalDNS", "address": "gpu.example.net"})
    nodes = [*CLUSTER["resources"]["nodes"], third]
    monkeypatch.setitem(CLUSTER["resources"], "nodes", nodes)
    plan = _plan("pod:default/client-1", name, 22)
    assert (plan["destination"]["kind"], plan["destination"]["node"]) == ("name", None)
    assert ("node-3" in plan["nodes"]) is there


def test_a_name_is_looked_up_as_it_was_typed() -> None:
    plan = _plan("pod:default/client-1", "web.default.svc.cluster.example", 80)
    assert ("tcp", "web.default.svc.cluster.example") in _roles(plan, "node-1")


def test_an_outside_name_is_asked_of_the_upstreams_too() -> None:
    plan = _plan("pod:default/client-1", "storage.example.net", 443)
    asked = [
        (request["role"], request["nameserver"])
        for request in plan["work"]["node-1"]["probes"]
        if request["kind"] == "dns" and "nameserver" in request
    ]
    assert asked == [(role, "198.51.100.53") for role in ("dns-upstream", "dns-search")], (
        "an upstream that speaks TLS only is not asked in plain"
    )


def test_an_address_finds_its_pod() -> None:
    plan = _plan("10.244.0.2", "10.244.1.5", 8080)
    assert (plan["source"]["kind"], plan["source"]["name"]) == ("pod", "client-1")
    assert (plan["destination"]["kind"], plan["destination"]["node"]) == ("pod", "node-2")


def test_a_pod_on_the_host_network_does_not_own_the_nodes_address() -> None:
    assert _plan("192.0.2.12", "10.244.0.5", 8080)["source"]["kind"] == "node"


def test_from_outside_a_node_port_service_is_reached_at_a_node() -> None:
    plan = _plan("host:outside", "service:default/web-nodeport", 80)
    assert (plan["destination"]["address"], plan["destination"]["port"]) == ("192.0.2.11", 30080)
    assert plan["nodes"] == ["outside", "node-1", "node-2"]
    roles = _roles(plan, "outside")
    assert ("tcp", "192.0.2.11") in roles and ("tcp-mtu", "192.0.2.11") in roles
    assert not [role for role, _target in roles if role == "backend-tcp"], "pod addresses are not routed outside"
    assert plan["work"]["outside"]["kind"] == "host"


def test_a_node_port_at_a_node_finds_its_service() -> None:
    plan = _plan("host:outside", "node:node-2", 30080)
    assert plan["destination"]["service"]["name"] == "web-nodeport"
    assert len(plan["backends"]) == 2


def test_an_unmanaged_source_sends_no_probe_but_the_rest_is_planned() -> None:
    plan = _plan("203.0.113.7", "pod:default/web-b", 8080)
    assert plan["source"]["kind"] == "address" and plan["source"]["netns"] is None
    assert plan["nodes"] == ["node-2"]
    assert [role for role, _target in _roles(plan, "node-2")][:2] == ["local-tcp", "loopback-tcp"]


@pytest.mark.parametrize(
    ("source", "destination", "text"),
    [
        ("pod:default/client", "pod:default/web-b", "Cannot find pod default/client in the cluster; similar: client-1"),
        ("pod:default/client-1", "node:node-9", "Cannot find node node-9 in the cluster; similar: node-2, node-1"),
        ("pod:default/client-1", "service:default/wep", "Cannot find Service default/wep in the cluster; similar: web"),
        ("host:inside", "pod:default/web-b", "Cannot find host inside in the inventory; similar: outside"),
    ],
)
def test_what_is_not_there_is_named_with_what_is_similar(source: str, destination: str, text: str) -> None:
    assert [problem["text"] for problem in _plan(source, destination, 80)["problems"]] == [text]


def test_a_forbidden_resource_is_the_reason() -> None:
    options, _problems = parse_options({"source": "pod:default/x", "destination": "node:node-1"})
    assert options is not None
    cluster = {"resources": {}, "errors": [{"resource": "pods", "kind": "forbidden", "text": "pods is forbidden"}]}
    plan = make_plan(options, cluster, "r", {}, lambda node: False)
    assert plan["problems"][0]["text"] == "Cannot find pod default/x: pods is forbidden"


def test_nodes_outside_the_limit_are_named() -> None:
    plan = _plan("pod:default/client-1", "pod:default/web-b", 8080, outside=frozenset(["node-2"]))
    assert plan["outside_limit"] == ["node-2"]


def test_steps_select_probes() -> None:
    plan = _plan("pod:default/client-1", "pod:default/web-b", 8080, steps={"ping"})
    assert {role for role, _target in _roles(plan, "node-1")} == {"ping", "node-ping", "node-pod-ping", "burst"}


def test_a_service_without_endpoints_still_has_its_own_probe() -> None:
    plan = _plan("pod:default/client-1", "service:default/empty", 80)
    assert plan["backends"] == [] and ("tcp", "10.96.0.22") in _roles(plan, "node-1")


@pytest.mark.parametrize(
    ("source", "destination", "nodes"),
    [
        ("pod:default/client-1", "198.51.100.77", ["node-1", "node-2"]),
        ("pod:default/client-1", "10.244.0.5", ["node-1"]),
        ("host:outside", "192.0.2.50", ["outside", "node-1", "node-2"]),
        ("host:outside", "198.51.100.77", ["outside", "node-1", "node-2"]),
    ],
)
def test_nodes_that_are_no_end_and_may_know_more(source: str, destination: str, nodes: list[str]) -> None:
    empty = next(one for one in CLUSTER["resources"]["services"] if one["metadata"]["name"] == "empty")
    empty["status"] = {"loadBalancer": {"ingress": [{"ip": "192.0.2.50"}]}}
    try:
        assert _plan(source, destination, 80)["nodes"] == nodes
    finally:
        del empty["status"]


def test_a_backend_that_is_a_node_is_looked_at() -> None:
    slices = CLUSTER["resources"]["endpointslices"]
    own = {**_slice("empty", ENDPOINT_PORT, []), "endpoints": [{"addresses": ["192.0.2.12"], "conditions": {}}]}
    slices.append(own)
    try:
        plan = _plan("pod:default/client-1", "service:default/empty", 80)
    finally:
        slices.remove(own)
    assert plan["nodes"] == ["node-1", "node-2"]
    assert [(one["kind"], one["node"]) for one in plan["backends"]] == [("node", "node-2")]


def test_a_node_that_is_named_is_looked_at_beyond_the_limit() -> None:
    plan = _plan("pod:default/client-1", "pod:default/web-a", 8080, max_nodes=1, also_nodes=["node-2", "node-1"])
    assert plan["nodes"] == ["node-1", "node-2"] and plan["work"]["node-2"]["pods"]
    assert plan["options"]["also_nodes"] == ("node-2", "node-1") and not plan["problems"]


def test_a_named_node_that_the_cluster_does_not_have_is_said_before_anything_is_done() -> None:
    options, _problems = parse_options(
        {"source": "node:a", "destination": "node:b", "also_nodes": ["node-9\n", "node-1"]}
    )
    assert options is not None
    nodes = {"nodes": [{"metadata": {"name": "node-1"}}]}
    (problem,) = unknown_nodes(options, {"resources": nodes, "errors": []})
    assert "diagnose_also_nodes: the cluster has no node" in problem and "\n" not in problem
    refused = [{"resource": "nodes", "kind": "forbidden", "text": "may not"}]
    assert not unknown_nodes(options, {"resources": {}, "errors": refused})


@pytest.mark.parametrize(
    ("port", "protocol", "read"), [(8089, "tcp", ["pod:default/balancer"]), (8089, "udp", []), (8090, "tcp", [])]
)
def test_the_pod_behind_a_host_port_is_read(
    monkeypatch: pytest.MonkeyPatch, port: int, protocol: str, read: list[str]
) -> None:
    container = {"name": "lb", "ports": [{"containerPort": 8080, "hostPort": 8089}]}
    pods = [*CLUSTER["resources"]["pods"], _pod("balancer", "node-2", "10.244.1.9", containers=[container])]
    monkeypatch.setitem(CLUSTER, "resources", {**CLUSTER["resources"], "pods": pods})
    plan = _plan("host:outside", "node:node-2", port, protocol=protocol)
    assert plan["work"]["node-2"]["pod_namespaces"] == read
