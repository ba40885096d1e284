# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bursts, growing connections, pairs of DNS questions and idle connections over a real router (conftest.py)."""

from __future__ import annotations

import contextlib
import itertools
import select
import shutil
import socket
import struct
import subprocess
import threading
import time
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._connections import sizes
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._echo import checksum

SERVER = "198.51.100.2"


@pytest.fixture(name="rule")
def rule_in_namespace() -> t.Iterator[t.Callable[[t.Any, str], None]]:
    """Adds an iptables rule in a namespace; gone after the test."""
    if not shutil.which("iptables"):
        pytest.skip("needs iptables for loss")
    added: list[list[str]] = []

    def add(namespace: t.Any, words: str) -> None:
        command = ["ip", "netns", "exec", namespace.name, "iptables", "-A", *words.split()]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.skip(f"this kernel has no such rule: {done.stderr}")
        added.append(command)

    yield add
    for command in added:
        command[command.index("-A")] = "-D"
        subprocess.run(command, capture_output=True, check=True)


def listen(port: int, backlog: int = 64) -> t.Callable[[], socket.socket]:
    def make() -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("", port))
        sock.listen(backlog)
        return sock

    return make


def accept_and_close(sock: socket.socket, stop: threading.Event) -> None:
    sock.settimeout(0.1)
    while not stop.is_set():
        with contextlib.suppress(OSError):
            sock.accept()[0].close()


def accept_and_hold(sock: socket.socket, stop: threading.Event) -> None:
    held = []
    sock.settimeout(0.1)
    while not stop.is_set():
        with contextlib.suppress(OSError):
            held.append(sock.accept()[0])


def never_accept(_sock: socket.socket, stop: threading.Event) -> None:
    stop.wait()


def answer_twice(sock: socket.socket, stop: threading.Event) -> None:
    while not stop.is_set():
        if select.select([sock], [], [], 0.1)[0]:
            data, sender = sock.recvfrom(4096)
            packet = data[20:]
            if packet[0] == 8:
                reply = b"\0\0\0\0" + packet[4:]
                reply = reply[:2] + struct.pack("!H", checksum(reply)) + reply[4:]
                sock.sendto(reply, sender)
                sock.sendto(reply, sender)


def answer_out_of_order(sock: socket.socket, stop: threading.Event) -> None:
    """Requests are collected for a moment, and answered with the last one first."""
    while not stop.is_set():
        waiting = []
        until = time.monotonic() + 0.05
        while time.monotonic() < until:
            if select.select([sock], [], [], 0.01)[0]:
                data, sender = sock.recvfrom(4096)
                if data[20] == 8:
                    waiting.append((data[20:], sender))
        for packet, sender in reversed(waiting):
            reply = b"\0\0\0\0" + packet[4:]
            sock.sendto(reply[:2] + struct.pack("!H", checksum(reply)) + reply[4:], sender)


def dns_server(drop_every: int) -> t.Callable[[socket.socket, threading.Event], None]:
    """Answers NXDOMAIN, but to each n-th question not at all; 0 answers all."""

    def loop(sock: socket.socket, stop: threading.Event) -> None:
        asked = 0
        while not stop.is_set():
            if not select.select([sock], [], [], 0.1)[0]:
                continue
            data, sender = sock.recvfrom(4096)
            asked += 1
            if drop_every and asked % drop_every == 0:
                continue
            sock.sendto(data[:2] + struct.pack("!H", 0x8183) + data[4:], sender)

    return loop


def udp(address: str, port: int) -> t.Callable[[], socket.socket]:
    def make() -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind((address, port))
        return sock

    return make


# -- burst ---------------------------------------------------------------------------------------------------------
def test_a_burst_without_loss_is_one_stage_and_keeps_every_time(network: t.Any) -> None:
    result = network.client.probe(kind="burst", target=SERVER)
    assert (result.status, result.outcome, result.sent, result.received) == ("pass", "reply", 180, 180)
    assert result.loss_percent == 0.0
    (stage,) = result.data["stages"]
    assert stage["stage"] == "first" and len(stage["times_ms"]) == 180 and None not in stage["times_ms"]
    assert result.data["spread_ms"]["min"] <= result.data["spread_ms"]["median"] <= result.data["spread_ms"]["max"]


def test_loss_by_chance_is_counted_over_two_stages(network: t.Any, rule: t.Any) -> None:
    rule(network.router, "FORWARD -p icmp -m statistic --mode random --probability 0.1 -j DROP")
    result = network.client.probe(kind="burst", target=SERVER, timeout=0.3)
    assert result.status == "fail"
    assert [stage["stage"] for stage in result.data["stages"]] == ["first", "slower"]
    assert result.sent == 480 and 30 < result.sent - result.received < 180
    lost = [time is None for stage in result.data["stages"] for time in stage["times_ms"]]
    assert lost.count(True) == result.sent - result.received


def test_a_dead_way_gets_three_packets_and_no_burst(network: t.Any) -> None:
    network.router.ip("route replace blackhole 203.0.113.1/32")
    result = network.client.probe(kind="burst", target="203.0.113.1", timeout=0.3)
    assert (result.status, result.sent) == ("skipped", 3)
    assert "no answer to the first packets" in (result.error or "")


def test_a_late_first_answer_is_no_loss(new_network: t.Any) -> None:
    """The router has to ask for the server's hardware address first."""
    network = new_network()
    network.router.ip("neigh flush dev right")
    result = network.client.probe(kind="burst", target=SERVER, count=50)
    assert (result.status, result.sent, result.received) == ("pass", 50, 50)


def test_a_limit_of_pings_lets_the_slower_stage_pass_better(network: t.Any, rule: t.Any) -> None:
    """So slow that what a busy machine sends late and together is little of it."""
    rule(network.router, "FORWARD -d 198.51.100.2 -p icmp -m limit --limit 25/s --limit-burst 5 -j ACCEPT")
    rule(network.router, "FORWARD -d 198.51.100.2 -p icmp -j DROP")
    result = network.client.probe(kind="burst", target=SERVER, count=60, interval=0.02, timeout=0.3)
    first, slower = (stage["received"] / stage["sent"] for stage in result.data["stages"])
    assert first < 0.72 < slower


def test_packets_that_this_kernel_refuses_are_not_sent(network: t.Any) -> None:
    network.client.ip("route replace blackhole 203.0.113.10/32")
    result = network.client.probe(kind="burst", target="203.0.113.10", timeout=0.2)
    assert (result.status, result.received) == ("skipped", 0)


def test_a_target_that_answers_twice_is_no_loss(new_network: t.Any) -> None:
    network = new_network()
    network.server.sysctl("net/ipv4/icmp_echo_ignore_all", "1")
    network.server.serve(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP), answer_twice)
    result = network.client.probe(kind="burst", target=SERVER, count=20, interval=0.01)
    assert (result.status, result.sent, result.received) == ("pass", 20, 20)
    assert result.data["stages"][0]["duplicates"] >= 10


def test_answers_out_of_order_are_no_loss(new_network: t.Any) -> None:
    network = new_network()
    network.server.sysctl("net/ipv4/icmp_echo_ignore_all", "1")
    raw = socket.SOCK_RAW
    network.server.serve(lambda: socket.socket(socket.AF_INET, raw, socket.IPPROTO_ICMP), answer_out_of_order)
    result = network.client.probe(kind="burst", target=SERVER, count=40, interval=0.005)
    assert (result.status, result.sent, result.received) == ("pass", 40, 40)
    (stage,) = result.data["stages"]
    assert (stage["duplicates"], stage["late"]) == (0, 0)
    times = stage["times_ms"]
    assert any(later < earlier - 2 for earlier, later in zip(times, times[1:]))


@pytest.mark.parametrize("jump", [3600.0, -3600.0])
def test_a_clock_that_is_set_in_the_middle_changes_no_time(
    network: t.Any, monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    """As if the wall clock had been set after the tenth packet: what the kernel stamped does not fit any more."""
    real, calls = time.time, itertools.count()
    monkeypatch.setattr(time, "time", lambda: real() + (jump if next(calls) > 10 else 0.0))
    result = network.client.probe(kind="burst", target=SERVER, count=30, interval=0.003)
    assert (result.status, result.sent, result.received) == ("pass", 30, 30)
    assert all(0 <= each < 1000 for each in result.data["stages"][0]["times_ms"])


@pytest.mark.parametrize(
    "fields, problem",
    [
        ({"kind": "burst", "target": SERVER, "count": 5001}, "count must be from 1 to 5000"),
        ({"kind": "connections", "target": SERVER, "port": 80, "count": 501}, "count must be from 1 to 500"),
        ({"kind": "connections", "target": SERVER}, "port is required"),
        ({"kind": "dns_pairs", "nameserver": SERVER}, "name is required for kind dns_pairs"),
        ({"kind": "dns_pairs", "name": "a", "count": 100000}, "count must be from 1 to 200"),
        ({"kind": "idle", "target": SERVER, "port": 80, "idle": 1e9}, "idle must be from 1 to 86400"),
        ({"kind": "idle", "target": SERVER, "port": 80, "idle": -1}, "idle must be from 1 to 86400"),
    ],
)
def test_absurd_amounts_are_refused(network: t.Any, fields: dict[str, t.Any], problem: str) -> None:
    result = network.client.probe(**fields)
    assert result.status == "error"
    assert problem in (result.error or "")


# -- connections ---------------------------------------------------------------------------------------------------
def test_steps_grow_to_the_number_asked_for() -> None:
    assert sizes(40) == [5, 10, 25]
    assert sizes(5) == [5]
    assert sizes(3) == [3]
    for count in (1, 7, 39, 41, 100, 500):
        assert sum(sizes(count)) == count


def test_connections_open_and_are_closed_at_once(network: t.Any) -> None:
    network.server.serve(listen(8101), accept_and_close)
    result = network.client.probe(kind="connections", target=SERVER, port=8101)
    assert (result.status, result.outcome, result.sent, result.received) == ("pass", "open", 40, 40)
    assert [step["size"] for step in result.data["steps"]] == [5, 10, 25]
    assert result.data["stopped"] is None and result.data["singles"] is None
    assert all(again == 0 for step in result.data["steps"] for _outcome, _time, again in step["results"])
    assert 0.4 < result.seconds < 10


def test_it_stops_at_the_first_sign_of_a_limit_and_singles_pass(network: t.Any, rule: t.Any) -> None:
    network.server.serve(listen(8102), accept_and_close)
    rule(network.router, "FORWARD -p tcp --dport 8102 --syn -m limit --limit 4/s --limit-burst 4 -j ACCEPT")
    rule(network.router, "FORWARD -p tcp --dport 8102 --syn -j DROP")
    result = network.client.probe(kind="connections", target=SERVER, port=8102, timeout=2.5)
    assert result.status == "fail"
    assert result.data["stopped"] and result.sent <= 15
    assert all(outcome == "open" for outcome, _time, _again in result.data["singles"]["results"])


def test_a_lost_first_syn_is_told_from_a_slow_network(network: t.Any, rule: t.Any) -> None:
    network.server.serve(listen(8103), accept_and_close)
    # The first SYN of each source port is dropped, its retransmission passes.
    rule(
        network.router,
        "FORWARD -p tcp --dport 8103 --syn -m hashlimit --hashlimit-above 1/minute --hashlimit-burst 1"
        " --hashlimit-mode srcport --hashlimit-name first -j ACCEPT",
    )
    rule(network.router, "FORWARD -p tcp --dport 8103 --syn -j DROP")
    result = network.client.probe(kind="connections", target=SERVER, port=8103, timeout=2.5)
    assert (result.status, result.outcome) == ("fail", "late")
    assert result.data["signs"] and all(sign["syn_again"] == 1 for sign in result.data["signs"])
    assert all(950 < sign["ms"] < 1900 for sign in result.data["signs"])


def test_a_port_that_refuses_is_asked_five_times_at_most(network: t.Any) -> None:
    result = network.client.probe(kind="connections", target=SERVER, port=8999)
    assert (result.status, result.outcome) == ("fail", "refused")
    assert result.sent <= 5
    assert result.data["singles"] is None


def test_an_accept_queue_of_one_is_met_gently(network: t.Any) -> None:
    network.server.serve(listen(8104, 0), never_accept)
    result = network.client.probe(kind="connections", target=SERVER, port=8104, timeout=1.2)
    assert result.status == "fail" and result.sent <= 5
    assert result.data["stopped"]


# -- DNS -----------------------------------------------------------------------------------------------------------
def test_both_answers_of_each_pair_are_counted(network: t.Any) -> None:
    network.server.ip("addr replace 198.51.100.53/32 dev lo")
    network.router.ip(f"route replace 198.51.100.53/32 via {SERVER}")
    network.server.serve(udp("198.51.100.53", 53), dns_server(0))
    result = network.client.probe(kind="dns_pairs", name="web.example", nameserver="198.51.100.53")
    assert (result.status, result.outcome, result.sent, result.received) == ("pass", "answer", 40, 40)
    (server,) = result.data["servers"]
    assert server["rcodes"] == {"nxdomain": 40}
    assert (server["half_lost"], server["both_lost"]) == (0, 0)


def test_lost_answers_are_told_by_pair(network: t.Any) -> None:
    network.server.ip("addr replace 198.51.100.54/32 dev lo")
    network.router.ip(f"route replace 198.51.100.54/32 via {SERVER}")
    network.server.serve(udp("198.51.100.54", 53), dns_server(4))
    result = network.client.probe(kind="dns_pairs", name="web.example", nameserver="198.51.100.54", timeout=0.4)
    assert (result.status, result.sent, result.received) == ("fail", 40, 30)
    (server,) = result.data["servers"]
    assert (server["half_lost"], server["both_lost"]) == (10, 0)


def test_a_server_that_is_not_there_is_no_share(network: t.Any) -> None:
    result = network.client.probe(kind="dns_pairs", name="a", nameserver=SERVER, timeout=0.4)
    assert result.status == "fail" and result.received == 0
    assert any("unreachable" in outcome for outcome in result.data["servers"][0]["outcomes"])


# -- idle ----------------------------------------------------------------------------------------------------------
def test_an_idle_connection_that_is_still_there_is_acknowledged(network: t.Any) -> None:
    network.server.serve(listen(8105), accept_and_hold)
    result = network.client.probe(kind="idle", target=SERVER, port=8105, idle=1)
    assert (result.status, result.outcome) == ("pass", "open")
    assert result.data["seconds"] >= 1


def test_an_idle_connection_that_the_way_forgot_is_silent(network: t.Any, rule: t.Any) -> None:
    network.server.serve(listen(8106), accept_and_hold)

    def break_it() -> None:
        time.sleep(0.5)
        rule(network.router, "FORWARD -p tcp --dport 8106 -j DROP")

    breaker = threading.Thread(target=break_it)
    breaker.start()
    result = network.client.probe(kind="idle", target=SERVER, port=8106, idle=3)
    breaker.join()
    assert (result.status, result.outcome) == ("fail", "timed_out")


def test_an_application_that_closes_what_is_idle_may_do_so(network: t.Any) -> None:
    network.server.serve(listen(8107), accept_and_close)
    result = network.client.probe(kind="idle", target=SERVER, port=8107, idle=2)
    assert (result.status, result.outcome) == ("skipped", "closed")
    assert "the other end closed" in (result.error or "")
