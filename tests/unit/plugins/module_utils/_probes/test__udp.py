# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Datagrams over real routers. The network is described in conftest.py."""

from __future__ import annotations

import contextlib
import socket
import threading
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._dns_message import marked_query

SERVER, SERVER6 = "198.51.100.2", "2001:db8:2::2"


class Echo:
    """Sends everything back, when it is to answer."""

    def __init__(self, namespace: t.Any, answers: bool = True, port: int = 0) -> None:
        self.answers = answers
        self.received: list[bytes] = []
        self.asked = port
        self.port: int = namespace.serve(self._open, self._loop).getsockname()[1]

    def _open(self) -> socket.socket:
        sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        sock.bind(("::", self.asked))
        sock.settimeout(0.1)
        return sock

    def _loop(self, sock: socket.socket, stop: threading.Event) -> None:
        while not stop.is_set():
            with contextlib.suppress(socket.timeout):
                data, peer = sock.recvfrom(4096)
                self.received.append(data)
                if self.answers:
                    sock.sendto(data, peer)
        sock.close()


@pytest.mark.parametrize("target", [SERVER, SERVER6])
def test_reply(network: t.Any, target: str) -> None:
    echo = Echo(network.server)
    result = network.client.probe(kind="udp", target=target, port=echo.port, count=2, interval=0, token="c0ffee")
    assert (result.status, result.outcome, result.received) == ("pass", "reply", 2)
    assert echo.received == [b"\xc0\xff\xee"] * 2
    assert result.rtt_ms is not None
    assert result.attempts[0].detail == "3 bytes"


def test_a_server_of_names_is_asked_a_question(network: t.Any) -> None:
    echo = Echo(network.server, port=53)
    result = network.client.probe(kind="udp", target=SERVER, port=53, count=1, token="c0ffee")
    assert (result.status, result.outcome) == ("pass", "reply")
    assert echo.received == [marked_query(b"\xc0\xff\xee")]


@pytest.mark.parametrize("target, text", [(SERVER, "port unreachable"), (SERVER6, "port unreachable")])
def test_closed_port(network: t.Any, target: str, text: str) -> None:
    result = network.client.probe(kind="udp", target=target, port=1, count=1)
    assert (result.status, result.outcome) == ("fail", "refused")
    assert result.attempts[0].detail == f"ICMP {text} from {target}"
    assert result.attempts[0].source_port is not None


def test_silence_proves_nothing_unless_a_reply_is_expected(network: t.Any) -> None:
    port = Echo(network.server, answers=False).port
    request = {"kind": "udp", "target": SERVER, "port": port, "count": 1, "timeout": 0.1}
    result = network.client.probe(**request)
    assert (result.status, result.outcome) == ("error", "no_reply")
    assert "may be open and silent" in (result.error or "")
    result = network.client.probe(**request, expect_reply=True)
    assert (result.status, result.outcome, result.error) == ("fail", "no_reply", None)


def test_a_large_datagram_begins_with_the_token(network: t.Any) -> None:
    echo = Echo(network.server)
    result = network.client.probe(kind="udp", target=SERVER, port=echo.port, count=1, size=3000, token="c0ffee")
    assert (result.status, result.outcome) == ("pass", "reply")
    assert (len(echo.received[0]), echo.received[0][:3]) == (3000, b"\xc0\xff\xee")


def test_icmp_error_of_a_router(network: t.Any) -> None:
    network.router.ip("route replace prohibit 203.0.113.40/32")
    result = network.client.probe(kind="udp", target="203.0.113.40", port=53, count=1)
    assert (result.status, result.outcome) == ("fail", "unreachable")
    assert result.data["icmp_errors"][0]["code"] == 13


def test_no_route(namespace: t.Any) -> None:
    result = namespace("lonely").probe(kind="udp", target=SERVER, port=53, count=1)
    assert (result.status, result.outcome) == ("fail", "no_route")


def test_chosen_source_ports(network: t.Any) -> None:
    port = Echo(network.server).port
    result = network.client.probe(kind="udp", target=SERVER, port=port, count=2, interval=0, source_port=41000)
    assert [attempt.source_port for attempt in result.attempts] == [41000, 41001]
