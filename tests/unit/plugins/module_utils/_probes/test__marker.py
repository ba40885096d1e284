# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Marked packets in real namespaces, and what the kernel's own events say of them."""

from __future__ import annotations

import contextlib
import os
import time
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._capture import _kernel_trace, _tracefs
from ansible_collections.podnet.diagnostics.plugins.module_utils._capture._process import Process
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._probes.conftest import SERVER, Network

JsonObject = dict[str, t.Any]
# The kernel's events are those of the whole machine: tests that run side by side are told apart by the size.
LENGTH = 437 + 64 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])


@contextlib.contextmanager
def tracing(name: str, *lengths: int) -> t.Iterator[None]:
    try:
        _tracefs.start(name, lengths)
    except _tracefs.TraceError as exc:
        pytest.skip(str(exc))
    try:
        yield
    finally:
        _tracefs.remove(name)


def name_of(process: Process | None, run: str = "test", lives: float = 60) -> str:
    assert process is not None
    return _tracefs.instance_name(run, process, time.time() + lives)


def ways_of(network: Network, **request: t.Any) -> list[JsonObject]:
    """Send marked packets from the client; the ways that they took."""
    name = name_of(Process.of(os.getpid()), f"test-{request.get('protocol', 'icmp')}")
    with tracing(name, LENGTH):
        sent = network.client.probe(id="m", kind="marker", target=SERVER, size=LENGTH, interval=0.01, **request)
        assert (sent.status, sent.outcome, sent.sent) == ("pass", "sent", 3), sent.error
        time.sleep(0.1)
        text, lost = _tracefs.read(name)
    assert lost == 0
    return _kernel_trace.ways(text, [LENGTH])


def way_of(network: Network, **request: t.Any) -> JsonObject:
    """The only way. The kernel is one for all: packets of somebody else may have the length by chance, and are gone
    the next time.
    """
    for _attempt in range(5):
        ways = ways_of(network, **request)
        if len(ways) == 1:
            break
    (way,) = ways
    return way


@pytest.mark.parametrize(
    "request_", [{"protocol": "icmp"}, {"protocol": "udp", "port": 9}, {"protocol": "tcp", "port": 9}], ids=str
)
def test_every_device_of_the_way_is_seen(network: Network, request_: JsonObject) -> None:
    forward = [way for way in ways_of(network, **request_) if way["devices"][0][1] == "queue"]
    longest = max(forward, key=lambda way: len(way["devices"]))
    assert [event for _device, event in longest["devices"]] == ["queue", "receive", "queue", "receive"]
    assert longest["packets"] == 3


@pytest.mark.parametrize(
    "request_", [{"protocol": "icmp"}, {"protocol": "udp", "port": 9}, {"protocol": "tcp", "port": 9}], ids=str
)
def test_the_kernel_names_the_drop(network: Network, request_: JsonObject) -> None:
    network.router.ip(f"route add blackhole {SERVER}/32")
    try:
        way = way_of(network, **request_)
    finally:
        network.router.ip(f"route del blackhole {SERVER}/32")
    assert [event for _device, event in way["devices"]] == ["queue", "receive"]
    assert way["packets"] == 3 and way["location"]
    # Kernels before 5.17 give no reasons.
    assert way["reason"] in (None, "NOT_SPECIFIED", "IP_INNOROUTES")


def test_reverse_path_filtering_is_a_reason(network: Network) -> None:
    devices = ("all", "default")
    for device in devices:
        network.router.sysctl(f"net/ipv4/conf/{device}/rp_filter", "1")
    network.router.ip("route add prohibit 192.0.2.2/32 table 7")
    network.router.ip("rule add pref 5 to 192.0.2.2/32 lookup 7")
    try:
        way = way_of(network, protocol="icmp")
    finally:
        network.router.ip("rule del pref 5")
        network.router.ip("route flush table 7")
        for device in devices:
            network.router.sysctl(f"net/ipv4/conf/{device}/rp_filter", "0")
    assert way["packets"] == 3 and way["location"]


def test_what_a_killed_run_left_is_swept_and_what_lives_is_not(network: Network) -> None:
    mine = name_of(Process.of(os.getpid()), "mine")
    gone = name_of(Process(1 << 22, 1, 0), "gone", lives=-1000)
    with tracing(gone, LENGTH), tracing(mine, LENGTH):
        with pytest.raises(_tracefs.TraceError, match="gone"):
            _tracefs.read(gone)
        _tracefs.start(name_of(Process.of(os.getpid()), "other"), [LENGTH])
        _tracefs.remove(name_of(Process.of(os.getpid()), "other"))
        assert _tracefs.read(mine)[1] == 0


LINES = """\
# tracer: nop
          <idle>-0       [001] ..s2.    10.000000: net_dev_queue: dev=eth0 skbaddr=00000000aa len=451
          <idle>-0       [001] ..s2.    10.000010: netif_receive_skb: dev=veth1 skbaddr=00000000aa len=437
          <idle>-0       [001] ..s2.    10.000020: kfree_skb: skbaddr=00000000aa rx_sk=0000000000000000 \
protocol=2048 location=nft_do_chain+0x33/0x80 reason: NETFILTER_DROP
          <idle>-0       [001] ..s2.    10.100000: kfree_skb: skbaddr=00000000aa rx_sk=0000000000000000 \
protocol=2048 location=ip_rcv+0x33/0x80 reason: OTHERHOST
          <idle>-0       [001] ..s2.    11.000000: net_dev_queue: dev=eth0 skbaddr=00000000bb len=451
          <idle>-0       [001] ..s2.    11.500000: kfree_skb: skbaddr=00000000bb rx_sk=0000000000000000 \
protocol=2048 location=ip_rcv+0x33/0x80 reason: OTHERHOST
          <idle>-0       [001] ..s2.    12.000000: net_dev_queue: dev=eth0 skbaddr=00000000cc len=460
garbage \x1b[31m
""".replace("451", str(LENGTH + 14)).replace("437", str(LENGTH))


def test_a_buffer_that_was_used_again_is_not_joined() -> None:
    assert _kernel_trace.ways(LINES, [LENGTH]) == [
        {
            "length": LENGTH,
            "devices": [["eth0", "queue"], ["veth1", "receive"]],
            "reason": "NETFILTER_DROP",
            "location": "nft_do_chain",
            "packets": 1,
        },
        {"length": LENGTH, "devices": [["eth0", "queue"]], "reason": None, "location": None, "packets": 1},
    ]


NEXT = """\
          <idle>-0       [001] ..s2.    10.000000: net_dev_queue: dev=eth0 skbaddr=00000000aa len=451
          <idle>-0       [001] ..s2.    10.000010: netif_receive_skb: dev=veth1 skbaddr=00000000aa len=437
          <idle>-0       [001] ..s2.    10.0PAUSE: net_dev_queue: dev=eth0 skbaddr=00000000aa len=451
          <idle>-0       [001] ..s2.    10.020010: netif_receive_skb: dev=veth1 skbaddr=00000000aa len=437
          <idle>-0       [001] ..s2.    10.020020: kfree_skb: skbaddr=00000000aa rx_sk=0000000000000000 \
protocol=2048 location=nft_do_chain+0x33/0x80 reason: NETFILTER_DROP
""".replace("451", str(LENGTH + 14)).replace("437", str(LENGTH))


@pytest.mark.parametrize(
    ("pause", "dropped"),
    [
        ("20000", [["eth0", "queue"], ["veth1", "receive"]]),
        # On its way through a namespace whose NIC is called as the first one.
        ("00020", [["eth0", "queue"], ["veth1", "receive"]] * 2),
    ],
)
def test_a_packet_that_arrived_is_no_part_of_the_next_one_in_its_buffer(pause: str, dropped: list[list[str]]) -> None:
    """One that arrives leaves no event."""
    found = _kernel_trace.ways(NEXT.replace("PAUSE", pause), [LENGTH])
    assert [way["devices"] for way in found if way["reason"]] == [dropped]


def test_a_kernel_without_drop_reasons_tells_the_function() -> None:
    """Before 5.17 there is no reason in the event; the function that freed the packet is told all the same."""
    old = LINES.replace(" reason: NETFILTER_DROP", "")
    assert (_kernel_trace.ways(old, [LENGTH])[0]["reason"], _kernel_trace.ways(old, [LENGTH])[0]["location"]) == (
        None,
        "nft_do_chain",
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give its rights away")
def test_without_the_right_to_trace_one_sentence_says_so() -> None:
    os.seteuid(65534)
    try:
        with pytest.raises(_tracefs.TraceError, match=r"^Cannot trace the kernel: "):
            _tracefs.start(name_of(Process.of(os.getpid()), "nobody"), [LENGTH])
    finally:
        os.seteuid(0)
