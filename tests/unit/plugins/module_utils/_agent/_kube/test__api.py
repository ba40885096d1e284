# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests of the small API client over real sockets: what servers do wrong, tokens that change, TLS."""

from __future__ import annotations

import asyncio
import pathlib
import shutil
import ssl
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._config import ConfigError
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube import _access, _api
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._access import Access, load_access
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._api import Api, segment
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._api_error import ApiError
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._agent.fake_api import (
    PODS,
    FakeApi,
    Reply,
    refusal,
    until,
)
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.api_server import (
    make_certificates,
    server_context,
)

Test = t.Callable[[FakeApi], t.Coroutine[t.Any, t.Any, None]]


def play(test: Test) -> None:
    async def run() -> None:
        server = FakeApi()
        await server.start()
        try:
            await asyncio.wait_for(test(server), 30)
        finally:
            await server.stop()

    asyncio.run(run())


async def failure(work: t.Awaitable[t.Any]) -> ApiError:
    with pytest.raises(ApiError) as caught:
        await work
    assert "\n" not in str(caught.value)
    return caught.value


async def scripted(*answers: bytes) -> tuple[asyncio.AbstractServer, Api]:
    """A server that gives one of these to each connection that asks something, then closes it."""
    left = list(answers)

    async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            if left:
                writer.write(left.pop(0))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()

    server = await asyncio.start_server(accepted, "127.0.0.1", 0)
    return server, Api(Access(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"))


async def answer_to(*answers: bytes) -> bytes:
    server, api = await scripted(*answers)
    try:
        return await api.request("GET", "/x")
    finally:
        server.close()


# -- answers -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("raw", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", b"{}"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1;x=y\r\n}\r\n0\r\nTrailer: 1\r\n\r\n",
            b"{}",
        ),
        (b"HTTP/1.1 200 OK\r\n\r\n{}", b"{}"),
        (b"HTTP/1.0 200\r\n\r\n{}", b"{}"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length:2\r\n\r\n{}", b"{}"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
    ],
)
def test_bodies_of_every_form_are_read(raw: bytes, body: bytes) -> None:
    assert asyncio.run(answer_to(raw)) == body


@pytest.mark.parametrize(
    ("raw", "kind", "text"),
    [
        (b"SSH-2.0-OpenSSH\r\n\r\n", "garbled", "does not speak HTTP/1.1"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", "unreachable", "closed the connection"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n{}", "garbled", "999999999999"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", "garbled", "-1"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}xx", "garbled", "garbled chunks"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "garbled", "gzip"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200000, "garbled", "without an end"),
        (b"", "unreachable", "closed the connection"),
        (b"HTTP/1.1 500 Oops\r\nContent-Length: 5\r\n\r\nno\nit", "server", "HTTP 500: no it"),
    ],
)
def test_what_is_no_answer_is_told(raw: bytes, kind: str, text: str) -> None:
    exc = asyncio.run(failure(answer_to(raw)))
    assert exc.kind == kind and text in str(exc), exc


def test_refusals_keep_the_servers_words() -> None:
    async def test(server: FakeApi) -> None:
        api = Api(Access(server.url))
        for status, kind, transient in (
            (403, "forbidden", False),
            (404, "missing", False),
            (409, "conflict", True),
            (410, "gone", False),
            (422, "invalid", False),
            (503, "busy", True),
        ):
            server.fail("GET", "/pods", refusal(status, "because"))
            exc = await failure(api.get(PODS))
            assert (exc.kind, exc.transient) == (kind, transient)
            assert str(exc) == f"Cannot GET {PODS}: HTTP {status}: because"
        server.fail("GET", "/pods", refusal(429, "too many", Retry_After="7"))
        assert (await failure(api.get(PODS))).pause == 7
        server.fail("GET", "/pods", Reply(200, [1]))
        assert (await failure(api.get(PODS))).kind == "garbled"

    play(test)


def test_nobody_there() -> None:
    async def test(server: FakeApi) -> None:
        await server.stop()
        exc = await failure(Api(Access(server.url)).get(PODS))
        assert exc.kind == "unreachable" and exc.away and "Connection refused" in str(exc)

    play(test)


def test_a_server_that_is_silent_is_left_in_time() -> None:
    async def test(server: FakeApi) -> None:
        server.hanging = True
        api = Api(Access(server.url))
        exc = await failure(api.request("GET", PODS, seconds=0.2))
        assert exc.kind == "timeout" and "0.2 s" in str(exc)
        server.hanging = False
        await api.get(PODS)

    play(test)


# -- connections ---------------------------------------------------------------------------------------------------
def test_connections_are_few_and_stay_open() -> None:
    async def test(server: FakeApi) -> None:
        api = Api(Access(server.url), connections=3)
        await asyncio.gather(*(api.get(PODS) for _number in range(50)))
        assert len(server.requests) == 50
        assert server.connections <= 3

    play(test)


def test_a_connection_that_was_closed_while_it_was_idle_is_replaced() -> None:
    async def test(server: FakeApi) -> None:
        api = Api(Access(server.url))
        await api.get(PODS)
        await server.stop()
        await server.start()
        await api.get(PODS)
        assert len(server.requests) == 2

    play(test)


def test_a_task_that_is_cancelled_spoils_no_connection() -> None:
    async def test(server: FakeApi) -> None:
        api = Api(Access(server.url), connections=1)
        await api.get(PODS)
        server.hanging = True
        task = asyncio.ensure_future(api.get(PODS))
        await until(lambda: len(server.requests) == 2, "the request is there")
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        server.hanging = False
        server.put(PODS, "a", {})
        assert (await api.get(f"{PODS}/a"))["metadata"]["name"] == "a"

    play(test)


# -- lists and streams ---------------------------------------------------------------------------------------------
def test_lists_come_in_chunks() -> None:
    async def test(server: FakeApi) -> None:
        for number in range(25):
            server.put(PODS, f"pod-{number:02}", {})
        names = []
        async for page in Api(Access(server.url)).pages(PODS, limit=10):
            names += [obj["metadata"]["name"] for obj in page.objects()]
        assert names == [f"pod-{number:02}" for number in range(25)]
        assert [request.query.get("continue") for request in server.requests] == [None, "10", "20"]

    play(test)


def test_lines_are_put_together_however_they_come() -> None:
    async def run() -> list[bytes]:
        server, api = await scripted(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding:"
            b" chunked\r\n\r\n3\r\none\r\n6\r\n\ntwo\nt\r\n6\r\nhree\n\n\r\n0\r\n\r\n"
        )
        try:
            return [line async for line in api.lines("/x", 5)]
        finally:
            server.close()

    assert asyncio.run(run()) == [b"", b"one", b"two", b"three", b""]


def test_a_silent_stream_ends() -> None:
    async def run() -> ApiError:
        server, api = await scripted()
        server.close()
        silent = FakeApi()
        await silent.start()
        silent.put(PODS, "a", {})
        api = Api(Access(silent.url))

        async def follow() -> None:
            async for _line in api.lines(f"{PODS}?watch=1&resourceVersion=100", 0.3):
                pass

        try:
            return await failure(follow())
        finally:
            await silent.stop()

    assert asyncio.run(run()).kind == "timeout"


# -- who we are ----------------------------------------------------------------------------------------------------
def test_a_token_that_is_replaced_is_used(tmp_path: pathlib.Path) -> None:
    """At once when the server refuses the old one, else soon."""
    file = tmp_path / "token"
    file.write_text("first\n")

    async def test(server: FakeApi) -> None:
        accepted = ["Bearer first"]
        server.rules.append(
            lambda request: None if request.headers.get("authorization") in accepted else refusal(401, "who?")
        )
        now = [100.0]
        api = Api(Access(server.url, str(file), clock=lambda: now[0]))
        await api.get(PODS)
        accepted[:] = ["Bearer second"]
        new = tmp_path / "new"
        new.write_text("second\n")
        new.replace(file)
        await api.get(PODS)
        assert [request.headers["authorization"] for request in server.requests] == [
            "Bearer first",
            "Bearer first",
            "Bearer second",
        ]
        accepted[:] = ["Bearer third", "Bearer second"]
        new.write_text("third of all\n")
        new.replace(file)
        accepted.append("Bearer third of all")
        await api.get(PODS)
        assert server.requests[-1].headers["authorization"] == "Bearer second"
        now[0] += _access.LOOK_SECONDS
        await api.get(PODS)
        assert server.requests[-1].headers["authorization"] == "Bearer third of all"
        file.unlink()
        now[0] += _access.LOOK_SECONDS
        await api.get(PODS)
        accepted.clear()
        exc = await failure(api.get(PODS))
        assert exc.kind == "unauthorized" and "third" not in str(exc)

    play(test)


def test_a_token_that_cannot_be_read_is_told(tmp_path: pathlib.Path) -> None:
    async def test(server: FakeApi) -> None:
        exc = await failure(Api(Access(server.url, str(tmp_path / "none"))).get(PODS))
        assert exc.kind == "unauthorized" and "No such file" in str(exc)

    play(test)


def test_tls_with_an_authority_and_a_client_certificate(tmp_path: pathlib.Path) -> None:
    if not shutil.which("openssl"):
        pytest.skip("this machine has no openssl command")
    make_certificates(tmp_path)
    seen = []

    async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(writer.get_extra_info("peercert"))
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        await writer.drain()
        writer.close()

    async def run() -> None:
        context = server_context(tmp_path)
        context.load_verify_locations(str(tmp_path / "ca.crt"))
        context.verify_mode = ssl.CERT_OPTIONAL
        server = await asyncio.start_server(accepted, "127.0.0.1", 0, ssl=context)
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        files = [str(tmp_path / name) for name in ("ca.crt", "client.crt", "client.key")]
        assert await Api(Access(url, "", *files)).get("/x") == {}
        assert seen[0]
        exc = await failure(Api(Access(url)).get("/x"))
        assert exc.kind == "tls" and "certificate" in str(exc).lower()
        exc = await failure(Api(Access(url, "", str(tmp_path / "none"))).get("/x"))
        assert exc.kind in ("tls", "unreachable") and "No such file" in str(exc)
        server.close()

    asyncio.run(run())


def test_where_the_api_server_is() -> None:
    inside = load_access({"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"})
    assert (inside.host, inside.port, inside.authority, inside.tls) == ("fd00::1", 443, "[fd00::1]:443", True)
    outside = load_access({"PODNET_API_URL": "https://api.example/base/"})
    assert (outside.authority, outside.prefix) == ("api.example:443", "/base")
    for environ in (
        {},
        {"PODNET_API_URL": "ftp://x"},
        {"PODNET_API_URL": "https://x:99999"},
        {"PODNET_API_URL": "nonsense"},
    ):
        with pytest.raises(ConfigError, match="Cannot find the API server"):
            load_access(environ)


def test_a_name_is_one_segment_of_a_path() -> None:
    assert segment("../a/b?c") == "..%2Fa%2Fb%3Fc"


def test_the_servers_clock_goes_on() -> None:
    clock = _api.ServerClock()
    assert clock.now() is None
    clock.heard("Sat, 21 Nov 2026 12:00:00 GMT")
    assert str(clock.now()).startswith("2026-11-21 12:00:00.")
    clock.heard("nonsense")
    assert clock.now() is None
