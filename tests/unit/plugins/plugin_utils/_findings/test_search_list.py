# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look-ups that the search list leads outside: whoever answered any question is there."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.diagnostics.tests.unit import builders
from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, World

CLIENT, NAME = "pod:default/client-1", "web.default.svc.cluster.local"
SECOND = "203.0.113.99"


def _query(name: str, outcome: str, server: str = builders.CLUSTER_DNS) -> Json:
    said = None if outcome in ("timed_out", "unreachable") else "noerror" if outcome == "answer" else outcome
    return {"server": server, "name": name, "outcome": outcome, "rcode": said}


def _look_up(*ends: tuple[str, str], status: str = "pass", second: bool = False) -> Json:
    """A look-up of three names of the cluster that do not exist, then of these."""
    inside = [f"{NAME}.{domain}" for domain in ("default.svc.cluster.local", "svc.cluster.local", "cluster.local")]
    queries = [*(_query(name, "nxdomain") for name in inside), *(_query(*end) for end in ends)]
    if second:
        queries.append(_query(inside[0], "unreachable", SECOND))
    return {"status": status, "outcome": ends[-1][1], "data": {"queries": queries, "servers": []}}


def _upstream(outcome: str, rcode: str | None = None) -> Json:
    query = {"server": "198.51.100.53", "name": f"{NAME}.lab.example", "outcome": outcome, "rcode": rcode}
    return {"status": "fail", "outcome": outcome, "data": {"queries": [query], "names": [f"{NAME}.lab.example"]}}


@pytest.mark.parametrize("second", [False, True])
@pytest.mark.parametrize("goes_on", [False, True])
def test_a_search_domain_whose_servers_are_silent(goes_on: bool, second: bool) -> None:
    """Also beside a second server that nobody reaches, and also where the name was found in the end."""
    last = [("web.default.svc.cluster.local", "answer")] if goes_on else []
    ended = "fail" if second or not goes_on else "pass"
    outcome = _look_up((f"{NAME}.lab.example", "timed_out"), *last, status=ended, second=second)
    found = World().diagnose(CLIENT, NAME, 80, outcomes={"dns-pod": outcome, "dns-search": _upstream("timed_out")})
    assert found["verdict"]["root_causes"] == ["dns-upstream-failing"], found["verdict"]["summary"]
    assert found["verdict"]["confidence"] == "proven"
    assert "lower ndots" in found["verdict"]["remediation"]


def test_a_server_that_answered_a_question_is_not_unreachable() -> None:
    """The upstream answers the node: why cluster DNS has no answer is not known, and its Service is not to blame."""
    outcome = _look_up((f"{NAME}.lab.example", "timed_out"), status="fail")
    outcomes: dict[str, builders.Outcome] = {"dns-pod": outcome, "dns-search": _upstream("nxdomain", "nxdomain")}
    found = World().diagnose(CLIENT, NAME, 80, outcomes={**outcomes, "tcp": "dns_failure"})
    assert "dns-service-unreachable" not in [one["id"] for one in found["findings"]]


@pytest.mark.parametrize("error", ["servfail", "refused"])
def test_an_error_for_a_search_domain_harms_nobody(error: str) -> None:
    outcome = _look_up((f"{NAME}.lab.example", error), (NAME, "answer"))
    found = World().diagnose(CLIENT, NAME, 80, outcomes={"dns-pod": outcome, "dns-search": _upstream(error, error)})
    assert found["verdict"]["result"] == "healthy", found["verdict"]["summary"]


def test_an_error_that_is_remembered_for_servers_that_are_silent() -> None:
    """Cluster DNS keeps SERVFAIL for a while: who asks later waits again."""
    outcome = _look_up((f"{NAME}.lab.example", "servfail"), (NAME, "answer"))
    found = World().diagnose(CLIENT, NAME, 80, outcomes={"dns-pod": outcome, "dns-search": _upstream("timed_out")})
    assert found["verdict"]["root_causes"] == ["dns-upstream-failing"], found["verdict"]["summary"]


@pytest.mark.parametrize(("told", "verdict"), [("198.51.100.53", "fault"), ("203.0.113.53", "healthy")])
def test_a_node_that_was_told_other_servers_speaks_for_itself(told: str, verdict: str) -> None:
    """Cluster DNS forwards to a file: its pods have a copy from when they were made."""
    world = World()
    corefile = world.item("configmaps", "coredns")["data"]
    corefile["Corefile"] = corefile["Corefile"].replace("forward . 203.0.113.53", "forward . /etc/resolv.conf")
    world.netns("node-2", "pod:kube-system/coredns-1")["resolv_conf"] = f"nameserver {told}\n"
    outcome = _look_up((f"{NAME}.lab.example", "servfail"), (NAME, "answer"))
    silent = _upstream("timed_out")
    found = world.diagnose(CLIENT, NAME, 80, outcomes={"dns-pod": outcome, "dns-search": silent})
    assert found["verdict"]["result"] == verdict, found["verdict"]["summary"]


@pytest.mark.parametrize(("told", "confidence"), [("198.51.100.53", "proven"), (None, "likely")])
def test_what_cluster_dns_was_told_has_to_be_known(told: str | None, confidence: str) -> None:
    world = World()
    corefile = world.item("configmaps", "coredns")["data"]
    corefile["Corefile"] = corefile["Corefile"].replace("forward . 203.0.113.53", "forward . /etc/resolv.conf")
    world.netns("node-2", "pod:kube-system/coredns-1")["resolv_conf"] = told and f"nameserver {told}\n"
    outcome = _look_up((f"{NAME}.lab.example", "timed_out"), (NAME, "answer"))
    found = world.diagnose(CLIENT, NAME, 80, outcomes={"dns-pod": outcome, "dns-search": _upstream("timed_out")})
    assert found["verdict"]["root_causes"] == ["dns-upstream-failing"], found["verdict"]["summary"]
    assert found["verdict"]["confidence"] == confidence


def _too_long(server: str) -> Json:
    """A look-up whose answer was cut off by UDP, and which nobody answered by TCP."""
    name = "outside.lab.example"
    cut = {**_query(name, "timed_out", server), "transport": "tcp"}
    queries = [_query(f"{name}.cluster.local", "nxdomain", server), cut]
    return {"status": "fail", "outcome": "timed_out", "data": {"queries": queries, "servers": [cut]}}


def test_an_answer_that_is_too_long_and_a_service_without_tcp() -> None:
    world = World()
    ports = world.item("services", "kube-dns")["spec"]["ports"]
    world.item("services", "kube-dns")["spec"]["ports"] = [one for one in ports if one["protocol"] == "UDP"]
    outcomes: dict[str, builders.Outcome] = {"dns-pod": _too_long(builders.CLUSTER_DNS), "tcp": "dns_failure"}
    verdict = world.diagnose(CLIENT, "outside.lab.example", 22, outcomes=outcomes)["verdict"]
    assert (verdict["root_causes"], verdict["confidence"]) == (["service-port-missing"], "proven"), verdict["summary"]


def test_an_answer_that_is_too_long_and_a_rule_against_tcp() -> None:
    world = World()
    rule = "[0:0] -A FORWARD -p tcp -m tcp --dport 53 -j DROP\n"
    world.set_netfilter("node-1", builders.netfilter(first=rule))
    outcomes: dict[str, builders.Outcome] = {"dns-pod": _too_long(builders.CLUSTER_DNS), "tcp": "dns_failure"}
    verdict = world.diagnose(CLIENT, "outside.lab.example", 22, outcomes=outcomes)["verdict"]
    assert verdict["root_causes"] == ["netfilter-drop"], verdict["summary"]


@pytest.mark.parametrize("dropped", [True, False])
def test_a_server_that_cluster_dns_asks_by_tcp_alone(dropped: bool) -> None:
    """The node asks it by UDP and is answered: that says nothing of TCP, and what drops TCP is found."""
    world, name = World(), "outside.lab.example"
    corefile = world.item("configmaps", "coredns")["data"]
    block = "lab.example:53 {\n    forward . 203.0.113.53 {\n        force_tcp\n    }\n}\n"
    corefile["Corefile"] = block + corefile["Corefile"]
    if dropped:
        rule = "[0:0] -A FORWARD -d 203.0.113.53/32 -p tcp -m tcp --dport 53 -j DROP\n"
        world.set_netfilter("node-2", builders.netfilter(first=rule))
    queries = [_query(f"{name}.cluster.local", "nxdomain"), _query(name, "servfail")]
    failed: Json = {"status": "fail", "outcome": "servfail", "data": {"queries": queries, "servers": []}}
    asked = _query(name, "answer", "203.0.113.53")
    well: Json = {"status": "pass", "outcome": "answer", "data": {"queries": [asked], "servers": []}}
    outcomes: dict[str, builders.Outcome] = {"dns-pod": failed, "dns-upstream": well, "dns-search": well}
    verdict = world.diagnose(CLIENT, name, 22, outcomes={**outcomes, "tcp": "dns_failure"})["verdict"]
    assert verdict["root_causes"] == ["netfilter-drop" if dropped else "dns-upstream-failing"], verdict["summary"]
    assert dropped or (verdict["confidence"] == "likely" and "force_tcp" in verdict["summary"])


def test_the_name_that_was_meant_is_of_the_same_servers() -> None:
    """It is not the search list that leads there, and no spelling of the name helps."""
    name = "outside.lab.example"
    queries = [_query(f"{name}.cluster.local", "nxdomain"), _query(f"{name}.lab.example", "timed_out")]
    queries.append(_query(name, "timed_out"))
    outcome: Json = {"status": "fail", "outcome": "timed_out", "data": {"queries": queries, "servers": []}}
    query = {"server": "203.0.113.53", "name": name, "outcome": "timed_out", "rcode": None}
    silent: Json = {"status": "fail", "outcome": "timed_out", "data": {"queries": [query], "names": [name]}}
    outcomes: dict[str, builders.Outcome] = {"dns-pod": outcome, "dns-upstream": silent, "tcp": "dns_failure"}
    verdict = World().diagnose(CLIENT, name, 22, outcomes=outcomes)["verdict"]
    assert (verdict["root_causes"], verdict["confidence"]) == (["dns-upstream-failing"], "proven"), verdict["summary"]
    assert "search list" not in verdict["summary"] and "ndots" not in verdict["remediation"]


def _led(name: str, *addresses: str) -> dict[str, builders.Outcome]:
    """A look-up that the search list ended, with these addresses for both names; whoever asks is refused."""
    asked = f"{name}.lab.example"
    answers = [{"name": asked, "type": "A", "value": one} for one in addresses]
    exact = [{"name": name, "type": "A", "value": one} for one in addresses]
    looked = {"queries": [_query(f"{name}.cluster.local", "nxdomain"), _query(asked, "answer")], "answers": answers}
    direct: Json = {
        "status": "pass",
        "outcome": "answer",
        "data": {"queries": [_query(name, "answer")], "answers": exact},
    }
    return {
        "dns-pod": {"status": "pass", "outcome": "answer", "data": looked},
        "dns-cluster": direct,
        "dns-upstream": direct,
        "tcp": "refused",
        "ping": "no_reply",
    }


def test_a_filter_of_names_leads_back_to_the_client() -> None:
    found = World().diagnose(CLIENT, "outside.lab.example", 22, outcomes=_led("outside.lab.example", "0.0.0.0"))
    verdict = found["verdict"]
    assert (verdict["root_causes"], verdict["confidence"]) == (["dns-answer-wrong"], "proven"), verdict["summary"]
    assert "forwards to say the same" in verdict["summary"]


def test_a_loopback_address_may_be_meant() -> None:
    found = World().diagnose(CLIENT, "outside.lab.example", 22, outcomes=_led("outside.lab.example", "127.0.0.1"))
    (one,) = [one for one in found["findings"] if one["id"] == "dns-answer-wrong"]
    assert one["confidence"] != "proven"
    found = World().diagnose(CLIENT, "db.localhost", 22, outcomes=_led("db.localhost", "127.0.0.1"))
    assert "dns-answer-wrong" not in [one["id"] for one in found["findings"]]


def test_a_name_that_the_search_list_turned_into_the_same_address() -> None:
    found = World().diagnose(CLIENT, "outside.lab.example", 22, outcomes=_led("outside.lab.example", "198.51.100.10"))
    assert "dns-search-ndots" not in [one["id"] for one in found["findings"]]
