# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ping sockets, each test in a network of its own."""

from __future__ import annotations

import asyncio
import pathlib
import time

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._failure import Failure
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._icmp import CannotPing, ping, ping_many
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._agent.own_network import in_own_network, ip
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._agent.scripted_peers import (
    left_open,
    open_files,
)


async def pinged(address: str, seconds: float = 2.0) -> float:
    return await ping(address, time.monotonic() + seconds)


def failure(address: str, seconds: float = 0.3) -> tuple[str, str]:
    with pytest.raises(Failure) as caught:
        asyncio.run(pinged(address, seconds))
    return caught.value.reason, caught.value.text


def link(address: str) -> None:
    """A network behind a device."""
    ip("link", "add", "left", "type", "veth", "peer", "name", "right")
    for name in ("left", "right"):
        pathlib.Path(f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6").write_text("1")
        ip("link", "set", name, "up")
    ip("address", "add", address, "dev", "left")


def nobody_answers_for(address: str) -> None:
    """What is sent there is lost: it goes to a hardware address that no device has."""
    ip("neighbour", "add", address, "lladdr", "02:00:00:00:00:99", "dev", "left")


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1"])
def test_a_reply(address: str) -> None:
    seconds = in_own_network(lambda: asyncio.run(pinged(address)))
    assert 0 < seconds < 10


def test_many_at_a_time_are_told_apart_and_nothing_is_left() -> None:
    async def many() -> list[float]:
        return list(await asyncio.gather(*(pinged(f"127.0.{number}.1") for number in range(200))))

    before = open_files()
    assert len(in_own_network(lambda: asyncio.run(many()))) == 200
    assert not left_open(before)


def test_no_reply() -> None:
    def silence() -> tuple[str, str]:
        link("192.0.2.1/24")
        nobody_answers_for("192.0.2.2")
        started = time.monotonic()
        found = failure("192.0.2.2")
        assert 0.3 <= time.monotonic() - started < 10
        (echoes,) = (
            line.split()[10]
            for line in pathlib.Path("/proc/thread-self/net/dev").read_text().splitlines()
            if "left" in line
        )
        assert int(echoes) == 3
        return found

    assert in_own_network(silence) == ("timeout", "ping 192.0.2.2: i/o timeout")


def test_the_first_request_is_lost() -> None:
    """The address comes while the series goes on."""

    async def late() -> float:
        task = asyncio.ensure_future(pinged("192.0.2.9", 3.0))
        await asyncio.sleep(0.3)
        ip("address", "add", "192.0.2.9/32", "dev", "lo")
        started = time.monotonic()
        seconds = await task
        assert 0.3 < time.monotonic() - started < 10
        return seconds

    def scenario() -> float:
        link("192.0.2.1/24")
        nobody_answers_for("192.0.2.9")
        return asyncio.run(late())

    assert in_own_network(scenario) < 0.3, "the time of the answered request, not of the series"


def test_nobody_has_the_address() -> None:
    def scenario() -> tuple[str, str]:
        link("192.0.2.1/24")
        pathlib.Path("/proc/sys/net/ipv4/neigh/left/retrans_time_ms").write_text("20")
        return failure("192.0.2.2", 1.5)

    assert in_own_network(scenario) == ("no_route", "ping 192.0.2.2: no route to host")


@pytest.mark.parametrize(
    "kind, reason, text",
    [
        ("unreachable", "no_route", "no route to host"),
        ("prohibit", "error", "permission denied"),
        (None, "no_route", "network is unreachable"),
    ],
)
def test_no_route(kind: str | None, reason: str, text: str) -> None:
    def scenario() -> tuple[str, str]:
        if kind is not None:
            ip("route", "add", kind, "192.0.2.0/24")
        started = time.monotonic()
        found = failure("192.0.2.2", 2.0)
        assert time.monotonic() - started < 10, "nothing to wait for"
        return found

    assert in_own_network(scenario) == (reason, f"ping 192.0.2.2: connect: {text}")


def test_not_permitted() -> None:
    def scenario() -> None:
        pathlib.Path("/proc/sys/net/ipv4/ping_group_range").write_text("1 0\n")
        with pytest.raises(CannotPing, match=r"net\.ipv4\.ping_group_range of this pod leaves its group out"):
            asyncio.run(pinged("127.0.0.1"))

    in_own_network(scenario)


def test_many_requests_to_one_address_are_counted() -> None:
    async def counted(address: str) -> tuple[float | None, int]:
        return await ping_many(address, 20, 0.001, time.monotonic() + 2.0)

    seconds, received = in_own_network(lambda: asyncio.run(counted("127.0.0.1")))
    assert received == 20
    assert seconds is not None and 0 < seconds < 10


def test_requests_that_nobody_answers_are_counted_too() -> None:
    def silence() -> tuple[float | None, int]:
        link("192.0.2.1/24")
        nobody_answers_for("192.0.2.2")
        return asyncio.run(ping_many("192.0.2.2", 5, 0.001, time.monotonic() + 0.3))

    assert in_own_network(silence) == (None, 0)
