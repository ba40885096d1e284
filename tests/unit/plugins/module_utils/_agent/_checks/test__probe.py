# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Probes of real sockets on the loopback addresses, most of which misbehave."""

from __future__ import annotations

import asyncio
import pathlib
import shutil
import socket
import ssl
import subprocess
import sys
import textwrap
import time
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._probe import ProbeOptions, probe
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._result import ProbeResult
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._identity import Expectation, identity_body
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._resolver import Resolver
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._tls import BadCertificate, client_context
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._agent.scripted_peers import (
    Nameserver,
    Peer,
    closed_port,
    drips,
    hang_up,
    has_ipv6,
    left_open,
    open_files,
    reply,
    reset,
    says,
    silent,
    unanswering,
    until_closed,
)
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.api_server import (
    make_certificates,
    server_context,
)

OURS = identity_body("ns", "target-a", "uid-a", "node-1", "127.0.0.1", "127.0.0.1")
THE_POD = Expectation("target-a", "uid-a", "node-1")
SHORT = 0.3
PATIENCE = 10.0  # so long that a machine that is busy does not count


def run(endpoint: str, resolver: Resolver | None = None, **options: t.Any) -> ProbeResult:
    return asyncio.run(probe(endpoint, ProbeOptions(**{"timeout": 2.0, **options}), resolver or Resolver()))


def failed(result: ProbeResult, step: str) -> str:
    """The error of the only step that failed."""
    errors = {
        name: one.error
        for name in ("dns", "tcp", "tls", "http")
        for one in [getattr(result, name)]
        if one and one.error
    }
    assert list(errors) == [step], errors
    assert not result.ok
    return errors[step]


# -- TCP ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_a_listener_is_reached_and_left_with_a_proper_end(family: int) -> None:
    if family == socket.AF_INET6 and not has_ipv6():
        pytest.skip("this machine has no IPv6")
    with Peer(until_closed, family) as peer:
        result = run(peer.endpoint)
    assert result.ok
    assert result.tcp is not None
    assert (result.dns, result.tls, result.http) == (None, None, None)
    assert 0 <= result.tcp.offset < PATIENCE
    assert 0 < result.tcp.seconds < PATIENCE
    assert result.started.wall.utcoffset() is not None
    assert peer.ends == ["end"], "no reset"


def test_nobody_listens() -> None:
    port = closed_port()
    assert failed(run(f"127.0.0.1:{port}"), "tcp") == f"dial tcp 127.0.0.1:{port}: connect: connection refused"
    if has_ipv6():
        port = closed_port(socket.AF_INET6)
        assert failed(run(f"[::1]:{port}"), "tcp") == f"dial tcp [::1]:{port}: connect: connection refused"


def test_no_answer_to_a_connection() -> None:
    with unanswering() as port:
        started = time.monotonic()
        result = run(f"127.0.0.1:{port}", timeout=SHORT)
        assert failed(result, "tcp") == f"dial tcp 127.0.0.1:{port}: i/o timeout"
        assert result.tcp is not None
        assert SHORT <= result.tcp.seconds <= time.monotonic() - started < SHORT + PATIENCE


def test_no_network() -> None:
    """In a network namespace of its own that has nothing, not even a loopback device that is up."""
    if (
        shutil.which("unshare") is None
        or subprocess.run(["unshare", "-n", "true"], check=False, capture_output=True).returncode
    ):
        pytest.skip("no network namespace can be made here")
    script = textwrap.dedent("""\
        import asyncio
        from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._probe import (
            ProbeOptions,
            probe,
        )
        from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._resolver import Resolver
        for endpoint in ("192.0.2.1:80", "[fe80::1%nothing]:80"):
            print(asyncio.run(probe(endpoint, ProbeOptions(), Resolver())).tcp.error)
        """)
    done = subprocess.run(["unshare", "-n", sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == [
        "dial tcp 192.0.2.1:80: connect: network is unreachable",
        "dial tcp [fe80::1%nothing]:80: connect: no interface with this name",
    ]


@pytest.mark.parametrize("endpoint", ["fd00::1:80", "https://x:443", "foo:", "host:99999"])
def test_what_cannot_be_dialled_is_a_failure_with_a_time(endpoint: str) -> None:
    result = run(endpoint)
    assert failed(result, "tcp").startswith(f"dial tcp: address {endpoint}: ")
    assert result.started.wall.year > 2000
    assert (result.host, result.dns) == (endpoint, None)


def test_a_socket_is_not_to_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(*_arguments: t.Any) -> t.NoReturn:
        raise OSError(24, "Too many open files")

    async def without_sockets() -> ProbeResult:
        await probe("127.0.0.1:0", ProbeOptions(), Resolver())
        with monkeypatch.context() as patched:
            patched.setattr(socket, "socket", none_left)
            return await probe("127.0.0.1:1", ProbeOptions(), Resolver())

    assert failed(asyncio.run(without_sockets()), "tcp") == "dial tcp 127.0.0.1:1: socket: too many open files"


# -- names -------------------------------------------------------------------------------------------------------
@pytest.fixture(name="resolver")
def own_resolver(tmp_path: pathlib.Path) -> t.Iterator[t.Callable[..., Resolver]]:
    (tmp_path / "resolv.conf").write_text("nameserver 127.0.0.1\n")
    servers: list[Nameserver] = []

    def make(records: dict[tuple[str, str], t.Sequence[str]], **more: t.Any) -> Resolver:
        servers.append(Nameserver(records, **more))
        return Resolver(str(tmp_path / "resolv.conf"), str(tmp_path / "none"), servers[0].port)

    yield make
    for server in servers:
        server.__exit__()


def test_lookup_and_connection_are_timed_apart(resolver: t.Callable[..., Resolver]) -> None:
    names = resolver({("web.example", "A"): ["127.0.0.1"]})
    with Peer(until_closed) as peer:
        result = run(f"web.example:{peer.port}", names)
    assert result.ok
    assert result.host == "web.example"
    assert result.dns is not None and result.tcp is not None
    assert result.dns.seconds > 0
    assert result.tcp.offset >= result.dns.offset + result.dns.seconds


def test_a_name_that_does_not_exist(resolver: t.Callable[..., Resolver]) -> None:
    result = run("nobody.example:80", resolver({}))
    assert failed(result, "dns").startswith("lookup nobody.example on 127.0.0.1:")
    assert failed(result, "dns").endswith(": no such host")
    assert result.tcp is None


def test_the_timeout_is_for_lookup_and_connection_together(resolver: t.Callable[..., Resolver]) -> None:
    with unanswering() as port:
        names = resolver({("slow.example", "A"): ["127.0.0.1"]}, silent_names=["slow.example"])
        started = time.monotonic()
        assert failed(run(f"slow.example:{port}", names, timeout=SHORT), "dns").endswith(": i/o timeout")
        assert time.monotonic() - started < SHORT + PATIENCE


def test_every_address_of_a_name_gets_its_chance(resolver: t.Callable[..., Resolver]) -> None:
    with Peer(until_closed) as peer:
        names = resolver({("web.example", "A"): ["127.0.0.2", "127.0.0.3", "127.0.0.1"]})
        result = run(f"web.example:{peer.port}", names)
    assert result.ok
    port = closed_port()
    error = failed(run(f"web.example:{port}", names), "tcp")
    assert error == f"dial tcp 127.0.0.2:{port}: connect: connection refused", "the first one's"


def test_the_other_family_does_not_wait_for_the_first_ones_timeout(resolver: t.Callable[..., Resolver]) -> None:
    if not has_ipv6():
        pytest.skip("this machine has no IPv6")
    names = resolver({("web.example", "A"): ["127.0.0.1"], ("web.example", "AAAA"): ["::1"]})
    with unanswering() as port, socket.create_server(("::1", port), family=socket.AF_INET6):
        assert run(f"web.example:{port}", names).ok
    before = open_files()
    with Peer(until_closed) as peer:
        result = run(f"web.example:{peer.port}", names)
    assert not left_open(before)
    assert result.ok
    port = closed_port()
    assert failed(run(f"web.example:{port}", names), "tcp") == f"dial tcp [::1]:{port}: connect: connection refused"


# -- HTTP --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "wanted", [THE_POD, Expectation(), Expectation(node="node-1"), Expectation.parse('{"uid": "uid-a"}')]
)
@pytest.mark.parametrize(
    "parts",
    [
        [reply(OURS)],
        [reply(OURS, "200 OK", "Connection: close")],
        [reply(OURS)[:10], reply(OURS)[10:30], reply(OURS)[30:]],
        [b"HTTP/1.0 200\r\nServer: x\r\n\r\n" + OURS],
        [
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n"
            + OURS[:5]
            + b"\r\n%x;a=b\r\n" % len(OURS[5:])
            + OURS[5:]
            + b"\r\n0\r\n\r\n"
        ],
    ],
)
def test_the_target_answers(wanted: Expectation, parts: list[bytes]) -> None:
    with Peer(says(*parts, pause=0.01)) as peer:
        result = run(peer.endpoint, http=wanted)
    assert result.ok, result
    assert result.http is not None and result.tcp is not None
    assert result.http.offset >= result.tcp.offset + result.tcp.seconds


def test_a_target_that_keeps_the_connection_open_has_answered() -> None:
    with Peer(says(reply(OURS), then_end=False)) as peer:
        assert run(peer.endpoint, http=THE_POD).ok


OTHER = identity_body("ns", "target-b", "uid-b", "node-2", "127.0.0.1", "127.0.0.1")
SOMEBODY = b"podnet.diagnostics/target"


@pytest.mark.parametrize(
    "script, problem",
    [
        (silent, "i/o timeout: connected, but no reply came"),
        (hang_up, "the peer closed the connection without a reply"),
        (reset, "connection reset by peer"),
        (says(b"SSH-2.0-OpenSSH_9.9\r\n", then_end=False), 'what came back is not HTTP: "SSH-2.0-OpenSSH_9.9\\r\\n"'),
        (says(b"\x15\x03\x01\x00\x02\x02\x46"), 'what came back is not HTTP: "\\x15\\x03\\x01\\x00\\x02\\x02F"'),
        (says(b"\xff" * 20000), 'what came back is not HTTP: "' + "\\xff" * 80 + '"...'),
        (says(b"HTTP/1.1 200 OK\r\nServ"), 'the header of the reply is cut off: "HTTP/1.1 200 OK\\r\\nServ"'),
        (
            says(b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 2000, then_end=False),
            'the header of the reply never ends: "HTTP/1.1 200 OK\\r\\n' + "a: b\\r\\n" * 10 + 'a: "...',
        ),
        (
            says(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"),
            'the body of the reply is cut off after 3 bytes: "abc"',
        ),
        (says(reply(b"x" * 4097)), 'the body of the reply is 4097 bytes long, more than 4096: "' + "x" * 80 + '"...'),
        (
            says(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 20000, then_end=False),
            'the body of the reply is longer than 4096 bytes: "' + "x" * 80 + '"...',
        ),
        (says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), 'the reply has a broken chunk: "zz"'),
        (
            says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nx\r\n"),
            'the body of the reply is cut off after 0 bytes: ""',
        ),
        (
            says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 5000, then_end=False),
            'the body of the reply is longer than 4096 bytes: "' + "x" * 80 + '"...',
        ),
        (says(reply(b"no", "503 Service Unavailable")), "HTTP status 503 Service Unavailable"),
        (says(reply(b"<html>\x1b[2J")), 'not a network-check target that answers: "<html>\\x1b[2J"'),
        (says(reply(b"[" * 4000)), 'not a network-check target that answers: "' + "[" * 80 + '"'),
        (says(reply(b"[]")), 'not a network-check target that answers: "[]"'),
        (
            says(reply(OTHER)),
            "wrong pod: pod target-b (uid uid-b) on node node-2 answers, not pod target-a (uid uid-a) on node node-1",
        ),
        (
            says(reply(OURS.replace(b"uid-a", b"uid-c"))),
            "wrong pod: pod target-a (uid uid-c) on node node-1 answers, not pod target-a (uid uid-a) on node node-1",
        ),
        (
            says(reply(b'{"program": "podnet.diagnostics/target"}')),
            "wrong pod: pod (unnamed) answers, not pod target-a (uid uid-a) on node node-1",
        ),
    ],
)
def test_what_answers_is_not_the_target(script: t.Any, problem: str) -> None:
    with Peer(script) as peer:
        result = run(peer.endpoint, http=THE_POD, timeout=SHORT)
        assert failed(result, "http") == f"GET http://{peer.endpoint}/: {problem}"


@pytest.mark.parametrize(
    "head, drop",
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{", b" "),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        (b"H", b""),
    ],
)
def test_a_reply_that_never_ends(head: bytes, drop: bytes) -> None:
    with Peer(drips(head, drop, 0.02)) as peer:
        started = time.monotonic()
        error = failed(run(peer.endpoint, http=THE_POD, timeout=SHORT), "http")
        assert time.monotonic() - started < SHORT + PATIENCE
    assert error.startswith(f"GET http://{peer.endpoint}/: i/o timeout: the reply never ended, ")
    assert 'bytes came: "H' in error


def test_an_expectation_that_cannot_be_read() -> None:
    for text in ("", "[]", '{"pod": 1}', "{"):
        with pytest.raises(ValueError, match="no JSON object of pod, uid and node"):
            Expectation.parse(text)


# -- TLS ---------------------------------------------------------------------------------------------------------
@pytest.fixture(name="certificates", scope="module")
def made_certificates(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    if not shutil.which("openssl"):
        pytest.skip("this machine has no openssl command")
    folder = tmp_path_factory.mktemp("certificates")
    make_certificates(folder)
    return folder


@pytest.fixture(name="versions", params=[ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def tls_versions(request: pytest.FixtureRequest) -> ssl.TLSVersion:
    return t.cast(ssl.TLSVersion, request.param)


def server(certificates: pathlib.Path, version: ssl.TLSVersion, ask_client: bool = False) -> ssl.SSLContext:
    context = server_context(certificates, ask_client)
    context.maximum_version = version
    return context


def test_a_handshake_without_verification(certificates: pathlib.Path, versions: ssl.TLSVersion) -> None:
    with Peer(until_closed, tls=server(certificates, versions)) as peer:
        result = run(peer.endpoint, tls=client_context())
    assert result.ok
    assert result.tls is not None and result.tcp is not None
    assert result.tls.offset >= result.tcp.offset + result.tcp.seconds
    assert peer.ends == ["end"], "no reset"


def test_a_client_certificate(certificates: pathlib.Path, versions: ssl.TLSVersion) -> None:
    context = client_context((certificates / "client.crt").read_bytes(), (certificates / "client.key").read_bytes())
    with Peer(until_closed, tls=server(certificates, versions, True)) as peer:
        assert run(peer.endpoint, tls=context).ok
        error = failed(run(peer.endpoint, tls=client_context()), "tls")
    # What the server's alert says depends on the protocol's version.
    assert error in (
        f"tls {peer.endpoint}: handshake failure: tlsv13 alert certificate required",
        f"tls {peer.endpoint}: handshake failure: sslv3 alert handshake failure",
        f"tls {peer.endpoint}: handshake failure: ssl/tls alert handshake failure",
    )


def test_a_client_certificate_that_is_none(certificates: pathlib.Path) -> None:
    before = open_files()
    certificate, other_key = (certificates / "client.crt").read_bytes(), (certificates / "server.key").read_bytes()
    for pair, reason in (
        ((b"x", b"y"), "Cannot use the client certificate: "),
        ((certificate, other_key), "key values mismatch"),
        ((certificate, b""), "Cannot use the client certificate: "),
    ):
        with pytest.raises(BadCertificate, match=reason):
            client_context(*pair)
    assert not left_open(before)


def test_http_over_tls(certificates: pathlib.Path, versions: ssl.TLSVersion) -> None:
    with Peer(says(reply(OURS)), tls=server(certificates, versions)) as peer:
        assert run(peer.endpoint, tls=client_context(), http=THE_POD).ok
    with Peer(says(reply(OTHER)), tls=server(certificates, versions)) as peer:
        assert failed(run(peer.endpoint, tls=client_context(), http=THE_POD), "http").startswith(
            f"GET https://{peer.endpoint}/: wrong pod"
        )


@pytest.mark.parametrize(
    "script, problem",
    [
        (silent, "handshake timeout: nothing came back for 0.3"),
        (hang_up, "handshake failure: the peer closed the connection"),
        (reset, "handshake failure: connection reset by peer"),
        (says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "handshake failure: the peer does not speak TLS: "),
        (drips(b"\x16\x03\x03\x40\x00", b"\x00", 0.02), "handshake timeout: "),
    ],
)
def test_no_handshake(script: t.Any, problem: str) -> None:
    with Peer(script) as peer:
        started = time.monotonic()
        result = run(peer.endpoint, tls=client_context(), http=THE_POD, timeout=SHORT)
        assert failed(result, "tls").startswith(f"tls {peer.endpoint}: {problem}")
        assert result.tcp is not None and not result.tcp.error
        assert time.monotonic() - started < SHORT + PATIENCE


# -- many --------------------------------------------------------------------------------------------------------
def test_nothing_is_left_of_hundreds_of_hopeless_probes() -> None:
    async def hundreds(endpoints: t.Sequence[str]) -> list[ProbeResult]:
        resolver = Resolver()
        options = ProbeOptions(timeout=SHORT, http=THE_POD)
        results = await asyncio.gather(*(probe(endpoint, options, resolver) for endpoint in endpoints * 50))
        cancelled = [asyncio.ensure_future(probe(endpoint, options, resolver)) for endpoint in endpoints * 10]
        await asyncio.sleep(0.05)
        for task in cancelled:
            task.cancel()
        await asyncio.gather(*cancelled, return_exceptions=True)
        assert len(asyncio.all_tasks()) == 1
        return list(results)

    before = open_files()
    with Peer(silent) as mute, Peer(hang_up) as rude, unanswering() as port:
        opened = open_files()
        results = asyncio.run(
            hundreds([mute.endpoint, rude.endpoint, f"127.0.0.1:{port}", f"127.0.0.1:{closed_port()}"])
        )
        ours = [name for name in open_files() if name not in opened and not name.startswith("socket:")]
        assert not any(result.ok for result in results)
        assert ours == []
    assert not left_open(before)


def test_more_probes_at_a_time_than_a_runtime_allows_files() -> None:
    """A program that is started with the usual limit of 1024, in a process of its own."""
    script = textwrap.dedent("""\
        import asyncio, resource, sys
        from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._probe import (
            ProbeOptions,
            probe,
        )
        from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._resolver import Resolver

        async def many():
            resolver, options = Resolver(), ProbeOptions(0.5)
            return await asyncio.gather(*(probe(sys.argv[1], options, resolver) for number in range(1500)))

        resource.setrlimit(resource.RLIMIT_NOFILE, (200, 4096))
        print({result.tcp.error for result in asyncio.run(many())})
        """)
    with unanswering() as port:
        endpoint = f"127.0.0.1:{port}"
        done = subprocess.run([sys.executable, "-c", script, endpoint], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == f"{{'dial tcp {endpoint}: i/o timeout'}}"
