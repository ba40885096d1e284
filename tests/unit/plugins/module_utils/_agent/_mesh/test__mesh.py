# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the bounded mesh guarantees, counted out for rings of many sizes."""

from __future__ import annotations

import collections
import math
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._mesh._mesh import (
    coverage_seconds,
    epochs_to_cover,
    offsets,
    partners,
    ring_order,
)


def nodes(n: int) -> list[str]:
    return [f"node-{number}.example" for number in range(n)]


@pytest.mark.parametrize("n, k", [(31, 10), (32, 10), (50, 3), (100, 10), (101, 10), (257, 16)])
def test_each_node_probes_k_others_and_is_probed_by_k_others(n: int, k: int) -> None:
    names = nodes(n)
    for epoch in (0, 1, 29_000_000, 29_000_001):
        probed: t.Counter[str] = collections.Counter()
        for name in names:
            mine = partners(names, name, epoch, k, 30)
            assert len(mine) == len(set(mine)) == k
            assert name not in mine
            probed.update(mine)
        assert set(probed.values()) == {k}
        assert set(probed) == set(names)


@pytest.mark.parametrize("n", [*range(2, 130), 251, 256, 499, 500, 997, 1000])
@pytest.mark.parametrize("k", [1, 3, 10])
def test_everyone_is_covered_from_any_epoch_on(n: int, k: int) -> None:
    """That is about offsets, so it holds for each node by itself, whatever the others take for the time."""
    for start in (0, 7, 29_000_000):
        epochs = epochs_to_cover(n, k)
        assert epochs == math.ceil((n - 1) / k)
        seen = [offset for epoch in range(start, start + epochs) for offset in offsets(n, epoch, k)]
        assert set(seen) == set(range(1, n))
        if n > 2 * k:
            assert not set(offsets(n, start, k)) & set(offsets(n, start + 1, k)), "new partners in each epoch"


def test_nodes_whose_clocks_disagree_still_cover_everyone() -> None:
    names = nodes(120)
    for index, name in enumerate(names):
        skew = index * 37 % 11
        seen = {
            one
            for epoch in range(skew, skew + epochs_to_cover(120, 10))
            for one in partners(names, name, epoch, 10, 30)
        }
        assert seen == set(names) - {name}


@pytest.mark.parametrize("n", [500, 1000])
def test_large_rings(n: int) -> None:
    names = nodes(n)
    ring = ring_order(names)
    probed: t.Counter[int] = collections.Counter()
    for here in range(n):
        probed.update((here + offset) % n for offset in offsets(n, 29_000_123, 10))
    assert set(probed.values()) == {10}
    assert partners(names, ring[5], 29_000_123, 10, 30) == [
        ring[(5 + offset) % n] for offset in offsets(n, 29_000_123, 10)
    ]
    assert min(offset for epoch in range(5) for offset in offsets(n, epoch, 10)) >= 1


def test_small_clusters_probe_all_pairs() -> None:
    names = nodes(30)
    for name in names:
        for epoch in (1, 2):
            assert set(partners(names, name, epoch, 10, 30)) == set(names) - {name}
    assert len(partners(nodes(31), "node-3.example", 1, 10, 30)) == 10
    assert len(partners(nodes(8), "node-3.example", 1, 10, 0)) == 7


@pytest.mark.parametrize("names", [[], ["me"], ["me", "me"]])
def test_alone(names: list[str]) -> None:
    assert partners(names, "me", 3, 10, 30) == []
    assert partners(names, "me", 3, 10, 0) == []


def test_the_order_of_the_list_does_not_matter_and_a_new_node_counts_itself_in() -> None:
    names = nodes(80)
    assert partners(names[::-1], names[3], 5, 10, 30) == partners(names, names[3], 5, 10, 30)
    assert partners(names[1:], names[0], 5, 10, 30) == partners(names, names[0], 5, 10, 30)


def test_no_partners_wanted() -> None:
    assert partners(nodes(80), "node-1.example", 5, 0, 30) == []
    assert epochs_to_cover(80, 0) == 0


@pytest.mark.parametrize(
    "n, k, up_to, seconds",
    [
        (0, 10, 30, 0.0),
        (1, 10, 30, 0.0),
        (2, 10, 30, 60.0),
        (30, 10, 30, 60.0),
        (31, 10, 30, 180.0),
        (31, 10, 0, 180.0),
        (1000, 10, 30, 6000.0),
        (1001, 10, 30, 6000.0),
        (5000, 66, 30, 76 * 60.0),
        (11, 10, 0, 60.0),
        (100, 0, 30, 0.0),
    ],
)
def test_coverage_time(n: int, k: int, up_to: int, seconds: float) -> None:
    assert coverage_seconds(n, k, 60.0, up_to) == seconds
