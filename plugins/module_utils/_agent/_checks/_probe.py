# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""One probe of a connectivity check: name lookup, TCP connection, and where asked for TLS handshake and HTTP reply,
each timed by itself.
"""

from __future__ import annotations

import dataclasses
import datetime
import ssl
import time
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._result import Moment, ProbeResult, Step
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._dial import dial
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._failure import Failure
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._http_reply import get
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._identity import Expectation
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._poller import Watched
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._resolver import Resolver
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._tls import goodbye, handshake
from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._endpoint import (
    BadEndpoint,
    Endpoint,
    parse_endpoint,
)

_Step = t.Optional[Step]


@dataclasses.dataclass(frozen=True)
class ProbeOptions:
    """timeout: seconds for lookup and all connection attempts together; TLS handshake and HTTP reply have as long each.
    tls: do a handshake with this context (see _tls.client_context). http: the target that has to answer a GET."""

    timeout: float = 10.0
    tls: ssl.SSLContext | None = None
    http: Expectation | None = None


async def probe(endpoint: str, options: ProbeOptions, resolver: Resolver) -> ProbeResult:
    """Probe once. Whatever is wrong with the endpoint is in the result; nothing is raised but cancellation."""
    started = time.monotonic()
    running = _Probe(Moment(datetime.datetime.now(datetime.timezone.utc), started), options)
    try:
        parsed = parse_endpoint(endpoint)
    except BadEndpoint as exc:
        running.tcp = Step(0.0, time.monotonic() - started, str(exc))
        return running.result(endpoint)
    addresses: t.Sequence[str] = (parsed.host,)
    if not parsed.is_address:
        addresses = await running.look_up(parsed.host, resolver)
    if addresses:
        await running.connect(parsed, addresses)
    return running.result(parsed.host)


class _Probe:
    """The steps so far."""

    __slots__ = ("_options", "_started", "dns", "http", "tcp", "tls")

    def __init__(self, started: Moment, options: ProbeOptions) -> None:
        self._started = started
        self._options = options
        self.dns: _Step = None
        self.tcp: _Step = None
        self.tls: _Step = None
        self.http: _Step = None

    def result(self, host: str) -> ProbeResult:
        return ProbeResult(self._started, host, self.dns, self.tcp, self.tls, self.http)

    async def look_up(self, host: str, resolver: Resolver) -> t.Sequence[str]:
        """The addresses; none when the step has failed."""
        begun = time.monotonic()
        addresses: t.Sequence[str] = ()
        error = ""
        try:
            addresses = await resolver.resolve(host, self._started.monotonic + self._options.timeout)
        except Failure as failure:
            error = failure.text
        self.dns = self._step(begun, error)
        return addresses

    async def connect(self, endpoint: Endpoint, addresses: t.Sequence[str]) -> None:
        begun = time.monotonic()
        try:
            watched = await dial(addresses, endpoint.port, self._started.monotonic + self._options.timeout)
        except Failure as failure:
            self.tcp = self._step(begun, failure.text)
            return
        self.tcp = self._step(begun)
        try:
            if self._options.tls is not None:
                await self._handshake(watched, endpoint, self._options.tls)
            if self._options.http is not None and not (self.tls is not None and self.tls.error):
                await self._get(watched, endpoint, self._options.http)
        finally:
            watched.close()

    async def _handshake(self, watched: Watched, endpoint: Endpoint, context: ssl.SSLContext) -> None:
        begun = time.monotonic()
        try:
            await handshake(watched, context, endpoint.host, str(endpoint), begun + self._options.timeout)
            self.tls = self._step(begun)
            if self._options.http is None:
                await goodbye(watched, str(endpoint))
        except Failure as failure:
            self.tls = self._step(begun, failure.text)

    async def _get(self, watched: Watched, endpoint: Endpoint, wanted: Expectation) -> None:
        begun = time.monotonic()
        error = ""
        target = str(endpoint)
        try:
            wanted.check(await get(watched, target, begun + self._options.timeout, wanted.path))
        except Failure as failure:
            error = failure.text
        self.http = self._step(begun, error)

    def _step(self, begun: float, error: str = "") -> Step:
        return Step(begun - self._started.monotonic, time.monotonic() - begun, error)
