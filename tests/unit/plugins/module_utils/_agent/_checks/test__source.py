# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The source program against an API server on the loopback address: what people see in the objects."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime
import json
import logging
import os
import pathlib
import signal
import subprocess
import sys
import types
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks import (
    _executor,
    _keeper,
    _probe,
    _prober,
    _reconcile,
    _record,
    _secrets,
    _source,
    _writer,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._record import Record
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._source import Source
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._config import Identity, LoadBalancer, Targets
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube import _pod, _watch
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._agent.fake_api import (
    CHECKS,
    CONFIG_MAPS,
    LEASES,
    NAMESPACE,
    PODS,
    SECRETS,
    SERVICES,
    SLICES,
    Json,
    Reply,
    refusal,
    rfc3339,
    until,
)
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._agent.world import (
    ME,
    NODES,
    QUICK,
    World,
    play,
    set_target_port,
)

DETECTED, RESTORED = "ConnectivityOutageDetected", "ConnectivityRestored"
TO_NODE_2 = "network-check-source-node-1-to-network-check-target-node-2"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes seconds with people takes tenths here."""
    monkeypatch.setattr(_keeper, "SETTLE_SECONDS", 0.02)
    monkeypatch.setattr(_keeper, "WAITING_SECONDS", 0.1)
    monkeypatch.setattr(_prober, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(_prober, "STOP_SECONDS", 0.1)
    monkeypatch.setattr(_executor, "ECHO_SECONDS", 0.5)
    monkeypatch.setattr(_watch, "STEADY_SECONDS", 0.5)


@pytest.fixture
def brief_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """A target that is gone is told after a moment."""

    def hold(reason: str, message: str, grace: float = 0.1) -> t.Any:
        return _prober.Hold(reason, message, grace)

    monkeypatch.setattr(_reconcile, "Hold", hold)


def record_of(source: Source, name: str) -> Record:
    return source.store.records[name]


def outages(world: World, name: str) -> list[Json]:
    return t.cast(list[Json], world.api.check(name).get("status", {}).get("outages", []))


def identity(name: str, node: str = "node-1") -> Identity:
    return Identity(name, NAMESPACE, f"uid-{name}", node)


# -- probing and writing -------------------------------------------------------------------------------------------
def test_checks_of_this_source_are_probed_and_those_of_others_left_alone(tmp_path: pathlib.Path) -> None:
    async def test(world: World) -> None:
        target = await world.target()
        world.check("mine", f"127.0.0.1:{target.port}")
        world.check("other", f"127.0.0.1:{target.port}", pod="somebody")
        world.source()
        await until(lambda: world.api.condition("mine") == "True", "the first status")
        assert world.api.check("mine")["status"]["successes"][0]["reason"] == "TCPConnect"
        world.check("later", f"127.0.0.1:{target.port}")
        await until(lambda: world.api.condition("later") == "True", "a check that was made later")
        world.api.delete(CHECKS, "mine")
        await asyncio.sleep(0.1)
        probed = target.accepted
        world.api.delete(CHECKS, "later")
        await asyncio.sleep(1.0)
        assert target.accepted <= probed + 1, "nobody asks for it any more"
        assert "status" not in world.api.check("other")
        assert world.api.asked("PATCH", "other") == []

    play(tmp_path, test)


def test_what_does_not_change_is_hardly_ever_written(tmp_path: pathlib.Path) -> None:
    async def test(world: World) -> None:
        target = await world.target()
        world.check("mine", f"127.0.0.1:{target.port}")
        world.source()
        await until(lambda: target.accepted >= 6, "some probes")
        assert len(world.api.asked("PATCH", "mine/status")) == 1

    play(tmp_path, test)


def test_changes_are_written_at_once_with_their_events(tmp_path: pathlib.Path) -> None:
    async def test(world: World) -> None:
        target = await world.target()
        world.check("mine", f"127.0.0.1:{target.port}")
        world.source()
        await until(lambda: world.api.condition("mine") == "True", "reachable")
        await target.close()
        await until(lambda: world.api.condition("mine") == "False", "unreachable", 2)
        await target.open()
        await until(lambda: world.api.condition("mine") == "True", "reachable again", 2)
        await until(lambda: world.api.events() == [DETECTED, RESTORED], "both events")
        event = next(iter(world.api.objects["/api/v1/namespaces/checks/events"].values()))
        assert (
            event["involvedObject"]["kind"] == "PodNetworkConnectivityCheck"
            and event["involvedObject"]["name"] == "mine"
        )
        assert event["related"] == {"apiVersion": "v1", "kind": "Node", "name": "node-1"}
        assert event["message"].startswith("Connectivity outage detected: mine: failed to establish a TCP connection")

    play(tmp_path, test)


def test_an_outage_while_the_api_is_away_is_complete_afterwards(tmp_path: pathlib.Path) -> None:
    async def test(world: World) -> None:
        target = await world.target()
        world.check("mine", f"127.0.0.1:{target.port}")
        source = world.source()
        await until(lambda: world.api.condition("mine") == "True", "reachable")
        await world.api.stop()
        await target.close()
        await until(lambda: record_of(source, "mine").status.open_outage, "the outage is seen")
        await target.open()
        await until(lambda: record_of(source, "mine").status.outages[0].end, "its end is seen")
        assert outages(world, "mine") == []
        await world.api.start()
        await until(lambda: outages(world, "mine"), "the outage is written")
        await until(lambda: len(world.api.events()) == 2, "the events are sent")
        assert world.api.events() == [DETECTED, RESTORED]
        outage = outages(world, "mine")[0]
        assert outage["end"] and outage["message"].startswith("Connectivity restored after ")
        assert world.api.condition("mine") == "True"
        world.check("later", f"127.0.0.1:{target.port}")
        await until(lambda: world.api.condition("later") == "True", "it watches again")

    play(tmp_path, test)


def test_an_api_server_that_hangs_is_left_and_found_again(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it hung on may be done late, after what was written meanwhile: the newest status is there in the end."""

    async def test(world: World) -> None:
        target = await world.target()
        world.check("mine", f"127.0.0.1:{target.port}")
        source = world.source()
        await until(lambda: world.api.condition("mine") == "True", "reachable")
        world.api.hanging = True
        await target.close()
        await until(lambda: record_of(source, "mine").status.open_outage, "the outage is seen")
        late = t.cast(Json, json.loads(json.dumps(world.api.check("mine")["status"])))
        await target.open()
        await asyncio.sleep(0.5)
        world.api.hanging = False
        await until(lambda: outages(world, "mine") and outages(world, "mine")[0]["end"], "the outage is complete")
        await until(lambda: not record_of(source, "mine").writing, "quiet")
        world.api.change(CHECKS, "mine", {"status": None})
        world.api.change(CHECKS, "mine", {"status": late})
        await until(lambda: outages(world, "mine"), "a status that came late is corrected")

    real = _writer.Api.request

    async def impatient(self: t.Any, *arguments: t.Any, **options: t.Any) -> bytes:
        return await real(self, *arguments, **{**options, "seconds": 0.2})

    monkeypatch.setattr(_writer.Api, "request", impatient)
    play(tmp_path, test)


@pytest.mark.parametrize(
    "reply",
    [
        refusal(409, "conflict"),
        refusal(500, "etcd is away"),
        refusal(429, "too many", Retry_After="1"),
        refusal(503, "not now"),
        Reply(200, b"HTTP/1.1 garbage", {"Content-Length": "16"}),
        refusal(403, "forbidden"),
        refusal(401, "who are you"),
    ],
    ids=["409", "500", "429", "503", "garbled", "403", "401"],
)
def test_a_write_that_fails_is_made_again(tmp_path: pathlib.Path, reply: Reply) -> None:
    async def test(world: World) -> None:
        target = await world.target()
        world.api.fail("PATCH", "mine/status", reply)
        world.check("mine", f"127.0.0.1:{target.port}")
        world.source()
        await until(lambda: world.api.condition("mine") == "True", "the status is written")
        assert len(world.api.check("mine")["status"]["successes"]) <= 10

    play(tmp_path, test)


def test_a_status_that_is_refused_harms_no_other(tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture) -> None:
    async def test(world: World) -> None:
        target = await world.target()
        world.api.fail("PATCH", "bad/status", refusal(422, "status.latency is odd"), times=1000)
        world.api.fail("PATCH", "gone/status", refusal(404, "not found"), times=1000)
        for name in ("bad", "gone", "good"):
            world.check(name, f"127.0.0.1:{target.port}")
        world.source()
        await until(lambda: world.api.condition("good") == "True", "the good one is written")
        await target.close()
        await until(lambda: world.api.condition("good") == "False", "a change of the good one is written", 2)

    play(tmp_path, test)
    told = [
        record.getMessage()
        for record in caplog.records
        if "bad" in record.getMessage() and record.levelno == logging.ERROR
    ]
    assert told == [
        f"Cannot write the status of bad: Cannot PATCH {CHECKS}/bad/status: HTTP 422: status.latency is odd"
    ]


def test_a_wall_clock_that_is_set_changes_nothing(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An outage begins an hour ahead and ends after the clock was set back two hours; the next one is seen as well."""
    shift = [0.0]

    class Shifted(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> t.Any:
            return datetime.datetime.now(tz) + datetime.timedelta(seconds=shift[0])

    for module in (_probe, _record):
        monkeypatch.setattr(module, "datetime", types.SimpleNamespace(datetime=Shifted, timezone=datetime.timezone))

    async def test(world: World) -> None:
        target = await world.target()
        world.check("mine", f"127.0.0.1:{target.port}")
        world.source()
        await until(lambda: world.api.condition("mine") == "True", "reachable")
        shift[0] = 3600.0
        await target.close()
        await until(lambda: world.api.condition("mine") == "False", "unreachable")
        shift[0] = -3600.0
        await target.open()
        await until(lambda: world.api.condition("mine") == "True", "reachable again")
        outage = outages(world, "mine")[0]
        begun, ended = (datetime.datetime.fromisoformat(outage[key].replace("Z", "+00:00")) for key in ("start", "end"))
        assert datetime.timedelta() <= ended - begun < datetime.timedelta(seconds=10)
        assert "-" not in outage["message"]
        await target.close()
        await until(lambda: world.api.condition("mine") == "False", "the next outage")
        assert len(outages(world, "mine")) == 2
        assert world.api.check("mine")["status"]["failures"][0]["time"] < outage["start"], (
            "the newest is the first, whatever its time is"
        )

    play(tmp_path, test)


# -- watching ------------------------------------------------------------------------------------------------------
def watch_rule(*replies: Reply) -> t.Callable[[t.Any], Reply | None]:
    """The first watches of the checks get these."""
    left = list(replies)

    def rule(request: t.Any) -> Reply | None:
        return left.pop(0) if left and request.query.get("watch") and request.path == CHECKS else None

    return rule


CHUNKED = {"Transfer-Encoding": "chunked"}


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, b"0\r\n\r\n", CHUNKED),
        Reply(200, b"9\r\n{garbage\n\r\n0\r\n\r\n", CHUNKED),
        Reply(200, b"4\r\n[1]\n\r\n0\r\n\r\n", CHUNKED),
        Reply(200, b"zz\r\n", CHUNKED),
        refusal(410, "too old"),
        refusal(500, "sorry"),
        Reply(200, b'{"type":"ERROR","object":{"kind":"Status","code":410}}\n'),
        Reply(200, b'{"type":"ERROR","object":{"kind":"Status","code":500,"message":"sorry"}}\n'),
    ],
    ids=["closed", "garbage", "no event", "bad chunk", "410", "500", "410 in the stream", "500 in the stream"],
)
def test_a_watch_that_ends_badly_begins_again(tmp_path: pathlib.Path, reply: Reply) -> None:
    async def test(world: World) -> None:
        target = await world.target()
        world.api.rules.append(watch_rule(reply))
        world.check("mine", f"127.0.0.1:{target.port}")
        source = world.source()
        await until(lambda: world.api.condition("mine") == "True", "reachable")
        world.check("later", f"127.0.0.1:{target.port}")
        await until(lambda: world.api.condition("later") == "True", "a check that was made later")
        assert sorted(source.store.records) == ["later", "mine"]

    play(tmp_path, test)


def test_what_happened_while_nobody_watched_is_found_in_the_list(tmp_path: pathlib.Path) -> None:
    async def test(world: World) -> None:
        target = await world.target()
        world.check("mine", f"127.0.0.1:{target.port}")
        world.check("short", f"127.0.0.1:{target.port}")
        source = world.source()
        await until(lambda: world.api.condition("short") == "True", "reachable")
        await world.api.stop()
        world.api.delete(CHECKS, "short")
        world.check("later", f"127.0.0.1:{target.port}")
        world.api.forget_history()
        await world.api.start()
        await until(lambda: world.api.condition("later") == "True", "a check that was made meanwhile")
        assert sorted(source.store.records) == ["later", "mine"]

    play(tmp_path, test)


def test_own_writes_are_not_read_again(tmp_path: pathlib.Path) -> None:
    async def test(world: World) -> None:
        target = await world.target()
        world.check("mine", f"127.0.0.1:{target.port}")
        source = world.source()
        await until(lambda: world.api.condition("mine") == "True", "reachable")
        await until(lambda: record_of(source, "mine").written, "the answer to the write")
        version = world.api.check("mine")["metadata"]["resourceVersion"]
        assert source.store.known(version)

    play(tmp_path, test)


# -- the end, and another beginning --------------------------------------------------------------------------------
def test_what_is_pending_is_written_when_it_is_stopped(tmp_path: pathlib.Path) -> None:
    async def test(world: World) -> None:
        target = await world.target()
        names = [f"check-{number}" for number in range(40)]
        for name in names:
            world.check(name, f"127.0.0.1:{target.port}")
        source = world.source()
        await until(lambda: all(world.api.condition(name) == "True" for name in names), "all reachable")
        broken = [True]
        world.api.rules.append(
            lambda request: refusal(503, "not now") if broken[0] and request.method in ("PATCH", "POST") else None
        )
        await target.close()
        await until(lambda: all(record_of(source, name).status.open_outage for name in names), "all outages are seen")
        broken[0] = False
        await world.stop(source)
        assert all(world.api.condition(name) == "False" for name in names)
        assert world.api.events() == [DETECTED] * 40

    play(tmp_path, test)


def test_routine_results_are_written_when_it_is_stopped(tmp_path: pathlib.Path) -> None:
    async def test(world: World) -> None:
        target = await world.target()
        world.check("mine", f"127.0.0.1:{target.port}")
        source = world.source()
        await until(lambda: target.accepted >= 4, "some probes")
        await world.stop(source)
        assert len(world.api.check("mine")["status"]["successes"]) >= 4

    play(tmp_path, test)


def test_a_stop_without_an_api_server_ends(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(_source, "FLUSH_SECONDS", 1.0)
    caplog.set_level(logging.INFO)

    async def test(world: World) -> None:
        target = await world.target()
        world.check("mine", f"127.0.0.1:{target.port}")
        source = world.source()
        await until(lambda: world.api.condition("mine") == "True", "reachable")
        await world.api.stop()
        await target.close()
        await until(lambda: record_of(source, "mine").status.open_outage, "the outage is seen")
        await world.stop(source)

    play(tmp_path, test)
    assert "1 status and 1 events could not be written" in caplog.text


def test_a_new_process_goes_on_where_the_old_one_ended(tmp_path: pathlib.Path) -> None:
    async def test(world: World) -> None:
        target = await world.target()
        world.check("mine", f"127.0.0.1:{target.port}")
        first = world.source()
        await until(lambda: world.api.condition("mine") == "True", "reachable")
        await target.close()
        await until(lambda: world.api.condition("mine") == "False", "unreachable")
        await world.stop(first)
        start = outages(world, "mine")[0]["start"]
        successes = world.api.check("mine")["status"]["successes"]
        world.source()
        await until(lambda: len(world.api.asked("PATCH", "mine/status")) >= 3, "the second process has written")
        assert len(outages(world, "mine")) == 1 and not outages(world, "mine")[0].get("end")
        await target.open()
        await until(lambda: world.api.condition("mine") == "True", "reachable again")
        assert [(outage["start"], bool(outage["end"])) for outage in outages(world, "mine")] == [(start, True)]
        assert world.api.check("mine")["status"]["successes"][-len(successes) :] == successes
        await until(lambda: world.api.events() == [DETECTED, RESTORED], "one event of each kind")

    play(tmp_path, test)


# -- sources come and go -------------------------------------------------------------------------------------------
NODE_CONFIG = dataclasses.replace(QUICK, targets=NODES)


def test_target_pods_get_checks_and_a_new_source_on_the_node_takes_them_over(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test(world: World) -> None:
        target = await world.target()
        set_target_port(monkeypatch, target.port)
        world.source_pod()
        world.target_pod("target-b", "node-2", target)
        first = world.source(config=NODE_CONFIG)
        await until(lambda: world.api.condition(TO_NODE_2) == "True", "the check is made and probed")
        made = world.api.check(TO_NODE_2)
        assert made["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "podnet.diagnostics"
        assert made["metadata"]["annotations"] == {
            "podnet.diagnostics/source-node": "node-1",
            "podnet.diagnostics/target": "node/node-2",
            "podnet.diagnostics/expect": '{"pod":"target-b","uid":"uid-target-b","node":"node-2"}',
        }
        await target.close()
        await until(lambda: world.api.condition(TO_NODE_2) == "False", "an outage")
        await world.stop(first)
        started = outages(world, TO_NODE_2)[0]["start"]

        second = identity("source-2")
        world.source_pod(second)
        world.source(second, NODE_CONFIG)
        await asyncio.sleep(0.5)
        assert world.api.check(TO_NODE_2)["spec"]["sourcePod"] == ME.pod, "the old pod may still write"
        world.api.delete(PODS, ME.pod)
        await until(
            lambda: world.api.check(TO_NODE_2)["spec"]["sourcePod"] == second.pod, "the new source takes it over"
        )
        await target.open()
        await until(lambda: world.api.condition(TO_NODE_2) == "True", "reachable again")
        assert [(outage["start"], bool(outage["end"])) for outage in outages(world, TO_NODE_2)] == [(started, True)]
        assert list(world.api.objects[CHECKS]) == [TO_NODE_2]

    play(tmp_path, test)


def test_a_source_on_another_node_makes_checks_of_its_own(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test(world: World) -> None:
        target = await world.target()
        set_target_port(monkeypatch, target.port)
        world.source_pod()
        world.target_pod("target-b", "node-2", target)
        first = world.source(config=NODE_CONFIG)
        await until(lambda: world.api.condition(TO_NODE_2) == "True", "reachable")
        await world.stop(first)
        world.api.delete(PODS, ME.pod)
        before = world.api.check(TO_NODE_2)
        moved = identity("source-2", "node-3")
        world.source_pod(moved)
        second = world.source(moved, NODE_CONFIG)
        name = "network-check-source-node-3-to-network-check-target-node-2"
        await until(lambda: world.api.condition(name) == "True", "the new check")
        assert world.api.check(TO_NODE_2) == before, "its history is kept"
        await world.stop(second)
        world.api.delete(PODS, moved.pod)
        back = identity("source-3")
        world.source_pod(back)
        world.source(back, NODE_CONFIG)
        await until(
            lambda: world.api.check(TO_NODE_2)["spec"]["sourcePod"] == "source-3", "back on its node it goes on"
        )
        assert sorted(world.api.objects[CHECKS]) == sorted([name, TO_NODE_2])

    play(tmp_path, test)


def test_two_sources_never_fight_over_a_check(tmp_path: pathlib.Path) -> None:
    async def test(world: World) -> None:
        target = await world.target()
        names = [f"user-{number}" for number in range(12)]
        for name in names:
            world.check(name, f"127.0.0.1:{target.port}", pod="gone", annotations={"follow-source": "true"})
        world.check("there", f"127.0.0.1:{target.port}", pod="gone", annotations={"follow-source": "node-2"})
        world.check("nowhere", f"127.0.0.1:{target.port}", pod="gone", annotations={"follow-source": "node-7"})
        sources = [identity("source-1", "node-1"), identity("source-2", "node-2")]
        for me in sources:
            world.source_pod(me)
        for me in sources:
            world.source(me)
        await until(
            lambda: all(world.api.condition(name) == "True" for name in [*names, "there"]), "all are taken over"
        )
        owners = {name: world.api.check(name)["spec"]["sourcePod"] for name in names}
        assert set(owners.values()) == {"source-1", "source-2"}, "they share the work"
        assert world.api.check("there")["spec"]["sourcePod"] == "source-2"
        assert world.api.check("nowhere")["spec"]["sourcePod"] == "gone"
        await asyncio.sleep(1.0)
        changes = [request for request in world.api.asked("PATCH", CHECKS) if not request.path.endswith("/status")]
        assert len(changes) == len(names) + 1, "each was taken over once"
        assert {name: world.api.check(name)["spec"]["sourcePod"] for name in names} == owners

    play(tmp_path, test)


def test_a_check_for_a_pod_that_is_not_there_is_told_once(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_keeper, "ORPHAN_SECONDS", 0.3)

    async def test(world: World) -> None:
        target = await world.target()
        world.source_pod()
        world.check("lost", f"127.0.0.1:{target.port}", pod="no-such-pod")
        world.check("mine", f"127.0.0.1:{target.port}")
        source = world.source()
        await until(lambda: world.api.condition("mine") == "True", "the others are probed")
        await asyncio.sleep(0.4)
        source.keeper.changed()
        await until(lambda: world.api.events() == ["SourcePodMissing"], "an event says so")
        source.keeper.changed()
        await asyncio.sleep(0.3)
        assert world.api.events() == ["SourcePodMissing"]
        assert "status" not in world.api.check("lost")

    play(tmp_path, test)


# -- targets come and go -------------------------------------------------------------------------------------------
def test_a_target_pod_that_is_replaced_is_no_outage(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, brief_grace: None
) -> None:
    async def test(world: World) -> None:
        target = await world.target()
        set_target_port(monkeypatch, target.port)
        world.source_pod()
        world.target_pod("old", "node-2", target)
        source = world.source(config=NODE_CONFIG)
        await until(lambda: world.api.condition(TO_NODE_2) == "True", "reachable")
        world.api.change(PODS, "old", {"metadata": {"deletionTimestamp": rfc3339(world.api.now())}})
        await until(lambda: record_of(source, TO_NODE_2).hold, "it is not probed any more")
        await target.close()
        await until(lambda: world.api.condition(TO_NODE_2) == "Unknown", "nobody knows")
        assert "of node node-2 is gone" in world.api.check(TO_NODE_2)["status"]["conditions"][0]["message"]
        world.api.delete(PODS, "old")
        world.target_pod("new", "node-2", target, ready=False)
        await asyncio.sleep(0.5)
        assert world.api.check(TO_NODE_2)["metadata"]["annotations"]["podnet.diagnostics/expect"].count("old"), (
            "it is starting"
        )
        await target.open()
        world.target_pod("new", "node-2", target)
        await until(lambda: world.api.condition(TO_NODE_2) == "True", "probing goes on")
        assert outages(world, TO_NODE_2) == []
        assert world.api.events() == []
        assert "uid-new" in world.api.check(TO_NODE_2)["metadata"]["annotations"]["podnet.diagnostics/expect"]

    play(tmp_path, test)


def test_a_target_that_never_gets_ready_is_probed_all_the_same(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_pod, "START_SECONDS", 0.5)

    async def test(world: World) -> None:
        target = await world.target()
        set_target_port(monkeypatch, target.port)
        world.source_pod()
        world.target_pod("sick", "node-2", target, ready=False)
        await target.close()
        world.source(config=NODE_CONFIG)
        await until(
            lambda: world.api.objects[CHECKS].get(TO_NODE_2) and world.api.condition(TO_NODE_2) == "False", "it is down"
        )

    play(tmp_path, test)


def test_a_wrong_pod_at_the_address_is_an_outage(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(world: World) -> None:
        target = await world.target()
        set_target_port(monkeypatch, target.port)
        world.source_pod()
        world.target_pod("right", "node-2", target)
        world.source(config=NODE_CONFIG)
        await until(lambda: world.api.condition(TO_NODE_2) == "True", "reachable")
        target.body = target.body.replace(b"right", b"wrong")
        await until(lambda: world.api.condition(TO_NODE_2) == "False", "unreachable")
        assert world.api.check(TO_NODE_2)["status"]["failures"][0]["reason"] == "HTTPError"

    play(tmp_path, test)


def test_a_node_that_is_removed_leaves_its_history_for_two_days(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, brief_grace: None
) -> None:
    """By the clock of the API server: ours may be anywhere."""

    async def test(world: World) -> None:
        target = await world.target()
        set_target_port(monkeypatch, target.port)
        world.source_pod()
        world.target_pod("b", "node-2", target)
        world.check("user", f"127.0.0.1:{target.port}", pod="gone")
        source = world.source(config=dataclasses.replace(NODE_CONFIG, prune_after=172800.0))
        monkeypatch.setattr(source.keeper, "_prune_interval", 0.1)
        monkeypatch.setattr(source.keeper, "_prune_at", 0.0)
        await until(lambda: world.api.condition(TO_NODE_2) == "True", "reachable")
        world.api.delete(PODS, "b")
        await until(lambda: world.api.condition(TO_NODE_2) == "Unknown", "nobody knows")
        world.api.shift = datetime.timedelta(hours=47)
        await asyncio.sleep(1.0)
        assert TO_NODE_2 in world.api.objects[CHECKS]
        world.api.shift = datetime.timedelta(hours=49)
        await until(lambda: TO_NODE_2 not in world.api.objects[CHECKS], "it is deleted")
        assert "user" in world.api.objects[CHECKS], "what people have made is theirs"

    play(tmp_path, test)


def test_the_api_server_and_load_balancers_are_targets(tmp_path: pathlib.Path) -> None:
    async def test(world: World) -> None:
        world.source_pod()
        world.api.put(
            SERVICES,
            "kubernetes",
            {"spec": {"clusterIPs": ["127.0.0.9"], "clusterIP": "127.0.0.9", "ports": [{"port": 443}]}},
        )
        world.api.put(
            SLICES,
            "kubernetes",
            {
                "addressType": "IPv4",
                "ports": [{"name": "https", "port": 6443, "protocol": "TCP"}],
                "endpoints": [{"addresses": ["127.0.0.8"], "conditions": {"ready": True}}],
            },
        )
        targets = Targets(target_endpoints=False, load_balancers=(LoadBalancer("api-external", "localhost:1"),))
        world.source(config=dataclasses.replace(QUICK, targets=targets))
        wanted = {
            "kubernetes-default-service-cluster-0": "127.0.0.9:443",
            "kubernetes-apiserver-endpoint-127-0-0-8": "127.0.0.8:6443",
            "network-check-target-service-cluster": "network-check-target:80",
            "load-balancer-api-external": "localhost:1",
        }
        names = {f"network-check-source-node-1-to-{end}": endpoint for end, endpoint in wanted.items()}
        await until(lambda: set(world.api.objects[CHECKS]) == set(names), "all are made")
        assert {name: world.api.check(name)["spec"]["targetEndpoint"] for name in names} == names
        assert (
            world.api.check(f"network-check-source-node-1-to-{next(iter(wanted))}")["metadata"]["annotations"][
                "podnet.diagnostics/tls"
            ]
            == "true"
        )

    play(tmp_path, test)


# -- bad input -----------------------------------------------------------------------------------------------------
def test_bad_checks_are_told_and_harm_no_other(tmp_path: pathlib.Path) -> None:
    async def test(world: World) -> None:
        target = await world.target()
        world.check("good", f"127.0.0.1:{target.port}")
        for name, endpoint in (("ipv6", "fd00::1:80"), ("url", "https://x:1"), ("port", "host:99999")):
            world.check(name, endpoint)
        world.check("expect", f"127.0.0.1:{target.port}", annotations={"expect": "no json"})
        world.api.put(CHECKS, "empty", {"metadata": {"namespace": NAMESPACE}})
        world.api.put(
            CHECKS, "odd", {"metadata": {"namespace": NAMESPACE, "annotations": "x"}, "spec": [], "status": 7}
        )
        world.source()
        await until(lambda: world.api.condition("good") == "True", "the good one is probed")
        for name in ("ipv6", "url", "port"):
            await until(lambda: world.api.condition(name) == "False", f"{name} is not reachable")  # noqa: B023
            assert outages(world, name)[0]["start"]
        await until(lambda: world.api.condition("expect") == "Unknown", "what has to answer is not known")
        assert "no json" in world.api.check("expect")["status"]["conditions"][0]["message"]
        await until(lambda: "InvalidCheck" in world.api.events(), "an event says so")

    play(tmp_path, test)


def test_a_missing_secret_is_told_and_used_when_it_is_there(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_secrets, "RETRY_SECONDS", 0.2)

    async def test(world: World) -> None:
        target = await world.target()
        world.check("good", f"127.0.0.1:{target.port}")
        world.check("secret", f"127.0.0.1:{target.port}", tlsClientCert={"name": "client"})
        world.source()
        await until(lambda: world.api.condition("secret") == "Unknown", "it is not probed")
        condition = world.api.check("secret")["status"]["conditions"][0]
        assert condition["reason"] == "TLSSecretMissing" and "client" in condition["message"]
        await until(lambda: "TLSSecretMissing" in world.api.events(), "an event says so")
        await until(lambda: world.api.condition("good") == "True", "the good one is probed")
        world.api.put(SECRETS, "client", {"data": {"tls.crt": "bm8=", "tls.key": "bm8="}})
        await until(
            lambda: "Cannot use" in world.api.check("secret")["status"]["conditions"][0]["message"],
            "it is no certificate",
        )

    play(tmp_path, test)


def test_a_missing_crd_is_told_once_and_waited_for(tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture) -> None:
    async def test(world: World) -> None:
        target = await world.target()
        missing = [True]
        world.api.rules.append(
            lambda request: refusal(404, "nothing here") if missing[0] and request.path == CHECKS else None
        )
        source = world.source()
        await until(lambda: source.checks_watch.problem, "the problem is known")
        assert "is not installed" in source.checks_watch.problem
        world.api.rules.insert(
            0,
            lambda request: (
                Reply(200, {"versions": [{"version": "v1beta1"}]})
                if request.path == "/apis/controlplane.operator.openshift.io"
                else None
            ),
        )
        await until(lambda: "v1beta1" in source.checks_watch.problem, "another version")
        missing[0] = False
        world.check("mine", f"127.0.0.1:{target.port}")
        await until(lambda: world.api.condition("mine") == "True", "it is used when it is there")
        await until(lambda: source.checks_watch.problem == "", "it works")

    play(tmp_path, test)
    assert sum("is not installed" in record.getMessage() for record in caplog.records) == 1


def test_without_the_right_to_see_pods_checks_are_probed(tmp_path: pathlib.Path) -> None:
    async def test(world: World) -> None:
        target = await world.target()
        world.api.rules.append(lambda request: refusal(403, "pods is forbidden") if request.path == PODS else None)
        world.check("mine", f"127.0.0.1:{target.port}")
        world.check("other", f"127.0.0.1:{target.port}", pod="gone", annotations={"follow-source": "true"})
        source = world.source()
        await until(lambda: world.api.condition("mine") == "True", "reachable")
        assert "pods is forbidden" in source.pods_watch.problem
        assert world.api.check("other")["spec"]["sourcePod"] == "gone", "nobody knows whether it is gone"

    play(tmp_path, test)


# -- around it -----------------------------------------------------------------------------------------------------
async def fetch(source: Source, path: str) -> tuple[int, str]:
    await until(lambda: source.server.port, "the port is open")
    reader, writer = await asyncio.open_connection("127.0.0.1", source.server.port)
    writer.write(f"GET {path} HTTP/1.1\r\n\r\n".encode())
    head, _separator, body = (await reader.read(-1)).decode().partition("\r\n\r\n")
    writer.close()
    return int(head.split(" ")[1]), body


def test_metrics_have_the_names_of_the_original_and_go_with_their_target(tmp_path: pathlib.Path) -> None:
    async def test(world: World) -> None:
        target = await world.target()
        world.check("mine", f"127.0.0.1:{target.port}")
        world.check("down", "127.0.0.1:1")
        source = world.source()
        await until(
            lambda: world.api.condition("mine") == "True" and world.api.condition("down") == "False", "both are probed"
        )
        status, text = await fetch(source, "/metrics")
        assert status == 200
        mine = f'component="checks",checkName="mine",targetEndpoint="127.0.0.1:{target.port}"'
        assert f'pod_network_connectivity_check_count{{{mine},tcpConnect="success",dnsResolve=""}} ' in text
        assert 'checkName="down",targetEndpoint="127.0.0.1:1",tcpConnect="failure",dnsResolve=""} ' in text
        gauges = [
            line
            for line in text.splitlines()
            if line.startswith("pod_network_connectivity_check_tcp_connect_latency_gauge{")
        ]
        assert len(gauges) == 1 and gauges[0].startswith(
            f"pod_network_connectivity_check_tcp_connect_latency_gauge{{{mine}}} "
        )
        assert 1000 < float(gauges[0].rpartition(" ")[2]) < 1e9, "nanoseconds of a connect that succeeded"
        assert 'podnet_check_tcp_connect_seconds_bucket{component="checks",le="+Inf"}' in text
        world.api.change(CHECKS, "mine", {"spec": {"targetEndpoint": "127.0.0.1:2"}})
        world.api.delete(CHECKS, "down")
        await until(
            lambda: "down" not in source.store.records and record_of(source, "mine").endpoint == "127.0.0.1:2",
            "the change",
        )
        text = (await fetch(source, "/metrics"))[1]
        assert "down" not in text and f"127.0.0.1:{target.port}" not in text

    play(tmp_path, test)


def test_it_is_ready_when_it_knows_its_checks_and_pods(tmp_path: pathlib.Path) -> None:
    async def test(world: World) -> None:
        forbidden = [True]
        world.api.rules.append(
            lambda request: refusal(403, "pods is forbidden") if forbidden[0] and request.path == PODS else None
        )
        source = world.source()
        assert (await fetch(source, "/healthz"))[0] == 200
        await until(lambda: source.pods_watch.problem, "the problem is known")
        status, text = await fetch(source, "/readyz")
        assert status == 503 and "pods is forbidden" in text
        forbidden[0] = False
        await until(source.pods_watch.synced.is_set, "the pods are known")
        assert await fetch(source, "/readyz") == (200, "ok\n")

    play(tmp_path, test)


def test_a_lease_is_renewed(tmp_path: pathlib.Path) -> None:
    async def test(world: World) -> None:
        world.source()
        await until(lambda: world.api.objects[LEASES].get(ME.pod), "the lease")
        first = world.api.objects[LEASES][ME.pod]
        assert first["spec"]["holderIdentity"] == ME.pod
        assert first["metadata"]["ownerReferences"] == [
            {"apiVersion": "v1", "kind": "Pod", "name": ME.pod, "uid": ME.uid}
        ]
        await until(
            lambda: world.api.objects[LEASES][ME.pod]["spec"]["renewTime"] > first["spec"]["renewTime"], "a renewal"
        )

    play(tmp_path, test)


def test_the_first_source_tells_the_targets_of_one_another(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test(world: World) -> None:
        target = await world.target()
        set_target_port(monkeypatch, target.port)
        world.api.put(CONFIG_MAPS, "network-check-peers", {"data": {}})
        for me in (ME, identity("source-2", "node-2")):
            world.source_pod(me)
        world.target_pod("a", "node-1", target)
        world.target_pod("b", "node-2", target)
        world.source(identity("source-2", "node-2"))
        await asyncio.sleep(0.5)
        assert world.api.asked("PATCH", "configmaps") == [], "another one does"
        world.source()
        await until(lambda: world.api.objects[CONFIG_MAPS]["network-check-peers"]["data"], "peers.json")
        document = json.loads(world.api.objects[CONFIG_MAPS]["network-check-peers"]["data"]["peers.json"])
        assert document["schema"] == "podnet.diagnostics/peers/v1"
        assert sorted(document["peers"], key=lambda peer: str(peer["node"]))[1] == {
            "node": "node-2",
            "host": ["192.0.2.1"],
            "pod": "b",
            "uid": "uid-b",
            "endpoint": ["127.0.0.1"],
            "ready": True,
        }

    play(tmp_path, test)


def test_sigterm_ends_the_program_when_everything_is_written(tmp_path: pathlib.Path) -> None:
    """As in a pod: environment, configuration file, signal."""

    async def test(world: World) -> None:
        target = await world.target()
        world.check("mine", f"127.0.0.1:{target.port}")
        config = tmp_path / "config.json"
        nothing = {"kubernetes": False, "target_service": False, "target_endpoints": False}
        config.write_text(json.dumps({"period": 1, "timeout": 1, "targets": nothing}))
        code = (
            "import sys; from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._main import main; "
            "sys.exit(main(['source']))"
        )
        environment = {
            **os.environ,
            "PODNET_CONFIG": str(config),
            "PODNET_API_URL": world.api.url,
            "POD_NAME": ME.pod,
            "POD_NAMESPACE": NAMESPACE,
            "NODE_NAME": "node-1",
            "PODNET_METRICS_PORT": "0",
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        process = subprocess.Popen([sys.executable, "-c", code], env=environment, stderr=subprocess.PIPE)
        try:
            await until(lambda: world.api.condition("mine") == "True", "reachable", 20)
            await until(lambda: target.accepted >= 3, "some probes")
            process.send_signal(signal.SIGTERM)
            log = (await asyncio.get_running_loop().run_in_executor(None, process.communicate))[1].decode()
        finally:
            process.kill()
        assert process.returncode == 0, log
        assert len(world.api.check("mine")["status"]["successes"]) >= 3
        lines = log.splitlines()
        assert lines[0].startswith("20") and " INFO Source source-1 on node node-1" in lines[0]
        assert "0 status and 0 events could not be written" in lines[-1]

    play(tmp_path, test)
