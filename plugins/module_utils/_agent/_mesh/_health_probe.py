# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""The two probes of the mesh, by ICMP and by HTTP, of a node's own address or of its target pod's.

Failures have the words of cilium-health where it has some: "Connection timed out".
"""

from __future__ import annotations

import ssl
import time
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._mesh._sightings import OK, Sighting
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._dial import connect
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._failure import TIMEOUT, Failure
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._http_reply import get
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._icmp import ping, ping_many
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._identity import Expectation
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._tls import handshake
from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._endpoint import join

BURST_PAUSE = 0.01
# Gives its seconds, or raises Failure.
Probe = t.Callable[[], t.Awaitable[float]]


async def seen(probe: Probe, wall: t.Callable[[], float]) -> Sighting:
    """What came of a probe. wall: seconds since the epoch. Raises CannotPing."""
    at = wall()
    try:
        seconds = await probe()
    except Failure as failure:
        return Sighting(failure.text, None, at, failure.reason)
    return Sighting("", int(seconds * 1e9), at, OK)


async def by_icmp(ip: str, timeout: float) -> float:
    """Seconds of the round trip. Raises Failure, CannotPing."""
    try:
        return await ping(ip, time.monotonic() + timeout)
    except Failure as failure:
        raise short(failure) from None


async def share_by_icmp(ip: str, count: int, timeout: float, wall: t.Callable[[], float]) -> Sighting:
    """What came of many small packets in a row: the quickest time, and how many were lost. Raises CannotPing."""
    at = wall()
    try:
        seconds, received = await ping_many(ip, count, BURST_PAUSE, time.monotonic() + count * BURST_PAUSE + timeout)
    except Failure as failure:
        told = short(failure)
        return Sighting(told.text, None, at, told.reason)
    if seconds is None:
        return Sighting("Connection timed out", None, at, TIMEOUT, count, count)
    return Sighting("", int(seconds * 1e9), at, OK, count, count - received)


async def host_by_http(ip: str, port: int, tls: ssl.SSLContext | None, timeout: float) -> float:
    """Seconds until a server on the node has answered: any HTTP status is a sign of life, 401 of a kubelet too."""
    return await _by_http(ip, port, timeout, tls, None)


async def target_by_http(ip: str, port: int, wanted: Expectation, timeout: float) -> float:
    """Seconds until the target has answered, and was the right one."""
    return await _by_http(ip, port, timeout, None, wanted)


async def _by_http(ip: str, port: int, timeout: float, tls: ssl.SSLContext | None, wanted: Expectation | None) -> float:
    started = time.monotonic()
    until = started + timeout
    target = join(ip, port)
    try:
        watched = await connect(ip, port, until)
    except Failure as failure:
        raise short(failure) from None
    try:
        if tls is not None:
            await handshake(watched, tls, ip, target, until)
        reply = await get(watched, target, until, status_only=wanted is None)
        if wanted is not None:
            wanted.check(reply)
    finally:
        watched.close()
    return time.monotonic() - started


def short(failure: Failure) -> Failure:
    """Only what went wrong, in a sentence of its own: who was asked stands beside it."""
    text = "connection timed out" if failure.reason == TIMEOUT else failure.text.rpartition(": ")[2]
    return Failure(failure.reason, text[:1].upper() + text[1:])
