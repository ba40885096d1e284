# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TCP connections over real routers. The network is described in conftest.py."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._probes import _engine

SERVER, SERVER6 = "198.51.100.2", "2001:db8:2::2"


def listener() -> socket.socket:
    sock = socket.socket(socket.AF_INET6)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    sock.bind(("::", 0))
    sock.listen(64)
    sock.settimeout(0.1)
    return sock


def accept(sock: socket.socket, stop: threading.Event) -> None:
    while not stop.is_set():
        with contextlib.suppress(socket.timeout):
            sock.accept()[0].close()
    sock.close()


@pytest.fixture(name="open_port", scope="module")
def listening_server(network: t.Any) -> int:
    port: int = network.server.serve(listener, accept).getsockname()[1]
    return port


@pytest.mark.parametrize("target, source", [(SERVER, "192.0.2.2"), (SERVER6, "2001:db8:1::2")])
def test_open_port(network: t.Any, open_port: int, target: str, source: str) -> None:
    result = network.client.probe(kind="tcp", target=target, port=open_port, count=3, interval=0.01)
    assert (result.status, result.outcome, result.sent, result.received) == ("pass", "open", 3, 3)
    assert (result.address, result.local_address, result.port) == (target, source, open_port)
    ports = [attempt.source_port for attempt in result.attempts]
    assert len(set(ports)) == 3
    assert None not in ports
    assert result.data["then"]["outcome"] == "closed", "the server closes each connection at once"


@pytest.mark.parametrize("target", [SERVER, SERVER6])
def test_closed_port_is_refused_by_the_target_itself(network: t.Any, target: str) -> None:
    result = network.client.probe(kind="tcp", target=target, port=1, count=2, interval=0.01)
    assert (result.status, result.outcome, result.received) == ("fail", "refused", 0)
    assert result.local_address is not None
    assert all(attempt.rtt_ms is not None and attempt.source_port for attempt in result.attempts)
    assert result.data["icmp_errors"] == []


def test_silence_times_out_and_the_source_port_is_known(network: t.Any) -> None:
    network.router.ip("route replace blackhole 203.0.113.1/32")
    result = network.client.probe(kind="tcp", target="203.0.113.1", port=80, count=1, timeout=0.2)
    assert (result.status, result.outcome) == ("fail", "timed_out")
    assert result.attempts[0].source_port is not None
    assert result.local_address == "192.0.2.2"
    assert 0.2 <= result.seconds < 10


@pytest.mark.parametrize(
    "route, number, text",
    [("unreachable", 2, "host unreachable"), ("prohibit", 3, "communication administratively prohibited")],
)
def test_icmp_error_of_a_router(network: t.Any, route: str, number: int, text: str) -> None:
    network.router.ip(f"route replace {route} 203.0.113.{number}/32")
    result = network.client.probe(kind="tcp", target=f"203.0.113.{number}", port=80, count=1, timeout=3)
    assert (result.status, result.outcome) == ("fail", "unreachable")
    assert result.attempts[0].detail == f"ICMP {text} from 192.0.2.1"
    assert result.data["icmp_errors"][0]["from"] == "192.0.2.1"


@pytest.mark.parametrize(
    "route, name",
    [("blackhole", "EINVAL"), ("unreachable", "EHOSTUNREACH"), ("prohibit", "EACCES"), ("throw", "ENETUNREACH")],
)
def test_no_route(namespace: t.Any, route: str, name: str) -> None:
    lonely = namespace("lonely")
    lonely.ip(f"route add {route} 203.0.113.9/32")
    result = lonely.probe(kind="tcp", target="203.0.113.9", port=80, count=1)
    assert (result.status, result.outcome) == ("fail", "no_route")
    assert f"({name})" in (result.attempts[0].detail or "")


def test_chosen_source_ports_count_up_and_can_be_used_again(network: t.Any, open_port: int) -> None:
    for number in range(2):
        result = network.client.probe(kind="tcp", target=SERVER, port=open_port, count=3, interval=0, source_port=40001)
        assert [attempt.source_port for attempt in result.attempts] == [40001, 40002, 40003]
        assert result.outcome == "open", number


def test_source_ports_are_those_that_connect_takes(network: t.Any, open_port: int) -> None:
    def usual() -> int:
        with socket.create_connection((SERVER, open_port), 2) as one:
            return int(one.getsockname()[1])

    result = network.client.probe(kind="tcp", target=SERVER, port=open_port, count=4, interval=0)
    ports = [network.client.call(usual), *(attempt.source_port for attempt in result.attempts)]
    assert len(ports) == 5 and len({port % 2 for port in ports}) == 1, ports


def test_source_port_in_use_is_said(network: t.Any, open_port: int) -> None:
    def hold() -> socket.socket:
        sock = socket.socket()
        sock.bind(("", 40100))
        sock.listen(1)
        return sock

    with network.client.call(hold):
        result = network.client.probe(kind="tcp", target=SERVER, port=open_port, count=1, source_port=40100)
    assert (result.status, result.outcome) == ("fail", "no_port")
    assert "EADDRINUSE" in (result.attempts[0].detail or "")


def test_exhausted_source_ports_are_told_from_no_route(namespace: t.Any) -> None:
    lonely = namespace("lonely")
    lonely.sysctl("net/ipv4/ip_local_port_range", "50000 50001")

    def hold() -> list[socket.socket]:
        held = [socket.socket() for _number in range(2)]
        for number, sock in enumerate(held):
            sock.bind(("", 50000 + number))
            sock.listen(1)
        return held

    held = lonely.call(hold)
    result = lonely.probe(kind="tcp", target="127.0.0.1", port=80, count=1)
    for sock in held:
        sock.close()
    assert (result.status, result.outcome) == ("fail", "no_port")


def test_port_that_is_used_with_another_target_can_be_shared(namespace: t.Any, network: t.Any) -> None:
    """A program that connects could go on: so must a probe."""
    lonely = namespace("busy")
    lonely.sysctl("net/ipv4/ip_local_port_range", "50000 50001")
    port = lonely.serve(listener, accept).getsockname()[1]

    def use() -> list[socket.socket]:
        return [socket.create_connection((f"127.0.0.{number}", port)) for number in (2, 3, 4, 5)]

    held = lonely.call(use)
    result = lonely.probe(kind="tcp", target="127.0.0.1", port=port, count=1)
    for sock in held:
        sock.close()
    assert (result.status, result.outcome) == ("pass", "open")
    assert result.attempts[0].source_port in (50000, 50001)


def test_attempts_time_out_at_the_same_time(network: t.Any) -> None:
    network.router.ip("route replace blackhole 203.0.113.1/32")
    result = network.client.probe(kind="tcp", target="203.0.113.1", port=80, count=10, interval=0.01, timeout=0.5)
    assert [attempt.outcome for attempt in result.attempts] == ["timed_out"] * 10
    assert result.seconds < 10


def test_attempts_keep_their_interval(network: t.Any, open_port: int) -> None:
    started = time.monotonic()
    network.client.probe(kind="tcp", target=SERVER, port=open_port, count=3, interval=0.1)
    assert 0.2 <= time.monotonic() - started < 10


def test_one_bad_of_many_makes_it_fail_with_that_outcome(network: t.Any) -> None:
    """A listener that goes away meanwhile, as one of two backends would look."""

    def once(sock: socket.socket, stop: threading.Event) -> None:
        sock.settimeout(5)
        with contextlib.suppress(socket.timeout):
            sock.accept()[0].close()
        sock.close()

    port = network.server.serve(listener, once).getsockname()[1]
    result = network.client.probe(kind="tcp", target=SERVER, port=port, count=3, interval=0.1)
    assert (result.status, result.outcome, result.received, result.loss_percent) == ("fail", "refused", 1, 66.7)
    assert result.rtt_ms is not None


def test_thousands_of_refused_connections() -> None:
    """None of them is waited for: the time limit of one is more than a test may take."""
    requests = [{"kind": "tcp", "target": "127.0.0.1", "port": 1, "count": 1}] * 2000
    results = _engine.run_probes(requests).results
    assert {result.outcome for result in results} == {"refused"}
