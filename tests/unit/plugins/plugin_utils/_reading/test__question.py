# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read for a question: the same plan and the same verdict as from all objects, however many there are."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._analysis import analyse_bundle, still_wanted
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle import Bundle
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent import _dns as cluster_dns
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import ClusterIndex, slices_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._options import Options, parse_options
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._work import make_plan
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._reading._question import (
    read_further,
    read_question,
    without_answer,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._reading._rows import service_rows
from ansible_collections.podnet.diagnostics.tests.unit.plugins.plugin_utils._reading.stored_api import StoredApi, crowd

recording = pytest.importorskip("podnet_accuracy.recording")
Json = dict[str, t.Any]
# Each looks at objects beside those that were asked for: twins, claims, leftovers, who is meant, policies, agents.
RECORDED = (
    "address-of-pod-twice@iptables",
    "external-address-claimed@iptables",
    "endpoint-of-nobody@iptables",
    "kube-proxy-behind-endpoints@nftables",
    "hostport-rules-stale@iptables",
    "service-never-selected@iptables",
    "dns-search-list-hits@iptables",
    "container-crashes@iptables",
    "nodeport-policy-local@iptables",
    "second-dns-server-dead@iptables",
)


@pytest.fixture(params=RECORDED)
def recorded(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> Bundle:
    """A bundle of which everything was read."""
    name, _at, mode = str(request.param).partition("@")
    path = recording.path_of(name, mode)
    if not path.exists():
        pytest.skip(f"{path.name} is not recorded")
    recording.unpack(path, tmp_path)
    return Bundle.open(tmp_path)


def _question(bundle: Bundle) -> tuple[Options, dict[str, str | None]]:
    plan = bundle.plan()
    options, wrong = parse_options(plan["options"])
    assert options is not None and not wrong
    hosts = {name: work["address"] for name, work in plan["work"].items() if work["kind"] == "host"}
    return options, hosts


def _crowded(cluster: Json, number: int) -> Json:
    """The same cluster with so many more pods, Services, slices and policies."""
    resources = {name: list(items) for name, items in cluster["resources"].items()}
    for name, items in crowd(number).items():
        resources.setdefault(name, []).extend(items)
    return {**cluster, "resources": resources}


def test_the_verdict_is_that_of_everything(recorded: Bundle) -> None:
    everything = recorded.read_json("cluster.json.gz")
    options, hosts = _question(recorded)
    expected = analyse_bundle(recorded)
    api = StoredApi(_crowded(everything, 200))
    cluster, _read = read_question(api.kube(), options, hosts)
    plans = [make_plan(options, one, "run", hosts, lambda _name: False) for one in (everything, cluster)]
    assert plans[0] == plans[1]
    recorded.write_json("cluster.json.gz", cluster)
    found = analyse_bundle(recorded)
    for _round in range(4):
        if not still_wanted(recorded):
            break
        cluster = read_further(api.kube(), cluster, still_wanted(recorded))
        recorded.write_json("cluster.json.gz", cluster)
        found = analyse_bundle(recorded)
    assert still_wanted(recorded) == {}
    assert found == expected


def test_what_is_read_does_not_grow_with_the_cluster(recorded: Bundle) -> None:
    everything = recorded.read_json("cluster.json.gz")
    options, hosts = _question(recorded)
    given = []
    for number in (10, 1000):
        api = StoredApi(_crowded(everything, number))
        read_question(api.kube(), options, hosts)
        given.append((api.given, api.requests))
    assert given[0] == given[1]


# -- what was not read ---------------------------------------------------------------------------------------------
CLUSTER: Json = {
    "version": {},
    "resources": {
        "nodes": [{"metadata": {"name": "node-1"}, "spec": {"podCIDR": "10.244.1.0/24"}}],
        "pods": [
            {
                "metadata": {"name": "a", "namespace": "n", "labels": {}},
                "spec": {"nodeName": "node-1"},
                "status": {"phase": "Running", "podIP": "10.244.1.5"},
            },
            {
                "metadata": {"name": "far", "namespace": "m", "labels": {}},
                "spec": {"nodeName": "node-2"},
                "status": {"phase": "Running", "podIP": "10.244.2.5"},
            },
        ],
        "services": [
            {"metadata": {"name": "web", "namespace": "n"}, "spec": {"clusterIP": "10.96.0.9", "ports": [{"port": 80}]}}
        ],
    },
}


def _read(source: str, destination: str, **more: t.Any) -> tuple[ClusterIndex, Json, StoredApi]:
    options, wrong = parse_options({"source": source, "destination": destination, **more})
    assert options is not None, wrong
    api = StoredApi(CLUSTER)
    cluster, _read = read_question(api.kube(), options, {})
    return ClusterIndex(cluster), cluster, api


def test_a_pod_that_nobody_asked_for_is_wanted_and_then_known() -> None:
    index, cluster, api = _read("pod:n/a", "service:n/web", port="80")
    assert index.pod_by_address("10.244.2.5") is None
    assert index.wanted == {"pod_addresses": ["10.244.2.5"]}
    later = ClusterIndex(read_further(api.kube(), cluster, index.wanted))
    found = later.pod_by_address("10.244.2.5")
    assert found is not None and found["metadata"]["name"] == "far" and later.wanted == {}


@pytest.mark.parametrize(
    ("namespace", "name", "labels"),
    [("kube-system", "coredns", {"k8s-app": "kube-dns"}), ("openshift-dns", "dns-default", {})],
)
def test_cluster_dns_by_another_name_is_read_with_its_pods(namespace: str, name: str, labels: Json) -> None:
    selector = {"is": "dns"}
    resources = CLUSTER["resources"]
    service = {
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {"clusterIP": "10.96.0.10", "selector": selector, "ports": [{"port": 53, "protocol": "UDP"}]},
    }
    pod = {
        "metadata": {"name": "dns-1", "namespace": namespace, "labels": selector},
        "spec": {"nodeName": "node-1"},
        "status": {"phase": "Running", "podIP": "10.244.1.53"},
    }
    corefile = {"metadata": {"name": name, "namespace": namespace}, "data": {"Corefile": ".:5353 {\n}"}}
    cluster = {
        **CLUSTER,
        "resources": {
            **resources,
            "pods": [*resources["pods"], pod],
            "services": [*resources["services"], service],
            "configmaps": [corefile],
        },
    }
    options, wrong = parse_options({"source": "pod:n/a", "destination": "web.n.svc.cluster.local", "port": "80"})
    assert options is not None, wrong
    found, _read = read_question(StoredApi(cluster).kube(), options, {})
    index = ClusterIndex(found)
    assert cluster_dns.place(index) == (namespace, name)
    assert [one["metadata"]["name"] for one in cluster_dns.servers(index)] == ["dns-1"]
    assert cluster_dns.Corefile.of(index).name == f"{namespace}/{name}"
    assert not found.get("errors")


def test_an_address_that_was_asked_for_is_not_wanted_again() -> None:
    index, cluster, api = _read("pod:n/a", "203.0.113.9", port="80")
    assert index.pod_by_address("203.0.113.9") is None and index.service_by_address("203.0.113.9") is None
    assert index.wanted == {}
    index.pod_by_address("203.0.113.77")
    later = ClusterIndex(read_further(api.kube(), cluster, index.wanted))
    assert later.pod_by_address("203.0.113.77") is None and later.wanted == {}


def test_where_nobody_answers_nothing_is_concluded() -> None:
    index, cluster, _api = _read("pod:n/a", "service:n/web", port="80")
    index.pod_by_address("10.244.2.5")
    later = ClusterIndex(without_answer(cluster, KubeError("unreachable", "Cannot reach it"), index.wanted))
    assert later.pod_by_address("10.244.2.5") is None and later.wanted == {}
    assert later.unreadable == {"pods": "Cannot reach it"}


@pytest.mark.parametrize(
    ("address", "name"), [("10.244.2.5", "far"), ("10.96.0.9", "web")], ids=["of a pod", "of a Service"]
)
def test_an_address_is_found_without_reading_all(address: str, name: str) -> None:
    index, _cluster, _api = _read("pod:n/a", address, port="80")
    found = index.service_by_address(address) or index.pod_by_address(address)
    assert found is not None and found["metadata"]["name"] == name


@pytest.mark.parametrize("name", ["web.n", "WEB.n.svc", "_http._tcp.web.n.svc.cluster.local"])
def test_a_service_that_a_name_means_is_read_with_its_endpoints(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    metadata = {"name": "web-1", "namespace": "n", "labels": {"kubernetes.io/service-name": "web"}}
    monkeypatch.setitem(CLUSTER["resources"], "endpointslices", [{"metadata": metadata, "ports": [], "endpoints": []}])
    index, _cluster, _api = _read("pod:n/a", name, port="80")
    service = index.service_by_name(name, None)
    assert service is not None and service["metadata"]["name"] == "web"
    assert slices_of(index.resources["endpointslices"], "n", "web")


def test_similar_names_are_known_for_one_that_is_not_there() -> None:
    index, _cluster, _api = _read("pod:n/a", "service:n/wep", port="80")
    assert index.similar([name for _namespace, name in index.services], "wep") == "; similar: web"


def test_a_server_without_tables_gives_a_list() -> None:
    rows = service_rows({"kind": "ServiceList", "items": CLUSTER["resources"]["services"]})
    assert [(row.name, row.addresses) for row in rows] == [("web", {"10.96.0.9"})]


def test_rows_say_every_address_and_node_port() -> None:
    columns = [{"name": name} for name in ("Name", "Type", "Cluster-IP", "External-IP", "Port(s)")]
    cells = ["web", "LoadBalancer", "10.96.0.9", "192.0.2.1,192.0.2.2", "80:30080/TCP,53:30053/UDP,9/TCP"]
    pending = ["db", "LoadBalancer", "None", "<pending>", "5432/TCP"]
    rows = service_rows({"kind": "Table", "columnDefinitions": columns, "rows": [{"cells": cells}, {"cells": pending}]})
    assert rows[0].addresses == {"10.96.0.9", "192.0.2.1", "192.0.2.2"}
    assert rows[0].node_ports == {(30080, "tcp"), (30053, "udp")}
    assert (rows[1].addresses, rows[1].node_ports) == (frozenset(), frozenset())
