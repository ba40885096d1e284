# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One backend of several that does not answer, and what looks like it."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.tests.unit import builders
from ansible_collections.podnet.diagnostics.tests.unit.builders import Json, World

CLIENT, WEB, BAD = "pod:default/client-1", "service:default/web", "10.244.2.4"


def diagnose(world: World, **outcomes: builders.Outcome) -> Json:
    named = {name.replace("_", "-") + f" {BAD}": value for name, value in outcomes.items()}
    found = world.diagnose(CLIENT, WEB, 80, outcomes=named)
    assert found["errors"] == []
    return found


@pytest.mark.parametrize(("how", "confidence"), [("refused", "proven"), ("timed_out", "likely")])
def test_one_backend_that_does_not_answer_itself_either(how: str, confidence: str) -> None:
    verdict = diagnose(World(), backend_tcp=how, local_tcp=how)["verdict"]
    assert verdict["root_causes"] == ["backend-unhealthy"], verdict["summary"]
    assert verdict["location"] == {"node": "node-2", "namespace": "default", "pod": "web-b"}
    assert verdict["confidence"] == confidence
    assert "1 other(s) answer" in verdict["summary"]


def test_one_that_answers_inside_is_not_to_blame() -> None:
    verdict = diagnose(World(), backend_tcp="timed_out")["verdict"]
    assert "backend-unhealthy" not in verdict["root_causes"]


def test_where_nothing_listens_that_is_the_cause() -> None:
    world = World()
    world.netns("node-2", "pod:default/web-b")["sockets"] = []
    verdict = diagnose(world, backend_tcp="refused", local_tcp="refused")["verdict"]
    assert verdict["root_causes"] == ["port-not-listening"], verdict["summary"]


def test_the_only_backend_of_a_service() -> None:
    world = World()
    for piece in world.resources("endpointslices"):
        kept = [one for one in piece["endpoints"] if one["targetRef"]["name"] != "web-a"]
        piece["endpoints"] = kept
    verdict = diagnose(world, backend_tcp="refused", local_tcp="refused")["verdict"]
    assert "backend-unhealthy" not in verdict["root_causes"]


def test_a_rule_on_the_way_is_the_cause() -> None:
    world = World()
    drop: t.Final = f"[9:540] -A FORWARD -d {BAD}/32 -p tcp -j DROP\n"
    world.set_netfilter("node-2", builders.netfilter(first=drop))
    verdict = diagnose(world, backend_tcp="timed_out", local_tcp="timed_out")["verdict"]
    assert verdict["root_causes"] == ["netfilter-drop"], verdict["summary"]


def asked_more() -> World:
    world = World()
    world.dose = "gentle"
    return world


def test_one_backend_that_takes_connections_and_answers_no_request() -> None:
    verdict = diagnose(asked_more(), backend_http="no_response", local_http="no_response")["verdict"]
    assert verdict["root_causes"] == ["backend-unhealthy"], verdict["summary"]
    assert verdict["location"] == {"node": "node-2", "namespace": "default", "pod": "web-b"}
    assert verdict["confidence"] == "proven"
    assert "takes connections and answers no request" in verdict["summary"]


def test_one_that_answers_requests_from_inside_is_not_to_blame() -> None:
    verdict = diagnose(asked_more(), backend_http="no_response")["verdict"]
    assert "backend-unhealthy" not in verdict["root_causes"]
    assert verdict["result"] != "healthy"


@pytest.mark.parametrize("how", ["no_response", "bad_response"])
def test_where_no_backend_answers_requests_it_is_not_http(how: str) -> None:
    everywhere = {
        f"{role} {address}": how for role in ("backend-http", "local-http") for address in (BAD, "10.244.1.3")
    }
    verdict = asked_more().diagnose(CLIENT, WEB, 80, outcomes=everywhere)["verdict"]
    assert verdict["result"] == "healthy", verdict["summary"]


def test_an_error_page_is_an_answer() -> None:
    verdict = diagnose(asked_more(), backend_http="error_status", local_http="error_status")["verdict"]
    assert verdict["result"] == "healthy", verdict["summary"]


UNAVAILABLE: Json = {"status": "pass", "outcome": "error_status", "data": {"status": 503}}


def _behind_a_proxy(sockets: list[Json], **inside: builders.Outcome) -> Json:
    world = asked_more()
    world.netns("node-2", "pod:default/web-b")["sockets"] = [builders.socket(15006), *sockets]
    refused: dict[str, builders.Outcome] = {"local_tcp": "refused", "local_http": "refused", **inside}
    return diagnose(world, backend_http=UNAVAILABLE, **refused)["verdict"]


def test_a_proxy_that_does_not_reach_the_loopback_address() -> None:
    verdict = _behind_a_proxy([builders.socket(8080, "127.0.0.1")])
    assert verdict["root_causes"] == ["port-listening-on-loopback"], verdict["summary"]
    assert (verdict["location"]["pod"], verdict["confidence"]) == ("web-b", "likely")


def test_a_proxy_before_a_program_that_answers_the_pod() -> None:
    verdict = _behind_a_proxy([builders.socket(8080)], local_tcp="open", local_http=UNAVAILABLE)
    assert verdict["root_causes"] == ["backend-unhealthy"], verdict["summary"]


def test_one_backend_whose_answers_do_not_end() -> None:
    part: Json = {"status": "pass", "outcome": "response", "data": {"status": 200, "missing": 89000}}
    verdict = diagnose(asked_more(), backend_http=part, local_http=part)["verdict"]
    assert verdict["root_causes"] == ["backend-unhealthy"], verdict["summary"]
    assert (verdict["location"]["pod"], verdict["confidence"]) == ("web-b", "proven")
    assert "does not end them" in verdict["summary"]


def test_one_whose_answers_end_inside_is_not_to_blame() -> None:
    part: Json = {"status": "pass", "outcome": "response", "data": {"status": 200, "missing": 89000}}
    assert "backend-unhealthy" not in diagnose(asked_more(), backend_http=part)["verdict"]["root_causes"]


def _ending(how: str) -> Json:
    return {"status": "pass", "outcome": "open", "data": {"then": {"outcome": how, "ms": 0.4}}}


@pytest.mark.parametrize("how", ["closed", "reset"])
def test_one_backend_that_ends_connections_at_once(how: str) -> None:
    verdict = diagnose(World(), backend_tcp=_ending(how), local_tcp=_ending(how))["verdict"]
    assert verdict["root_causes"] == ["backend-unhealthy"], verdict["summary"]
    assert verdict["location"] == {"node": "node-2", "namespace": "default", "pod": "web-b"}
    assert "without a byte" in verdict["summary"]


def test_one_that_ends_only_connections_from_outside_may_have_a_reason() -> None:
    verdict = diagnose(World(), backend_tcp=_ending("closed"), local_tcp=_ending("silent"))["verdict"]
    assert verdict["result"] == "inconclusive"
    assert "takes connections and closes them" in verdict["summary"]


def test_a_server_that_greets_before_it_closes_is_well() -> None:
    assert diagnose(World(), backend_tcp=_ending("data"), local_tcp=_ending("data"))["verdict"]["result"] == "healthy"


def _declared(status: int) -> Json:
    """All backends of a Service that says that it speaks HTTP answer with that status."""
    world = asked_more()
    for item in world.resources("services"):
        for port in item["spec"]["ports"]:
            port["appProtocol"] = "http"
    answer: Json = {"status": "fail", "outcome": "error_status", "data": {"status": status}}
    verdict: Json = world.diagnose(CLIENT, WEB, 80, outcomes={"backend-http": answer, "local-http": answer})["verdict"]
    return verdict


def test_a_service_for_http_that_is_unavailable() -> None:
    verdict = _declared(503)
    assert verdict["root_causes"] == ["backend-unhealthy"], verdict["summary"]
    assert "HTTP 503" in verdict["summary"]


@pytest.mark.parametrize("status", [401, 404, 500])
def test_a_service_for_http_that_denies_strangers_is_well(status: int) -> None:
    assert _declared(status)["result"] == "healthy"


def test_one_of_several_that_is_unavailable() -> None:
    answer: Json = {"status": "fail", "outcome": "error_status", "data": {"status": 503}}
    verdict = diagnose(asked_more(), backend_http=answer, local_http=answer)["verdict"]
    assert verdict["root_causes"] == ["backend-unhealthy"], verdict["summary"]
    assert verdict["location"]["pod"] == "web-b"


def test_what_connections_were_not_asked_is_told() -> None:
    verdict = diagnose(World())["verdict"]
    assert verdict["result"] == "healthy"


@pytest.mark.parametrize(("status", "result"), [(200, "fault"), (301, "healthy"), (400, "healthy")])
def test_a_service_for_tls_that_serves_plain_http(status: int, result: str) -> None:
    world = asked_more()
    for item in world.resources("services"):
        for port in item["spec"]["ports"]:
            port["appProtocol"] = "https"
    answer: Json = {"status": "pass", "outcome": "response", "data": {"status": status}}
    verdict = world.diagnose(CLIENT, WEB, 80, outcomes={"backend-http": answer, "local-http": answer})["verdict"]
    assert verdict["result"] == result, verdict["summary"]
