# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP server and the UDP echo of a target, and clients that mean them harm."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
import time
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net import _server, _udp_echo
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._server import (
    HttpServer,
    Limits,
    Request,
    Response,
    listen,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._udp_echo import UdpEcho
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._agent.scripted_peers import (
    has_ipv6,
    left_open,
    open_files,
)

PATIENCE = 10.0  # so long that a machine that is busy does not count
LIMITS = Limits(connections=20, seconds=0.4, head=1000, body=50)


async def echo_request(request: Request) -> Response:
    if request.path == "/breaks":
        raise RuntimeError("it is broken")
    if request.path == "/slow":
        await asyncio.sleep(0.6)
    if request.path == "/large":
        return Response(200, b"x" * 20_000_000)
    said = {
        "method": request.method,
        "path": request.path,
        "body": request.body.decode(),
        "local": request.local,
        "peer": request.peer,
    }
    return Response(200, json.dumps(said).encode())


class Client(t.NamedTuple):
    server: HttpServer
    port: int

    async def connect(self, host: str = "127.0.0.1") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(host, self.port)

    async def ask(self, *parts: bytes, pause: float = 0.0, host: str = "127.0.0.1", eof: bool = False) -> bytes:
        """Everything that comes back until the server hangs up."""
        reader, writer = await self.connect(host)
        try:
            with contextlib.suppress(ConnectionError):
                for part in parts:
                    writer.write(part)
                    await writer.drain()
                    await asyncio.sleep(pause)
                if eof:
                    writer.write_eof()
            with contextlib.suppress(ConnectionError):
                return await asyncio.wait_for(reader.read(), 3)
            return b"reset"
        finally:
            writer.close()


def with_server(scenario: t.Callable[[Client], t.Awaitable[None]], limits: Limits = LIMITS) -> None:
    async def run() -> None:
        server = HttpServer(echo_request, limits)
        sock = listen(0)
        server.start(sock)
        await scenario(Client(server, sock.getsockname()[1]))
        await server.stop()
        assert len(server) == 0
        assert len(asyncio.all_tasks()) == 1

    before = open_files()
    asyncio.run(run())
    assert not left_open(before)


def answer(raw: bytes) -> tuple[int, dict[str, str], bytes]:
    head, _separator, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return int(first.split()[1]), {key.lower(): value for key, value in (line.split(": ", 1) for line in lines)}, body


def test_a_request_is_answered_and_the_connection_closed() -> None:
    async def scenario(client: Client) -> None:
        status, headers, body = answer(await client.ask(b"GET /any/path?x=1 HTTP/1.1\r\nHost: x\r\n\r\n"))
        assert status == 200
        assert headers == {"content-type": "application/json", "content-length": str(len(body)), "connection": "close"}
        assert json.loads(body) == {
            "method": "GET",
            "path": "/any/path?x=1",
            "body": "",
            "local": "127.0.0.1",
            "peer": "127.0.0.1",
        }
        status, headers, body = answer(await client.ask(b"HEAD / HTTP/1.0\r\n\r\n"))
        assert (status, body) == (200, b"")
        assert int(headers["content-length"]) > 50
        if has_ipv6():
            assert json.loads(answer(await client.ask(b"GET / HTTP/1.1\r\n\r\n", host="::1"))[2])["peer"] == "::1"

    with_server(scenario)


def test_requests_in_pieces_with_a_body_and_from_clients_that_stop_sending() -> None:
    async def scenario(client: Client) -> None:
        parts = [b"POST / HT", b"TP/1.1\r\ncontent-LENGTH: 5\r\n", b"\r\nab", b"cdefgh"]
        assert json.loads(answer(await client.ask(*parts, pause=0.02))[2])["body"] == "abcde"
        assert json.loads(answer(await client.ask(b"GET /slow HTTP/1.1\r\n\r\n", eof=True))[2])["path"] == "/slow"

    with_server(scenario)


@pytest.mark.parametrize(
    "sent, status, text",
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n", 400, "This is no HTTP/1.1 request"),
        (b"GET  / HTTP/1.1\r\n\r\n", 400, "This is no HTTP/1.1 request"),
        (b"GET / HTTP/2.0\r\n\r\n", 400, "This is no HTTP/1.1 request"),
        (b"GET /\x00 HTTP/1.1\r\n\r\n", 400, "This is no HTTP/1.1 request"),
        (b"\x00" * 1001, 400, "This is no HTTP/1.1 request"),
        (b"GET /" + b"x" * 990 + b" HTTP/1.1\r\n", 431, "The header is longer than 1000 bytes"),
        (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 200, 431, "The header is longer than 1000 bytes"),
        (b"DELETE / HTTP/1.1\r\n\r\n", 405, "DELETE is not possible here"),
        (b"POST / HTTP/1.1\r\nContent-Length: 51\r\n\r\n", 413, "The body is longer than 50 bytes"),
        (b"POST / HTTP/1.1\r\nContent-Length: 999999999999999999\r\n\r\n", 413, "The body is longer than 50 bytes"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411, "A body needs Content-Length"),
        (b"GET /breaks HTTP/1.1\r\n\r\n", 500, "Cannot answer: it is broken"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n", 408, "The request is not whole after 0.4 s"),
    ],
)
def test_what_cannot_be_answered(sent: bytes, status: int, text: str) -> None:
    async def scenario(client: Client) -> None:
        raw = await client.ask(sent)
        if raw != b"reset":  # there may have been more to come
            assert (answer(raw)[0], answer(raw)[2]) == (status, f"{text}\n".encode())
        assert answer(await client.ask(b"GET / HTTP/1.1\r\n\r\n"))[0] == 200, "the others are served"

    with_server(scenario)


def test_slow_clients_are_dropped_in_time() -> None:
    async def scenario(client: Client) -> None:
        async def drip() -> float:
            started = time.monotonic()
            await client.ask(*[b"G"] + [b"E"] * 100, pause=0.02)
            return time.monotonic() - started

        async def say_nothing() -> float:
            started = time.monotonic()
            assert await client.ask() in (b"", b"reset")
            return time.monotonic() - started

        for seconds in await asyncio.gather(
            *(drip() for _number in range(5)), *(say_nothing() for _number in range(5))
        ):
            assert seconds < 10
        assert len(client.server) == 0

    with_server(scenario)


def test_a_client_that_takes_no_answer_is_dropped_in_time() -> None:
    async def scenario(client: Client) -> None:
        sock = socket.create_connection(("127.0.0.1", client.port))
        sock.sendall(b"GET /large HTTP/1.1\r\n\r\n")
        await asyncio.sleep(0.2)
        assert len(client.server) == 1
        await asyncio.sleep(0.5)
        assert len(client.server) == 0
        sock.close()

    with_server(scenario)


def test_when_there_are_too_many_the_oldest_goes() -> None:
    async def scenario(client: Client) -> None:
        hostile = [await client.connect() for _number in range(60)]
        await asyncio.sleep(0.05)
        assert len(client.server) == 20
        for _number in range(50):
            started = time.monotonic()
            assert answer(await client.ask(b"GET / HTTP/1.1\r\n\r\n"))[0] == 200
            assert time.monotonic() - started < PATIENCE
        for _reader, writer in hostile:
            writer.close()

    with_server(scenario, Limits(connections=20, seconds=30.0))


def test_what_comes_after_the_request_is_not_read_for_ever() -> None:
    async def scenario(client: Client) -> None:
        reader, writer = await client.connect()
        writer.write(b"GET /slow HTTP/1.1\r\n\r\n" + b"x" * 50_000_000)
        await asyncio.sleep(0.3)
        assert writer.transport.get_write_buffer_size() > 10_000_000, "it was left with us"
        writer.transport.abort()
        with contextlib.suppress(ConnectionError):
            await reader.read()

    with_server(scenario)


def test_a_client_that_hangs_up_ends_its_request() -> None:
    async def scenario(client: Client) -> None:
        _reader, writer = await client.connect()
        writer.write(b"GET /slow HTTP/1.1\r\n\r\n")
        await asyncio.sleep(0.05)
        sock = t.cast(socket.socket, writer.get_extra_info("socket"))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("@ii", 1, 0))
        writer.transport.abort()
        await asyncio.sleep(0.1)
        assert len(client.server) == 0
        assert len(asyncio.all_tasks()) == 1

    with_server(scenario)


def test_stopping_does_not_wait_for_anybody() -> None:
    async def scenario(client: Client) -> None:
        await client.connect()
        _reader, writer = await client.connect()
        writer.write(b"GET /slow HTTP/1.1\r\n\r\n")
        await asyncio.sleep(0.05)
        started = time.monotonic()
        await client.server.stop()
        assert time.monotonic() - started < PATIENCE
        with pytest.raises(OSError):
            await client.connect()

    with_server(scenario)


def test_stopping_while_clients_connect() -> None:
    async def scenario(client: Client) -> None:
        for turns in range(4):
            server, sock = HttpServer(echo_request), listen(0)
            server.start(sock)
            clients = [socket.create_connection(("127.0.0.1", sock.getsockname()[1]), 3) for _number in range(5)]
            for _turn in range(turns):
                await asyncio.sleep(0)
            await server.stop()
            assert len(server) == 0
            for one in clients:
                with contextlib.suppress(ConnectionResetError):
                    assert one.recv(1) == b""
                one.close()

    with_server(scenario)


def test_no_more_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients wait, and are served as soon as there are some again."""
    monkeypatch.setattr(_server, "_PAUSE_SECONDS", 0.1)
    refused = []

    class Short(socket.socket):
        def accept(self) -> t.Any:
            if len(refused) < 2:
                refused.append(1)
                raise OSError(24, "Too many open files")
            return super().accept()

    async def scenario(client: Client) -> None:
        server = HttpServer(echo_request)
        with listen(0) as plain:
            server.start(Short(plain.family, plain.type, plain.proto, plain.detach()))
        assert server._listener is not None
        port = server._listener.getsockname()[1]
        assert answer(await Client(server, port).ask(b"GET / HTTP/1.1\r\n\r\n"))[0] == 200
        assert len(refused) == 2
        await server.stop()

    with_server(scenario)


def test_a_kernel_without_ipv6(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.socket

    def without_ipv6(family: int, *more: t.Any) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(97, "Address family not supported by protocol")
        return real(family, *more)

    monkeypatch.setattr(socket, "socket", without_ipv6)
    with listen(0) as sock:
        assert sock.getsockname()[0] == "0.0.0.0"


def test_a_port_that_is_taken() -> None:
    with listen(0) as sock, pytest.raises(OSError, match="in use"):
        listen(sock.getsockname()[1])


# -- UDP ---------------------------------------------------------------------------------------------------------
class Echo:
    """An echo in the background of a test."""

    def __init__(self, clock: t.Callable[[], float] = time.monotonic, address: str = "") -> None:
        self.sock = listen(0, socket.SOCK_DGRAM, address)
        self.port = self.sock.getsockname()[1]
        self.echo = UdpEcho(self.sock, clock)

    async def ask(self, data: bytes, client: socket.socket | None = None, host: str = "127.0.0.1") -> bytes | None:
        """The answer, None when there is none."""
        with client or socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            sock.sendto(data, (host, self.port))
            try:
                return await asyncio.wait_for(asyncio.get_running_loop().sock_recv(sock, 65535), 0.3)
            except asyncio.TimeoutError:
                return None


def test_datagrams_come_back_and_are_never_larger() -> None:
    async def scenario() -> None:
        echo = Echo()
        for data in (b"token", b"", b"x" * 1500):
            assert await echo.ask(data) == data
        assert await echo.ask(b"x" * 9000) == b"x" * 1500
        if has_ipv6():
            assert await echo.ask(b"six", host="::1") == b"six"
        echo.echo.close()

    asyncio.run(scenario())


def test_no_ping_pong_between_two_echoes() -> None:
    async def scenario() -> None:
        echo = Echo(address="127.0.0.1")
        forged = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        forged.bind(("127.0.0.9", echo.port))  # as another target's
        assert await echo.ask(b"x", forged) is None
        try:
            low = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            low.bind(("127.0.0.9", 7))
        except OSError:  # not permitted, or taken
            low.close()
        else:
            assert await echo.ask(b"x", low) is None
        assert await echo.ask(b"x") == b"x"
        echo.echo.close()

    asyncio.run(scenario())


def test_only_so_many_replies_in_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_udp_echo, "REPLIES_PER_SECOND", 3)
    clock = [100.5]

    async def scenario() -> None:
        echo = Echo(lambda: clock[0])
        assert [await echo.ask(b"x") for _number in range(4)] == [b"x", b"x", b"x", None]
        clock[0] = 101.0
        assert await echo.ask(b"x") == b"x"
        echo.echo.close()

    asyncio.run(scenario())


def test_a_flood_does_not_stop_the_loop() -> None:
    async def scenario() -> None:
        echo = Echo()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.connect(("127.0.0.1", echo.port))
            sock.setblocking(False)
            for _number in range(5000):
                with contextlib.suppress(OSError):
                    sock.send(b"x" * 100)
        started = time.monotonic()
        await asyncio.sleep(0.01)
        assert time.monotonic() - started < PATIENCE
        echo.echo.close()

    asyncio.run(scenario())
