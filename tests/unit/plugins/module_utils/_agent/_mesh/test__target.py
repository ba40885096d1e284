# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole target program, asked as the world, the command and a kubelet ask it."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import io
import json
import pathlib
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._probe import ProbeOptions, probe
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._config import Config, Identity, MeshConfig
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._mesh._control import run_health
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._mesh._health import MeshProber
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._mesh._target import Target
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._identity import Expectation
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._resolver import Resolver
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._agent.scripted_peers import (
    closed_port,
    has_ipv6,
    left_open,
    open_files,
)

ME = Identity("target-1", "ns", "uid-1", "node-1", "127.0.0.1", "127.0.0.1")
PATIENCE = 10.0  # so long that a machine that is busy does not count
QUIET = Config(mesh=MeshConfig(enabled=False, timeout=0.5, host_scheme="http", host_port=1))


class Running(t.NamedTuple):
    port: int
    control: int


@contextlib.contextmanager
def target(folder: pathlib.Path, config: Config = QUIET, me: Identity = ME) -> t.Iterator[Running]:
    """A target in a thread of its own, on every address of this machine's loopback device."""
    program = Target(config, me, str(folder / "peers.json"), (0, 0))
    ports: list[Running] = []
    loops: list[asyncio.AbstractEventLoop] = []
    open_now = threading.Event()
    status: list[int] = []

    def ready(port: int, control: int) -> None:
        loops.append(asyncio.get_running_loop())
        ports.append(Running(port, control))
        open_now.set()

    thread = threading.Thread(target=lambda: status.append(asyncio.run(program.run(ready))))
    thread.start()
    assert open_now.wait(5)
    try:
        yield ports[0]
    finally:
        assert program.stopping is not None
        started = time.monotonic()
        loops[0].call_soon_threadsafe(program.stopping.set)
        thread.join(5)
        assert not thread.is_alive()
        assert time.monotonic() - started < PATIENCE
        assert status == [0]


def ask(
    port: int, host: str = "127.0.0.1", method: str = "GET", path: str = "/", body: str | None = None
) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request(method, path, body)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def test_it_says_who_it_is_and_who_asks(tmp_path: pathlib.Path) -> None:
    with target(tmp_path) as running:
        for path in ("/", "/healthz", "/any?thing=1"):
            status, body = ask(running.port, path=path)
            assert (status, json.loads(body)) == (
                200,
                {
                    "program": "podnet.diagnostics/target",
                    "namespace": "ns",
                    "pod": "target-1",
                    "uid": "uid-1",
                    "node": "node-1",
                    "address": "127.0.0.1",
                    "client": "127.0.0.1",
                },
            )
        assert len(body) < 1000
        assert ask(running.port, method="POST", body="")[0] == 405
        if has_ipv6():
            assert json.loads(ask(running.port, "::1")[1])["address"] == "::1"
        options = ProbeOptions(2.0, None, Expectation("target-1", "uid-1", "node-1"))
        assert asyncio.run(probe(f"127.0.0.1:{running.port}", options, Resolver())).ok
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(3)
            sock.sendto(b"token", ("127.0.0.1", running.port))
            assert sock.recv(100) == b"token"


def test_names_as_long_as_they_may_be_fit(tmp_path: pathlib.Path) -> None:
    me = Identity("p" * 253, "n" * 63, "u" * 36, "x" * 253)
    with target(tmp_path, me=me) as running:
        assert len(ask(running.port)[1]) < 1000


def test_the_control_port_is_on_the_loopback_address_only(tmp_path: pathlib.Path) -> None:
    with target(tmp_path) as running:
        with pytest.raises(ConnectionRefusedError):
            ask(running.control, "127.0.0.2", path="/report")
        assert ask(running.control, path="/report")[0] == 200
        assert ask(running.control, path="/other")[0] == 404
        assert ask(running.port, path="/report")[1] == ask(running.port)[1], "nothing of it on the port for everybody"


def test_hostile_clients_harm_nobody(tmp_path: pathlib.Path) -> None:
    """Hundreds of connections that stay silent, drip, or send garbage; meanwhile every honest probe is answered in
    time.
    """

    async def scenario(running: Running) -> None:
        hostile = []
        for number in range(400):
            _reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
            with contextlib.suppress(ConnectionError):
                writer.write(
                    (b"", b"GET / HT", b"\x16\x03\x01" * 50, b"GET / HTTP/1.1\r\nX: " + b"y" * 7000)[number % 4]
                )
                await writer.drain()
            hostile.append(writer)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            for _number in range(2000):
                sock.sendto(b"x" * 1000, ("127.0.0.1", running.port))
        options = ProbeOptions(2.0, None, Expectation("target-1", "uid-1", "node-1"))
        results = await asyncio.gather(
            *(probe(f"127.0.0.1:{running.port}", options, Resolver()) for _number in range(100))
        )
        assert [result for result in results if not result.ok] == []
        for writer in hostile:
            writer.transport.abort()

    before = open_files()
    with target(tmp_path) as running:
        asyncio.run(scenario(running))
        assert ask(running.control, path="/report")[0] == 200
    assert not left_open(before)


def test_a_port_that_is_taken_is_said(tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        before = open_files()
        assert asyncio.run(Target(QUIET, ME, "", (0, taken.getsockname()[1])).run()) == 1
        assert not left_open(before)
    assert "Cannot listen: [Errno 98] Address already in use" in caplog.text


def test_a_prober_that_breaks_ends_the_program(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Else nobody would notice: the kubelet starts it again."""

    async def breaks(_self: MeshProber) -> None:
        raise RuntimeError("it is broken")

    monkeypatch.setattr(MeshProber, "run", breaks)
    assert asyncio.run(asyncio.wait_for(Target(Config(), ME, str(tmp_path / "none"), (0, 0)).run(), 5)) == 1
    assert "The mesh prober has stopped: RuntimeError('it is broken')" in caplog.text


def test_a_signal_ends_it_within_a_second(tmp_path: pathlib.Path) -> None:
    """As the first process of a container, which hears only signals that it asks for; with connections open."""
    script = textwrap.dedent("""\
        import asyncio, sys
        from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._config import Config, Identity
        from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._mesh._target import Target
        me = Identity("target-1", "ns", "uid-1", "node-1", "127.0.0.1", "127.0.0.1")
        program = Target(Config(), me, "none", (0, 0))
        sys.exit(asyncio.run(program.run(lambda port, control: print(port, flush=True))))
        """)
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with socket.create_connection(("127.0.0.1", port)), socket.create_connection(("127.0.0.1", port)) as half:
            half.sendall(b"GET / HT")
            started = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(5) == 0
            assert time.monotonic() - started < PATIENCE
        assert process.stderr is not None
        assert process.stderr.read() == ""
    finally:
        process.kill()
        process.communicate()


# -- the command -------------------------------------------------------------------------------------------------
class Said(t.NamedTuple):
    status: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, t.Any]:
        assert self.status == 0, self.err
        assert (self.out.count("\n"), self.err) == (1, ""), "one line"
        return t.cast(dict[str, t.Any], json.loads(self.out))


@pytest.fixture(name="command")
def health_command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> t.Callable[..., Said]:
    def run(port: int, *argv: str, stdin: bytes = b"") -> Said:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        status = run_health(argv, port)
        return Said(status, *capsys.readouterr())

    return run


def peers(*entries: dict[str, t.Any]) -> bytes:
    return json.dumps({"schema": "podnet.diagnostics/peers/v1", "peers": entries}).encode()


def endpoint_of(report: dict[str, t.Any], node: str) -> dict[str, t.Any]:
    return t.cast(dict[str, t.Any], next(row for row in report["nodes"] if row["node"] == node)["endpoint"][0]["http"])


def test_last_results_and_fresh_ones(tmp_path: pathlib.Path, command: t.Callable[..., Said]) -> None:
    with target(tmp_path) as running:
        report = command(running.control).report
        assert (report["schema"], report["node"], report["known"]) == ("podnet.diagnostics/mesh/v1", "node-1", 1)
        assert endpoint_of(report, "node-1")["reason"] == "not_probed"
        report = command(running.control, "--probe", "--timeout", "5").report
        assert endpoint_of(report, "node-1")["reason"] == "ok"
        assert command(running.control).report["nodes"] == report["nodes"]
        assert command(running.control, "--recent").report["nodes"] == report["nodes"]


def test_exactly_the_peers_of_standard_input(tmp_path: pathlib.Path, command: t.Callable[..., Said]) -> None:
    with target(tmp_path) as running:
        wrong = {
            "node": "node-9",
            "host": [],
            "pod": "target-9",
            "uid": "uid-9",
            "endpoint": ["127.0.0.9"],
            "ready": True,
        }
        report = command(running.control, "--peers-stdin", stdin=peers(wrong)).report
        assert [row["node"] for row in report["nodes"]] == ["node-1", "node-9"]
        assert endpoint_of(report, "node-9")["reason"] == "wrong_pod"
        assert endpoint_of(report, "node-1")["reason"] == "not_probed"
        many = [
            {"node": f"n{number}", "host": [], "pod": "", "uid": "uid-1", "endpoint": ["127.0.0.1"]}
            for number in range(2000)
        ]
        report = command(running.control, "--probe", "--peers-stdin", "--timeout", "0.05", stdin=peers(*many)).report
        assert len(report["nodes"]) == 2001


@pytest.mark.parametrize(
    "argv, stdin, problem",
    [
        (["--what"], b"", "Cannot run health: unrecognized arguments: --what"),
        (["--timeout", "x"], b"", "Cannot run health: argument --timeout: invalid float value: 'x'"),
        (["--timeout", "0"], b"", "Cannot run health: --timeout is 0, not a number of seconds up to 600"),
        (["--timeout", "nan"], b"", "Cannot run health: --timeout is nan, not a number of seconds up to 600"),
        (["--peers-stdin"], b"", "Cannot use the peers on standard input: it is not JSON: "),
        (
            ["--peers-stdin"],
            b'{"schema": "x"}',
            "Cannot use the peers that were given: its schema is x, not podnet.diagnostics/peers/v1",
        ),
        (
            ["--peers-stdin"],
            b" " * (4 * 1024 * 1024 + 1),
            "Cannot use the peers on standard input: they are more than 4194304 bytes",
        ),
    ],
)
def test_a_command_that_makes_no_sense(
    tmp_path: pathlib.Path, command: t.Callable[..., Said], argv: list[str], stdin: bytes, problem: str
) -> None:
    with target(tmp_path) as running:
        said = command(running.control, *argv, stdin=stdin)
    assert (said.status, said.out) == (1, "")
    assert said.err.startswith(problem)
    assert said.err.count("\n") == 1


def test_nobody_to_ask(command: t.Callable[..., Said]) -> None:
    port = closed_port()
    said = command(port, "--probe")
    assert said == Said(1, "", f"Cannot ask the target program on 127.0.0.1:{port}: Connection refused\n")


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"timeout": "x", "peers": null}', '{"timeout": null, "peers": null}']
)
def test_the_control_port_hears_nonsense(tmp_path: pathlib.Path, body: str) -> None:
    with target(tmp_path) as running:
        assert ask(running.control, method="POST", path="/probe", body=body) == (
            400,
            b"Cannot probe: timeout and peers are wanted\n",
        )


def test_it_probes_by_itself_once_the_list_has_come(tmp_path: pathlib.Path, command: t.Callable[..., Said]) -> None:
    mesh = MeshConfig(interval=1.0, timeout=0.5, host_scheme="http", host_port=1)
    with target(tmp_path, Config(mesh=mesh)) as running:
        (tmp_path / "peers.json").write_bytes(
            peers(
                {"node": "node-1", "host": [], "pod": "target-1", "uid": "uid-1", "endpoint": ["127.0.0.1"]},
                {"node": "node-2", "host": [], "pod": "target-2", "uid": "uid-2", "endpoint": ["127.0.0.2"]},
            )
        )
        deadline = time.monotonic() + 10
        while True:
            report = command(running.control).report
            if report["partners"] == ["node-2"] and endpoint_of(report, "node-2")["reason"] == "wrong_pod":
                break
            assert time.monotonic() < deadline, report
            time.sleep(0.1)
        assert endpoint_of(report, "node-1")["reason"] == "ok"
