# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""What a source answers over HTTP: /metrics, /healthz, /readyz."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._metrics import CONTENT_TYPE
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._api_error import one_line
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._log import logger
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._server import (
    TEXT,
    HttpServer,
    Limits,
    Request,
    Response,
    listen,
)

LIMITS = Limits(connections=16, seconds=15.0)


class SourceServer:
    """problem: why the source is not ready, empty when it is. metrics: the text of /metrics."""

    def __init__(
        self, port: int, problem: t.Callable[[], str], metrics: t.Callable[[], t.Coroutine[t.Any, t.Any, bytes]]
    ) -> None:
        self._wanted = port
        self._problem, self._metrics = problem, metrics
        self._server = HttpServer(self._answer, LIMITS)
        self.port = 0

    def start(self) -> None:
        """Listen; a port that is in use is told, and the source does its work without."""
        try:
            sock = listen(self._wanted)
        except OSError as exc:
            logger.error(
                "Cannot listen on port %d: %s: there are no metrics", self._wanted, one_line(exc.strerror or exc)
            )
            return
        self.port = sock.getsockname()[1]
        self._server.start(sock)

    async def stop(self) -> None:
        """Close everything."""
        await self._server.stop()

    async def _answer(self, request: Request) -> Response:
        path = request.path.partition("?")[0]
        if request.method == "POST":
            return Response(405, b"GET only\n", TEXT)
        if path == "/metrics":
            return Response(200, await self._metrics(), CONTENT_TYPE)
        if path == "/healthz":
            return Response(200, b"ok\n", TEXT)
        if path == "/readyz":
            problem = self._problem()
            return Response(503 if problem else 200, f"{problem or 'ok'}\n".encode(), TEXT)
        return Response(404, b"/metrics, /healthz or /readyz\n", TEXT)
