# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to scripted HTTP servers in a real namespace. The network is described in conftest.py."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._http import host_header
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._types import Request

SERVER = "198.51.100.2"


class Server:
    """Answers every request with the same bytes. parts: sent one after the other with a pause; None: keep silent."""

    def __init__(self, namespace: t.Any, *parts: bytes | None, pause: float = 0.0) -> None:
        self.parts, self.pause = parts, pause
        self.requests: list[bytes] = []
        self.port: int = namespace.serve(self._open, self._loop).getsockname()[1]

    @staticmethod
    def _open() -> socket.socket:
        sock = socket.socket()
        sock.bind(("", 0))
        sock.listen(5)
        sock.settimeout(0.1)
        return sock

    def _loop(self, sock: socket.socket, stop: threading.Event) -> None:
        while not stop.is_set():
            with contextlib.suppress(OSError):
                peer = sock.accept()[0]
                with peer:
                    self.requests.append(peer.recv(65536))
                    self._answer(peer, stop)
        sock.close()

    def _answer(self, peer: socket.socket, stop: threading.Event) -> None:
        for part in self.parts:
            if part is None:
                stop.wait(5)
            else:
                peer.sendall(part)
                time.sleep(self.pause)


def get(network: t.Any, server: Server, **fields: t.Any) -> t.Any:
    return network.client.probe(**{"kind": "http", "target": SERVER, "port": server.port, **fields})


@pytest.mark.parametrize("status, passes", [(200, True), (204, True), (302, True), (404, False), (503, False)])
def test_status_decides(network: t.Any, status: int, passes: bool) -> None:
    server = Server(network.server, f"HTTP/1.1 {status} Some Reason\r\nContent-Length: 2\r\n\r\nok".encode())
    result = get(network, server, path="/healthz?x=1")
    assert result.status == ("pass" if passes else "fail")
    assert result.outcome == ("response" if passes else "error_status")
    assert result.data == {"status": status, "reason": "Some Reason", "body_sample": "ok"}
    assert server.requests[0].startswith(f"GET /healthz?x=1 HTTP/1.1\r\nHost: {SERVER}:{server.port}\r\n".encode())
    assert result.attempts[0].source_port is not None


def test_body_of_any_size_and_content_is_a_short_printable_sample(network: t.Any) -> None:
    server = Server(network.server, b"HTTP/1.0 200 OK\r\n\r\n" + b"\x00\x1b[31m\xff\xfe\n" + b"x" * 3000000)
    result = get(network, server)
    sample = result.data["body_sample"]
    assert sample.startswith("\\x00\\x1b[31m\\xff\\xfe\nxxx")
    assert len(sample) < 300


def test_answer_in_pieces(network: t.Any) -> None:
    server = Server(
        network.server, b"HT", b"TP/1.1 20", b"0 OK\r\nContent-", b"Length: 4\r\n\r", b"\nab", b"cd", None, pause=0.01
    )
    result = get(network, server, timeout=30)
    assert (result.outcome, result.data["body_sample"]) == ("response", "abcd")
    assert result.seconds < 20  # it did not wait for a connection that stays open


@pytest.mark.parametrize(
    "parts, outcome, detail",
    [
        ((b"SSH-2.0-OpenSSH_9.2\r\n",), "bad_response", "what came back is not HTTP"),
        ((), "no_response", "the connection was closed without an answer"),
        ((None,), "no_response", "connected, no answer"),
    ],
)
def test_what_is_not_an_answer(network: t.Any, parts: tuple[bytes | None, ...], outcome: str, detail: str) -> None:
    result = get(network, Server(network.server, *parts), timeout=0.2)
    assert (result.status, result.outcome, result.attempts[0].detail) == ("fail", outcome, detail)


def test_trickling_answer_ends_at_the_timeout(network: t.Any) -> None:
    server = Server(network.server, *[b"x"] * 100, pause=0.05)
    assert get(network, server, timeout=0.3).seconds < 10


def test_header_without_end_is_not_read_for_ever(network: t.Any) -> None:
    result = get(network, Server(network.server, b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100000), timeout=30)
    assert result.outcome == "response"
    assert result.seconds < 10


@pytest.mark.parametrize("then", [(), (None,)])
def test_an_answer_that_stops_before_its_end(network: t.Any, then: tuple[None, ...]) -> None:
    server = Server(network.server, b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n" + b"x" * 1000, *then)
    result = get(network, server, timeout=1.5)
    assert (result.status, result.outcome, result.data["missing"]) == ("pass", "response", 89000)


def test_an_answer_that_goes_on_coming_is_no_less(network: t.Any) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n"
    result = get(network, Server(network.server, head, *[b"x" * 300] * 60, pause=0.05), timeout=1.5)
    assert (result.outcome, "missing" in result.data) == ("response", False)


def test_refused(network: t.Any) -> None:
    result = network.client.probe(kind="http", target=SERVER, port=1)
    assert (result.status, result.outcome) == ("fail", "refused")


@pytest.mark.parametrize(
    "target, port, host",
    [
        ("web.example", 80, "web.example"),
        ("web.example", 8080, "web.example:8080"),
        ("2001:db8::1", 80, "[2001:db8::1]"),
    ],
)
def test_host_header(target: str, port: int, host: str) -> None:
    assert host_header(Request("", "http", target=target, port=port)) == host
