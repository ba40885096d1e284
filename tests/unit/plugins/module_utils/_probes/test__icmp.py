# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pings over a real router. The network is described in conftest.py."""

from __future__ import annotations

import errno
import socket
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._probes import _echo, _engine
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._types import Result

SERVER, SERVER6 = "198.51.100.2", "2001:db8:2::2"


def outcomes(result: Result) -> list[str]:
    return [attempt.outcome for attempt in result.attempts]


@pytest.mark.parametrize("target, source", [(SERVER, "192.0.2.2"), (SERVER6, "2001:db8:1::2")])
def test_replies_are_counted_and_timed(network: t.Any, target: str, source: str) -> None:
    result = network.client.probe(kind="icmp", target=target, count=3, interval=0.01, token="c0ffee00c0ffee00")
    assert (result.status, result.outcome, result.sent, result.received) == ("pass", "reply", 3, 3)
    assert result.loss_percent == 0.0
    assert (result.address, result.local_address) == (target, source)
    assert result.rtt_ms is not None
    assert 0 < result.rtt_ms.min <= result.rtt_ms.avg <= result.rtt_ms.max < 500
    assert [attempt.seq for attempt in result.attempts] == [1, 2, 3]
    assert result.data["token"] == "c0ffee00c0ffee00"
    if target == SERVER:
        assert result.data["ttl"] == 63


@pytest.mark.parametrize("size", [0, 1, 7, 8, 1472, 4000])
def test_every_payload_size_is_recognised(network: t.Any, size: int) -> None:
    assert network.client.probe(kind="icmp", target="192.0.2.1", count=1, size=size).outcome == "reply"


def test_silence_is_loss(network: t.Any) -> None:
    network.router.ip("route replace blackhole 203.0.113.1/32")
    result = network.client.probe(kind="icmp", target="203.0.113.1", count=5, interval=0.01, timeout=0.5)
    assert (result.status, result.outcome, result.loss_percent) == ("fail", "no_reply", 100.0)
    assert result.rtt_ms is None
    assert 0.5 <= result.seconds < 10  # the attempts wait at the same time


@pytest.mark.parametrize(
    "route, number, code, text",
    [("unreachable", 2, 1, "host unreachable"), ("prohibit", 3, 13, "communication administratively prohibited")],
)
def test_icmp_error_of_a_router_is_named(network: t.Any, route: str, number: int, code: int, text: str) -> None:
    target = f"203.0.113.{number}"
    network.router.ip(f"route replace {route} {target}/32")
    result = network.client.probe(kind="icmp", target=target, count=1, timeout=10)
    assert (result.status, result.outcome) == ("fail", "unreachable")
    assert result.seconds < 10  # it did not wait for the timeout
    error = {"from": "192.0.2.1", "type": 3, "code": code, "text": text, "mtu": None, "seq": 1}
    assert result.data["icmp_errors"] == [error]
    assert result.attempts[0].address == "192.0.2.1"
    assert result.attempts[0].detail == f"ICMP {text} from 192.0.2.1"


def test_icmp_error_of_a_router_is_named_for_ipv6(network: t.Any) -> None:
    network.router.ip("route replace unreachable 2001:db8:dead::1/128")
    result = network.client.probe(kind="icmp", target="2001:db8:dead::1", count=1)
    assert result.outcome == "unreachable"
    assert result.data["icmp_errors"][0]["text"] in ("no route to destination", "address unreachable")
    assert result.data["icmp_errors"][0]["from"] == "2001:db8:1::1"


def test_routing_loop_is_told_from_loss(network: t.Any) -> None:
    network.server.sysctl("net/ipv4/ip_forward", "1")
    network.router.ip(f"route replace 203.0.113.64/26 via {SERVER}")
    result = network.client.probe(kind="icmp", target="203.0.113.65", count=1)
    assert result.outcome == "unreachable"
    assert result.data["icmp_errors"][0]["text"] == "time to live exceeded"


def test_neighbour_that_does_not_answer_is_reported_by_our_own_kernel(network: t.Any) -> None:
    network.client.sysctl("net/ipv4/neigh/left/retrans_time_ms", "30")
    result = network.client.probe(kind="icmp", target="192.0.2.77", count=1, timeout=2)
    assert result.outcome == "unreachable"
    assert result.attempts[0].detail == "ICMP host unreachable from 192.0.2.2"


@pytest.mark.parametrize(
    "route, reason",
    [
        ("blackhole", "the route to it is of type blackhole (EINVAL)"),
        ("unreachable", "the route to it is of type unreachable (EHOSTUNREACH)"),
        ("prohibit", "the route to it is of type prohibit, or it is a broadcast address (EACCES)"),
        ("throw", "no route to it (ENETUNREACH)"),
    ],
)
def test_no_route_and_why(namespace: t.Any, network: t.Any, route: str, reason: str) -> None:
    address = {
        "blackhole": "203.0.113.10",
        "unreachable": "203.0.113.11",
        "prohibit": "203.0.113.12",
        "throw": "203.0.113.13",
    }[route]
    lonely = namespace("lonely")
    lonely.ip(f"route add {route} {address}/32")
    result = lonely.probe(kind="icmp", target=address, count=2, interval=0.01)
    assert (result.status, result.outcome, outcomes(result)) == ("fail", "no_route", ["no_route", "no_route"])
    assert result.attempts[0].detail == reason


def test_parallel_series_do_not_take_each_others_replies(network: t.Any) -> None:
    requests = [
        {"id": str(number), "kind": "icmp", "target": SERVER, "count": 5, "interval": 0.01, "token": f"{number:016x}"}
        for number in range(40)
    ]
    requests += [{"id": "x", "kind": "icmp", "target": "203.0.113.1", "count": 1, "timeout": 0.3}]
    network.router.ip("route replace blackhole 203.0.113.1/32")
    results = network.client.call(lambda: _engine.run_probes(requests).results)
    assert [result.received for result in results] == [5] * 40 + [0]
    assert all(result.data.get("duplicates") == 0 for result in results)


def test_ping_socket_serves_where_raw_ones_are_not_allowed(network: t.Any) -> None:
    network.client.sysctl("net/ipv4/ping_group_range", "0 2147483647")

    def no_raw(family: int, kind: int, protocol: int) -> socket.socket:
        if kind == socket.SOCK_RAW:
            raise PermissionError(errno.EPERM, "Operation not permitted")
        return socket.socket(family, kind, protocol)

    network.router.ip("route replace unreachable 203.0.113.2/32")
    requests = [
        {"kind": "icmp", "target": target, "count": 2, "interval": 0.01, "timeout": 0.3}
        for target in (SERVER, SERVER6, "203.0.113.2")
    ]
    requests += [{"kind": "path_mtu", "target": SERVER}]
    results = network.client.call(lambda: _engine.run_probes(requests, new_socket=no_raw).results)
    assert [result.outcome for result in results] == ["reply", "reply", "unreachable", "frag_needed"]
    assert results[0].data["socket"] == "ping"
    assert results[2].attempts[0].detail == "ICMP host unreachable from 192.0.2.1"
    assert results[3].data["largest"] == 1400
    assert "too_big_local" not in {trial["outcome"] for trial in results[3].data["tried"]}


def test_without_any_icmp_socket_nothing_is_measured(network: t.Any) -> None:
    def none(family: int, kind: int, protocol: int) -> socket.socket:
        if protocol == socket.IPPROTO_ICMP:
            raise PermissionError(errno.EACCES, "Permission denied")
        return socket.socket(family, kind, protocol)

    result = network.client.call(
        lambda: _engine.run_probes([{"kind": "icmp", "target": SERVER}], new_socket=none).results[0]
    )
    assert (result.status, result.outcome) == ("error", None)
    assert "CAP_NET_RAW is missing" in (result.error or "")


def test_checksum_of_rfc_1071() -> None:
    assert _echo.checksum(b"\x00\x01\xf2\x03\xf4\xf5\xf6\xf7") == 0x220D
    assert _echo.checksum(b"\x00\x01\xf2") == 0x0DFE
    packet = _echo.echo_request(4, 7, 9, b"payload")
    assert _echo.checksum(packet) == 0


def test_payload_begins_with_the_token_and_has_the_size() -> None:
    assert _echo.token_payload(b"token", 3) == b"tok"
    assert _echo.token_payload(b"token", 5) == b"token"
    assert len(_echo.token_payload(b"token", 65507)) == 65507
