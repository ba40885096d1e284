# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of gap with real packets: captures say where it is, and the kernel's own reason agrees.

What was dropped before it left its sender, and by a network between two nodes, is in tests/accuracy/test_gaps.py.
"""

from __future__ import annotations

import contextlib
import fcntl
import pathlib
import tempfile
import typing as t
from dataclasses import dataclass

import pytest

from ansible_collections.podnet.diagnostics.tests.unit.plugins.plugin_utils._evidence.real_network import (
    MACS,
    N2,
    SAME_NODE,
    UNUSUAL_SYN,
    VIP,
    WAY,
    A,
    B,
    C,
    Experiment,
    Network,
    ends,
)

FILTER = frozenset(("NETFILTER_DROP", "NETFILTER_INGRESS", "NETFILTER_EGRESS"))
FILLED, SYN = 302, UNUSUAL_SYN
Change = t.Callable[[Network], contextlib.AbstractContextManager[None]]


@dataclass(frozen=True)
class Row:
    """way, last, missing: the gap, "SPACE DEVICE". reasons: of the kernel, which gives them behind the device called
    so; none where what is dropped is a copy, which is another packet to the kernel."""

    kind: str
    change: Change
    way: str
    last: str
    missing: str
    reasons: frozenset[str] = FILTER
    behind: str = ""
    probe: tuple[str, str, int] = ("icmp", B, 0)

    def __str__(self) -> str:
        return self.kind


def _rule(space: str, *argv: str) -> Change:
    return lambda network: network.rule(space, *argv)


def _nft(space: str, family: str, hook: str, rule: str, priority: int = 0) -> Change:
    return lambda network: network.nft(space, family, hook, rule, priority)


def _masqueraded(inner: Change) -> Change:
    @contextlib.contextmanager
    def both(network: Network) -> t.Iterator[None]:
        with network.rule("node-1", "POSTROUTING", "-d", B, "-j", "MASQUERADE"), inner(network):
            yield

    return both


def _changed(space: str, make: str, undo: str) -> Change:
    return lambda network: network.changed(space, make, undo)


FDB = f"{MACS['node-2']} dev flannel.1 dst {N2}"
SERVICE, SERVER = ("tcp", VIP, 80), ("tcp", B, 8080)
ROWS = (
    Row(
        "in the server's pod",
        _rule("pod-b", "INPUT", "-p", "icmp", "-j", "DROP"),
        "reply",
        "",
        "pod-b eth0",
        behind="eth0",
    ),
    Row(
        "by the bridge family",
        _nft("node-1", "bridge", "forward", "ip protocol icmp drop"),
        "forward",
        "node-1 cni0",
        "node-1 veth-c",
        reasons=frozenset(),
        probe=("icmp", C, 0),
    ),
    Row(
        "at netdev ingress",
        _nft("node-1", "netdev", "ingress device veth-a", "ip protocol icmp drop"),
        "forward",
        "node-1 veth-a",
        "node-1 cni0",
        behind="veth-a",
    ),
    Row(
        "at the tunnel's entrance",
        _changed("node-1", f"bridge fdb del {FDB}", f"bridge fdb add {FDB}"),
        "forward",
        "node-1 flannel.1",
        "node-1 eth0",
        frozenset(("VXLAN_NO_REMOTE", "NO_TX_TARGET")),
        "flannel.1",
    ),
    Row(
        "at the tunnel's exit",
        _rule("node-2", "INPUT", "-p", "udp", "--dport", "8472", "-j", "DROP"),
        "forward",
        "node-2 eth0",
        "node-2 flannel.1",
        behind="eth0",
    ),
    Row(
        "at the near NIC",
        _nft("node-1", "netdev", "egress device eth0", "udp dport 8472 drop"),
        "forward",
        "node-1 flannel.1",
        "node-1 eth0",
        behind="flannel.1",
    ),
    Row(
        "at the far NIC",
        _nft("node-2", "netdev", "ingress device eth0", "udp dport 8472 drop"),
        "forward",
        "node-2 eth0",
        "node-2 flannel.1",
        behind="eth0",
    ),
    Row(
        "before DNAT",
        _rule("node-1", "PREROUTING", "-d", VIP, "-j", "DROP"),
        "forward",
        "node-1 cni0",
        "node-1 flannel.1",
        behind="cni0",
        probe=SERVICE,
    ),
    Row(
        "behind DNAT",
        _rule("node-1", "FORWARD", "-d", B, "-p", "tcp", "--dport", "8080", "-j", "DROP"),
        "forward",
        "node-1 cni0",
        "node-1 flannel.1",
        behind="cni0",
        probe=SERVICE,
    ),
    Row(
        "before SNAT",
        _masqueraded(_rule("node-1", "POSTROUTING", "-s", A, "-d", B, "-j", "DROP")),
        "forward",
        "node-1 cni0",
        "node-1 flannel.1",
        behind="cni0",
    ),
    Row(
        "behind SNAT",
        _masqueraded(_nft("node-1", "ip", "postrouting", f"ip saddr != {A} ip daddr {B} drop", 150)),
        "forward",
        "node-1 cni0",
        "node-1 flannel.1",
        behind="cni0",
    ),
    Row(
        "only the reply",
        _rule("node-1", "FORWARD", "-d", A, "-j", "DROP"),
        "reply",
        "node-1 flannel.1",
        "node-1 cni0",
        behind="flannel.1",
    ),
    Row(
        "only SYN-ACKs",
        _rule("node-2", "FORWARD", "-p", "tcp", "--tcp-flags", "SYN,ACK", "SYN,ACK", "-j", "DROP"),
        "reply",
        "node-2 cni0",
        "node-2 flannel.1",
        behind="cni0",
        probe=SERVER,
    ),
    Row(
        "a REJECT",
        _rule("node-2", "FORWARD", "-d", B, "-j", "REJECT"),
        "forward",
        "node-2 flannel.1",
        "node-2 cni0",
        behind="flannel.1",
    ),
    Row(
        "a blackhole",
        _changed("node-1", f"ip route add blackhole {B}/32", f"ip route del blackhole {B}/32"),
        "forward",
        "node-1 cni0",
        "node-1 flannel.1",
        frozenset(("IP_INNOROUTES", "NOT_SPECIFIED")),
        "cni0",
    ),
)


def _gap(flow: dict[str, t.Any], way: str) -> list[str]:
    last, missing = ends(flow)[:2] if way == "forward" else ends(flow)[2:]
    return [last or "", missing or ""]


@pytest.fixture(autouse=True)
def _one_at_a_time() -> t.Iterator[None]:
    """The kernel is one for all: these tests' packets have the same lengths."""
    with pathlib.Path(tempfile.gettempdir(), "podnet-test-gaps.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_captures_and_kernel_agree_on_the_gap(row: Row, experiment: Experiment, network: Network) -> None:
    kind, _target, _port = row.probe
    marked = FILLED + 28 if kind == "icmp" else SYN
    places: set[str | None] = set()
    # Packets of somebody else may have the length by chance, and are gone the next time.
    for _attempt in range(5):
        _captured(row, experiment, network, marked)
        if not row.reasons:
            return
        if experiment.kernel.get("error"):
            pytest.skip(f"the kernel cannot be heard here: {experiment.kernel['error']}")
        assert not experiment.kernel["lost"]
        told = [drop for drop in experiment.drops(marked, 2 * len(WAY)) if drop.reason in row.reasons]
        assert told, experiment.kernel["ways"]
        places = {drop.devices[-1] for drop in told}
        if places == {row.behind}:
            break
    assert places == {row.behind}


def _captured(row: Row, experiment: Experiment, network: Network, marked: int) -> None:
    kind, target, port = row.probe
    with row.change(network):
        way = SAME_NODE if target == C else WAY
        flow = experiment(kind, target, port, size=FILLED, way=way, marked=marked)
    assert _gap(flow, row.way) == [row.last, row.missing] and flow["lossless"]
    assert (flow["missing_reply"] is None) == (row.way == "forward"), "it is nowhere else"


def test_of_a_share_it_is_told_how_many_of_how_many(experiment: Experiment, network: Network) -> None:
    every_third = ("-m", "statistic", "--mode", "nth", "--every", "3", "--packet", "0")
    with network.rule("node-2", "FORWARD", "-d", B, "-p", "icmp", *every_third, "-j", "DROP"):
        flow = experiment("icmp", B, count=9, size=FILLED, marked=FILLED + 28)
    (ladder,) = experiment.index["ladders"]
    there = {(one["node"], one["device"]): one["packets"] for one in ladder["counts"] if one["direction"] == "forward"}
    assert ladder["total"] == 9 and there["node-2", "flannel.1"] == 9 and there["node-2", "cni0"] == 6
    lost = [packet for packet in flow["packets"] if packet["lost"]]
    assert len(lost) == 3 and {packet["missing_forward"]["device"] for packet in lost} == {"cni0"}
    if not experiment.kernel.get("error"):
        # Packets of that size that other tests send meanwhile are told, too.
        assert 3 in [drop.dropped for drop in experiment.drops(FILLED + 28, 9) if drop.reason in FILTER]
