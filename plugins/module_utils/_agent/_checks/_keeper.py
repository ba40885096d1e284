# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Keeps the check objects what they should be: looks at pods and targets when something has changed, plans, has it
carried out, holds what cannot be probed, prunes what has outlived its target.
"""

from __future__ import annotations

import asyncio
import json
import time
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._executor import Executor
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._peers import peers_document
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._prober import Prober
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._reconcile import (
    Plan,
    Situation,
    outlived,
    plan,
    target_pod_missing,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._record import moment
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._store import Store
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._targets import (
    Group,
    node_group,
    node_of,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._config import Config, Identity
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._event import WARNING, Event
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._api import ServerClock
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._api_error import ApiError
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._events import Events
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._pod import (
    TARGET_APP,
    Pod,
    Pods,
    living_sources,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._log import logger
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._waiting import wait_set
from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._check import EXPECT

SETTLE_SECONDS = 0.3  # changes come in crowds
WAITING_SECONDS = 3.0  # a target that is about to be ready is looked at again
ORPHAN_SECONDS = 60.0
REST = 20  # planning takes at most one part in so many of the time
SOURCE_POD_MISSING = "SourcePodMissing"


class Keeper:
    """groups: the targets outside our namespace. planned: set when it is known for the first time what may be
    probed.
    """

    def __init__(
        self,
        me: Identity,
        config: Config,
        store: Store,
        pods: Pods,
        groups: t.Callable[[], list[Group]],
        prober: Prober,
        executor: Executor,
        events: Events,
        clock: ServerClock,
    ) -> None:
        self._me, self._config, self._store, self._pods = me, config, store, pods
        self._groups, self._prober, self._executor, self._events = groups, prober, executor, events
        self._clock = clock
        self._wake = asyncio.Event()
        self.planned = asyncio.Event()
        self._orphans: dict[tuple[str, str], float] = {}
        self._prune_interval = min(1800.0, max(1.0, config.prune_after / 4))
        self._prune_at = time.monotonic() + min(60.0, self._prune_interval)

    def changed(self) -> None:
        """Something may have to be done."""
        self._wake.set()

    def pod_changed(self, pod: Pod) -> None:
        """A pod came, went, or is another one. What is leaving must not be probed for one moment more: that it does not
        answer is no outage.
        """
        if pod.app == TARGET_APP and pod.leaving:
            hold = target_pod_missing(pod.node)
            for entry in self._store.entries.values():
                if (
                    entry.record is not None
                    and entry.record.expect_uid == pod.uid
                    and node_of(entry.identity) == pod.node
                ):
                    self._prober.hold(entry.record, hold)
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled. To be started when the check objects are known."""
        pause: float | None = 0.0
        while True:
            await wait_set(self._wake, min(pause if pause is not None else 60.0, self._prune_interval))
            await asyncio.sleep(SETTLE_SECONDS)
            self._wake.clear()
            begun = time.monotonic()
            situation = self.situation()
            wanted = plan(situation)
            self._apply_holds(wanted)
            self.planned.set()
            self._tell_orphans(wanted)
            planned = time.monotonic() - begun
            pause = await self._executor.carry_out(wanted)
            if any(group.waiting for group in situation.groups):
                pause = min(WAITING_SECONDS, pause if pause is not None else WAITING_SECONDS)
            if time.monotonic() >= self._prune_at:
                self._prune_at = time.monotonic() + self._prune_interval
                await self._prune(situation, wanted)
            await asyncio.sleep(REST * planned)

    def situation(self) -> Situation:
        """What is known now."""
        groups = self._groups()
        if self._config.targets.target_endpoints:
            groups.append(self._node_group())
        complete = self._pods.complete
        return Situation(
            pod=self._me.pod,
            node=self._me.node,
            namespace=self._me.namespace,
            groups=groups,
            entries=self._store.entries,
            living=living_sources(self._pods, self._me.pod) if complete else {},
            alive=self._pods.alive if complete else None,
        )

    def peers(self) -> str | None:
        """peers.json, when it is for us to write it: the first of all sources does."""
        if (
            not self._pods.complete
            or min({**living_sources(self._pods, self._me.pod), self._me.pod: ""}) != self._me.pod
        ):
            return None
        return peers_document(self._pods)

    def _node_group(self) -> Group:
        current = {}
        for entry in self._store.entries.values():
            if entry.source_node == self._me.node and node_of(entry.identity):
                current[node_of(entry.identity)] = _uid(entry.check.annotations.get(EXPECT, ""))
        return node_group(self._pods if self._pods.complete else None, current, time.monotonic())

    def _apply_holds(self, wanted: Plan) -> None:
        for name, record in list(self._store.records.items()):
            self._prober.hold(record, wanted.holds.get(name))

    def _tell_orphans(self, wanted: Plan) -> None:
        """A check that names a pod that is not there: once, and not at once, since the pod may be about to come."""
        now = time.monotonic()
        self._orphans = {orphan: self._orphans.get(orphan, now) for orphan in wanted.orphans}
        for (name, pod), since in self._orphans.items():
            entry = self._store.entries.get(name)
            if now - since >= ORPHAN_SECONDS and entry is not None:
                self._orphans[name, pod] = float("inf")
                text = f"Nobody probes this check: there is no pod {pod} in namespace {self._me.namespace}"
                logger.warning("%s: %s", name, text)
                self._events.add(name, entry.uid, Event(WARNING, SOURCE_POD_MISSING, text), moment().wall)

    async def _prune(self, situation: Situation, wanted: Plan) -> None:
        server = self._clock.now()
        if server is None:
            return
        for entry in outlived(situation, wanted.wanted, server, self._config.prune_after):
            try:
                if await self._executor.delete(entry):
                    logger.info(
                        "Deleted the check %s: nothing has happened to it for %g s",
                        entry.check.name,
                        self._config.prune_after,
                    )
            except ApiError as exc:
                logger.warning("Cannot delete the check %s: %s", entry.check.name, exc)
                return


def _uid(expect: str) -> str:
    try:
        return str(json.loads(expect).get("uid") or "")
    except (ValueError, AttributeError):
        return ""
