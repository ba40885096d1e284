# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Runs many probes at once, each in its own network namespace, and always comes back in time.

A worker thread enters one network namespace when it starts, runs probes of that namespace only, and ends with the
last of them: no thread is ever in a namespace that its next probe does not expect. A thread that enters none is in
that of its maker, which is ``host``. Threads are added only while the running ones wait, so that thousands of quick
probes do not contend for the interpreter.
"""

from __future__ import annotations

import dataclasses
import datetime
import socket
import threading
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._netns import (
    HOST,
    NetnsError,
    PodProcess,
    PodRef,
    enter,
    find_pods,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._burst import probe_burst
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._connections import probe_connections
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._context import (
    Clock,
    Context,
    OutOfTime,
    SocketFactory,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._dns import probe_dns
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._dns_pairs import probe_dns_pairs
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._http import probe_http
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._icmp import probe_icmp
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._idle import probe_idle
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._marker import probe_marker
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._path_mtu import probe_path_mtu
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._tcp import probe_tcp
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._tcp_segment import probe_tcp_segment
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._trace import probe_trace
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._types import (
    JsonObject,
    Measured,
    Request,
    RequestError,
    Result,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._udp import probe_udp
from ansible_collections.podnet.diagnostics.plugins.module_utils._process_user import User, can_be, socket_as, users_of

ProbeFunction = t.Callable[[Context, Measured], None]
PROBES: dict[str, ProbeFunction] = {
    "icmp": probe_icmp,
    "tcp": probe_tcp,
    "udp": probe_udp,
    "dns": probe_dns,
    "http": probe_http,
    "path_mtu": probe_path_mtu,
    "tcp_segment": probe_tcp_segment,
    "marker": probe_marker,
    "trace": probe_trace,
    "burst": probe_burst,
    "connections": probe_connections,
    "dns_pairs": probe_dns_pairs,
    "idle": probe_idle,
}
# Sent by a pod as its application would send it; raw sockets are for root alone.
AS_APPLICATION = frozenset(("tcp", "udp", "dns", "http", "tcp_segment", "connections", "dns_pairs", "idle"))
TICK = 0.003  # seconds between two looks at whether more threads are needed
GRACE = 0.25  # seconds that probes get to notice the deadline by themselves
MAX_WORKERS = 256


@dataclasses.dataclass(frozen=True)
class Report:
    """results: one for each request, in their order. netns: what was found for each pod that was named."""

    results: list[Result]
    netns: dict[str, PodProcess]

    def to_dict(self) -> JsonObject:
        return {
            "results": [result.to_dict() for result in self.results],
            "netns": {
                name: {"pid": found.pid, "inode": found.netns_inode, "error": found.error}
                for name, found in self.netns.items()
            },
        }


@dataclasses.dataclass
class _Task:
    """A request on its way to its result. application: the pod that it stands for, where that is not the one whose
    namespace it is in. user: whom the application runs as, None for the user that the probes run as."""

    index: int
    request: Request
    measured: Measured = dataclasses.field(default_factory=Measured)
    started: float | None = None
    started_utc: str | None = None
    user: User | None = None
    application: PodProcess | None = None


@dataclasses.dataclass
class _Queue:
    """The tasks of one network namespace. process: None for the host. threads: how many work on it now."""

    process: PodProcess | None
    tasks: list[_Task] = dataclasses.field(default_factory=list)
    next: int = 0
    threads: int = 0

    def waiting(self) -> int:
        return len(self.tasks) - self.next


def run_probes(
    probes: t.Sequence[t.Any],
    pods: t.Sequence[PodRef] = (),
    timeout: float = 30.0,
    workers: int = 32,
    clock: Clock | None = None,
    new_socket: SocketFactory = socket.socket,
    functions: t.Mapping[str, ProbeFunction] | None = None,
    found: t.Mapping[str, PodProcess] | None = None,
) -> Report:
    """Run every request that can be run; a bad one becomes a result with status error.

    timeout: seconds for all of them together; what is not finished then has status error and keeps the attempts
    that were made. workers: how many run at the same time at most. functions: instead of PROBES, by kind. found: the
    pods' processes where they were looked for already.
    """
    engine = _Engine(timeout, workers, clock or Clock(), new_socket, functions or PROBES)
    return engine.run(probes, pods, found)


class _Engine:
    """One run. The calling thread plans and watches the time; the others work. `lock` guards what they share."""

    def __init__(
        self,
        timeout: float,
        workers: int,
        clock: Clock,
        new_socket: SocketFactory,
        functions: t.Mapping[str, ProbeFunction],
    ) -> None:
        self.timeout = timeout
        self.workers = max(1, min(workers, MAX_WORKERS))
        self.clock = clock
        self.new_socket = new_socket
        self.functions = functions
        self.deadline = clock.monotonic() + timeout
        self.results: list[Result | None] = []
        self.queues: dict[str, _Queue] = {}
        self.users: dict[str, User | None] = {}
        self.lock = threading.Lock()
        self.missing = 0
        self.finished = 0
        self.all_done = threading.Event()
        self.problem = ""

    def run(
        self, probes: t.Sequence[t.Any], pods: t.Sequence[PodRef], known: t.Mapping[str, PodProcess] | None
    ) -> Report:
        self.results = [None] * len(probes)
        found = dict(known) if known is not None else find_pods(pods) if pods else {}
        for index, raw in enumerate(probes):
            try:
                self._plan(index, Request.from_dict(raw), found)
            except RequestError as exc:
                self.results[index] = _refused(raw, f"Cannot run probe {index + 1}: {exc}")
        if self.missing:
            self._work_off()
        return Report([t.cast(Result, result) for result in self.results], found)

    def _plan(self, index: int, request: Request, found: t.Mapping[str, PodProcess]) -> None:
        process = None if request.netns == HOST else found.get(request.netns)
        reason = None
        if process is not None:
            reason = process.error
        elif request.netns != HOST:
            reason = f"Cannot enter {request.netns}: it is not among the pods of this task"
        if reason is not None:
            self.results[index] = Measured(status="error", error=reason).to_result(request, self._utc(), 0.0)
            return
        if request.netns not in self.queues:
            self.queues[request.netns] = _Queue(process)
        user = self._user(request.application or request.netns, found)
        task = _Task(index, request, user=user, application=found.get(request.application))
        self.queues[request.netns].tasks.append(task)
        self.missing += 1

    def _user(self, pod: str, found: t.Mapping[str, PodProcess]) -> User | None:
        """Whom a pod's application runs as, looked up once."""
        if pod not in self.users:
            self.users[pod] = _application(found.get(pod))
        return self.users[pod]

    def _utc(self) -> str:
        moment = datetime.datetime.fromtimestamp(self.clock.wall(), datetime.timezone.utc)
        return moment.isoformat(timespec="milliseconds")[:23] + "Z"

    # -- the calling thread --------------------------------------------------------------------------------------
    def _work_off(self) -> None:
        before = 0
        while not self.all_done.is_set():
            left = self.deadline + GRACE - self.clock.monotonic()
            if left <= 0:
                break
            pending = [queue for queue in self.queues.values() if queue.waiting()]
            self._add_threads(pending, self.finished - before)
            before = self.finished
            self.all_done.wait(min(TICK, left) if pending else left)
        with self.lock:
            self._give_up()

    def _add_threads(self, pending: t.Sequence[_Queue], progress: int) -> None:
        """One thread for each namespace; twice as many as there are whenever those make no progress."""
        running = sum(queue.threads for queue in self.queues.values())
        more = max(1, running) if progress <= running else 0
        for queue in sorted(pending, key=lambda queue: queue.threads):
            first = 0 if queue.threads else 1
            share = min(queue.waiting(), self.workers - running, max(first, more))
            for _number in range(share):
                self._start(queue)
            running += max(share, 0)
            more -= max(share, 0)

    def _start(self, queue: _Queue) -> None:
        with self.lock:
            queue.threads += 1
        try:
            threading.Thread(target=self._worker, args=(queue,), name="probe", daemon=True).start()
        except RuntimeError as exc:  # a limit of processes; those that run already go on
            self.problem = f": {exc}"
            with self.lock:
                queue.threads -= 1

    def _give_up(self) -> None:
        """A result for every task that has none. Its thread may still be at it: only what cannot change is used."""
        for queue in self.queues.values():
            for task in queue.tasks:
                if self.results[task.index] is None:
                    measured = Measured(attempts=list(task.measured.attempts), address=task.measured.address)
                    self.results[task.index] = self._unfinished(task, measured)

    # -- the worker threads --------------------------------------------------------------------------------------
    def _worker(self, queue: _Queue) -> None:
        problem = None
        try:
            if queue.process is not None:
                enter(t.cast(int, queue.process.pid), queue.process.netns_inode)
        except NetnsError as exc:
            problem = str(exc)
        while True:
            task = self._take(queue)
            if task is None:
                return
            self._finish(task, self._run(task, queue, problem))

    def _take(self, queue: _Queue) -> _Task | None:
        with self.lock:
            if queue.next >= len(queue.tasks):
                queue.threads -= 1
                return None
            queue.next += 1
            return queue.tasks[queue.next - 1]

    def _finish(self, task: _Task, result: Result) -> None:
        with self.lock:
            if self.results[task.index] is None:
                self.results[task.index] = result
                self.finished += 1
            if self.finished == self.missing:
                self.all_done.set()

    def _run(self, task: _Task, queue: _Queue, problem: str | None) -> Result:
        task.started, task.started_utc = self.clock.monotonic(), self._utc()
        measured, factory = task.measured, self.new_socket
        if task.user is not None and task.request.kind in AS_APPLICATION:
            factory = socket_as(task.user, self.new_socket)
            measured.data.update({"uid": task.user.uid, "gid": task.user.gid})
        context = Context(task.request, self.deadline, queue.process, self.clock, factory, files=task.application)
        if problem is not None:
            measured.status, measured.error = "error", problem
        else:
            try:
                context.check_time()
                self.functions[task.request.kind](context, measured)
                if measured.final_status() in ("fail", "error"):
                    context.check_time()  # at the deadline, the last attempts had less time than they should have
            except OutOfTime:
                return self._unfinished(task, measured)
            except Exception as exc:  # one probe must never end the others
                measured.status = "error"
                measured.error = f"Cannot run {task.request.kind} probe: {type(exc).__name__}: {exc}"
        return measured.to_result(task.request, task.started_utc, self.clock.monotonic() - task.started)

    def _unfinished(self, task: _Task, measured: Measured) -> Result:
        begun = task.started is not None
        measured.status = "error"
        measured.error = f"not {'finished' if begun else 'started'} within {self.timeout:g} s{self.problem}"
        seconds = self.clock.monotonic() - task.started if task.started is not None else 0.0
        return measured.to_result(task.request, task.started_utc or self._utc(), seconds)


def _application(process: PodProcess | None) -> User | None:
    """Whom a pod's first program runs as; None where that is root, as the probes are, or where nobody can be it."""
    user = next(iter(users_of(process)), None) if process is not None and process.error is None else None
    return user if user is not None and (user.uid or user.gid) and can_be(user) else None


def _refused(raw: t.Any, error: str) -> Result:
    """The result of a request that cannot be read: what can be copied from it, and the reason."""
    data = raw if isinstance(raw, dict) else {}

    def copied(field: str) -> str:
        value = data.get(field)
        return value if isinstance(value, str) else ""

    port = data.get("port")
    return Result(
        id=copied("id"),
        role=copied("role"),
        kind=copied("kind"),
        netns=copied("netns"),
        target=copied("target"),
        port=port if isinstance(port, int) else None,
        status="error",
        error=error,
    )
