# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mesh prober, each test in a network of its own: nodes are addresses of 127.0.0.0/8."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import pathlib
import selectors
import shutil
import socket
import time
import types
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._config import Identity, MeshConfig
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._mesh import _health
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._mesh._health import MeshProber
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._mesh._mesh import partners
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._mesh._peer_list import PeersFile, parse_peers
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._identity import identity_body
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._server import (
    HttpServer,
    Request,
    Response,
    listen,
)
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._agent.own_network import in_own_network, ip
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._agent.scripted_peers import (
    Peer as Listener,
)
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._agent.scripted_peers import (
    closed_port,
    left_open,
    open_files,
    reply,
    says,
    silent,
    until_closed,
)
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.api_server import (
    make_certificates,
    server_context,
)

ME = Identity("target-1", "ns", "uid-1", "node-1", "127.0.0.1", "127.0.0.1")
SECONDS = 0.4
Json = dict[str, t.Any]


def entry(number: int, **more: t.Any) -> Json:
    return {
        "node": f"node-{number}",
        "host": ["127.0.0.1"],
        "pod": f"target-{number}",
        "uid": f"uid-{number}",
        "endpoint": [f"127.0.0.{number}"],
        "ready": True,
        **more,
    }


def write_peers(path: pathlib.Path, *entries: Json) -> None:
    new = path.with_suffix(".new")
    new.write_text(json.dumps({"schema": "podnet.diagnostics/peers/v1", "peers": entries}))
    new.rename(path)


class Cluster:
    """Targets at addresses, and a kubelet that wants credentials."""

    def __init__(self, folder: pathlib.Path, **mesh: t.Any) -> None:
        self.path = folder / "peers.json"
        self._mesh = {"interval": 30.0, "timeout": SECONDS, "host_scheme": "http", **mesh}
        self._servers: list[HttpServer] = []
        self.port = 0
        self.ahead = 0.0

    def wall(self) -> float:
        """The nodes' clock."""
        return time.time() + self.ahead

    async def serve(self, number: int, answers_as: int | None = None) -> HttpServer:
        """A target at 127.0.0.NUMBER."""
        who = answers_as or number

        async def answer(request: Request) -> Response:
            body = identity_body("ns", f"target-{who}", f"uid-{who}", f"node-{who}", request.local, request.peer)
            return Response(200, body)

        server = HttpServer(answer)
        sock = listen(self.port, socket.SOCK_STREAM, f"127.0.0.{number}")
        self.port = sock.getsockname()[1]
        server.start(sock)
        self._servers.append(server)
        return server

    def prober(self, **mesh: t.Any) -> MeshProber:
        config = MeshConfig(**{**self._mesh, **mesh})
        return MeshProber(ME, config, PeersFile(str(self.path), 0.0), self.wall, self.port)

    async def stop(self) -> None:
        for server in self._servers:
            await server.stop()


def run(scenario: t.Callable[[Cluster], t.Awaitable[None]], folder: pathlib.Path, **mesh: t.Any) -> None:
    async def whole() -> None:
        cluster = Cluster(folder, **mesh)
        try:
            await scenario(cluster)
        finally:
            await cluster.stop()
        assert len(asyncio.all_tasks()) == 1

    def in_network() -> None:
        with Listener(says(reply(b"Unauthorized", "401 Unauthorized"))) as kubelet:
            mesh.setdefault("host_port", kubelet.port)
            asyncio.run(whole())

    before = open_files()
    in_own_network(in_network)
    assert not left_open(before)


def row(report: Json, node: str) -> Json:
    return next(one for one in report["nodes"] if one["node"] == node)


def reasons(report: Json) -> dict[str, tuple[str, ...]]:
    """Node: reasons of host icmp, host http, endpoint icmp, endpoint http of the first addresses."""
    return {
        one["node"]: tuple(
            one[path][0][protocol]["reason"]
            for path in ("host", "endpoint")
            if one[path]
            for protocol in ("icmp", "http")
        )
        for one in report["nodes"]
    }


ALL_OK = ("ok",) * 4
NOTHING = ("not_probed",) * 4


def test_one_round_that_somebody_waits_for(tmp_path: pathlib.Path) -> None:
    async def scenario(cluster: Cluster) -> None:
        for number in (1, 2, 3):
            await cluster.serve(number)
        write_peers(cluster.path, entry(3), entry(1), entry(2, ready=False))
        prober = cluster.prober()
        assert reasons(prober.report()) == {"node-1": NOTHING, "node-3": NOTHING, "node-2": NOTHING}, "own node first"
        before = time.time()
        report = await prober.probe_now(5.0)
        assert time.time() - before < 4
        assert reasons(report) == {"node-1": ALL_OK, "node-3": ALL_OK, "node-2": ALL_OK}, "those that are not ready too"
        assert {key: report[key] for key in ("schema", "node", "pod", "interval", "known", "errors")} == {
            "schema": "podnet.diagnostics/mesh/v1",
            "node": "node-1",
            "pod": "target-1",
            "interval": 30.0,
            "known": 3,
            "errors": [],
        }
        assert report["epoch"] == int(before // 30) or report["epoch"] == int(time.time() // 30)
        assert sorted(report["partners"]) == ["node-2", "node-3"]
        seen = row(report, "node-2")["endpoint"][0]
        assert seen["ip"] == "127.0.0.2"
        for protocol in ("icmp", "http"):
            assert seen[protocol]["status"] == ""
            assert 0 < seen[protocol]["latency"] < 1e9
            assert seen[protocol]["last_probed"][:16] in [
                time.strftime("%Y-%m-%dT%H:%M", time.gmtime(moment)) for moment in (before, time.time())
            ]
            assert seen[protocol]["last_probed"].endswith("Z")
        assert json.loads(json.dumps(prober.report()))["nodes"] == report["nodes"]

    run(scenario, tmp_path)


def test_what_can_be_wrong_with_a_node(tmp_path: pathlib.Path) -> None:
    async def scenario(cluster: Cluster) -> None:
        await cluster.serve(1)
        await cluster.serve(5, answers_as=6)
        loop = asyncio.get_running_loop()
        garbage = HttpServer(lambda _request: _answer(Response(200, b"<html>")))
        garbage.start(listen(cluster.port, socket.SOCK_STREAM, "127.0.0.4"))
        mute = listen(cluster.port, socket.SOCK_STREAM, "127.0.0.3")
        await loop.run_in_executor(None, lambda: None)
        write_peers(
            cluster.path,
            entry(1),
            entry(2),
            entry(3),
            entry(4),
            entry(5),
            entry(6, host=["192.0.2.6"], endpoint=["192.0.2.7"]),
            entry(7, host=["127.0.0.1"], endpoint=[]),
            entry(8, uid="uid-x", endpoint=["127.0.0.1"]),
        )
        report = await cluster.prober().probe_now(5.0)
        found = reasons(report)
        assert found["node-1"] == ALL_OK
        assert found["node-2"] == ("ok", "ok", "ok", "refused")
        assert found["node-3"] == ("ok", "ok", "ok", "timeout")
        assert found["node-4"] == ("ok", "ok", "ok", "bad_reply")
        assert found["node-5"] == ("ok", "ok", "ok", "wrong_pod")
        assert found["node-6"] == ("no_route",) * 4
        assert found["node-7"] == ("ok", "ok")
        assert found["node-8"] == ("ok", "ok", "ok", "wrong_pod")
        texts = {node: row(report, node)["endpoint"][0]["http"]["status"] for node in found if node != "node-7"}
        assert texts["node-2"] == "Connection refused"
        assert texts["node-3"] == f"GET http://127.0.0.3:{cluster.port}/: i/o timeout: connected, but no reply came"
        assert (
            texts["node-4"]
            == f'GET http://127.0.0.4:{cluster.port}/: not a network-check target that answers: "<html>"'
        )
        assert texts["node-5"].endswith(
            "wrong pod: pod target-6 (uid uid-6) on node node-6 answers, not pod target-5 (uid uid-5) on node node-5"
        )
        assert texts["node-6"] == row(report, "node-6")["host"][0]["icmp"]["status"] == "Network is unreachable"
        assert row(report, "node-6")["host"][0]["icmp"]["latency"] is None
        mute.close()
        await garbage.stop()

    run(scenario, tmp_path)


async def _answer(response: Response) -> Response:
    return response


def test_a_node_that_drops_everything(tmp_path: pathlib.Path) -> None:
    async def scenario(cluster: Cluster) -> None:
        await cluster.serve(1)
        ip("link", "add", "left", "type", "veth", "peer", "name", "right")
        for name in ("left", "right"):
            ip("link", "set", name, "up")
        ip("address", "add", "192.0.2.1/24", "dev", "left")
        ip("neighbour", "add", "192.0.2.9", "lladdr", "02:00:00:00:00:99", "dev", "left")
        write_peers(cluster.path, entry(1), entry(9, host=["192.0.2.9"], endpoint=["192.0.2.9"]))
        started = time.monotonic()
        report = await cluster.prober().probe_now(5.0)
        assert SECONDS <= time.monotonic() - started < SECONDS + 10, "all at the same time"
        assert reasons(report) == {"node-1": ALL_OK, "node-9": ("timeout",) * 4}
        assert {
            probe["status"]
            for path in ("host", "endpoint")
            for probe in row(report, "node-9")[path][0].values()
            if isinstance(probe, dict)
        } == {"Connection timed out"}

    run(scenario, tmp_path)


@pytest.mark.parametrize(
    "script, reason",
    [
        (silent, "timeout"),
        (until_closed, "timeout"),
        (says(b"SSH-2.0-x\r\n"), "bad_reply"),
        (says(b"HTTP/1.1 503 x\r\n", then_end=False), "ok"),
    ],
)
def test_the_host_is_alive_when_it_says_anything_in_http(tmp_path: pathlib.Path, script: t.Any, reason: str) -> None:
    async def scenario(cluster: Cluster) -> None:
        await cluster.serve(1)
        with Listener(script) as kubelet:
            report = await cluster.prober(host_port=kubelet.port).probe_now(5.0)
        assert reasons(report) == {"node-1": ("ok", reason, "ok", "ok")}

    run(scenario, tmp_path)


def test_a_kubelet_over_tls(tmp_path: pathlib.Path) -> None:
    if not shutil.which("openssl"):
        pytest.skip("this machine has no openssl command")
    make_certificates(tmp_path)

    async def scenario(cluster: Cluster) -> None:
        await cluster.serve(1)
        with Listener(says(reply(b"Unauthorized", "401 Unauthorized")), tls=server_context(tmp_path)) as kubelet:
            assert reasons(await cluster.prober(host_port=kubelet.port, host_scheme="https").probe_now(5.0)) == {
                "node-1": ALL_OK
            }
        port = closed_port()
        report = await cluster.prober(host_port=port, host_scheme="https").probe_now(5.0)
        assert reasons(report) == {"node-1": ("ok", "refused", "ok", "ok")}

    run(scenario, tmp_path)


def test_exactly_those_given(tmp_path: pathlib.Path) -> None:
    async def scenario(cluster: Cluster) -> None:
        for number in (1, 2, 3):
            await cluster.serve(number)
        write_peers(cluster.path, entry(1), entry(2))
        prober = cluster.prober()
        given = parse_peers(json.dumps({"schema": "podnet.diagnostics/peers/v1", "peers": [entry(3), entry(2)]}))
        report = await prober.probe_now(5.0, given)
        assert reasons(report) == {"node-1": NOTHING, "node-3": ALL_OK, "node-2": ALL_OK}
        assert reasons(prober.report()) == {"node-1": NOTHING, "node-2": ALL_OK}, "node-3 is in no list"
        given = parse_peers(json.dumps({"schema": "podnet.diagnostics/peers/v1", "peers": [entry(1)]}))
        assert reasons(await prober.probe_now(5.0, given)) == {"node-1": ALL_OK}
        assert reasons(await prober.probe_now(5.0, ())) == {"node-1": ALL_OK}, "nobody to probe"

    run(scenario, tmp_path)


def test_what_has_no_answer_in_time_is_not_made_up(tmp_path: pathlib.Path) -> None:
    async def scenario(cluster: Cluster) -> None:
        await cluster.serve(1)
        mute = listen(cluster.port, socket.SOCK_STREAM, "127.0.0.3")
        write_peers(cluster.path, entry(1), entry(3))
        prober = cluster.prober(timeout=5.0)
        started = time.monotonic()
        report = await prober.probe_now(0.5)
        assert time.monotonic() - started < 10
        assert reasons(report) == {"node-1": ALL_OK, "node-3": ("ok", "ok", "ok", "not_probed")}
        assert row(report, "node-3")["endpoint"][0]["http"] == {
            "status": None,
            "latency": None,
            "last_probed": None,
            "reason": "not_probed",
        }
        mute.close()

    run(scenario, tmp_path)


def test_of_many_nodes_what_counts_now(tmp_path: pathlib.Path) -> None:
    """What went well long ago is only counted, what failed is told however old it is."""

    async def scenario(cluster: Cluster) -> None:
        await cluster.serve(1)
        await cluster.serve(2)
        given = [entry(number, host=[]) for number in (1, 2, 3)]
        write_peers(cluster.path, *given, entry(4, host=[]))
        prober = cluster.prober(interval=1.0)
        await prober.probe_now(5.0, parse_peers(json.dumps({"schema": "podnet.diagnostics/peers/v1", "peers": given})))
        report = prober.report(recent=True)
        assert ([row["node"] for row in report["nodes"]], report["old"]) == (["node-1", "node-2", "node-3"], 0)
        cluster.ahead = 3.5
        report = prober.report(recent=True)
        assert ([row["node"] for row in report["nodes"]], report["old"]) == (["node-1", "node-3"], 1)
        assert len(prober.report()["nodes"]) == 4

    run(scenario, tmp_path)


def test_a_large_round_is_bounded(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now, most = [0], [0]

    async def counted(_address: str, _timeout: float) -> float:
        now[0] += 1
        most[0] = max(most[0], now[0])
        await asyncio.sleep(0.02)
        now[0] -= 1
        return 0.02

    monkeypatch.setattr(_health, "by_icmp", counted)

    async def scenario(cluster: Cluster) -> None:
        await cluster.serve(1)
        write_peers(
            cluster.path,
            *(entry(number, endpoint=[f"127.0.{number // 200}.{number % 200 + 1}"]) for number in range(600)),
        )
        report = await cluster.prober(partners=600).probe_now(20.0)
        assert len(report["nodes"]) == 600
        assert {one[0] for one in reasons(report).values()} == {"ok"}
        assert most[0] == 64

    run(scenario, tmp_path)


def test_without_permission_to_ping_nothing_is_said_about_the_network(tmp_path: pathlib.Path) -> None:
    async def scenario(cluster: Cluster) -> None:
        await cluster.serve(1)
        prober = cluster.prober()
        allowed = pathlib.Path("/proc/sys/net/ipv4/ping_group_range")
        allowed.write_text("1 0\n")
        report = await prober.probe_now(5.0)
        assert reasons(report) == {"node-1": ("not_probed", "ok", "not_probed", "ok")}
        assert row(report, "node-1")["host"][0]["icmp"]["status"] is None
        assert [error for error in report["errors"] if "ping" in error] == [
            "Cannot open a ping socket: net.ipv4.ping_group_range of this pod leaves its group out"
        ]
        allowed.write_text("0 2147483647\n")
        report = await prober.probe_now(5.0)
        assert reasons(report) == {"node-1": ALL_OK}
        assert not [error for error in report["errors"] if "ping" in error]

    run(scenario, tmp_path)


def test_a_fault_of_ours_is_told_and_is_none_of_the_network(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(*_arguments: t.Any) -> float:
        raise RuntimeError("it is broken")

    monkeypatch.setattr(_health, "by_icmp", breaks)

    async def scenario(cluster: Cluster) -> None:
        await cluster.serve(1)
        report = await cluster.prober().probe_now(5.0)
        assert row(report, "node-1")["host"][0]["icmp"] == {
            "status": None,
            "latency": None,
            "last_probed": None,
            "reason": "error",
        }
        assert any(
            error.startswith("Cannot probe 127.0.0.1 of node-1 by icmp: RuntimeError") for error in report["errors"]
        )

    run(scenario, tmp_path)


def test_the_list_of_peers_comes_changes_and_breaks(tmp_path: pathlib.Path) -> None:
    async def scenario(cluster: Cluster) -> None:
        for number in (1, 2):
            await cluster.serve(number)
        prober = cluster.prober()
        report = prober.report()
        assert (report["known"], reasons(report)) == (1, {"node-1": NOTHING}), "the pod knows itself"
        assert report["errors"] == [f"Cannot read the list of peers {cluster.path}: No such file or directory"]
        write_peers(cluster.path, entry(1), entry(2))
        report = await prober.probe_now(5.0)
        assert (report["known"], report["errors"], reasons(report)) == (2, [], {"node-1": ALL_OK, "node-2": ALL_OK})
        write_peers(cluster.path, entry(1), entry(2, uid="uid-new"))
        assert reasons(prober.report())["node-2"] == ("ok", "ok", "not_probed", "not_probed"), (
            "another pod has the address"
        )
        write_peers(cluster.path, entry(1, uid="uid-old", endpoint=["127.0.0.77"]), entry(2))
        assert row(prober.report(), "node-1")["endpoint"][0]["ip"] == "127.0.0.1", "the list does not know this pod yet"
        cluster.path.write_text("garbage")
        report = prober.report()
        assert report["errors"][0].startswith(f"Cannot use the list of peers {cluster.path}: it is not JSON")
        assert set(reasons(report)) == {"node-1", "node-2"}

    run(scenario, tmp_path)


# -- by itself ---------------------------------------------------------------------------------------------------
async def until(condition: t.Callable[[], bool], seconds: float = 8.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it does not happen"
        await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def running(prober: MeshProber) -> t.AsyncIterator[None]:
    task = asyncio.ensure_future(prober.run())
    try:
        yield
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(0.05)


class _NobodyWaits(selectors.DefaultSelector):
    """Where everything waits for a time, that time has come: the same on a busy machine as on an idle one."""

    now = 1000.0

    def select(self, timeout: float | None = None) -> t.Any:
        ready = super().select(0)
        if not ready and timeout:
            self.now += timeout
        return ready


def test_everyone_is_probed_once_an_interval_at_an_even_pace(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = _NobodyWaits()
    loop = asyncio.SelectorEventLoop(clock)
    monkeypatch.setattr(loop, "time", lambda: clock.now)
    monkeypatch.setattr(_health, "time", types.SimpleNamespace(monotonic=loop.time))
    starts: dict[str, list[float]] = {}

    async def noted(address: str, _timeout: float) -> float:
        starts.setdefault(address, []).append(clock.now)
        return 0.001

    async def answered(*_what: t.Any) -> float:
        return 0.001

    monkeypatch.setattr(_health, "by_icmp", noted)
    monkeypatch.setattr(_health, "target_by_http", answered)
    path = tmp_path / "peers.json"
    write_peers(path, *(entry(number, host=[]) for number in range(1, 21)))
    config = MeshConfig(interval=1.0, timeout=SECONDS, host_scheme="http")

    async def scenario() -> None:
        async with running(MeshProber(ME, config, PeersFile(str(path), 0.0), loop.time, 1)):
            await asyncio.sleep(4.2)

    try:
        loop.run_until_complete(scenario())
    finally:
        loop.close()
    assert len(starts) == 20
    # The first round begins in the middle of an epoch.
    moments = sorted(moment for each in starts.values() for moment in each if moment >= 1001.0)
    for begin in range(3):
        epoch = [moment for moment in moments if 1001.0 + begin <= moment < 1002.0 + begin]
        assert len(epoch) == 20
        assert all(later - earlier == pytest.approx(0.05) for earlier, later in zip(epoch, epoch[1:]))


def test_new_partners_in_each_epoch_until_everyone_was_covered(tmp_path: pathlib.Path) -> None:
    async def scenario(cluster: Cluster) -> None:
        await cluster.serve(1)
        names = [f"node-{number}" for number in range(1, 41)]
        write_peers(cluster.path, *(entry(number, host=[], endpoint=[f"127.0.1.{number}"]) for number in range(1, 41)))
        prober = cluster.prober(interval=0.5, partners=10)
        taken: dict[int, list[str]] = {}
        async with running(prober):
            while len(taken) < 6:
                taken[prober.epoch] = prober.partners
                await asyncio.sleep(0.02)
            report = prober.report()
        epochs = sorted(taken)[1:5]
        assert epochs == list(range(epochs[0], epochs[0] + 4)), "none is left out"
        for epoch in epochs:
            assert taken[epoch] == partners(names, "node-1", epoch, 10, 30)
        assert {name for epoch in epochs for name in taken[epoch]} == set(names) - {"node-1"}
        probed = [node for node, found in reasons(report).items() if found != ("not_probed",) * 2]
        assert len(probed) >= 38, "results of earlier epochs are kept"

    run(scenario, tmp_path)


def test_the_list_is_taken_up_as_soon_as_it_comes(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_health, "LOOK_SECONDS", 0.05)

    async def scenario(cluster: Cluster) -> None:
        for number in (1, 2):
            await cluster.serve(number)
        cluster.ahead = 600.0 - time.time() % 600.0  # an epoch of ten minutes has just begun
        prober = cluster.prober(interval=600.0)
        async with running(prober):
            await until(lambda: reasons(prober.report()) == {"node-1": ALL_OK})
            assert prober.partners == []
            write_peers(cluster.path, entry(1), entry(2))
            await until(lambda: prober.partners == ["node-2"])

    run(scenario, tmp_path)


def test_a_clock_that_is_set(tmp_path: pathlib.Path) -> None:
    async def scenario(cluster: Cluster) -> None:
        await cluster.serve(1)
        prober = cluster.prober(interval=0.3)

        def last_probed() -> str:
            return str(row(prober.report(), "node-1")["host"][0]["icmp"]["last_probed"])

        async with running(prober):
            await until(lambda: reasons(prober.report()) == {"node-1": ALL_OK})
            for seconds in (86400.0, -86400.0 * 365):
                cluster.ahead = seconds
                epoch = int(cluster.wall() // 0.3)
                await until(functools.partial(lambda epoch: 0 <= prober.epoch - epoch < 10, epoch))
                before = last_probed()
                await until(functools.partial(lambda before: last_probed() != before, before))

    run(scenario, tmp_path)


def test_a_switched_off_mesh_says_so(tmp_path: pathlib.Path) -> None:
    async def scenario(cluster: Cluster) -> None:
        await cluster.serve(1)
        write_peers(cluster.path, entry(1))
        prober = cluster.prober(enabled=False)
        assert prober.report()["errors"] == ["The mesh is switched off: nothing is probed unless asked for"]
        assert reasons(await prober.probe_now(5.0)) == {"node-1": ALL_OK}

    run(scenario, tmp_path)
