# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event source against a real server that ends watches, forgets, goes away and comes back: nothing is lost, nothing
is told twice."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import importlib.util
import json
import logging
import pathlib
import sys
import typing as t

import pytest
from watched_api import Json, WatchedApi

ROOT = pathlib.Path(__file__).resolve().parents[4]
SOURCE = ROOT / "extensions" / "eda" / "plugins" / "event_source" / "connectivity.py"
NAMESPACE = "podnet-connectivity-checks"
CHECKS = f"/apis/controlplane.operator.openshift.io/v1alpha1/namespaces/{NAMESPACE}/podnetworkconnectivitychecks"
EVENTS = f"/api/v1/namespaces/{NAMESPACE}/events"
LEASES = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases"

_spec = importlib.util.spec_from_file_location("podnet_connectivity_source", SOURCE)
assert _spec is not None and _spec.loader is not None
source = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = source
_spec.loader.exec_module(source)


def check(name: str, *outages: tuple[str, str], target: str = "10.244.2.7:8080", **status: t.Any) -> Json:
    """A check with outages (start and end), newest last."""
    told = [{"start": start, **({"end": end} if end else {}), "message": f"{name} is away"} for start, end in outages]
    return {
        "metadata": {"namespace": NAMESPACE, "name": name, "labels": {"podnet.diagnostics/source-node": "node-1"}},
        "spec": {"sourcePod": "network-check-source-abc", "targetEndpoint": target},
        "status": {"outages": list(reversed(told)), **status},
    }


class Rulebook:
    """A rulebook's queue, and the source that fills it."""

    def __init__(self, api: WatchedApi, **options: t.Any) -> None:
        self.told: list[Json] = []
        self._queue: asyncio.Queue[Json] = asyncio.Queue(1)
        values = {"host": f"http://127.0.0.1:{api.port}", "namespaces": [NAMESPACE], "settle": 0.02, **options}
        self._jobs = [asyncio.ensure_future(source.main(self._queue, values)), asyncio.ensure_future(self._take())]

    async def _take(self) -> None:
        while True:
            self.told.append(await self._queue.get())

    @property
    def types(self) -> list[str]:
        """The kinds of events, and their checks."""
        return [
            f"{event['type'].rpartition('.')[2]} {event.get('check', {}).get('name', '')}".strip()
            for event in self.told
        ]

    async def until(self, *types: str) -> None:
        """Wait until exactly these have been told, and a moment longer, in case there are more."""
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._has(len(types)), 20)
        await asyncio.sleep(0.2)
        assert self.types == list(types)

    async def _has(self, number: int) -> None:
        while len(self.told) < number:
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """Cancel it, as ansible-rulebook does."""
        for job in self._jobs:
            job.cancel()
        await asyncio.gather(*self._jobs, return_exceptions=True)


Story = t.Callable[[WatchedApi], t.Awaitable[None]]


def play(story: Story) -> None:
    async def staged() -> None:
        api = WatchedApi()
        await api.start()
        try:
            await asyncio.wait_for(story(api), 50)
        finally:
            await api.stop()

    asyncio.run(staged())


async def watched(api: WatchedApi, number: int = 1) -> None:
    """Until so many watches of checks have been asked for."""
    while sum(request.startswith(CHECKS) and "watch=1" in request for request in api.requests) < number:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that waits, waits less; and nothing of this machine's environment leads anywhere."""
    monkeypatch.setattr(source, "STEADY_SECONDS", 0.05)
    for name in ("K8S_AUTH_HOST", "K8S_AUTH_KUBECONFIG", "KUBECONFIG", "K8S_AUTH_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def test_an_outage_is_told_when_it_begins_and_when_it_ends() -> None:
    async def story(api: WatchedApi) -> None:
        api.put(CHECKS, "1", check("a"))
        rulebook = Rulebook(api)
        await watched(api)
        api.put(CHECKS, "1", check("a", ("2026-01-01T10:00:00Z", "")))
        await rulebook.until("outage a")
        api.put(CHECKS, "1", check("a", ("2026-01-01T10:00:00Z", "2026-01-01T10:05:00Z")))
        await rulebook.until("outage a", "restored a")
        assert rulebook.told[0]["diagnose"] == {
            "diagnose_source": f"pod:{NAMESPACE}/network-check-source-abc",
            "diagnose_destination": "10.244.2.7",
            "diagnose_port": "8080",
            "diagnose_protocol": "tcp",
        }
        assert rulebook.told[1]["outage"]["end"] == "2026-01-01T10:05:00Z"
        await rulebook.stop()

    play(story)


def test_what_lasts_already_is_told_and_what_is_over_is_history() -> None:
    async def story(api: WatchedApi) -> None:
        api.put(CHECKS, "1", check("over", ("2026-01-01T08:00:00Z", "2026-01-01T08:01:00Z")))
        api.put(CHECKS, "2", check("lasts", ("2026-01-01T09:00:00Z", "")))
        rulebook = Rulebook(api)
        await rulebook.until("outage lasts")
        await rulebook.stop()

    play(story)


def test_nothing_is_lost_and_nothing_told_twice_while_a_watch_is_renewed() -> None:
    """What the public source of sabre1041.eda loses: it lists anew after a watch, and goes on from there."""

    async def story(api: WatchedApi) -> None:
        api.put(CHECKS, "1", check("a"))
        api.put(CHECKS, "2", check("b"))
        rulebook = Rulebook(api)
        await watched(api)
        await api.stop()
        api.put(CHECKS, "1", check("a", ("2026-01-01T10:00:00Z", "2026-01-01T10:00:05Z")))
        api.put(CHECKS, "2", check("b", ("2026-01-01T10:00:01Z", "")))
        await api.start()
        await rulebook.until("outage a", "restored a", "outage b")
        for number in (2, 3):
            await watched(api, number)
            api.end_watches()
        api.put(CHECKS, "2", check("b", ("2026-01-01T10:00:01Z", "2026-01-01T10:00:09Z")))
        await rulebook.until("outage a", "restored a", "outage b", "restored b")
        await rulebook.stop()

    play(story)


def test_a_version_that_was_forgotten_is_listed_again() -> None:
    async def story(api: WatchedApi) -> None:
        api.put(CHECKS, "1", check("a"))
        rulebook = Rulebook(api)
        await watched(api)
        await api.stop()
        api.put(CHECKS, "1", check("a", ("2026-01-01T10:00:00Z", "")))
        api.forget()
        await api.start()
        await rulebook.until("outage a")
        await rulebook.stop()

    play(story)


def test_a_server_that_comes_back_with_an_older_version_is_compared_with_what_is_known(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def story(api: WatchedApi) -> None:
        api.put(CHECKS, "1", check("a", ("2026-01-01T10:00:00Z", "")))
        rulebook = Rulebook(api)
        await rulebook.until("outage a")
        await api.stop()
        await asyncio.sleep(0.5)
        api.version, api.oldest = 7, 0
        api.log.clear()
        api.put(CHECKS, "1", check("a", ("2026-01-01T10:00:00Z", "2026-01-01T10:01:00Z")))
        await api.start()
        await rulebook.until("outage a", "restored a")
        api.put(CHECKS, "1", check("a", ("2026-01-01T10:00:00Z", "2026-01-01T10:01:00Z"), ("2026-01-01T10:02:00Z", "")))
        await rulebook.until("outage a", "restored a", "outage a")
        await rulebook.stop()

    caplog.set_level(logging.WARNING)
    play(story)
    about_checks = [record.getMessage() for record in caplog.records if CHECKS in record.getMessage()]
    away = [text for text in about_checks if text.startswith("Cannot watch")]
    assert len(away) == 1 and "it is tried again, and nothing is lost" in away[0], about_checks


def test_an_api_server_that_is_away_for_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "AWAY_SECONDS", 0.2)

    async def story(api: WatchedApi) -> None:
        rulebook = Rulebook(api, kube_events=False)
        await watched(api)
        await api.stop()
        await rulebook.until("blind")
        await api.start()
        await rulebook.until("blind", "seeing")
        await rulebook.stop()

    play(story)


@pytest.mark.parametrize(
    "garbage", [b"garbage\n", b'{"type": "MODIFIED"}\n', b"[1]\n", b'{"type": "ERROR", "object": {"code": 500}}\n']
)
def test_garbage_in_a_watch_is_no_end(garbage: bytes) -> None:
    async def story(api: WatchedApi) -> None:
        api.put(CHECKS, "1", check("a"))
        rulebook = Rulebook(api)
        await watched(api)
        api.say(garbage)
        await watched(api, 2)
        api.put(CHECKS, "1", check("a", ("2026-01-01T10:00:00Z", "")))
        await rulebook.until("outage a")
        await rulebook.stop()

    play(story)


@pytest.mark.parametrize(
    "status",
    [
        {"outages": "none"},
        {"outages": [None, 7, {"start": 4}, {}]},
        {"conditions": {"type": "Reachable"}},
        {"outages": None},
    ],
)
def test_an_object_with_wrong_types_harms_nothing(status: Json) -> None:
    async def story(api: WatchedApi) -> None:
        odd = check("odd")
        odd["status"] = status
        api.put(CHECKS, "1", odd)
        api.put(CHECKS, "2", check("a", ("2026-01-01T10:00:00Z", "")))
        rulebook = Rulebook(api)
        await rulebook.until("outage a")
        await rulebook.stop()

    play(story)


def test_a_rulebook_that_is_started_again_goes_on_where_it_stopped(tmp_path: pathlib.Path) -> None:
    async def story(api: WatchedApi) -> None:
        state = str(tmp_path / "told.json")
        api.put(CHECKS, "1", check("a", ("2026-01-01T10:00:00Z", "")))
        api.put(CHECKS, "2", check("b", ("2026-01-01T10:00:00Z", "")))
        first = Rulebook(api, state_file=state)
        await first.until("outage a", "outage b")
        await first.stop()
        api.put(CHECKS, "1", check("a", ("2026-01-01T10:00:00Z", "2026-01-01T11:00:00Z")))
        api.put(CHECKS, "3", check("new", ("2026-01-01T10:30:00Z", "2026-01-01T10:31:00Z")))
        api.delete(CHECKS, "2")
        second = Rulebook(api, state_file=state)
        await second.until("removed b", "restored a", "outage new", "restored new")
        await second.stop()

    play(story)


def test_a_state_file_that_is_damaged_is_said(tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture) -> None:
    state = tmp_path / "told.json"
    state.write_text('{"checks": [')
    assert source.load_state(state) == {}
    assert "Cannot use" in caplog.text


def test_a_storm_is_one_event_and_the_worst_of_different_pairs() -> None:
    async def story(api: WatchedApi) -> None:
        for number in range(200):
            api.put(CHECKS, str(number), check(f"c{number:03}", target=f"10.244.{number % 4}.7:8080"))
        rulebook = Rulebook(api, settle=0.5)
        await watched(api)
        for number in range(200):
            outage = ("2026-01-01T10:00:00Z", "")
            api.put(CHECKS, str(number), check(f"c{number:03}", outage, target=f"10.244.{number % 4}.7:8080"))
        while len(rulebook.told) < 4:
            await asyncio.sleep(0.01)
        await asyncio.sleep(1)
        assert [event["type"].rpartition(".")[2] for event in rulebook.told] == ["storm", "outage", "outage", "outage"]
        assert rulebook.told[0]["count"] == 200
        assert len({event["check"]["target"] for event in rulebook.told[1:]}) == 3
        assert all(event["of_storm"] for event in rulebook.told[1:])
        await rulebook.stop()

    play(story)


def outages(first: int, number: int) -> list[Json]:
    """Events of the source, as they come in."""
    names = [f"c{first + count:03}" for count in range(number)]
    return [
        source._outage("outage", check(name, target=f"10.244.0.{index % 9}:80"), {"start": "2026-01-01T10:00:00Z"})
        for index, name in enumerate(names)
    ]


def alone(events: list[Json]) -> int:
    return sum(event["type"].endswith(".outage") for event in events)


def test_a_storm_that_comes_in_slowly_is_one_storm_with_a_bounded_number_of_diagnoses() -> None:
    storms = source.Storms(most=10, worst=3)
    told = [storms.of(outages(10 * second, 10), float(second)) for second in range(20)]
    # The first ten might have been all; then it is known, and three of the rest come by themselves.
    assert [alone(events) for events in told] == [10, 3] + [0] * 18
    storm = [event for events in told for event in events if event["type"].endswith(".storm")]
    assert len({event["storm"] for event in storm}) == 1
    assert sum(event["count"] for event in storm) == 190, "none is untold"


def test_after_a_storm_outages_are_told_one_by_one_again() -> None:
    storms = source.Storms(most=10, worst=3)
    assert alone(storms.of(outages(0, 200), 0.0)) == 3
    assert alone(storms.of(outages(200, 2), 59.0)) == 0
    assert alone(storms.of(outages(202, 2), 118.0)) == 0, "it goes on until a minute has passed without an outage"
    assert alone(storms.of(outages(204, 2), 178.5)) == 2


def test_few_outages_that_are_far_apart_are_no_storm() -> None:
    storms = source.Storms(most=10, worst=3)
    assert [alone(storms.of(outages(number, 1), number * 7.0)) for number in range(40)] == [1] * 40


def test_no_more_is_told_in_a_minute_than_is_allowed_and_the_rest_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    async def story(api: WatchedApi) -> None:
        real = asyncio.sleep

        async def sleep(seconds: float) -> None:
            if seconds > 30:
                waits.append(seconds)
                seconds = 0
            await real(seconds)

        for number in range(4):
            api.put(CHECKS, str(number), check(f"c{number}", ("2026-01-01T10:00:00Z", "")))
        monkeypatch.setattr(source.asyncio, "sleep", sleep)
        rulebook = Rulebook(api, most_per_minute=2)
        await rulebook.until("outage c0", "outage c1", "outage c2", "outage c3")
        await rulebook.stop()

    play(story)
    assert waits and all(55 < seconds <= 60 for seconds in waits)


def test_a_source_that_has_stopped_is_told_once_and_so_is_its_return() -> None:
    def lease(renewed: str) -> Json:
        return {
            "metadata": {"namespace": NAMESPACE, "name": "network-check-source-abc"},
            "spec": {"renewTime": renewed, "leaseDurationSeconds": 30},
        }

    async def story(api: WatchedApi) -> None:
        api.put(CHECKS, "1", check("a"))
        api.put(LEASES, "1", lease("2020-01-01T00:00:00.000000Z"))
        rulebook = Rulebook(api, lease_interval=0.1)
        await rulebook.until("stale a")
        api.put(LEASES, "1", lease("2999-01-01T00:00:00.000000Z"))
        await rulebook.until("stale a", "alive a")
        await rulebook.stop()

    play(story)


def test_a_condition_that_changes_is_told() -> None:
    def condition(status: str) -> Json:
        return check(
            "a", conditions=[{"type": "Reachable", "status": status, "reason": "TCPConnectError", "message": "m"}]
        )

    async def story(api: WatchedApi) -> None:
        api.put(CHECKS, "1", condition("True"))
        rulebook = Rulebook(api)
        await watched(api)
        api.put(CHECKS, "1", condition("False"))
        await rulebook.until("condition a")
        assert rulebook.told[0]["status"] == "False" and rulebook.told[0]["reason"] == "TCPConnectError"
        await rulebook.stop()

    play(story)


def test_kubernetes_events_are_told_once_also_when_their_watch_is_silent() -> None:
    """A watch of Events on an old version answers 200 and nothing at all: the list is what helps."""

    def event(name: str, moment: str) -> Json:
        about = {"kind": "PodNetworkConnectivityCheck", "name": name}
        metadata = {"namespace": NAMESPACE, "name": f"{name}.1"}
        return {
            "metadata": metadata,
            "involvedObject": about,
            "reason": "Lost",
            "message": "m",
            "lastTimestamp": moment,
        }

    async def story(api: WatchedApi) -> None:
        api.put(EVENTS, "old", event("old", "2020-01-01T00:00:00Z"))
        rulebook = Rulebook(api)
        await watched(api)
        api.put(EVENTS, "1", event("a", "2999-01-01T00:00:00Z"))
        await rulebook.until("event a")
        api.silent_watches = True
        api.put(EVENTS, "2", event("b", "2999-01-01T00:00:01Z"))
        api.end_watches()
        await rulebook.until("event a", "event b")
        await rulebook.stop()

    play(story)


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ("sourcePod", "{{ lookup('pipe', 'id') }}"),
        ("sourcePod", "a/../b"),
        ("targetEndpoint", "{{ 7 * 7 }}:80"),
        ("targetEndpoint", "10.0.0.1:80; id"),
        ("targetEndpoint", "host"),
        ("targetEndpoint", "[fe80::1%{{x}}]:80"),
        ("targetEndpoint", "-e x:80"),
    ],
)
def test_a_hostile_name_is_data_and_never_a_variable_of_the_diagnosis(change: str, value: str) -> None:
    obj = check("a", ("2026-01-01T10:00:00Z", ""))
    obj["metadata"]["uid"] = "1"
    obj["spec"][change] = value
    obj["status"]["outages"][0]["message"] = "{{ evil }} {% evil %}\x1b[31m"
    (event,) = source.Checks().seen(obj)
    text = json.dumps(event)
    assert event["diagnose"] is None
    assert "{{" not in text and "{%" not in text and "\\u001b" not in text


@pytest.mark.parametrize(
    ("endpoint", "destination"),
    [("[fd00::7]:8080", "fd00::7"), ("api.example.com:443", "api.example.com"), ("10.96.0.1:443", "10.96.0.1")],
)
def test_every_kind_of_target_can_be_diagnosed(endpoint: str, destination: str) -> None:
    found = source.diagnosis({**check("a", target=endpoint)})
    assert found is not None and found["diagnose_destination"] == destination


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"namespaces": ["Wrong Name"]}, "namespaces: 'Wrong Name' is not the name of a namespace"),
        ({"storm": "many"}, "storm is 'many'; it must be a number from 1 to 10000"),
        ({"settle": -1}, "settle is '-1'"),
        ({"host": "not a url"}, "host: 'not a url' is not the URL of an API server"),
        ({"host": "", "kubeconfig": "/nowhere"}, "kubeconfig: /nowhere cannot be read: No such file or directory"),
        ({"host": "https://x", "ca_cert": "/nowhere"}, "ca_cert: /nowhere cannot be read"),
    ],
)
def test_a_wrong_setting_is_one_sentence(options: Json, words: str) -> None:
    with pytest.raises(source.SettingError, match=words.replace("(", r"\(")):
        source.read_settings({"host": "http://127.0.0.1:1", **options}, {})


def test_a_blank_setting_is_not_given() -> None:
    given = source.read_settings({"host": "http://127.0.0.1:1", "storm": "", "kube_events": None}, {})
    assert given.storm == 10 and given.kube_events is True


def test_a_server_that_refuses_is_said_in_one_sentence(caplog: pytest.LogCaptureFixture) -> None:
    async def story(api: WatchedApi) -> None:
        api.refusal = (403, "podnetworkconnectivitychecks is forbidden: User cannot list")
        rulebook = Rulebook(api, kube_events=False)
        while "forbidden" not in caplog.text:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.5)
        api.refusal = None
        api.put(CHECKS, "1", check("a", ("2026-01-01T10:00:00Z", "")))
        await rulebook.until("outage a")
        await rulebook.stop()

    caplog.set_level(logging.WARNING)
    play(story)
    assert caplog.text.count("is forbidden: User cannot list") == 1


def test_the_source_is_one_file_of_the_standard_library() -> None:
    """ansible-rulebook runs it by its path, where no other package need be. yaml is imported for a kubeconfig only."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(SOURCE.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level
            names.add((node.module or "").partition(".")[0])
    assert names - set(sys.stdlib_module_names) == {"yaml"}
