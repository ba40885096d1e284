# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Events against a fake API server: in order, once each, bounded, however long the server is away."""

from __future__ import annotations

import asyncio
import datetime
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._config import Identity
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._event import NORMAL, WARNING, Event
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._access import Access
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._api import Api
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._events import Events
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._waiting import Backoff
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._agent.fake_api import (
    EVENTS,
    NAMESPACE,
    FakeApi,
    Reply,
    refusal,
    until,
)

WHEN = datetime.datetime(2026, 11, 21, 12, 0, 0, 123456, datetime.timezone.utc)
Test = t.Callable[[FakeApi, Events], t.Coroutine[t.Any, t.Any, None]]


def play(test: Test, limit: int = 5) -> None:
    async def run() -> None:
        server = FakeApi()
        await server.start()
        events = Events(
            Api(Access(server.url)), Identity("source-1", NAMESPACE, "uid", "node-1"), limit, Backoff(0.01, 0.05)
        )
        task = asyncio.ensure_future(events.run())
        try:
            await asyncio.wait_for(test(server, events), 20)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await server.stop()

    asyncio.run(run())


def add(events: Events, *reasons: str) -> None:
    for reason in reasons:
        events.add("check", "uid-check", Event(NORMAL, reason, f"about {reason}"), WHEN)


def test_an_event_says_what_happened_to_which_check_and_when() -> None:
    async def test(server: FakeApi, events: Events) -> None:
        events.add("check", "uid-check", Event(WARNING, "Bad", "x" * 2000), WHEN)
        await events.drained()
        (event,) = server.objects[EVENTS].values()
        assert event["involvedObject"] == {
            "apiVersion": "controlplane.operator.openshift.io/v1alpha1",
            "kind": "PodNetworkConnectivityCheck",
            "name": "check",
            "namespace": NAMESPACE,
            "uid": "uid-check",
        }
        assert event["firstTimestamp"] == event["lastTimestamp"] == "2026-11-21T12:00:00Z"
        assert (event["type"], event["reason"], event["count"]) == ("Warning", "Bad", 1)
        assert event["source"] == {"component": "check-endpoint", "host": "node-1"}
        assert len(event["message"]) == 1024 and event["metadata"]["name"].startswith("check.")

    play(test)


def test_their_order_is_kept_while_the_server_stumbles() -> None:
    async def test(server: FakeApi, events: Events) -> None:
        for status in (500, 429, 503, 401):
            server.fail("POST", "/events", refusal(status))
        add(events, "A", "B", "C")
        await events.drained()
        assert server.events() == ["A", "B", "C"]

    play(test)


def test_one_that_is_refused_does_not_stop_the_others() -> None:
    async def test(server: FakeApi, events: Events) -> None:
        server.fail("POST", "/events", refusal(422, "odd"))
        add(events, "A", "B")
        await events.drained()
        assert server.events() == ["B"]

    play(test)


def test_one_whose_answer_was_lost_is_not_there_twice() -> None:
    async def test(server: FakeApi, events: Events) -> None:
        lost = [True]

        def rule(request: t.Any) -> Reply | None:
            if request.method == "POST" and lost[0]:
                lost[0] = False
                server.put(EVENTS, request.body["metadata"]["name"], request.body)
                return refusal(500, "the answer is lost")
            return None

        server.rules.append(rule)
        add(events, "A", "B")
        await events.drained()
        assert server.events() == ["A", "B"]
        assert len(server.asked("POST")) == 3

    play(test)


def test_when_too_many_wait_the_oldest_go_and_that_is_told() -> None:
    async def test(server: FakeApi, events: Events) -> None:
        await server.stop()
        add(events, *(f"R{number}" for number in range(12)))
        assert len(events) == 5
        await asyncio.sleep(0.1)
        await server.start()
        await events.drained()
        assert server.events() == ["EventsDropped", "R7", "R8", "R9", "R10", "R11"]
        told = next(iter(server.objects[EVENTS].values()))
        assert told["message"].startswith("7 events") and told["involvedObject"]["kind"] == "Pod"
        assert events.dropped == 7

    play(test)


def test_names_fit() -> None:
    async def test(server: FakeApi, events: Events) -> None:
        events.add("n" * 253, "uid", Event(NORMAL, "A", "a"), WHEN)
        events.add("n" * 253, "uid", Event(NORMAL, "A", "a"), WHEN)
        await until(lambda: len(server.objects[EVENTS]) == 2, "both")
        assert all(len(name) == 253 for name in server.objects[EVENTS])

    play(test)
