# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of Services that exist, which cluster DNS denies or gives another address."""

from __future__ import annotations

import copy
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.tests.unit import builders
from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, World

CLIENT, NAME = "pod:default/client-1", "web.default.svc.cluster.local"
BEFORE = "    errors\n"
NO_NAME: t.Mapping[str, builders.Outcome] = {
    "tcp": "dns_failure",
    "ping": "dns_failure",
    "tcp-mtu": {"status": "error", "outcome": "dns_failure"},
}


def _corefile(world: World, block: str) -> None:
    world.item("configmaps", "coredns")["data"]["Corefile"] = builders.COREFILE.replace(BEFORE, BEFORE + block)


def _denied() -> Json:
    server = {"nameserver": builders.CLUSTER_DNS, "outcome": "nxdomain", "rtt_ms": 1.0, "answers": []}
    return {"status": "fail", "outcome": "nxdomain", "data": {"servers": [server]}}


def _answer(address: str, name: str = NAME) -> Json:
    answers = [{"name": name, "type": "A", "value": address}]
    server = {"nameserver": builders.CLUSTER_DNS, "outcome": "answer", "rtt_ms": 1.0, "answers": answers}
    return {"status": "pass", "outcome": "answer", "data": {"servers": [server], "answers": answers}}


def _first(found: Json) -> Json:
    assert found["errors"] == []
    assert found["verdict"]["result"] == "fault", found["verdict"]["summary"]
    (name,) = found["verdict"]["root_causes"]
    return t.cast(Json, next(one for one in found["findings"] if one["id"] == name))


def test_a_block_denies_the_name() -> None:
    world = World()
    _corefile(world, f"    template IN ANY {NAME} {{\n        rcode NXDOMAIN\n    }}\n")
    found = world.diagnose(CLIENT, NAME, 80, outcomes={"dns-pod": _denied(), "dns-cluster": "nxdomain", **NO_NAME})
    one = _first(found)
    assert (one["id"], one["location"]) == ("dns-name-missing", {"namespace": "kube-system"})
    assert f"template IN ANY {NAME}" in one["observed"]


def test_nobody_knows_why_it_is_denied() -> None:
    found = World().diagnose(CLIENT, NAME, 80, outcomes={"dns-pod": _denied(), "dns-cluster": "nxdomain", **NO_NAME})
    one = _first(found)
    assert (one["id"], one["confidence"]) == ("dns-name-missing", "likely")
    assert "logs" in one["remediation"]


def test_a_block_gives_another_address() -> None:
    world = World()
    _corefile(world, f"    hosts {{\n        192.0.2.99 {NAME}\n        fallthrough\n    }}\n")
    found = world.diagnose(
        CLIENT, NAME, 80, outcomes={"dns-pod": _answer("192.0.2.99"), "tcp": "timed_out", "ping": "no_reply"}
    )
    one = _first(found)
    assert (one["id"], one["location"]) == ("dns-answer-wrong", {"namespace": "kube-system"})
    assert "192.0.2.99" in one["observed"] and "hosts" in one["observed"]


def _servers(world: World, *outcomes: tuple[str, str], answered: tuple[int, ...] = ()) -> Json:
    """A pod with a list of servers by hand, and what each of them said; answered: of forty questions to each."""
    pod = world.item("pods", "client-1")
    pod["spec"].update({"dnsPolicy": "None", "dnsConfig": {"nameservers": [name for name, _outcome in outcomes]}})
    world.netns("node-1", CLIENT)["resolv_conf"] = "".join(f"nameserver {name}\n" for name, _outcome in outcomes)
    servers = [{"server": name, "nameserver": name, "outcome": outcome} for name, outcome in outcomes]
    pairs = [{**server, "sent": 40, "answered": number} for server, number in zip(servers, answered)]
    told: dict[str, builders.Outcome] = {
        "dns-pod": {"status": "fail", "outcome": "timed_out", "data": {"servers": servers}},
        "dns-pairs": {"status": "fail", "outcome": "timed_out", "data": {"servers": pairs}},
    }
    return world.diagnose(CLIENT, NAME, 80, outcomes=told)


def test_the_first_server_of_the_list_is_dead() -> None:
    found = _servers(World(), ("192.0.2.99", "timed_out"), (builders.CLUSTER_DNS, "answer"))
    one = _first(found)
    assert (one["id"], one["confidence"]) == ("dns-config-wrong", "likely")
    assert (one["location"]["pod"], one["title"]) == ("client-1", "The pod asks a server first that does not answer")
    assert "asks 192.0.2.99 first" in one["observed"]


def test_the_second_server_of_the_list_is_dead() -> None:
    found = _servers(World(), (builders.CLUSTER_DNS, "answer"), ("192.0.2.99", "timed_out"))
    assert found["verdict"]["result"] == "healthy", found["verdict"]["summary"]


def test_a_first_server_that_refuses_costs_no_time() -> None:
    found = _servers(World(), ("192.0.2.99", "refused"), (builders.CLUSTER_DNS, "answer"))
    assert found["verdict"]["result"] == "healthy", found["verdict"]["summary"]


def test_the_right_address_is_no_fault() -> None:
    world = World()
    address = world.item("services", "web")["spec"]["clusterIP"]
    found = world.diagnose(CLIENT, NAME, 80, outcomes={"dns-pod": _answer(address)})
    assert "dns-answer-wrong" not in {one["id"] for one in found["findings"]}


def _silent(server: str, name: str = "storage.example.net") -> Json:
    asked = {"nameserver": server, "outcome": "timed_out", "answers": []}
    return {"status": "fail", "outcome": "timed_out", "received": 0, "data": {"servers": [asked], "name": name}}


def _of_node(world: World, server: str) -> Json:
    """node-1 asks for an outside name, and its server does not answer; cluster DNS, which it does not ask, does."""
    outcomes: dict[str, builders.Outcome] = {"dns-pod": _silent(server), "dns-upstream": "timed_out", **NO_NAME}
    found = world.diagnose("node:node-1", "storage.example.net", 443, outcomes=outcomes)
    return _first(found)


def test_a_node_asks_a_server_that_no_other_node_asks() -> None:
    world = World()
    world.netns("node-1")["resolv_conf"] = "nameserver 203.0.113.98\n"
    one = _of_node(world, "203.0.113.98")
    assert (one["id"], one["location"]) == ("dns-config-wrong", {"node": "node-1"})
    assert "node-2 has 203.0.113.53" in one["observed"]


def test_the_server_of_all_nodes_is_silent() -> None:
    one = _of_node(World(), "203.0.113.53")
    assert (one["id"], one["confidence"]) == ("dns-upstream-failing", "likely")


def _of_domain(world: World) -> Json:
    search = "default.svc.cluster.lan svc.cluster.lan cluster.lan"
    names = [f"web.default.{domain}" for domain in search.split()]
    data: Json = {
        "servers": [{"nameserver": builders.CLUSTER_DNS, "outcome": "nxdomain", "answers": []}],
        "resolv_conf": {"search": search.split()},
        "queries": [{"name": name, "outcome": "nxdomain"} for name in (*names, "web.default")],
    }
    denied: Json = {"status": "fail", "outcome": "nxdomain", "data": data}
    world.netns("node-1", CLIENT)["resolv_conf"] = f"search {search}\nnameserver {builders.CLUSTER_DNS}\n"
    return _first(world.diagnose(CLIENT, "web.default", 80, outcomes={"dns-pod": denied, **NO_NAME}))


def test_one_kubelet_gives_its_pods_another_domain() -> None:
    one = _of_domain(World())
    assert (one["id"], one["location"]["node"], one["location"]["pod"]) == ("dns-config-wrong", "node-1", "client-1")
    assert "clusterDomain" in one["remediation"]


def test_all_kubelets_give_another_domain_than_cluster_dns_serves() -> None:
    world = World()
    for node in ("node-1", "node-2"):
        for namespace in world.snapshots[node]["netns"]:
            namespace["resolv_conf"] = "search default.svc.cluster.lan svc.cluster.lan\n"
    assert _of_domain(world)["location"] == {"namespace": "kube-system"}


def _name_of_a_pod(called: str, asked: str) -> Json:
    """web as a headless Service whose pod web-b is called so, and the name of one of its pods that DNS denies."""
    world = World()
    world.item("services", "web")["spec"].update({"clusterIP": "None", "clusterIPs": ["None"]})
    world.item("pods", "web-b")["spec"].update({"hostname": called, "subdomain": "web"})
    name = f"{asked}.web.default.svc.cluster.local"
    return world.diagnose(CLIENT, name, 8080, outcomes={"dns-pod": _denied(), "dns-cluster": "nxdomain", **NO_NAME})


def test_no_pod_of_a_headless_service_is_called_so() -> None:
    one = _first(_name_of_a_pod("db-0", "db-1"))
    assert (one["id"], one["confidence"]) == ("dns-name-missing", "proven")
    assert one["location"] == {"namespace": "default", "service": "web"}
    assert "db-0" in one["observed"]


def test_a_pod_that_is_called_so_is_denied_for_another_reason() -> None:
    one = _first(_name_of_a_pod("db-1", "db-1"))
    assert (one["id"], one["confidence"], one["location"].get("service")) == ("dns-name-missing", "likely", None)


@pytest.mark.parametrize(
    ("port", "listens", "cause"),
    [(80, True, "service-target-port-mismatch"), (80, False, "port-not-listening"), (81, True, "port-not-listening")],
)
def test_a_pod_asked_by_its_name_for_the_port_of_its_headless_service(port: int, listens: bool, cause: str) -> None:
    world = World()
    if not listens:
        world.netns("node-2", "pod:default/web-b")["sockets"] = []
    world.item("services", "web")["spec"].update({"clusterIP": "None", "clusterIPs": ["None"]})
    world.item("pods", "web-b")["spec"].update({"hostname": "db-0", "subdomain": "web"})
    name = "db-0.web.default.svc.cluster.local"
    refused: Json = {"status": "fail", "outcome": "refused", "address": "10.244.2.4"}
    told: dict[str, builders.Outcome] = {"dns-pod": _answer("10.244.2.4"), "tcp": refused}
    found = world.diagnose(CLIENT, name, port, outcomes=told)
    assert (found["errors"], found["verdict"]["root_causes"]) == ([], [cause]), found["verdict"]["summary"]


def _alias(world: World, port: int) -> Json:
    """A Service that is another name of web and lists a port of its own; what a client hears that asks for one."""
    spec = {"type": "ExternalName", "externalName": NAME, "ports": [{"port": 8000, "targetPort": 80}]}
    world.resources("services").append({"metadata": {"name": "alias", "namespace": "default"}, "spec": spec})
    address = world.item("services", "web")["spec"]["clusterIP"]
    told: dict[str, builders.Outcome] = {"dns-pod": _answer(address), "tcp": "timed_out", "ping": "no_reply"}
    return world.diagnose(CLIENT, "service:default/alias", port, outcomes=told)


def test_a_name_for_a_service_translates_no_port() -> None:
    one = _first(_alias(World(), 8000))
    assert (one["id"], one["confidence"]) == ("service-port-missing", "proven")
    assert one["location"] == {"namespace": "default", "service": "web"}
    assert "default/alias" in one["observed"]


def test_a_name_for_a_service_asked_for_a_port_that_this_one_has() -> None:
    assert "service-port-missing" not in _alias(World(), 80)["verdict"]["root_causes"]


EARLIER = "10.244.1.66"


def _two_servers(known: int, denied: int, earlier: str) -> Json:
    """Twenty pairs of questions at cluster DNS, which has a second pod, and what that one says."""
    world = World()
    world.dose = "gentle"
    pod = copy.deepcopy(world.item("pods", "coredns-1"))
    pod["metadata"].update(name="coredns-before", uid="before")
    pod["status"].update(podIP=EARLIER, podIPs=[{"ip": EARLIER}])
    world.resources("pods").append(pod)
    piece = world.item("endpointslices", "kube-dns-x")
    piece["endpoints"].append({**piece["endpoints"][0], "addresses": [EARLIER]})
    rcodes = {"noerror": 40 - denied, **({"nxdomain": denied} if denied else {})}
    told = {"server": builders.CLUSTER_DNS, "sent": 40, "answered": 40, "half_lost": 0, "both_lost": 0}
    pairs = {"servers": [{**told, "addresses": {builders.SERVICES["web"]: known}, "rcodes": rcodes}]}
    outcomes: dict[str, builders.Outcome] = {
        "dns-pairs": {"status": "pass", "outcome": "answer", "sent": 40, "received": 40, "data": pairs},
        f"dns-cluster {EARLIER}": earlier,
    }
    return world.diagnose(CLIENT, NAME, 80, outcomes=outcomes)


def test_one_server_denies_what_the_other_one_knows() -> None:
    one = _first(_two_servers(known=10, denied=20, earlier="nxdomain"))
    assert (one["id"], one["location"]["pod"]) == ("dns-name-missing", "coredns-before")
    assert "all servers of cluster DNS know" in one["expected"]


def test_a_name_without_an_address_of_ipv6_harms_nobody() -> None:
    """Of each pair one question is denied, and the other one answered."""
    assert _two_servers(known=20, denied=20, earlier="answer")["verdict"]["result"] == "healthy"
    assert _two_servers(known=20, denied=0, earlier="answer")["verdict"]["result"] == "healthy"


def test_a_server_that_is_not_asked_may_deny() -> None:
    """No question of the client's came to it, as to one that is not ready."""
    assert _two_servers(known=20, denied=0, earlier="nxdomain")["verdict"]["result"] == "healthy"


def _of_port(asked: str) -> Json:
    return World().diagnose(CLIENT, asked, 80, outcomes={"dns-pod": _denied(), "dns-cluster": "nxdomain", **NO_NAME})


def test_the_name_of_a_port_that_the_service_has_not() -> None:
    one = _first(_of_port(f"_metrics._tcp.{NAME}"))
    assert (one["id"], one["confidence"]) == ("dns-name-missing", "proven")
    assert one["location"] == {"namespace": "default", "service": "web"}
    assert "no port metrics (tcp); its ports are http (tcp)" in one["observed"]


def test_the_name_of_a_port_that_the_service_has_is_denied_by_the_server() -> None:
    one = _first(_of_port(f"_http._tcp.{NAME}"))
    assert (one["location"], one["confidence"]) == ({"namespace": "kube-system"}, "likely")


def _asked_by_node(said: Json, cluster: builders.Outcome) -> Json:
    world = World()
    server = {**said["data"]["servers"][0], "nameserver": "203.0.113.53", "server": "203.0.113.53"}
    own = {**said, "data": {**said["data"], "servers": [server]}}
    return world.diagnose("node:node-2", NAME, 80, outcomes={"dns-pod": own, "dns-cluster": cluster, **NO_NAME})


def test_a_node_asks_its_own_servers_for_a_name_of_the_cluster() -> None:
    one = _first(_asked_by_node(_denied(), _answer("10.96.0.20")))
    assert (one["id"], one["confidence"], one["location"]) == ("dns-name-missing", "proven", {"node": "node-2"})
    assert "203.0.113.53" in one["observed"]


def test_cluster_dns_denies_the_name_to_a_node_as_well() -> None:
    one = _first(_asked_by_node(_denied(), "nxdomain"))
    assert (one["confidence"], one["location"]) == ("likely", {"namespace": "kube-system"})


def _on_host_network(nameserver: str, node: str) -> Json:
    """A pod on its node's network that asks cluster DNS, whatever its node asks, and is answered by nobody."""
    world = World()
    world.netns("node-1")["resolv_conf"] = f"nameserver {node}\n"
    pod = world.item("pods", "client-1")
    pod["spec"].update(hostNetwork=True, dnsPolicy="ClusterFirstWithHostNet")
    pod["status"].update(podIP="192.0.2.11", podIPs=[{"ip": "192.0.2.11"}])
    servers = [{"server": nameserver, "nameserver": nameserver, "outcome": "timed_out"}] if nameserver else []
    silent = {"status": "fail" if servers else "error", "outcome": "timed_out", "data": {"servers": servers}}
    return world.diagnose(CLIENT, NAME, 80, outcomes={"dns-pod": silent, "dns-cluster": "timed_out", **NO_NAME})


def test_the_file_of_a_node_is_not_that_of_a_pod_on_its_network() -> None:
    for asked in (builders.CLUSTER_DNS, ""):
        found = _on_host_network(asked, "203.0.113.53")
        assert "dns-config-wrong" not in found["verdict"]["root_causes"], found["verdict"]["summary"]
    one = _first(_on_host_network("203.0.113.53", builders.CLUSTER_DNS))
    assert (one["id"], one["confidence"]) == ("dns-config-wrong", "proven")
