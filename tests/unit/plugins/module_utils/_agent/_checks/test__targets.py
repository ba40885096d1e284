# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which targets there are: from pods, Services, EndpointSlices and the configuration."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._targets import (
    Group,
    endpoint_group,
    extra_group,
    load_balancer_group,
    node_group,
    node_of,
    service_group,
    split_endpoint,
    target_service_group,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._config import Extra, LoadBalancer
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._pod import (
    START_SECONDS,
    Pod,
    Pods,
    living_sources,
    parse_pod,
    target_pods,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object import _names

Json = dict[str, t.Any]


def pod(
    name: str,
    node: str = "node-1",
    *addresses: str,
    app: str = "network-check-target",
    ready: bool = True,
    first_seen: float = 0.0,
    leaving: bool = False,
    phase: str = "Running",
) -> Pod:
    return Pod(name, f"uid-{name}", app, node, addresses, ("192.0.2.1",), phase, ready, leaving, first_seen)


def endpoints(group: Group) -> dict[str, str]:
    assert group.targets is not None
    return {target.identity: target.endpoint for target in group.targets}


# -- pods ----------------------------------------------------------------------------------------------------------
def test_every_node_has_its_target_pod() -> None:
    group = node_group(
        [pod("a", "node-1", "10.0.0.1"), pod("b", "node-2", "10.0.0.2", ready=False)], {"node-2": "uid-b"}, 5.0
    )
    assert endpoints(group) == {"node/node-1": "10.0.0.1:8080", "node/node-2": "10.0.0.2:8080"}, (
        "also where it is not ready"
    )
    assert group.waiting == {}
    first = (group.targets or ())[0]
    assert (first.label, first.target, first.node, first.tls) == (_names.TARGET_ENDPOINT, "node-1", True, False)
    assert first.expect == '{"pod":"a","uid":"uid-a","node":"node-1"}'


def test_both_families_are_watched() -> None:
    group = node_group([pod("a", "n", "fd00::1", "10.0.0.1", "10.0.0.9")], {}, 0.0)
    assert endpoints(group) == {"node/n": "[fd00::1]:8080", "node/n/ipv4": "10.0.0.1:8080"}
    assert node_of("node/n/ipv4") == node_of("node/n") == "n" and node_of("extra/n") == ""


def test_a_new_pod_gets_time_to_start() -> None:
    starting = pod("new", "n", "10.0.0.1", ready=False, first_seen=100.0)
    group = node_group([starting], {"n": "uid-old"}, 101.0)
    assert group.targets == [] and "is starting" in group.waiting["node/n"]
    assert endpoints(node_group([starting], {"n": "uid-old"}, 100.0 + START_SECONDS)) == {"node/n": "10.0.0.1:8080"}
    assert "has no address yet (Pending)" in node_group([pod("new", "n", phase="Pending")], {}, 0.0).waiting["node/n"]


def test_what_leaves_is_no_target() -> None:
    group = node_group([pod("old", "n", "10.0.0.1", leaving=True)], {"n": "uid-old"}, 0.0)
    assert group.targets == [] and group.waiting == {}
    assert node_group(None, {}, 0.0).targets is None


def test_one_pod_stands_for_a_node() -> None:
    old, new, bare = (
        pod("old", "n", "10.0.0.1"),
        pod("new", "n", "10.0.0.2", first_seen=9.0),
        pod("bare", "n", first_seen=99.0),
    )
    assert target_pods([bare, old, new], {"n": "uid-old"})["n"] is old, "what is probed now goes on"
    assert target_pods([bare, old, new], {})["n"] is new
    assert target_pods([bare], {})["n"] is bare


def test_sources_that_live() -> None:
    pods = [
        pod("me", "n1", app="network-check-source", ready=False),
        pod("b", "n2", app="network-check-source"),
        pod("c", "n3", app="network-check-source", ready=False),
        pod("d", "n4", app="network-check-source", leaving=True),
        pod("e", "n5"),
    ]
    assert living_sources(pods, "me") == {"me": "n1", "b": "n2"}


def test_pods_are_parsed_and_only_changes_are_told() -> None:
    told: list[str] = []
    now = [10.0]
    pods = Pods(lambda pod: told.append(f"{pod.name} {'left' if pod.leaving else 'there'}"), lambda: now[0])
    obj: Json = {
        "metadata": {"name": "a", "uid": "u", "labels": {"app": "network-check-target"}},
        "spec": {"nodeName": "n"},
        "status": {
            "phase": "Running",
            "podIP": "10.0.0.1",
            "podIPs": [{"ip": "10.0.0.1"}, {"ip": "fd00::1"}],
            "hostIP": "192.0.2.1",
            "conditions": [{"type": "Ready", "status": "False"}],
        },
    }
    pods.begin()
    pods.seen(obj)
    assert not pods.complete
    pods.listed()
    now[0] = 20.0
    pods.seen(obj)
    assert told == ["a there"]
    (found,) = list(pods)
    assert (found.addresses, found.hosts, found.ready, found.first_seen) == (
        ("10.0.0.1", "fd00::1"),
        ("192.0.2.1",),
        False,
        10.0,
    )
    obj["metadata"]["deletionTimestamp"] = "2026-11-21T12:00:00Z"
    pods.seen(obj)
    assert told[1:] == ["a left"] and pods.alive("a"), "it may still write"
    pods.gone(obj)
    assert not pods.alive("a") and list(pods) == []
    pods.seen(obj)
    pods.begin()
    pods.listed()
    assert list(pods) == [], "what a list does not have is gone"


@pytest.mark.parametrize("obj", [{}, {"metadata": None, "spec": [], "status": {"conditions": None, "podIPs": "x"}}])
def test_a_pod_without_anything_is_read(obj: Json) -> None:
    assert parse_pod(obj, 0.0).addresses == ()


# -- API servers ---------------------------------------------------------------------------------------------------
def test_every_cluster_address_of_the_kubernetes_service() -> None:
    group = service_group(
        _names.KUBERNETES_SERVICE, "default", "kubernetes", {"spec": {"clusterIPs": ["10.96.0.1", "fd00::1"]}}
    )
    assert endpoints(group) == {
        "service/default/kubernetes/10.96.0.1:443": "10.96.0.1:443",
        "service/default/kubernetes/[fd00::1]:443": "[fd00::1]:443",
    }
    assert [(target.target, target.tls) for target in group.targets or ()] == [("0", True), ("1", True)]
    assert service_group(_names.KUBERNETES_SERVICE, "default", "kubernetes", None).targets is None
    assert service_group(_names.KUBERNETES_SERVICE, "default", "kubernetes", {}).targets == []


def test_the_port_of_openshifts_api_server() -> None:
    service = {
        "spec": {
            "clusterIP": "10.0.0.1",
            "ports": [{"port": 17697, "targetPort": 17697}, {"port": 8443, "targetPort": 6443}],
        }
    }
    assert endpoints(service_group(_names.APISERVER_SERVICE, "a", "b", service, 6443)) == {
        "service/a/b/10.0.0.1:8443": "10.0.0.1:8443"
    }


def test_every_address_and_port_of_endpoint_slices() -> None:
    slices = [
        {
            "addressType": "IPv4",
            "ports": [{"port": 6443, "protocol": "TCP"}, {"port": 17697}, {"port": 53, "protocol": "UDP"}, {}],
            "endpoints": [
                {"addresses": ["192.0.2.2"], "nodeName": "master-0", "conditions": {"ready": False}},
                {"addresses": ["192.0.2.3"], "conditions": {"terminating": True}},
                {"addresses": None},
            ],
        },
        {"addressType": "IPv6", "ports": None, "endpoints": None},
    ]
    group = endpoint_group(_names.APISERVER_ENDPOINT, "default", "kubernetes", slices)
    assert endpoints(group) == {
        "endpoint/default/kubernetes/192.0.2.2:6443": "192.0.2.2:6443",
        "endpoint/default/kubernetes/192.0.2.2:17697": "192.0.2.2:17697",
    }
    assert {target.target for target in group.targets or ()} == {"master-0"}


# -- configuration -------------------------------------------------------------------------------------------------
def test_load_balancers_and_the_target_service() -> None:
    group = load_balancer_group(
        [
            LoadBalancer("api-external", "api.example:6443"),
            LoadBalancer("six", "[fd00::1]:443"),
            LoadBalancer("bare", "api.example", tls=False),
        ]
    )
    assert [target.tls for target in group.targets or ()] == [True, True, False]
    assert endpoints(group) == {
        "load-balancer/api-external": "api.example:6443",
        "load-balancer/six": "[fd00::1]:443",
        "load-balancer/bare": "api.example:443",
    }
    assert list(endpoints(target_service_group("ns")).values()) == ["network-check-target:80"]


@pytest.mark.parametrize(
    ("text", "port", "expected"),
    [
        ("db:5432", None, ("db", 5432)),
        ("db", 5432, ("db", 5432)),
        ("db:1", 5432, ("db", 5432)),
        ("[fd00::1]:5", None, ("fd00::1", 5)),
        ("fd00::1", 5, ("fd00::1", 5)),
        ("[fd00::1]", 5, ("fd00::1", 5)),
        ("192.0.2.1", None, ("192.0.2.1", None)),
    ],
)
def test_endpoints_of_people(text: str, port: int | None, expected: tuple[str, int | None]) -> None:
    assert split_endpoint(text, port) == expected


def test_extra_targets() -> None:
    group = extra_group(Extra("db", "pod:a/b", 5432, tls_secret="client", http={}), "10.0.0.1")
    (target,) = group.targets or ()
    assert (target.identity, target.endpoint, target.tls, target.tls_secret, target.expect) == (
        "extra/db",
        "10.0.0.1:5432",
        True,
        "client",
        "{}",
    )
    assert group.covers("extra/db") and not group.covers("extra/db2")
    assert extra_group(Extra("db", "pod:a/b", 1), None).targets is None
    assert extra_group(Extra("db", "pod:a/b", 1), "", problem="There is no pod a/b").waiting == {
        "extra/db": "There is no pod a/b"
    }
    assert extra_group(Extra("db", "host"), "host").waiting == {"extra/db": "The target host has no port"}
