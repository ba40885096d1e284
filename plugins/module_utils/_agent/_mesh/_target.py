# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""The target program: proves by HTTP which pod and node answer, echoes UDP, and probes its partners in the mesh.

One process and one event loop. What strangers send to its two ports is bounded in every way, so that nobody can stop it
from answering others, or from probing.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._config import Config, Identity, load_identity
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._log import logger
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._mesh._control import (
    ADDRESS,
    CONTROL_LIMITS,
    PORT,
    Control,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._mesh._health import TARGET_PORT, MeshProber
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._mesh._peer_list import PEERS_FILE, PeersFile
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._identity import identity_body
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._server import (
    HttpServer,
    Request,
    Response,
    listen,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._udp_echo import UdpEcho

PEERS_VARIABLE = "PODNET_PEERS"


def run_target(config: Config, env: t.Mapping[str, str]) -> int:
    """Run until SIGTERM or SIGINT: 0. 1 when a port cannot be had or the mesh prober breaks. Raises ConfigError where
    env does not say who we are.
    """
    return asyncio.run(Target(config, load_identity(env), env.get(PEERS_VARIABLE) or PEERS_FILE).run())


class Target:
    """ports: HTTP and UDP echo, control server; 0 chooses free ones. address: empty for all addresses."""

    def __init__(
        self,
        config: Config,
        me: Identity,
        peers_file: str,
        ports: tuple[int, int] = (TARGET_PORT, PORT),
        address: str = "",
    ) -> None:
        self._config = config
        self._me = me
        self._peers_file = peers_file
        self._ports = ports
        self._address = address
        self._broken = False
        self.stopping: asyncio.Event | None = None

    async def run(self, ready: t.Callable[[int, int], None] | None = None) -> int:
        """Serve and probe until told to stop. ready: told the two ports once they are open."""
        self.stopping = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            with contextlib.suppress(ValueError, RuntimeError):  # only the main thread hears signals
                asyncio.get_running_loop().add_signal_handler(number, self.stopping.set)
        try:
            sockets = self._listen()
        except OSError as exc:
            logger.error("Cannot listen: %s", exc)
            return 1
        async with contextlib.AsyncExitStack() as stack:
            self._start(stack, *sockets)
            if ready is not None:
                ready(*(sock.getsockname()[1] for sock in (sockets[0], sockets[2])))
            await self.stopping.wait()
            logger.info("Stopping")
        return int(self._broken)

    def _listen(self) -> tuple[socket.socket, socket.socket, socket.socket]:
        """HTTP, UDP on the same port number, and the control port."""
        opened: list[socket.socket] = []
        try:
            opened.append(listen(self._ports[0], socket.SOCK_STREAM, self._address))
            opened.append(listen(opened[0].getsockname()[1], socket.SOCK_DGRAM, self._address))
            opened.append(listen(self._ports[1], socket.SOCK_STREAM, ADDRESS))
        except OSError:
            for sock in opened:
                sock.close()
            raise
        return opened[0], opened[1], opened[2]

    def _start(
        self, stack: contextlib.AsyncExitStack, public: socket.socket, udp: socket.socket, control: socket.socket
    ) -> None:
        mesh = self._config.mesh
        port = public.getsockname()[1]
        prober = MeshProber(self._me, mesh, PeersFile(self._peers_file), target_port=port)
        for server, sock in (
            (HttpServer(self._identify), public),
            (HttpServer(Control(prober).answer, CONTROL_LIMITS), control),
        ):
            server.start(sock)
            stack.push_async_callback(server.stop)
        stack.callback(UdpEcho(udp).close)
        if mesh.enabled:
            probing = asyncio.get_running_loop().create_task(prober.run())
            probing.add_done_callback(self._ended)
            stack.push_async_callback(_cancel, probing)
        logger.info(
            "Answering on port %d for pod %s on node %s; mesh %s",
            port,
            self._me.pod,
            self._me.node,
            f"every {mesh.interval:g} s" if mesh.enabled else "off",
        )

    async def _identify(self, request: Request) -> Response:
        if request.method == "POST":
            return Response(405, b"")
        me = self._me
        return Response(200, identity_body(me.namespace, me.pod, me.uid, me.node, request.local, request.peer))

    def _ended(self, probing: asyncio.Task[None]) -> None:
        """A prober that broke must not go unnoticed: the kubelet starts the whole program again."""
        if not probing.cancelled() and probing.exception() is not None and self.stopping is not None:
            logger.error("The mesh prober has stopped: %r", probing.exception())
            self._broken = True
            self.stopping.set()


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError, Exception):
        await task
