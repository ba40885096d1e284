# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many nodes: who has an address, and which networks overlap, as one would find out one by one."""

from __future__ import annotations

import ipaddress
import itertools
import random

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._cni import PodNetwork, contains
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import ClusterIndex


def _node(name: str, cidrs: list[str], address: str) -> JsonObject:
    return {
        "metadata": {"name": name, "annotations": {}},
        "spec": {"podCIDR": cidrs[0], "podCIDRs": cidrs},
        "status": {"addresses": [{"type": "InternalIP", "address": address}]},
    }


def _cidr(dice: random.Random) -> str:
    if dice.random() < 0.3:
        return str(ipaddress.ip_network(f"fd00::{dice.randrange(16):x}:0/{dice.choice((108, 112, 116))}", strict=False))
    length = dice.choice((20, 22, 24, 24, 26))
    return str(ipaddress.ip_network(f"10.{dice.randrange(2)}.{dice.randrange(256)}.0/{length}", strict=False))


@pytest.mark.parametrize("seed", range(12))
def test_an_index_says_what_a_search_would(seed: int) -> None:
    dice = random.Random(seed)
    nodes = [
        _node(f"n{number}", [_cidr(dice) for _one in range(dice.randint(1, 2))], f"10.{dice.randrange(4)}.7.{number}")
        for number in range(40)
    ]
    network = PodNetwork(ClusterIndex({"resources": {"nodes": nodes}}))
    peers = list(network.peers.values())
    asked = [str(ipaddress.ip_network(peer.pod_cidrs[-1])[2]) for peer in peers] + ["203.0.113.9", "none", ""]
    asked += [f"10.{dice.randrange(3)}.{dice.randrange(256)}.{dice.randrange(256)}" for _one in range(200)]
    for address in asked:
        owner = next((peer.node for peer in peers if peer.owns(address)), None)
        assert network.node_of(address) == owner
        assert network.is_pod_address(address) is any(contains(cidr, address) for cidr in network.ranges)
    for peer in peers:
        first = str(ipaddress.ip_network(peer.pod_cidrs[0])[0])
        firsts = [one for one in peers if first in {str(ipaddress.ip_network(cidr)[0]) for cidr in one.pod_cidrs}]
        assert network.vtep(first) == firsts[0]
        assert network.node_with(peer.addresses[0]) == peer.node
    known = [(cidr, peer.node) for peer in peers for cidr in peer.pod_cidrs]
    pairs = {
        frozenset((f"{first} of {one}", f"{second} of {other}"))
        for (first, one), (second, other) in itertools.combinations(known, 2)
        if ":" not in first + second or (":" in first and ":" in second)
        if ipaddress.ip_network(first).overlaps(ipaddress.ip_network(second))
    }
    found = [frozenset(pair) for pair in network.overlaps() if not pair[1].startswith("the pod network")]
    assert set(found) == pairs
    inside = {f"{peer.addresses[0]} of {peer.node}" for peer in peers if network.is_pod_address(peer.addresses[0])}
    assert {first for first, second in network.overlaps() if second.startswith("the pod network")} == inside
