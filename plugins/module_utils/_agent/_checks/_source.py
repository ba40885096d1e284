# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""The source: one process that probes every check of its pod and keeps the objects. Here its parts are put together,
started, watched over and stopped.
"""

from __future__ import annotations

import asyncio
import signal
import time
import traceback
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._discovery import Discovery
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._executor import Executor
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._keeper import Keeper
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._metrics import Metrics, Single
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._peers import Peers
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._prober import Prober
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._secrets import Secrets
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._source_server import SourceServer
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._store import Store
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._writer import Writer
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._config import (
    Config,
    Identity,
    load_config,
    load_identity,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._access import Access, load_access
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._api import Api
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._api_error import ApiError
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._events import Events
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._lease import Lease
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._pod import Pod, Pods
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._watch import Watch
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._log import logger
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._waiting import end
from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._check import CRD, GROUP, PLURAL, VERSION

PORT = 17698
FLUSH_SECONDS = 20.0
RESTART_SECONDS = 5.0
PODS_SECONDS = 30.0  # so long the list of the pods may take
Run = t.Callable[[], t.Coroutine[t.Any, t.Any, None]]


class Source:
    """Make it in a running event loop. port: of the metrics; 0: any."""

    def __init__(self, me: Identity, config: Config, access: Access, port: int = PORT) -> None:
        self._me = me
        self._started = time.time()
        self._stopping = False
        base = f"/apis/{GROUP}/{VERSION}/namespaces/{me.namespace}/{PLURAL}"
        self.api = Api(access)
        self.metrics = Metrics(me.namespace)
        self.events = Events(self.api, me)
        self.secrets = Secrets(self.api, me.namespace, self._secret_changed)
        self.writer = Writer(self.api, base, config.write_interval, self._wrote)
        self.prober = Prober(config, self.writer, self.events, self.secrets, self.metrics, self._wishes_changed)
        self.store = Store(me.pod, config.period, self.prober)
        self.prober.records = self.store.records
        self.pods = Pods(self._pod_changed)
        self.checks_watch = Watch(self.api, base, "the connectivity checks", self.store, self._explain)
        self.pods_watch = Watch(self.api, f"/api/v1/namespaces/{me.namespace}/pods", "the pods", self.pods)
        self.discovery = Discovery(self.api, me.namespace, config.targets, self._wishes_changed)
        self.keeper = Keeper(
            me,
            config,
            self.store,
            self.pods,
            self.discovery.groups,
            self.prober,
            Executor(self.api, base, self.store.entries),
            self.events,
            self.api.clock,
        )
        self.peers = Peers(self.api, me.namespace, self.keeper.peers)
        self.lease = Lease(self.api, me, config.lease_interval, lambda: self.prober.at_work)
        self.server = SourceServer(port, self._problem, self._metrics_text)

    async def run(self, stop: asyncio.Event) -> None:
        """Until stop is set; then everything that is pending is written."""
        logger.info(
            "Source %s on node %s: namespace %s, API server %s",
            self._me.pod,
            self._me.node,
            self._me.namespace,
            self.api.access.authority,
        )
        self.server.start()
        looking = [
            self.checks_watch.run,
            self.pods_watch.run,
            self.discovery.run,
            self._keep,
            self._probe,
            self.secrets.run,
            self.peers.run,
            self.lease.run,
            self.prober.tell_holds,
        ]
        sending = [self.writer.run, self.events.run]
        lookers = [asyncio.ensure_future(_watched_over(run)) for run in looking]
        senders = [asyncio.ensure_future(_watched_over(run)) for run in sending]
        try:
            await stop.wait()
            await self._stop(lookers)
        finally:
            await end((*lookers, *senders))
            await self.server.stop()
            self.api.close()

    async def _keep(self) -> None:
        """What exists is known before something is made, and which pods there are before something is held against
        them.
        """
        await self.checks_watch.synced.wait()
        latest = time.monotonic() + PODS_SECONDS
        while not (self.pods_watch.synced.is_set() or self.pods_watch.problem) and time.monotonic() < latest:
            await asyncio.sleep(0.05)
        await self.keeper.run()

    async def _probe(self) -> None:
        """An object may name the address of a pod that went while there was no source."""
        await self.keeper.planned.wait()
        self.prober.schedule.start()

    async def _stop(self, lookers: t.Sequence[asyncio.Future[None]]) -> None:
        begun = time.monotonic()
        self._stopping = True
        await self.prober.stop()
        await end(lookers)
        sending = {
            asyncio.ensure_future(work)
            for work in (self.writer.flush(list(self.store.records.values())), self.events.drained())
        }
        await asyncio.wait(sending, timeout=max(1.0, begun + FLUSH_SECONDS - time.monotonic()))
        await end(sending)
        unsaved = sum(record.unsaved or record.writing for record in self.store.records.values())
        level = 30 if unsaved or self.events else 20
        logger.log(
            level,
            "Stopped after %.1f s: %d status and %d events could not be written",
            time.monotonic() - begun,
            unsaved,
            len(self.events),
        )

    # The parts know one another through these, because each is made before those that it tells.
    def _secret_changed(self, name: str) -> None:
        self.prober.secret_changed(name)

    def _wrote(self, version: str) -> None:
        self.store.wrote(version)

    def _wishes_changed(self) -> None:
        self.keeper.changed()

    def _pod_changed(self, pod: Pod) -> None:
        self.keeper.pod_changed(pod)
        self.peers.changed()

    async def _explain(self, exc: ApiError) -> str:
        """Why there are no checks: a missing CRD and one of another version look the same at first."""
        if exc.kind != "missing":
            return ""
        try:
            group = await self.api.get(f"/apis/{GROUP}")
        except ApiError as other:
            return f"the CRD {CRD} is not installed" if other.kind == "missing" else ""
        served = [str(item.get("version")) for item in group.get("versions") or ()]
        if VERSION not in served:
            return f"the CRD {CRD} is served in version {', '.join(served) or 'none'}, and {VERSION} is needed"
        return f"the API group {GROUP} has no {PLURAL}: the CRD {CRD} is not installed"

    # -- what is told about it ------------------------------------------------------------------------------------
    def _problem(self) -> str:
        """Why it is not ready; empty when it is."""
        if self._stopping:
            return "it is being stopped"
        for watch, what in ((self.checks_watch, "connectivity checks"), (self.pods_watch, "pods")):
            if not watch.synced.is_set():
                return watch.problem or f"the {what} have not been read yet"
        return ""

    async def _metrics_text(self) -> bytes:
        return await self.metrics.render(self.store.records, self._singles())

    def _singles(self) -> list[Single]:
        counts, records = self.prober.schedule.counts(), self.store.records.values()
        requests = [
            ((("method", method), ("code", code)), float(count))
            for (method, code), count in sorted(self.api.counts.items())
        ]
        plain: list[tuple[str, str, str, float]] = [
            ("podnet_source_checks", "gauge", "Checks of this source.", len(records)),
            ("podnet_source_checks_held", "gauge", "Checks of this source that cannot be probed now.", counts.paused),
            (
                "podnet_source_outages",
                "gauge",
                "Checks of this source with an open outage.",
                sum(record.status.open_outage is not None for record in records),
            ),
            (
                "podnet_source_unsaved",
                "gauge",
                "Checks with results that are not in the object yet.",
                sum(r.unsaved for r in records),
            ),
            ("podnet_source_probes_total", "counter", "Probes started.", counts.started),
            (
                "podnet_source_probes_skipped_total",
                "counter",
                "Probes left out because the one before had not ended.",
                counts.skipped,
            ),
            ("podnet_source_probes_in_flight", "gauge", "Probes that run now.", counts.in_flight),
            ("podnet_source_lateness_seconds", "gauge", "The longest time from due to started.", counts.lateness),
            ("podnet_source_status_writes_total", "counter", "Status written.", self.writer.writes),
            ("podnet_source_events_waiting", "gauge", "Events that have not been sent yet.", len(self.events)),
            (
                "podnet_source_events_dropped_total",
                "counter",
                "Events dropped because too many waited.",
                self.events.dropped,
            ),
            (
                "podnet_source_start_time_seconds",
                "gauge",
                "When this source was started, in seconds since 1970.",
                self._started,
            ),
        ]
        return [Single(name, kind, about, [((), float(value))]) for name, kind, about, value in plain] + [
            Single(
                "podnet_source_api_requests_total",
                "counter",
                "Requests to the API server, by method and outcome.",
                requests,
            )
        ]


async def _watched_over(run: Run) -> None:
    """A part that breaks is told and started again: the others go on."""
    while True:
        try:
            await run()
            return
        except Exception as exc:  # pylint: disable=broad-except
            trace = " ".join(traceback.format_exc(limit=-3).split())
            logger.error("Something is wrong in the program: %s: %s: %s", type(exc).__name__, exc, trace)
            await asyncio.sleep(RESTART_SECONDS)


def run_source(environ: t.Mapping[str, str]) -> int:
    """The command `source`, until SIGTERM or SIGINT. Exit status 0; raises ConfigError."""
    me, config, access = load_identity(environ), load_config(environ), load_access(environ)
    port = environ.get("PODNET_METRICS_PORT", "")
    asyncio.run(_run(me, config, access, int(port) if port.isdigit() else PORT))
    return 0


async def _run(me: Identity, config: Config, access: Access, port: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await Source(me, config, access, port).run(stop)
