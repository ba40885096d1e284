# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Path MTU over real routers. The network is described in conftest.py."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._size_search import SizeSearch, Trial

SERVER, SERVER6 = "198.51.100.2", "2001:db8:2::2"


@pytest.mark.parametrize("target, sender", [(SERVER, "192.0.2.1"), (SERVER6, "2001:db8:1::1")])
def test_router_that_tells_its_mtu(network: t.Any, target: str, sender: str) -> None:
    result = network.client.probe(kind="path_mtu", target=target)
    assert (result.status, result.outcome) == ("fail", "frag_needed")
    assert (result.data["largest"], result.data["smallest_failed"], result.data["device_mtu"]) == (1400, 1401, 1500)
    first = {trial["size"]: trial for trial in result.data["tried"]}[1500]
    assert (first["outcome"], first["mtu"], first["from"], first["tries"]) == ("frag_needed", 1400, sender, 1)
    assert result.data["icmp_errors"][0]["mtu"] == 1400


def test_what_the_kernel_learned_does_not_hide_the_path(network: t.Any) -> None:
    """After the first search the kernel has cached 1400; the second must still send 1500 and hear the router."""
    network.client.probe(kind="path_mtu", target=SERVER)
    result = network.client.probe(kind="path_mtu", target=SERVER)
    assert result.data["kernel_mtu"] == 1400
    assert result.data["too_big_local"] == {"size": 1500, "mtu": 1400}
    assert {"frag_needed", "reply"} == {trial["outcome"] for trial in result.data["tried"]}


def test_expected_size_is_enough(network: t.Any) -> None:
    assert network.client.probe(kind="path_mtu", target=SERVER, expect=1400).status == "pass"
    assert network.client.probe(kind="path_mtu", target=SERVER, expect=1401).status == "fail"
    assert network.client.probe(kind="path_mtu", target=SERVER, max_mtu=1400).status == "pass"


def test_whole_path_as_large_as_the_interface(network: t.Any) -> None:
    result = network.client.probe(kind="path_mtu", target="192.0.2.1")
    assert (result.status, result.outcome, result.data["largest"]) == ("pass", "reply", 1500)
    assert result.data["smallest_failed"] is None
    assert result.sent == result.received == 3
    assert result.data["route"]["device"] == "left"


@pytest.mark.parametrize("server_mtu", [1300, 1439])
def test_black_hole_is_found_to_the_byte(new_network: t.Any, server_mtu: int) -> None:
    """The server's device silently drops what is larger than its MTU (veth leaves room for a VLAN tag)."""
    network = new_network(right_mtu=1500, server_mtu=server_mtu)
    result = network.client.probe(kind="path_mtu", target=SERVER, timeout=1.0)
    largest = server_mtu + 4
    assert (result.status, result.outcome) == ("fail", "no_reply")
    assert (result.data["largest"], result.data["smallest_failed"]) == (largest, largest + 1)
    assert result.data["icmp_errors"] == []
    failed = [trial for trial in result.data["tried"] if trial["outcome"] == "no_reply"]
    assert [trial["tries"] for trial in failed[:-1]] == [2] * (len(failed) - 1)
    assert (failed[-1]["size"], failed[-1]["tries"]) == (largest + 1, 1)  # the last, patient one
    assert result.seconds < 10


def test_larger_than_the_interface_is_not_sent(namespace: t.Any, new_network: t.Any) -> None:
    network = new_network(right_mtu=1500)
    network.client.ip("link set left mtu 1300")
    result = network.client.probe(kind="path_mtu", target=SERVER, max_mtu=1500)
    assert (result.status, result.data["largest"], result.data["device_mtu"]) == ("pass", 1300, 1300)
    result = network.client.probe(kind="path_mtu", target=SERVER, expect=1500)
    assert (result.status, result.outcome, result.data["largest"]) == ("fail", "too_big_local", 1300)


def test_path_below_the_usual_minimum(new_network: t.Any) -> None:
    network = new_network(right_mtu=500)
    result = network.client.probe(kind="path_mtu", target=SERVER)
    assert (result.status, result.data["largest"]) == ("fail", 500)


def test_no_answer_at_all_is_not_an_mtu(network: t.Any) -> None:
    network.router.ip("route replace blackhole 203.0.113.1/32")
    result = network.client.probe(kind="path_mtu", target="203.0.113.1", timeout=0.1)
    assert (result.status, result.data["largest"]) == ("error", None)
    assert result.error == "Cannot measure the path MTU: no packet of any size is answered"


def test_no_route(namespace: t.Any) -> None:
    result = namespace("lonely").probe(kind="path_mtu", target=SERVER)
    assert (result.status, result.outcome) == ("fail", "no_route")
    assert result.error == f"Cannot find a route to {SERVER}: no route to it (ENETUNREACH)"


def test_loopback_is_limited_by_the_size_of_ip_packets(network: t.Any) -> None:
    result = network.client.probe(kind="path_mtu", target="127.0.0.1")
    assert (result.status, result.data["largest"], result.data["device_mtu"]) == ("pass", 65535, 65536)


# -- the search itself -------------------------------------------------------------------------------------------
class Path:
    """Answers like a path; told: whether its router says its MTU."""

    def __init__(self, mtu: int, told: bool = False, lost: t.Container[int] = ()) -> None:
        self.mtu, self.told, self.lost = mtu, told, lost
        self.rounds: list[list[int]] = []

    def __call__(self, sizes: list[int]) -> list[Trial]:
        self.rounds.append(sizes)
        return [self.trial(size) for size in sizes]

    def trial(self, size: int) -> Trial:
        if size <= self.mtu and size not in self.lost:
            return Trial(size, "reply")
        return Trial(size, "frag_needed", self.mtu) if self.told else Trial(size)


@pytest.mark.parametrize("mtu", [576, 577, 1000, 1279, 1440, 1450, 1498, 1499, 1500])
@pytest.mark.parametrize("width", [1, 2, 5, 15])
@pytest.mark.parametrize("told", [True, False])
def test_search_finds_every_mtu(mtu: int, width: int, told: bool) -> None:
    path = Path(mtu, told)
    search = SizeSearch(path, 576, 1500, lambda: width)
    search.run(84)
    assert search.largest == mtu
    assert search.smallest_failed == (None if mtu == 1500 else mtu + 1)
    assert all(len(set(sizes)) == len(sizes) for sizes in path.rounds)


def test_search_needs_three_more_rounds_for_ethernet_and_one_when_told() -> None:
    silent, told = Path(1443), Path(1443, told=True)
    for path in (silent, told):
        SizeSearch(path, 576, 1500, lambda: 15).run(84)
    assert len(silent.rounds) == 4
    assert silent.rounds[0] == [84, 576, 1500]
    assert len(told.rounds) == 2


def test_search_is_not_misled_by_one_lost_packet() -> None:
    search = SizeSearch(Path(1450, lost=range(800, 900)), 576, 1500, lambda: 15)
    search.run(84)
    assert search.largest == 1450


def test_size_that_was_only_late_is_found_by_the_last_try() -> None:
    late = {1500}

    def path(sizes: list[int]) -> list[Trial]:
        return [Trial(size, "no_reply" if size in late else "reply") for size in sizes]

    search = SizeSearch(path, 576, 1500, lambda: 15)
    search.run(84)
    assert (search.largest, search.silent_size) == (1499, 1500)
    late.clear()
    assert search.retry(1500)
    search.narrow()
    assert (search.largest, search.smallest_failed, search.silent_size) == (1500, None, None)


def test_search_ends_when_nothing_passes() -> None:
    search = SizeSearch(Path(0), 576, 1500, lambda: 15)
    search.run(84)
    assert (search.largest, search.smallest_failed) == (None, 84)
