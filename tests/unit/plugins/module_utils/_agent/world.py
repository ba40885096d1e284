# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A source, a fake API server and targets, in one event loop."""

from __future__ import annotations

import asyncio
import contextlib
import pathlib
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks import _targets
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._source import Source
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._config import Config, Identity, Targets
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._access import Access
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._identity import identity_body
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._agent.fake_api import (
    CHECKS,
    NAMESPACE,
    PODS,
    FakeApi,
    Json,
)

ME = Identity("source-1", NAMESPACE, "uid-source-1", "node-1")
NOTHING = Targets(kubernetes=False, target_service=False, target_endpoints=False)
NODES = Targets(kubernetes=False, target_service=False)
QUICK = Config(period=0.3, timeout=1.0, lease_interval=0.5, targets=NOTHING)


class Target:
    """Answers as a target pod; can be closed and opened again at the same port."""

    def __init__(self, pod: str = "", uid: str = "", node: str = "") -> None:
        self.body = identity_body(NAMESPACE, pod, uid, node, "127.0.0.1", "127.0.0.1")
        self.port = 0
        self.accepted = 0
        self._server: asyncio.AbstractServer | None = None

    async def open(self, address: str = "127.0.0.1") -> None:
        self._server = await asyncio.start_server(self._answer, address, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Connections are refused."""
        if self._server is not None:
            self._server.close()
            self._server = None
            await asyncio.sleep(0)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(self.body) + self.body)
            await writer.drain()
        writer.close()


class World:
    """What a test works with. folder: for files."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.api = FakeApi()
        self._stack = contextlib.AsyncExitStack()
        self._sources: dict[Source, tuple[asyncio.Event, asyncio.Task[None]]] = {}

    async def __aenter__(self) -> World:
        await self.api.start()
        return self

    async def __aexit__(self, *unused: t.Any) -> None:
        for source in list(self._sources):
            await self.stop(source)
        await self._stack.aclose()
        await self.api.stop()

    async def target(self, pod: str = "", uid: str = "", node: str = "", address: str = "127.0.0.1") -> Target:
        """A target that answers."""
        found = Target(pod, uid, node)
        await found.open(address)
        self._stack.push_async_callback(found.close)
        return found

    def source(self, me: Identity = ME, config: Config = QUICK) -> Source:
        """A source that is at work from now on."""
        source = Source(me, config, Access(self.api.url), port=0)
        stop = asyncio.Event()
        self._sources[source] = (stop, asyncio.ensure_future(source.run(stop)))
        return source

    async def stop(self, source: Source) -> None:
        """As SIGTERM does."""
        stop, task = self._sources.pop(source)
        stop.set()
        await task

    def check(self, name: str, endpoint: str, pod: str = ME.pod, **more: t.Any) -> Json:
        """A check that somebody has made."""
        annotations = {f"podnet.diagnostics/{key}": value for key, value in more.pop("annotations", {}).items()}
        metadata = {"namespace": NAMESPACE, "annotations": annotations, "labels": more.pop("labels", {})}
        return self.api.put(
            CHECKS,
            name,
            {
                "apiVersion": "controlplane.operator.openshift.io/v1alpha1",
                "kind": "PodNetworkConnectivityCheck",
                "metadata": metadata,
                "spec": {"sourcePod": pod, "targetEndpoint": endpoint, **more},
            },
        )

    def pod(
        self, name: str, app: str, node: str, address: str = "127.0.0.1", ready: bool = True, **metadata: t.Any
    ) -> Json:
        """A pod that runs."""
        return self.api.put(
            PODS,
            name,
            {
                "metadata": {"namespace": NAMESPACE, "labels": {"app": app}, **metadata},
                "spec": {"nodeName": node},
                "status": {
                    "phase": "Running",
                    "podIP": address,
                    "podIPs": [{"ip": address}] if address else [],
                    "hostIP": "192.0.2.1",
                    "conditions": [{"type": "Ready", "status": str(ready)}],
                },
            },
        )

    def source_pod(self, me: Identity = ME) -> Json:
        return self.pod(me.pod, "network-check-source", me.node, uid=me.uid)

    def target_pod(self, name: str, node: str, target: Target, **more: t.Any) -> Json:
        """A target pod whose program is this target."""
        made = self.pod(name, "network-check-target", node, **{"uid": f"uid-{name}", **more})
        target.body = identity_body(NAMESPACE, name, made["metadata"]["uid"], node, "127.0.0.1", "127.0.0.1")
        return made


Test = t.Callable[[World], t.Coroutine[t.Any, t.Any, None]]


def play(folder: pathlib.Path, test: Test) -> None:
    """Run a test in a world of its own."""

    async def run() -> None:
        async with World(folder) as world:
            await asyncio.wait_for(test(world), 60)

    asyncio.run(run())


def set_target_port(monkeypatch: t.Any, port: int) -> None:
    """Where target pods listen."""
    monkeypatch.setattr(_targets, "TARGET_PORT", port)
