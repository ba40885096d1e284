# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small parts of the source: waiting, slots, metrics, log lines, the program's command line."""

from __future__ import annotations

import asyncio
import datetime
import logging

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent import _log
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._metrics import (
    Histogram,
    Metrics,
    Single,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._peers import LARGEST, peers_document
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._record import Record, next_slot
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._result import Moment, ProbeResult, Step
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._pod import Pod
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._log import Told
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._main import main
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._waiting import (
    Backoff,
    TooLate,
    end,
    wait_set,
    within,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._check import CheckStatus

STARTED = Moment(datetime.datetime(2026, 11, 21, tzinfo=datetime.timezone.utc), 100.0)


# -- waiting -------------------------------------------------------------------------------------------------------
def test_waiting_ends_in_time() -> None:
    async def run() -> None:
        event = asyncio.Event()
        await asyncio.wait_for(wait_set(event, 0.01), 5)
        assert event.is_set()
        with pytest.raises(TooLate):
            await within(0.01, asyncio.sleep(60))
        assert await within(60, asyncio.sleep(0, "done")) == "done"

    asyncio.run(run())


def test_a_cancellation_is_never_lost() -> None:
    """Also when it comes in the same turn of the loop as what was waited for."""

    async def run() -> None:
        for work in (lambda event: wait_set(event, 60), lambda event: within(60, event.wait())):
            event = asyncio.Event()
            task = asyncio.ensure_future(work(event))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            event.set()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(run())


def test_a_task_that_swallows_its_cancellation_is_cancelled_again() -> None:
    async def run() -> None:
        swallowed: list[int] = []

        async def stubborn() -> None:
            while True:
                try:
                    await asyncio.sleep(60)
                except asyncio.CancelledError:
                    swallowed.append(1)
                    if len(swallowed) > 1:
                        raise

        task = asyncio.ensure_future(stubborn())
        await asyncio.sleep(0)
        await asyncio.wait_for(end([task]), 5)
        assert task.cancelled() and len(swallowed) == 2

    asyncio.run(run())


def test_pauses_grow_to_a_limit_and_heed_the_server() -> None:
    backoff = Backoff(1.0, 8.0)
    pauses = [backoff.pause() for _number in range(8)]
    assert 0.6 < pauses[0] <= 1.0 and 5.3 < pauses[-1] <= 8.0
    assert backoff.pause(30.0) == 30.0
    backoff.reset()
    assert backoff.pause() <= 1.0


# -- slots for regular writes --------------------------------------------------------------------------------------
def test_regular_writes_are_spread_and_one_interval_apart() -> None:
    first = [next_slot(f"check-{number}", 1200.0, 5000.0) for number in range(6000)]
    assert all(5600.0 < slot <= 6800.0 for slot in first)
    per_minute = [sum(5600 + 60 * minute < slot <= 5660 + 60 * minute for slot in first) for minute in range(20)]
    assert max(per_minute) < 400 and min(per_minute) > 200, "300 a minute"
    later = next_slot("check-1", 1200.0, first[1] + 30.0)
    assert later == pytest.approx(first[1] + 1200.0)


# -- metrics -------------------------------------------------------------------------------------------------------
def result(tcp: Step | None, dns: Step | None = None) -> ProbeResult:
    return ProbeResult(STARTED, "host", dns, tcp, None, None)


def test_failed_steps_are_counted_and_have_no_latency() -> None:
    record = Record("a", "uid", CheckStatus(), 60.0)
    record.endpoint = 'odd"endpoint\\'
    metrics = Metrics("ns")
    metrics.observe(record, result(Step(0.001, 0.002, ""), Step(0.0, 0.001, "")))
    metrics.observe(record, result(Step(0.001, 10.0, "i/o timeout"), Step(0.0, 0.0005, "")))
    metrics.observe(record, result(None, Step(0.0, 5.0, "no such host")))
    text = asyncio.run(metrics.render({"a": record}, [Single("one", "gauge", "About.", [((), 1.5)])])).decode()
    labels = 'component="ns",checkName="a",targetEndpoint="odd\\"endpoint\\\\"'
    for line in (
        "# HELP one About.",
        "# TYPE one gauge",
        "one 1.5",
        f'pod_network_connectivity_check_count{{{labels},tcpConnect="success",dnsResolve="success"}} 1',
        f'pod_network_connectivity_check_count{{{labels},tcpConnect="failure",dnsResolve="success"}} 1',
        f'pod_network_connectivity_check_count{{{labels},tcpConnect="",dnsResolve="failure"}} 1',
        f"pod_network_connectivity_check_tcp_connect_latency_gauge{{{labels}}} 2000000",
        f"pod_network_connectivity_check_dns_resolve_latency_gauge{{{labels}}} 500000",
        'podnet_check_tcp_connect_seconds_count{component="ns"} 1',
        'podnet_check_dns_resolve_seconds_count{component="ns"} 2',
    ):
        assert line in text.splitlines(), line
    assert "podnet_check_reachable{" not in text, "nobody knows yet"


def test_buckets_add_up() -> None:
    histogram = Histogram()
    for seconds in (0.0001, 0.0005, 0.3, 99.0):
        histogram.observe(seconds)
    lines = dict(line.rpartition(" ")[::2] for line in histogram.lines("h", [("a", "b")]))
    assert lines['h_bucket{a="b",le="0.0005"}'] == "2"
    assert lines['h_bucket{a="b",le="0.25"}'] == "2" and lines['h_bucket{a="b",le="0.5"}'] == "3"
    assert lines['h_bucket{a="b",le="+Inf"}'] == lines['h_count{a="b"}'] == "4"


# -- peers ---------------------------------------------------------------------------------------------------------
def test_peers_fit_into_a_config_map() -> None:
    pods = [
        Pod(
            f"network-check-target-{number:05}",
            "0f2c6f34-1a2b-4c3d-8e9f-00000000" + f"{number:04}",
            "network-check-target",
            f"ip-10-0-{number // 256}-{number % 256}.some-region.compute.internal",
            (f"10.1.{number // 256}.{number % 256}",),
            (f"10.0.{number // 256}.{number % 256}",),
            "Running",
            True,
            False,
            0.0,
        )
        for number in range(4500)
    ]
    text = peers_document(pods)
    assert len(text) < LARGEST and text.count('"uid":"0f2c6f34') == 4500
    assert '"pod":"network-check-target-00001"' in peers_document(pods[:100])


# -- log -----------------------------------------------------------------------------------------------------------
def test_log_lines_are_one_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    handlers, level, own = root.handlers[:], root.level, _log.logger.level
    try:
        _log.set_up()
        _log.logger.warning("something %s", "odd\n2026-01-01 INFO forged \x1b[31m")
        _log.logger.debug("nobody wants this")
    finally:
        root.handlers[:], root.level = handlers, level
        _log.logger.setLevel(own)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert (
        lines[0][10] == "T"
        and lines[0][19] == "."
        and lines[0][23:].startswith("Z WARNING something odd 2026-01-01 INFO forged [31m")
    )


def test_the_same_problem_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    told = Told("Reading things")
    for problem in ("a", "a", "b", "b"):
        told.bad(problem)
    told.good()
    told.good()
    for problem in ("refused", "reset"):
        told.bad(problem, "away")
    assert [record.getMessage() for record in caplog.records] == ["a", "b", "Reading things works again", "refused"]


# -- command line --------------------------------------------------------------------------------------------------
def test_commands(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["version"]) == 0
    assert capsys.readouterr().out.startswith("agent ")
    for argv in ([], ["nonsense"], ["source", "--more"]):
        assert main(argv) == 2
        assert capsys.readouterr().err.startswith("usage: ")
    for name in ("POD_NAME", "POD_NAMESPACE", "NODE_NAME"):
        monkeypatch.delenv(name, raising=False)
    root = logging.getLogger()
    handlers, level, own = root.handlers[:], root.level, _log.logger.level
    try:
        assert main(["source"]) == 1
    finally:
        root.handlers[:], root.level = handlers, level
        _log.logger.setLevel(own)
    assert "POD_NAME is not set" in capsys.readouterr().err
