# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import threading
import time
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils import _netns
from ansible_collections.podnet.diagnostics.plugins.module_utils._netns import PodProcess, PodRef
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes import _context, _engine
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._context import Clock, Context
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._types import Attempt, Measured, Result
from ansible_collections.podnet.diagnostics.plugins.module_utils._process_user import User

Function = t.Callable[[Context, Measured], None]


def run(function: Function, *requests: t.Any, **options: t.Any) -> list[Result]:
    """Run requests with one function for the kind icmp."""
    return _engine.run_probes(requests, functions={"icmp": function}, **options).results


def request(number: int = 0, **fields: t.Any) -> dict[str, t.Any]:
    return {"id": str(number), "kind": "icmp", "target": "192.0.2.1", **fields}


def passes(_context: Context, measured: Measured) -> None:
    measured.attempts.append(Attempt(1, "reply", 1.0))


def test_results_are_in_the_order_of_the_requests() -> None:
    def later_first(context: Context, measured: Measured) -> None:
        time.sleep((40 - int(context.request.id)) / 1000)
        passes(context, measured)

    results = run(later_first, *map(request, range(40)))
    assert [result.id for result in results] == [str(number) for number in range(40)]
    assert {result.status for result in results} == {"pass"}


def test_bad_request_does_not_keep_the_others_from_running() -> None:
    results = run(passes, request(0), {**request(1), "port": 70000}, "nonsense", {}, {**request(4), "role": "ping"})
    assert [result.status for result in results] == ["pass", "error", "error", "error", "pass"]
    assert results[1].error == "Cannot run probe 2: port must be from 1 to 65535, not 70000"
    assert (results[1].id, results[1].target, results[1].port) == ("1", "192.0.2.1", 70000)
    assert results[2].error == 'Cannot run probe 3: request must be a dictionary, not "nonsense"'
    assert results[4].role == "ping"


def test_nothing_to_do() -> None:
    assert run(passes) == []


def test_probe_that_crashes_is_an_error_of_its_own() -> None:
    def crash(context: Context, measured: Measured) -> None:
        if context.request.id == "1":
            raise ValueError("what it said")
        passes(context, measured)

    results = run(crash, *map(request, range(3)))
    assert [result.status for result in results] == ["pass", "error", "pass"]
    assert results[1].error == "Cannot run icmp probe: ValueError: what it said"


def test_time_is_limited_and_what_was_measured_is_kept() -> None:
    def slow(context: Context, measured: Measured) -> None:
        passes(context, measured)
        if context.request.id == "1":
            context.pause(30)

    started = time.monotonic()
    results = run(slow, *map(request, range(3)), timeout=0.3)
    assert time.monotonic() - started < 10
    assert [result.status for result in results] == ["pass", "error", "pass"]
    assert results[1].error == "not finished within 0.3 s"
    assert [attempt.outcome for attempt in results[1].attempts] == ["reply"]
    assert results[1].started is not None


def test_attempt_that_was_cut_short_is_no_failure(network: t.Any) -> None:
    network.router.ip("route replace blackhole 203.0.113.1/32")
    requests = [
        {"kind": kind, "target": "203.0.113.1", "port": 80, "count": 1, "timeout": 10, "allow_tcp_data": True}
        for kind in ("icmp", "tcp", "http", "path_mtu", "tcp_segment")
    ]
    requests += [{"kind": "dns", "name": "a.example", "nameserver": "203.0.113.1", "timeout": 10}]
    results = network.client.call(lambda: _engine.run_probes(requests, timeout=0.3).results)
    assert {(result.status, result.error) for result in results} == {("error", "not finished within 0.3 s")}


def test_probe_that_ignores_the_time_is_left_behind() -> None:
    release = threading.Event()

    def stuck(context: Context, measured: Measured) -> None:
        passes(context, measured)
        release.wait(30)
        measured.attempts.append(Attempt(2, "reply"))

    results = run(stuck, request(0), request(1), timeout=0.2, workers=1)
    release.set()
    assert [result.error for result in results] == ["not finished within 0.2 s", "not started within 0.2 s"]
    assert [len(result.attempts) for result in results] == [1, 0]


def test_number_of_workers_is_limited_and_reached() -> None:
    running: list[int] = []
    most: list[int] = []

    def count(_context: Context, _measured: Measured) -> None:
        running.append(1)
        most.append(len(running))
        time.sleep(0.05)
        running.pop()

    run(count, *map(request, range(40)), workers=8)
    assert max(most) == 8


def test_waiting_probes_run_side_by_side() -> None:
    started = time.monotonic()
    run(lambda context, _measured: context.pause(0.5), *map(request, range(32)))
    assert time.monotonic() - started < 20


def test_clock_is_the_one_that_was_given() -> None:
    class Fake(Clock):
        def wall(self) -> float:
            return 1700000000.25

    result = run(passes, request(), clock=Fake())[0]
    assert result.started == "2023-11-14T22:13:20.250Z"


def test_limit_of_threads_slows_down_only(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[threading.Thread] = []

    class Limited(threading.Thread):
        def start(self) -> None:
            if started:
                raise RuntimeError("can't start new thread")
            started.append(self)
            super().start()

    monkeypatch.setattr(threading, "Thread", Limited)
    results = run(passes, *map(request, range(20)))
    assert {result.status for result in results} == {"pass"}


# -- namespaces --------------------------------------------------------------------------------------------------
def own_inode(_context: Context, measured: Measured) -> None:
    measured.data["inode"] = _netns.netns_inode(f"self/task/{threading.get_native_id()}")
    time.sleep(0.002)


def test_every_probe_runs_in_its_namespace(namespace: t.Any, monkeypatch: pytest.MonkeyPatch) -> None:
    spaces = {f"pod:default/p{number}": namespace("p") for number in range(3)}
    monkeypatch.setattr(_engine, "find_pods", lambda pods: {pod.key: spaces[pod.key].process for pod in pods})
    expected = {"host": _netns.netns_inode(), **{name: space.inode() for name, space in spaces.items()}}
    names = [list(expected)[number % 4] for number in range(200)]
    pods = [PodRef("default", f"p{number}", "uid") for number in range(3)]
    requests = [request(number, netns=name) for number, name in enumerate(names)]
    for workers in (1, 3, 32):
        results = run(own_inode, *requests, pods=pods, workers=workers)
        assert [result.data["inode"] for result in results] == [expected[name] for name in names]
    assert _netns.netns_inode(f"self/task/{threading.get_native_id()}") == expected["host"]


def test_pod_that_cannot_be_entered(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {
        "pod:default/gone": PodProcess(None, None, "Cannot find pod default/gone (uid x)"),
        "pod:default/moved": PodProcess(os.getpid(), 1),
    }
    monkeypatch.setattr(_engine, "find_pods", lambda _pods: found)
    requests = [
        request(0, netns="pod:default/gone"),
        request(1, netns="pod:default/moved"),
        request(2, netns="pod:default/other"),
        request(3),
    ]
    report = _engine.run_probes(requests, [PodRef("default", "gone", "x")], functions={"icmp": passes})
    assert [result.status for result in report.results] == ["error", "error", "error", "pass"]
    assert [result.error for result in report.results[:3]] == [
        "Cannot find pod default/gone (uid x)",
        f"Cannot enter the network namespace of process {os.getpid()}: the process is another one now",
        "Cannot enter pod:default/other: it is not among the pods of this task",
    ]
    assert report.to_dict()["netns"]["pod:default/moved"] == {"pid": os.getpid(), "inode": 1, "error": None}


# -- applications ------------------------------------------------------------------------------------------------
def test_a_probe_of_the_node_stands_for_the_program_of_a_pod_there(monkeypatch: pytest.MonkeyPatch) -> None:
    here = PodProcess(os.getpid(), _netns.netns_inode(), host_network=True)
    monkeypatch.setattr(_engine, "find_pods", lambda _pods: {"pod:default/host-1": here})
    monkeypatch.setattr(_engine, "users_of", lambda _process: (User(1000, 3000),))
    monkeypatch.setattr(_engine, "can_be", lambda _user: True)
    fields = {"kind": "tcp", "port": 80}
    requests = [request(0, **fields), request(1, application="pod:default/host-1", **fields)]
    report = _engine.run_probes(requests, [PodRef("default", "host-1", "uid")], functions={"tcp": passes})
    assert [result.data for result in report.results] == [{}, {"uid": 1000, "gid": 3000}]


def test_a_probe_of_the_node_reads_the_files_of_the_pod_that_it_stands_for(monkeypatch: pytest.MonkeyPatch) -> None:
    here = PodProcess(os.getpid(), _netns.netns_inode(), host_network=True, pids=(os.getpid(),))
    gone = PodProcess(None, None, "no process of it runs on this node")
    monkeypatch.setattr(_engine, "find_pods", lambda _pods: {"pod:default/host-1": here, "pod:default/gone-1": gone})
    monkeypatch.setattr(_context, "pod_file", lambda process, path: f"{process.pid} {path}")
    monkeypatch.setattr(_context, "read_in_root", lambda root, path: f"node {path}")

    def reads(context: Context, measured: Measured) -> None:
        measured.data["read"] = context.read_file("/etc/hosts")

    fields = {"kind": "dns", "name": "a.example"}
    names = (None, "pod:default/host-1", "pod:default/gone-1")
    requests = [
        request(number, **fields, **({"application": name} if name else {})) for number, name in enumerate(names)
    ]
    report = _engine.run_probes(requests, [PodRef("default", "host-1", "uid")], functions={"dns": reads})
    assert [one.data["read"] for one in report.results] == [
        "node /etc/hosts",
        f"{os.getpid()} /etc/hosts",
        "None /etc/hosts",
    ]
