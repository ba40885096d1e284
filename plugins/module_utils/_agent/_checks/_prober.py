# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Probes the checks of this source once a period, and does with the results what the rules say: status, events,
metrics.
"""

from __future__ import annotations

import asyncio
import time
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks import _status
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._metrics import Metrics
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._probe import ProbeOptions, probe
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._record import (
    ROUTINE,
    URGENT,
    Hold,
    Record,
    moment,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._result import ProbeResult
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._schedule import Schedule
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._secrets import Secrets
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._store import Owner
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._writer import Writer
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._config import Config
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._event import WARNING, Event
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._events import Events
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._log import logger
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._identity import Expectation
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._resolver import Resolver
from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._check import (
    EXPECT,
    SOURCE_NODE,
    TLS,
    Check,
)

JITTER = 0.02  # of a period
STOP_SECONDS = 1.0
LOOK_SECONDS = 1.0  # how often holds are looked at
INVALID_CHECK = "InvalidCheck"
SECRET_MISSING = "TLSSecretMissing"


class Prober(Owner):
    """records: those of the store. changed: passed on from the store."""

    def __init__(
        self,
        config: Config,
        writer: Writer,
        events: Events,
        secrets: Secrets,
        metrics: Metrics,
        changed: t.Callable[[], None],
    ) -> None:
        self._writer, self._events, self._secrets, self._metrics = writer, events, secrets, metrics
        self._changed = changed
        self._timeout = config.timeout
        self._patience = 2 * config.period + 3 * config.timeout + 30
        self._resolver = Resolver()
        self._plain = ProbeOptions(timeout=config.timeout)
        self._holds: dict[str, Record] = {}
        self._checks: dict[str, Check] = {}
        self._last_result = time.monotonic()
        self.records: t.Mapping[str, Record] = {}
        self.schedule = Schedule(config.period, JITTER, config.max_in_flight, time.monotonic, self._run, _broken)

    # -- checks come, change and go -------------------------------------------------------------------------------
    def configure(self, record: Record, check: Check) -> None:
        if record.endpoint != check.target_endpoint:
            record.endpoint = check.target_endpoint
            record.forget_counts()
            record.next_write = 0.0  # the first result of another endpoint is news
        record.description = _status.describe(check.name, check.annotations.get(SOURCE_NODE, ""))
        self._checks[record.name] = check
        self._set_options(record, check)

    def dismiss(self, record: Record) -> None:
        self.schedule.remove(record.name)
        self._holds.pop(record.name, None)
        self._checks.pop(record.name, None)
        self._writer.forget(record)

    def foreign_status(self, record: Record, obj: dict[str, t.Any]) -> None:
        self._writer.compare(record, obj)

    def changed(self) -> None:
        self._changed()

    def secret_changed(self, name: str) -> None:
        """A Secret can be read, or not any more, or is another one."""
        for check in list(self._checks.values()):
            if check.tls_secret == name:
                self._set_options(self.records[check.name], check)

    def hold(self, record: Record, wait: Hold | None) -> None:
        """The target of a check cannot be probed now; None: it can."""
        if record.wait != wait:
            record.wait = wait
            self._settle(record)

    def _set_options(self, record: Record, check: Check) -> None:
        record.problem = None
        expect = check.annotations.get(EXPECT)
        tls = check.annotations.get(TLS, "").lower() == "true"
        try:
            wanted = None if expect is None else Expectation.parse(expect)
        except ValueError as exc:
            wanted = None
            record.problem = Hold(INVALID_CHECK, f"The annotation {EXPECT} cannot be used: {exc}", 0.0)
        context = None
        if check.tls_secret:
            context, problem = self._secrets.context(check.tls_secret)
            if context is None and record.problem is None:
                text = problem or f"The Secret {check.tls_secret} has not been read yet"
                record.problem = Hold(SECRET_MISSING, text, 0.0 if problem else 10.0)
        elif tls:
            context = self._secrets.plain()
        if wanted is None and context is None:
            record.options = self._plain
        else:
            record.options = ProbeOptions(self._timeout, context, wanted)
        record.expect_uid = wanted.uid if wanted is not None else ""
        self._settle(record)

    def _settle(self, record: Record) -> None:
        """Probe it, or not."""
        record.settle_hold(time.monotonic())
        if record.hold is None:
            self._holds.pop(record.name, None)
            self.schedule.add(record.name)
            self.schedule.resume(record.name)
        else:
            self._holds[record.name] = record
            self.schedule.pause(record.name)

    # -- what cannot be probed ------------------------------------------------------------------------------------
    async def tell_holds(self) -> None:
        """Say in the objects which checks are not probed, and why. Until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            now = time.monotonic()
            for record in list(self._holds.values()):
                if record.hold is not None and not record.hold_told and now - record.hold_since >= record.hold.grace:
                    self._tell(record, record.hold)

    def _tell(self, record: Record, hold: Hold) -> None:
        record.hold_told = True
        now = moment()
        change = _status.pause(record.status, now, hold.reason, hold.message)
        if change.status is record.status:
            return
        record.status, record.unsaved = change.status, True
        self._writer.add(record, URGENT if change.urgent else ROUTINE)
        logger.warning("%s is not probed: %s", record.name, hold.message)
        if hold == record.problem:
            self._events.add(record.name, record.uid, Event(WARNING, hold.reason, hold.message), now.wall)

    # -- probing --------------------------------------------------------------------------------------------------
    async def _run(self, name: str) -> None:
        record = self.records.get(name)
        if record is None or not record.probing or record.options is None:
            return
        endpoint, options = record.endpoint, record.options
        result = await probe(endpoint, options, self._resolver)
        # What was asked may be out of date by now: such an answer says nothing about the target.
        if self.records.get(name) is record and record.asks(endpoint, options):
            self._result(record, result)

    def _result(self, record: Record, result: ProbeResult) -> None:
        now = moment()
        self._last_result = now.monotonic
        self._metrics.observe(record, result)
        change = _status.record(record.status, result, now, record.description, record.endpoint, record.memory)
        record.status, record.unsaved = change.status, True
        for event in change.events:
            self._events.add(record.name, record.uid, event, now.wall)
            logger.log(30 if event.type == WARNING else 20, "%s: %s", record.name, event.message)
        if change.urgent:
            self._writer.add(record, URGENT)
        elif now.monotonic >= record.next_write:
            self._writer.add(record, ROUTINE)

    @property
    def at_work(self) -> bool:
        """Whether results come in, as they should."""
        idle = len(self._holds) == len(self.records)
        if idle:
            self._last_result = time.monotonic()
        return time.monotonic() - self._last_result < self._patience

    async def stop(self) -> None:
        """No probe after this one; those in flight get a moment to end."""
        await self.schedule.stop(STOP_SECONDS)


def _broken(name: str, exc: BaseException) -> None:
    logger.error("Cannot probe %s: %s: %s", name, type(exc).__name__, exc)
