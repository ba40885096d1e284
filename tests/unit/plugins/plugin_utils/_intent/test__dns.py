# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Service and which pods are cluster DNS, by whatever name a distribution installs them."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent import _dns as cluster_dns
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import ClusterIndex

Json = dict[str, t.Any]
KUBE_DNS = {"k8s-app": "kube-dns"}
OPENSHIFT = {"dns.operator.openshift.io/daemonset-dns": "default"}


def service(namespace: str, name: str, labels: Json, selector: Json, port: int = 53, made: str = "2026") -> Json:
    metadata = {"namespace": namespace, "name": name, "labels": labels, "creationTimestamp": made}
    ports = [{"port": port, "protocol": "UDP", "targetPort": "dns"}]
    return {"metadata": metadata, "spec": {"clusterIP": "10.96.0.10", "selector": selector, "ports": ports}}


def pod(namespace: str, name: str, labels: Json, port: int = 53) -> Json:
    ports = [{"name": "dns", "containerPort": port, "protocol": "UDP"}, {"containerPort": 9153, "protocol": "TCP"}]
    return {
        "metadata": {"namespace": namespace, "name": name, "labels": labels},
        "spec": {"containers": [{"name": "dns", "ports": ports}]},
    }


def index(services: list[Json], pods: list[Json], **more: list[Json]) -> ClusterIndex:
    return ClusterIndex({"resources": {"services": services, "pods": pods, **more}})


OTHERS = [service("a", "web", {"app": "web"}, {"app": "web"}, 80), service("a", "own-dns", {}, {"app": "dns"})]


@pytest.mark.parametrize(
    ("one", "server", "place", "port"),
    [
        (service("kube-system", "kube-dns", KUBE_DNS, KUBE_DNS), ("kube-system", KUBE_DNS), "kube-system/kube-dns", 53),
        (service("kube-system", "coredns", KUBE_DNS, KUBE_DNS), ("kube-system", KUBE_DNS), "kube-system/coredns", 53),
        (
            service("openshift-dns", "dns-default", {}, OPENSHIFT),
            ("openshift-dns", OPENSHIFT),
            "openshift-dns/dns-default",
            5353,
        ),
    ],
)
def test_cluster_dns_is_found_by_its_name_or_label(one: Json, server: tuple[str, Json], place: str, port: int) -> None:
    pods = [pod(*server[:1], "dns-1", server[1], port), pod("a", "own-dns-1", {"app": "dns"})]
    cluster = index([*OTHERS, one], pods)
    assert "/".join(cluster_dns.place(cluster)) == place
    assert [each["metadata"]["name"] for each in cluster_dns.servers(cluster)] == ["dns-1"]
    assert cluster_dns.server_port(pods[0]) == port
    assert cluster_dns.cluster_address(cluster) == "10.96.0.10"


def test_the_service_of_the_caches_is_not_cluster_dns() -> None:
    caches = service("kube-system", "kube-dns-upstream", KUBE_DNS, KUBE_DNS, made="2020")
    assert cluster_dns.service(index([*OTHERS, caches], [])) is None
    assert cluster_dns.place(index([*OTHERS, caches], [])) == ("kube-system", "kube-dns")


def test_servers_are_known_whatever_the_service_selects() -> None:
    wrong = service("kube-system", "kube-dns", KUBE_DNS, {"app": "web"})
    pods = [pod("kube-system", "dns-1", KUBE_DNS), pod("kube-system", "web-1", {"app": "web"})]
    assert [each["metadata"]["name"] for each in cluster_dns.servers(index([wrong], pods))] == ["dns-1"]
    assert cluster_dns.selection(index([wrong], pods)) == "k8s-app=kube-dns"


@pytest.mark.parametrize(
    ("ports", "expected"),
    [
        ([], 53),
        ([{"containerPort": 53, "protocol": "UDP"}, {"containerPort": 5353, "protocol": "UDP"}], 53),
        ([{"containerPort": 5353, "protocol": "TCP"}], 53),
        ([{"containerPort": 5353, "protocol": "UDP"}, {"containerPort": 10053, "protocol": "UDP"}], 5353),
    ],
)
def test_a_server_listens_on_53_unless_it_says_otherwise(ports: list[Json], expected: int) -> None:
    assert cluster_dns.server_port({"spec": {"containers": [{"name": "dns", "ports": ports}]}}) == expected


def test_the_corefile_is_the_one_that_there_is() -> None:
    maps = [
        {"metadata": {"namespace": "kube-system", "name": "kube-proxy"}, "data": {"config.conf": "x"}},
        {
            "metadata": {"namespace": "openshift-dns", "name": "dns-default"},
            "data": {"Corefile": ".:5353 {\n    kubernetes acme.example in-addr.arpa\n    forward . 192.0.2.53\n}"},
        },
    ]
    found = cluster_dns.Corefile.of(index([], [], configmaps=maps))
    assert (found.name, found.domain, found.upstreams) == ("openshift-dns/dns-default", "acme.example", ("192.0.2.53",))


ZONES = """\
.:53 {
    kubernetes cluster.local in-addr.arpa
    forward . /etc/resolv.conf
}
corp.example:53 {
    errors
    forward . 192.0.2.61 dns://192.0.2.62:53
}
lab.corp.example {
    forward deep.lab.corp.example 192.0.2.71
    forward . tls://192.0.2.72 {
        max_concurrent 5
    }
}
served.example {
    file /zones/served
}
"""


@pytest.mark.parametrize(
    ("name", "servers"),
    [
        ("www.example.net", ("/etc/resolv.conf",)),
        ("db.corp.example", ("192.0.2.61", "192.0.2.62")),
        ("corp.example.", ("192.0.2.61", "192.0.2.62")),
        ("notcorp.example", ("/etc/resolv.conf",)),
        ("db.lab.corp.example", ("tls://192.0.2.72",)),
        ("db.deep.lab.corp.example", ("192.0.2.71",)),
        ("www.served.example", ()),
    ],
)
def test_each_zone_of_the_corefile_is_forwarded_for_itself(name: str, servers: tuple[str, ...]) -> None:
    maps = [{"metadata": {"namespace": "kube-system", "name": "coredns"}, "data": {"Corefile": ZONES}}]
    found = cluster_dns.Corefile.of(index([], [], configmaps=maps))
    assert (found.upstreams, found.upstreams_for(name)) == (("/etc/resolv.conf",), servers)


def _corefile(text: str) -> cluster_dns.Corefile:
    maps = [{"metadata": {"namespace": "kube-system", "name": "coredns"}, "data": {"Corefile": text}}]
    return cluster_dns.Corefile.of(index([], [], configmaps=maps))


CLUSTER = "    kubernetes cluster.local\n"


@pytest.mark.parametrize(
    ("block", "name", "ends"),
    [
        ("    hosts {\n        192.0.2.7 a.example\n    }\n", "web.default.svc.cluster.local", True),
        ("    hosts /etc/hosts\n", "b.example", True),
        ("    hosts {\n        192.0.2.7 a.example\n        fallthrough\n    }\n", "b.example", False),
        ("    hosts example {\n        192.0.2.7 a.example\n    }\n", "b.example", True),
        ("    hosts example {\n        192.0.2.7 a.example\n    }\n", "web.default.svc.cluster.local", False),
        ("", "b.example", False),
    ],
)
def test_a_list_of_hosts_ends_the_search_where_nothing_falls_through(block: str, name: str, ends: bool) -> None:
    assert _corefile(f".:53 {{\n{block}{CLUSTER}    forward . 192.0.2.53\n}}\n").ends_at_hosts(name) is ends


@pytest.mark.parametrize(
    ("text", "nowhere"),
    [
        (f".:53 {{\n{CLUSTER}}}\n", True),
        (f".:53 {{\n{CLUSTER}    forward . 192.0.2.53\n}}\n", False),
        (f".:53 {{\n{CLUSTER}    forward other.example 192.0.2.53\n}}\n", True),
        (f"example:53 {{\n    forward . 192.0.2.54\n}}\n.:53 {{\n{CLUSTER}}}\n", False),
        ("", False),
    ],
)
def test_a_configuration_without_a_server_for_names_from_outside(text: str, nowhere: bool) -> None:
    assert _corefile(text).forwards_nowhere("a.example") is nowhere


@pytest.mark.parametrize(
    ("name", "by_tcp"), [("a.corp.example", True), ("a.lab.corp.example", False), ("www.example.net", False)]
)
def test_servers_that_are_asked_by_tcp_alone(name: str, by_tcp: bool) -> None:
    corp = "corp.example:53 {\n    forward . 192.0.2.61 {\n        force_tcp\n    }\n}\n"
    lab = "lab.corp.example:53 {\n    forward . 192.0.2.62 {\n        prefer_udp\n    }\n}\n"
    assert _corefile(f".:53 {{\n{CLUSTER}    forward . 192.0.2.53\n}}\n{corp}{lab}").asks_by_tcp(name) is by_tcp
