# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What kind of cluster it is: OpenShift, load balancers, a namespace of others."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Kube
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._cluster import (
    find_load_balancers,
    missing_objects,
    namespace_problem,
    read_platform,
    url_endpoint,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._manifests import namespace_manifest
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.api_server import Json
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.fake_cluster import FakeCluster
from ansible_collections.podnet.diagnostics.tests.unit.plugins.plugin_utils._deploy.helper import make_options

CLUSTER_INFO = "/api/v1/namespaces/kube-public/configmaps/cluster-info"
SLICE = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes"


def cluster_info(server: str) -> Json:
    """As kubeadm writes it."""
    return {"data": {"kubeconfig": f"apiVersion: v1\nclusters:\n- cluster:\n    server: {server}\n  name: ''\n"}}


def balancers(kube: Kube, **given: t.Any) -> tuple[dict[str, str], list[str]]:
    warnings: list[str] = []
    found = find_load_balancers(kube, make_options(**given), warnings)
    return {item["name"]: item["endpoint"] for item in found}, warnings


def test_openshift_is_known_by_what_it_serves(cluster: FakeCluster, kube: Kube) -> None:
    assert read_platform(kube).assigns_users is False
    cluster.groups.append("security.openshift.io")
    assert (read_platform(kube).assigns_users, read_platform(kube).api_namespaces) == (True, ())
    cluster.put("/api/v1/namespaces/openshift-apiserver", {})
    assert read_platform(kube).api_namespaces == ("openshift-apiserver",)


def test_a_plain_cluster_has_no_load_balancer(cluster: FakeCluster, kube: Kube) -> None:
    assert balancers(kube) == ({}, [])


def test_openshift_names_its_own(cluster: FakeCluster, kube: Kube) -> None:
    cluster.put(
        "/apis/config.openshift.io/v1/infrastructures/cluster",
        {
            "status": {
                "apiServerURL": "https://api.example.com:6443",
                "apiServerInternalURI": "https://api-int.example.com:6443",
            }
        },
    )
    assert balancers(kube)[0] == {"api-external": "api.example.com:6443", "api-internal": "api-int.example.com:6443"}
    given = [
        {"name": "api-external", "endpoint": "vip.example.com:6443"},
        {"name": "other", "endpoint": "api-int.example.com:6443"},
    ]
    assert balancers(kube, load_balancers=given)[0] == {
        "api-external": "vip.example.com:6443",
        "other": "api-int.example.com:6443",
    }
    assert balancers(kube, discover_load_balancers=False)[0] == {}


def test_kubeadm_names_its_own_unless_it_is_an_api_server(cluster: FakeCluster, kube: Kube) -> None:
    cluster.put(CLUSTER_INFO, cluster_info("https://192.0.2.2:6443"))
    assert balancers(kube)[0] == {"api-internal": "192.0.2.2:6443"}
    cluster.put(
        SLICE,
        {
            "metadata": {"labels": {"kubernetes.io/service-name": "kubernetes"}},
            "ports": [{"port": 6443}],
            "endpoints": [{"addresses": ["192.0.2.2"]}],
        },
    )
    assert balancers(kube)[0] == {}
    cluster.put(CLUSTER_INFO, cluster_info('"https://lb.example.com"'))
    assert balancers(kube)[0] == {"api-internal": "lb.example.com:443"}
    cluster.denied.add(("get", "configmaps"))
    assert balancers(kube) == ({}, [])


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        ("https://a.example.com:6443", "a.example.com:6443"),
        ("https://a.example.com/", "a.example.com:443"),
        ("https://[2001:db8::1]:6443", "[2001:db8::1]:6443"),
        ("https://127.0.0.1:6443", ""),
        ("https://localhost:6443", ""),
        ("https://[::1]:1", ""),
        ("a:b:c", ""),
        ("https://a:99999", ""),
        ("", ""),
        ("ftp://a", ""),
    ],
)
def test_the_endpoint_of_a_url(url: str, endpoint: str) -> None:
    assert url_endpoint(url) == endpoint


def service(ports: list[Json], *ingress: Json, kind: str = "LoadBalancer") -> Json:
    return {"spec": {"type": kind, "ports": ports}, "status": {"loadBalancer": {"ingress": list(ingress)}}}


def test_services_of_given_namespaces(cluster: FakeCluster, kube: Kube) -> None:
    home = "/api/v1/namespaces/ingress/services"
    ports = [{"port": 443}, {"port": 80, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}]
    cluster.put(f"{home}/edge", service(ports, {"ip": "203.0.113.5"}, {"hostname": "edge.example.com"}))
    cluster.put(f"{home}/late", service(ports))
    cluster.put(f"{home}/inner", service(ports, {"ip": "203.0.113.6"}, kind="ClusterIP"))
    found, warnings = balancers(kube, load_balancer_namespaces=["ingress"])
    assert found == {
        "ingress-edge": "203.0.113.5:443",
        "ingress-edge-80": "203.0.113.5:80",
        "ingress-edge-edge-example-com": "edge.example.com:443",
        "ingress-edge-80-edge-example-com": "edge.example.com:80",
    }
    assert warnings == ["The load balancer of Service ingress/late has no address yet"]
    cluster.denied.add(("list", "services"))
    assert (
        "Load balancers in namespace ingress are not known"
        in balancers(kube, load_balancer_namespaces=["ingress"])[1][0]
    )


@pytest.mark.parametrize(
    ("labels", "problem"),
    [
        ({}, "has no label pod-security.kubernetes.io/enforce"),
        ({"pod-security.kubernetes.io/enforce": "baseline"}, "has pod-security.kubernetes.io/enforce=baseline"),
        ({"pod-security.kubernetes.io/enforce": "restricted"}, ""),
    ],
)
def test_a_namespace_of_others_has_to_be_restricted(labels: dict[str, str], problem: str) -> None:
    found = {"metadata": {"name": "mine", "labels": labels}}
    assert (problem in namespace_problem(found, False)) and bool(problem) == bool(namespace_problem(found, False))
    assert namespace_problem(found, True) == ""


def test_our_namespace_is_ours_whatever_its_labels_are() -> None:
    found = namespace_manifest("mine")
    found["metadata"]["labels"] = {}
    assert namespace_problem(found, False) == ""


def test_targets_and_secrets_that_are_not_there(cluster: FakeCluster, kube: Kube) -> None:
    options = make_options(
        tls_secrets=["client"],
        extra_targets=[
            {"name": "db", "target": "service:shop/db"},
            {"name": "web", "target": "pod:shop/web-0", "port": 80},
            {"name": "out", "target": "a:1"},
        ],
    )
    assert missing_objects(kube, options) == [
        "The target db has no results until there is a service db in namespace shop",
        "The target web has no results until there is a pod web-0 in namespace shop",
        (
            "The Secret client does not exist in namespace podnet-connectivity-checks: its checks are not probed until"
            " it does"
        ),
    ]
    cluster.put("/api/v1/namespaces/shop/services/db", {})
    cluster.denied |= {("get", "pods"), ("get", "secrets")}
    assert missing_objects(kube, options) == []
