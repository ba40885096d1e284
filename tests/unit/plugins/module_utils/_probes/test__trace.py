# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The routers on the way: client, router and server in real namespaces; and how the report is read."""

from __future__ import annotations

import subprocess
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._probes import _text
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._probes.conftest import (
    ROUTER,
    SERVER,
    Network,
)

JsonObject = dict[str, t.Any]
WAYS = [{"protocol": "icmp"}, {"protocol": "udp", "port": 9}, {"protocol": "tcp", "port": 9}]


@pytest.fixture(autouse=True)
def _talkative(network: Network) -> None:
    """Routers and hosts answer each packet, not one a second, so that a test does not silence the next one."""
    for namespace in (network.router, network.server):
        namespace.sysctl("net/ipv4/icmp_ratelimit", "0")


def trace(network: Network, target: str = SERVER, **request: t.Any) -> JsonObject:
    found = network.client.probe(
        id="t", kind="trace", target=target, timeout=2.5, interval=0.05, **{"count": 2, **request}
    )
    return found.to_dict()


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_each_router_and_the_target_is_named(network: Network, way: JsonObject) -> None:
    found = trace(network, **way)
    hops = found["data"]["hops"]
    assert [list(hop["addresses"]) for hop in hops] == [[ROUTER], [SERVER]]
    assert [(hop["sent"], hop["received"], hop["loss_percent"]) for hop in hops] == [(2, 2, 0.0)] * 2
    assert found["data"]["reached"] and (found["status"], found["outcome"]) == ("pass", "reply")


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_where_the_answers_end(network: Network, way: JsonObject) -> None:
    # The neighbour is there, so the router looks at the hop limit; but it is nobody's address.
    network.router.ip(f"route add {SERVER}/32 via 198.51.100.77")
    network.router.ip("neigh replace 198.51.100.77 lladdr 02:00:00:00:00:77 dev right nud permanent")
    try:
        found = trace(network, count=1, **way)
    finally:
        network.router.ip(f"route del {SERVER}/32 via 198.51.100.77")
    hops = found["data"]["hops"]
    assert not found["data"]["reached"] and found["status"] == "fail"
    assert [list(hop["addresses"]) for hop in hops] == [[ROUTER], []]
    assert f"the answers end behind {ROUTER} (hop 1)" in _text.mtr_text(found)


def test_a_router_that_refuses_is_the_end(network: Network) -> None:
    # One protocol only: the kernel tells of such a route five times, then once a second (ip_error()).
    way: JsonObject = {"protocol": "udp", "port": 9}
    network.router.ip(f"route add unreachable {SERVER}/32")
    try:
        found = trace(network, count=1, **way)
    finally:
        network.router.ip(f"route del unreachable {SERVER}/32")
    assert (found["status"], found["outcome"]) == ("fail", "unreachable")
    assert found["data"]["ended_by"] == "host unreachable"


def test_without_a_route_it_says_so(network: Network) -> None:
    network.client.ip("route add prohibit 203.0.113.0/24")
    try:
        found = trace(network, "203.0.113.9", protocol="udp", port=9)
    finally:
        network.client.ip("route del prohibit 203.0.113.0/24")
    assert (found["status"], found["outcome"]) == ("fail", "no_route") and "prohibit" in found["error"]


def hop(ttl: int, loss: float, address: str | None = "192.0.2.1", stdev: float = 0.1) -> JsonObject:
    return {
        "ttl": ttl,
        "addresses": {address: 3} if address else {},
        "sent": 10,
        "loss_percent": loss,
        "last_ms": 1.0,
        "avg_ms": 1.0,
        "best_ms": 0.5,
        "worst_ms": 9.0,
        "stdev_ms": stdev,
    }


@pytest.mark.parametrize(
    ("hops", "reached", "said"),
    [
        ([hop(1, 0), hop(2, 60), hop(3, 0)], True, "No packet to the target is lost"),
        ([hop(1, 0), hop(2, 20), hop(3, 20)], True, "20% of the packets to the target are lost; the loss goes on"),
        ([hop(1, 50), hop(2, 0), hop(3, 10)], True, "from hop 3"),
        ([hop(1, 0), hop(2, 100, None)], False, "end behind 192.0.2.1 (hop 1)"),
        ([hop(1, 100, None)], False, "at the first hop"),
        ([hop(1, 0), hop(2, 0, stdev=5)], True, "Times vary at hop 2"),
        ([hop(1, 0), hop(2, 0)], True, ""),
    ],
)
def test_how_a_report_is_read(hops: list[JsonObject], reached: bool, said: str) -> None:
    reading = _text.mtr_reading(hops, reached)
    assert said in reading and bool(said) == bool(reading)


def test_the_report_has_mtrs_columns() -> None:
    text = _text.mtr_text({"netns": "pod:default/client", "data": {"hops": [hop(1, 0), hop(2, 100, None)]}})
    head, first, second = text.splitlines()[1:4]
    assert head.split() == ["HOST:", "pod:default/client", "Loss%", "Snt", "Last", "Avg", "Best", "Wrst", "StDev"]
    assert first.split() == ["1.|--", "192.0.2.1", "0.0%", "10", "1.0", "1.0", "0.5", "9.0", "0.1"]
    assert second.split()[:3] == ["2.|--", "???", "100.0%"]


def rules(network: Network, *commands: str) -> None:
    for command in commands:
        argv = ["ip", "netns", "exec", network.router.name, "iptables", "-w", "5", *command.split()]
        if subprocess.run(argv, capture_output=True, check=False).returncode:
            pytest.skip(f"iptables {command}")


def test_a_router_that_limits_its_answers_is_told_from_one_that_loses(network: Network) -> None:
    rules(network, "-A OUTPUT -p icmp --icmp-type time-exceeded -m statistic --mode nth --every 2 --packet 0 -j DROP")
    try:
        limits = trace(network, count=6, protocol="icmp")
        rules(network, "-F OUTPUT", "-A FORWARD -p icmp -m statistic --mode nth --every 3 --packet 0 -j DROP")
        loses = trace(network, count=6, protocol="icmp")
    finally:
        rules(network, "-F OUTPUT", "-F FORWARD")
    first, last = limits["data"]["hops"][0], limits["data"]["hops"][-1]
    assert first["loss_percent"] > 0 and last["loss_percent"] == 0
    assert "No packet to the target is lost" in _text.mtr_reading(limits["data"]["hops"], True)
    assert loses["data"]["hops"][0]["loss_percent"] == 0 and loses["data"]["hops"][-1]["loss_percent"] > 0
    assert "the loss goes on to the end from hop 2" in _text.mtr_reading(loses["data"]["hops"], True)
