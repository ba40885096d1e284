# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking at targets outside the namespace: a look that fails changes nothing."""

from __future__ import annotations

import asyncio
import logging
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._discovery import Discovery
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._targets import Group
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._config import Extra, Targets
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._access import Access
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._api import Api
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._agent.fake_api import (
    NAMESPACE,
    PODS,
    SERVICES,
    FakeApi,
    Reply,
    refusal,
)

Test = t.Callable[[FakeApi, Discovery, list[int]], t.Coroutine[t.Any, t.Any, None]]


def play(targets: Targets, test: Test) -> None:
    async def run() -> None:
        server = FakeApi()
        await server.start()
        changes: list[int] = []
        discovery = Discovery(Api(Access(server.url)), NAMESPACE, targets, lambda: changes.append(1))
        try:
            await asyncio.wait_for(test(server, discovery, changes), 20)
        finally:
            await server.stop()

    asyncio.run(run())


def group(discovery: Discovery, prefix: str) -> Group:
    return next(group for group in discovery.groups() if group.prefix == prefix)


def found(discovery: Discovery, prefix: str) -> list[str] | None:
    targets = group(discovery, prefix).targets
    return None if targets is None else [target.endpoint for target in targets]


def test_what_was_found_stays_when_a_look_fails(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    async def test(server: FakeApi, discovery: Discovery, changes: list[int]) -> None:
        prefix = "service/default/kubernetes/"
        assert found(discovery, prefix) is None, "nobody has looked yet"
        server.fail("GET", "services/kubernetes", refusal(403, "services is forbidden"), times=2)
        assert not await discovery.look() and found(discovery, prefix) is None
        await discovery.look()
        server.put(SERVICES, "kubernetes", {"spec": {"clusterIP": "10.96.0.1"}})
        await discovery.look()
        assert found(discovery, prefix) == ["10.96.0.1:443"]
        before = len(changes)
        await discovery.look()
        assert len(changes) == before, "nothing is new"
        server.fail("GET", "services/kubernetes", refusal(500, "sorry"))
        assert await discovery.look()
        server.fail("GET", "services/kubernetes", Reply(200, {"spec": {"clusterIPs": 7}}))
        await discovery.look()
        assert found(discovery, prefix) == ["10.96.0.1:443"]
        server.delete(SERVICES, "kubernetes")
        await discovery.look()
        assert found(discovery, prefix) == []

    play(Targets(target_service=False), test)
    told = [record.getMessage() for record in caplog.records]
    assert sum("services is forbidden" in line for line in told) == 1
    assert told.count("Looking at Service default/kubernetes works again") == 2


def test_extra_targets_of_every_kind(caplog: pytest.LogCaptureFixture) -> None:
    extra = (
        Extra("pod", f"pod:{NAMESPACE}/db-0", 5432),
        Extra("service", "service:default/db"),
        Extra("headless", "service:default/none"),
        Extra("gone", "service:default/gone", 1),
        Extra("host", "db.example:5432"),
        Extra("portless", "db.example"),
    )

    async def test(server: FakeApi, discovery: Discovery, changes: list[int]) -> None:
        server.put(PODS, "db-0", {"status": {"phase": "Running", "podIP": "10.0.0.7"}})
        server.put(SERVICES, "db", {"spec": {"clusterIP": "10.96.0.7", "ports": [{"port": 3306}]}})
        server.put(SERVICES, "none", {"spec": {"clusterIP": "None", "ports": [{"port": 3306}]}})
        await discovery.look()
        assert found(discovery, "extra/pod") == ["10.0.0.7:5432"]
        assert found(discovery, "extra/service") == ["10.96.0.7:3306"]
        assert found(discovery, "extra/headless") == ["none.default.svc:3306"]
        assert group(discovery, "extra/gone").waiting == {"extra/gone": "There is no Service default/gone"}
        assert found(discovery, "extra/host") == ["db.example:5432"]
        assert found(discovery, "extra/portless") == []
        server.delete(PODS, "db-0")
        await discovery.look()
        assert group(discovery, "extra/pod").waiting == {"extra/pod": f"There is no pod {NAMESPACE}/db-0"}

    play(Targets(kubernetes=False, extra=extra), test)
    assert "Cannot watch portless: The target db.example has no port" in caplog.text
