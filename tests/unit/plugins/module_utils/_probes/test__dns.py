# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lookups at scripted nameservers in a real namespace. The network is described in conftest.py."""

from __future__ import annotations

import pathlib
import socket
import struct
import threading
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils import _netns
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes import _dns_message, _engine

GOOD, SECOND, SILENT, CLOSED = "198.51.100.53", "198.51.100.54", "198.51.100.55", "198.51.100.56"
Question = tuple[str, str]

RECORDS: dict[Question, list[bytes]] = {
    ("web.default.svc.cluster.local", "A"): [bytes([198, 51, 100, 2])],
    ("only6.example", "AAAA"): [socket.inet_pton(socket.AF_INET6, "2001:db8:2::2")],
    ("only6.example", "A"): [],
    ("7.1.244.10.in-addr.arpa", "PTR"): [b"\x03web\x07example\0"],
    ("big.example", "A"): [bytes([192, 0, 2, number]) for number in range(60)],
    ("answers-late.example", "A"): [bytes(4)],
}
RCODES = {
    "broken.example": 2,
    "web.default.broken.example": 2,
    "forbidden.example": 5,
    "web.default.forbidden.example": 5,
}


class Nameserver:
    """Answers by UDP and TCP on port 53 of an address, and remembers what it was asked."""

    def __init__(self, namespace: t.Any, address: str, knows: bool = True) -> None:
        self.address = address
        self.knows = knows
        self.asked: list[tuple[str, Question]] = []
        namespace.serve(lambda: self._open(socket.SOCK_DGRAM), self._udp)
        namespace.serve(lambda: self._open(socket.SOCK_STREAM), self._tcp)

    def _open(self, kind: int) -> socket.socket:
        sock = socket.socket(socket.AF_INET, kind)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((self.address, 53))
        if kind == socket.SOCK_STREAM:
            sock.listen(5)
        sock.settimeout(0.1)
        return sock

    def _udp(self, sock: socket.socket, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                data, peer = sock.recvfrom(4096)
            except socket.timeout:
                continue
            for message in self.answers("udp", data):
                sock.sendto(message, peer)
        sock.close()

    def _tcp(self, sock: socket.socket, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                peer = sock.accept()[0]
            except socket.timeout:
                continue
            with peer:
                message = self.answers("tcp", peer.recv(4096)[2:])[0]
                framed = struct.pack("!H", len(message)) + message
                peer.sendall(framed[:7])
                peer.sendall(framed[7:])
        sock.close()

    def answers(self, transport: str, query: bytes) -> list[bytes]:
        name, number = _dns_message.question_of(query)
        qtype = _dns_message.TYPE_NAMES[number]
        self.asked.append((transport, (name, qtype)))
        ident, question = struct.unpack_from("!H", query)[0], query[12:]
        if name == "silent.example":
            return []
        rcode = RCODES.get(name, 0 if any(known[0] == name for known in RECORDS) and self.knows else 3)
        records = RECORDS.get((name, qtype), []) if rcode == 0 else []
        if transport == "udp" and len(records) > 20:
            return [struct.pack("!HHHHHH", ident, 0x8380, 1, 0, 0, 0) + question]
        body = b"".join(b"\xc0\x0c" + struct.pack("!HHIH", number, 1, 5, len(data)) + data for data in records)
        good = struct.pack("!HHHHHH", ident, 0x8180 | rcode, 1, len(records), 0, 0) + question + body
        if name == "answers-late.example":
            forged = struct.pack("!H", ident ^ 1) + good[2:]
            other = good[:12] + _dns_message.query(0, "other.example", "A")[12:] + body
            return [forged, other, good]
        if name == "garbage.example":
            return [good[:12] + b"\xc0\x0c" * 4]
        return [good]


class Servers(t.NamedTuple):
    good: Nameserver
    second: Nameserver


@pytest.fixture(name="servers", scope="module")
def nameservers(network: t.Any) -> Servers:
    for address in (GOOD, SECOND, CLOSED):
        network.server.ip(f"addr add {address}/24 dev right")
    network.router.ip(f"route add blackhole {SILENT}/32")
    RECORDS.setdefault(("garbage.example", "A"), [])
    return Servers(Nameserver(network.server, GOOD), Nameserver(network.server, SECOND, knows=False))


@pytest.fixture(name="resolv_conf")
def configured(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> t.Callable[[str], None]:
    (tmp_path / "etc").mkdir()
    monkeypatch.setenv("PODNET_HOST_ROOT", str(tmp_path))

    def write(text: str, hosts: str = "127.0.0.1 localhost\n") -> None:
        (tmp_path / "etc" / "resolv.conf").write_text(text)
        (tmp_path / "etc" / "hosts").write_text(hosts)

    return write


POD = f"search default.svc.cluster.local svc.cluster.local\nnameserver {GOOD}\noptions ndots:5\n"


def ask(network: t.Any, name: str, **fields: t.Any) -> t.Any:
    return network.client.probe(**{"kind": "dns", "name": name, "nameserver": GOOD, "timeout": 0.5, **fields})


@pytest.mark.parametrize(
    "name, qtype, outcome, values",
    [
        ("web.default.svc.cluster.local", "A", "answer", ["198.51.100.2"]),
        ("only6.example", "AAAA", "answer", ["2001:db8:2::2"]),
        ("only6.example", "A", "no_data", []),
        ("missing.example", "A", "nxdomain", []),
        ("broken.example", "A", "servfail", []),
        ("forbidden.example", "A", "refused", []),
        ("10.244.1.7", "PTR", "answer", ["web.example"]),
    ],
)
def test_answers(network: t.Any, servers: Servers, name: str, qtype: str, outcome: str, values: list[str]) -> None:
    result = ask(network, name, qtype=qtype)
    assert (result.status, result.outcome) == ("pass" if outcome == "answer" else "fail", outcome)
    assert [record["value"] for record in result.data["answers"]] == values
    assert result.data["server"] == result.address == GOOD
    assert result.data["question"] == {"name": name, "type": qtype}
    assert result.local_address == "192.0.2.2"
    assert result.attempts[0].rtt_ms is not None


def test_a_resolver_that_uses_tcp_only_is_followed(network: t.Any, servers: Servers, resolv_conf: t.Any) -> None:
    resolv_conf(f"nameserver {GOOD}\noptions use-vc\n")
    result = network.client.probe(kind="dns", name="web.default.svc.cluster.local", search=True, timeout=0.5)
    assert result.outcome == "answer"
    assert servers.good.asked[-1][0] == "tcp"
    assert result.data["queries"][0]["transport"] == "tcp"


def test_truncated_answer_is_fetched_by_tcp(network: t.Any, servers: Servers) -> None:
    result = ask(network, "big.example")
    assert (result.outcome, len(result.data["answers"])) == ("answer", 60)
    assert result.data["queries"][0]["transport"] == "tcp"
    assert servers.good.asked[-2:] == [("udp", ("big.example", "A")), ("tcp", ("big.example", "A"))]


def test_forged_and_foreign_answers_are_passed_over(network: t.Any, servers: Servers) -> None:
    assert ask(network, "answers-late.example").outcome == "answer"


def test_garbage_is_named(network: t.Any, servers: Servers) -> None:
    result = ask(network, "garbage.example")
    assert (result.status, result.outcome) == ("fail", "malformed")


@pytest.mark.parametrize(
    "server, outcome, detail",
    [(SILENT, "timed_out", None), (CLOSED, "unreachable", f"ICMP port unreachable from {CLOSED}")],
)
def test_server_that_is_not_there(
    network: t.Any, servers: Servers, server: str, outcome: str, detail: str | None
) -> None:
    result = ask(network, "web.example", nameserver=server, timeout=0.2)
    assert (result.status, result.outcome) == ("fail", outcome)
    assert result.data["queries"][0]["detail"] == detail


def test_server_without_a_route(namespace: t.Any) -> None:
    result = namespace("lonely").probe(kind="dns", name="web.example", nameserver=GOOD)
    assert (result.status, result.outcome) == ("fail", "no_route")


def test_name_is_used_as_it_is_unless_search_is_asked_for(network: t.Any, servers: Servers, resolv_conf: t.Any) -> None:
    resolv_conf(POD)
    assert ask(network, "web").outcome == "nxdomain"
    result = ask(network, "web", search=True)
    assert result.outcome == "answer"
    assert result.data["answers"][0]["name"] == "web.default.svc.cluster.local"


def test_search_list_is_gone_through_in_order(network: t.Any, servers: Servers, resolv_conf: t.Any) -> None:
    resolv_conf(POD)
    result = ask(network, "only6.example", search=True, nameserver=None)
    assert result.outcome == "no_data"
    assert [query["name"] for query in result.data["queries"]] == [
        "only6.example.default.svc.cluster.local",
        "only6.example.svc.cluster.local",
        "only6.example",
    ]


def test_a_server_that_fails_at_one_name_of_the_search_list_is_asked_for_the_next(
    network: t.Any, servers: Servers, resolv_conf: t.Any
) -> None:
    resolv_conf(f"search example svc.cluster.local\noptions ndots:5\nnameserver {GOOD}\n")
    result = ask(network, "broken", search=True, nameserver=None)
    assert [query["name"] for query in result.data["queries"]] == [
        "broken.example",
        "broken.svc.cluster.local",
        "broken",
    ]
    assert result.outcome == "servfail", "not nxdomain: what the server failed at is not known"


@pytest.mark.parametrize("down", [SILENT, CLOSED])
def test_a_server_that_is_down_behind_one_that_fails_at_a_name_ends_no_lookup(
    network: t.Any, servers: Servers, resolv_conf: t.Any, down: str
) -> None:
    resolv_conf(f"search broken.example svc.cluster.local\noptions ndots:5\nnameserver {GOOD}\nnameserver {down}\n")
    result = ask(network, "web.default", search=True, nameserver=None, timeout=0.3)
    assert (result.outcome, result.data["server"]) == ("answer", GOOD)
    assert {query["outcome"] for query in result.data["queries"]} == {
        "servfail",
        "answer",
        "timed_out" if down == SILENT else "unreachable",
    }


def test_after_an_error_that_is_no_failure_the_name_itself_is_asked(
    network: t.Any, servers: Servers, resolv_conf: t.Any
) -> None:
    """As glibc does: the rest of the search list is left out."""
    resolv_conf(f"search broken.example forbidden.example svc.cluster.local\noptions ndots:5\nnameserver {GOOD}\n")
    result = ask(network, "web.default", search=True, nameserver=None)
    asked = [query["name"] for query in result.data["queries"]]
    assert asked == ["web.default.broken.example", "web.default.forbidden.example", "web.default"]
    assert result.outcome == "servfail"


def test_each_nameserver_by_itself(network: t.Any, servers: Servers, resolv_conf: t.Any) -> None:
    resolv_conf(
        f"search svc.cluster.local default.svc.cluster.local\noptions ndots:5\n"
        f"nameserver {SILENT}\nnameserver {SECOND}\nnameserver {GOOD}\n"
    )
    result = ask(network, "web", search=True, nameserver=None, each_nameserver=True, timeout=0.2)
    assert [(server["server"], server["outcome"]) for server in result.data["servers"]] == [
        (SILENT, "timed_out"),
        (SECOND, "nxdomain"),
        (GOOD, "answer"),
    ]
    assert (result.status, result.sent, result.received) == ("fail", 3, 1)
    assert result.data["resolv_conf"]["nameservers"] == [SILENT, SECOND, GOOD]


def test_next_nameserver_is_asked_when_one_is_silent(network: t.Any, servers: Servers, resolv_conf: t.Any) -> None:
    resolv_conf(f"nameserver {SILENT}\nnameserver {CLOSED}\nnameserver {GOOD}\n")
    result = ask(network, "web.default.svc.cluster.local", nameserver=None, timeout=0.2)
    assert (result.status, result.data["server"]) == ("pass", GOOD)
    assert [query["outcome"] for query in result.data["queries"]] == ["timed_out", "unreachable", "answer"]


def test_nobody_answers(network: t.Any, servers: Servers, resolv_conf: t.Any) -> None:
    resolv_conf(f"search a.example\nnameserver {SILENT}\n")
    result = network.client.probe(kind="tcp", target="web", port=80, timeout=0.1)
    assert (result.status, result.outcome, result.sent) == ("fail", "dns_failure", 0)
    assert result.error == f"Cannot resolve web: web.a.example: timed_out from {SILENT}; web: timed_out from {SILENT}"


# -- names as targets --------------------------------------------------------------------------------------------
def test_target_is_resolved_as_the_pod_would(network: t.Any, servers: Servers, resolv_conf: t.Any) -> None:
    resolv_conf(POD)
    result = network.client.probe(kind="icmp", target="web", count=1)
    assert (result.status, result.address) == ("pass", "198.51.100.2")
    assert result.data["resolution"]["queries"][-1]["name"] == "web.default.svc.cluster.local"


def test_target_with_an_ipv6_address_only(network: t.Any, servers: Servers, resolv_conf: t.Any) -> None:
    resolv_conf(POD)
    assert network.client.probe(kind="icmp", target="only6.example.", count=1).address == "2001:db8:2::2"
    result = network.client.probe(kind="icmp", target="only6.example.", count=1, family=4)
    assert result.outcome == "dns_failure"
    assert result.error == f"Cannot resolve only6.example.: only6.example: no_data from {GOOD}"


def test_hosts_file_comes_first(network: t.Any, servers: Servers, resolv_conf: t.Any) -> None:
    resolv_conf(POD, "198.51.100.53 web\n")
    before = len(servers.good.asked)
    result = network.client.probe(kind="icmp", target="web", count=1)
    assert (result.status, result.address) == ("pass", GOOD)
    assert result.data["resolution"]["hosts_file"] is True
    assert len(servers.good.asked) == before


def test_name_that_does_not_exist(network: t.Any, servers: Servers, resolv_conf: t.Any) -> None:
    resolv_conf(POD)
    for kind in ("icmp", "tcp", "udp", "http", "path_mtu", "tcp_segment"):
        result = network.client.probe(kind=kind, target="nobody.example.", port=80, allow_tcp_data=True)
        assert (result.status, result.outcome) == ("fail", "dns_failure"), kind
        assert result.error == f"Cannot resolve nobody.example.: nobody.example: nxdomain from {GOOD}"


def test_without_resolv_conf_nothing_is_measured(
    network: t.Any, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PODNET_HOST_ROOT", str(tmp_path))
    for request in ({"kind": "dns", "name": "web"}, {"kind": "tcp", "target": "web", "port": 80}):
        result = network.client.probe(**request)
        assert result.status == "error"
        assert result.error == "Cannot read /etc/resolv.conf of host: No such file or directory"


def test_resolv_conf_of_a_pod_is_its_own(
    network: t.Any, servers: Servers, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first process has none, as some pause images have; its second one has."""
    process = _netns.PodProcess(network.client.holder.pid, network.client.inode(), pids=(1111111, 2222222))
    read: list[str] = []

    def read_in_root(root: str, path: str, _limit: int = 0) -> str:
        read.append(f"{root}{path}")
        if root == "/proc/2222222/root" and path == "/etc/resolv.conf":
            return POD
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(_netns, "read_in_root", read_in_root)
    monkeypatch.setattr(_engine, "find_pods", lambda _pods: {"pod:default/web-0": process})
    requests = [{"kind": "icmp", "target": "web", "netns": "pod:default/web-0", "count": 1}]
    result = _engine.run_probes(requests, [_netns.PodRef("default", "web-0", "uid")]).results[0]
    assert (result.status, result.address) == ("pass", "198.51.100.2")
    assert read[-2:] == ["/proc/1111111/root/etc/resolv.conf", "/proc/2222222/root/etc/resolv.conf"]
