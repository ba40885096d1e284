# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Who probes whom in a bounded mesh: pure arithmetic that all nodes do alike, without talking to one another.

The nodes stand in a ring, in the order of the hashes of their names. In one epoch each node probes those that stand o1,
o2, … ok places further on, with the same k offsets for everyone: a circulant graph, so exactly k nodes probe each node
as well. Every epoch takes the next k offsets of one fixed sequence of 1 … N-1; so each node has probed every other one
after (N-1)/k epochs, even if no two clocks agree.
"""

from __future__ import annotations

import functools
import hashlib
import math
import typing as t

# The golden ratio: multiples of it fall everywhere in the ring, so that the offsets of one epoch are far apart.
_GOLDEN = (math.sqrt(5) - 1) / 2


def ring_order(nodes: t.Iterable[str]) -> list[str]:
    """The ring: node names by the SHA-256 of each, without doubles."""
    return sorted(set(nodes), key=_place)


def partners(nodes: t.Sequence[str], me: str, epoch: int, k: int, all_pairs_up_to: int) -> list[str]:
    """Whom this node probes in an epoch: everybody where there are few nodes (all_pairs_up_to, itself counted), else k
    of them. A node that is in no list yet counts itself in.
    """
    ring = ring_order([*nodes, me])
    others = len(ring) - 1
    here = ring.index(me)
    if len(ring) <= all_pairs_up_to or others <= k:
        return ring[here + 1 :] + ring[:here]
    return [ring[(here + offset) % len(ring)] for offset in offsets(len(ring), epoch, k)]


def offsets(n: int, epoch: int, k: int) -> list[int]:
    """The k places further on that are probed in an epoch, in a ring of n nodes: different ones in epochs that follow
    on one another, and all of 1 … n-1 within ceil((n-1)/k) of these.
    """
    others = n - 1
    step = _step(others)
    return [(epoch * k + number) % others * step % others + 1 for number in range(min(max(k, 0), others))]


def epochs_to_cover(n: int, k: int) -> int:
    """How many epochs it takes until everyone has probed everyone else; 0 when there is nobody else or nobody is
    probed.
    """
    return math.ceil((n - 1) / k) if n > 1 and k > 0 else 0


def coverage_seconds(n: int, k: int, interval: float, all_pairs_up_to: int = 0) -> float:
    """How long it takes until each of n nodes has probed each other one; interval: of one epoch, in seconds."""
    if n <= max(all_pairs_up_to, 1):
        return interval if n > 1 else 0.0
    return epochs_to_cover(n, k) * interval


@functools.lru_cache(maxsize=16)
def _step(others: int) -> int:
    """A number without common divisor with the length of the sequence: its multiples reach every place."""
    wanted = round(others * _GOLDEN)
    for distance in range(others):
        for step in (wanted - distance, wanted + distance):
            if 0 < step <= others and math.gcd(step, others) == 1:
                return step
    return 1


@functools.lru_cache(maxsize=16384)
def _place(node: str) -> bytes:
    return hashlib.sha256(node.encode("utf-8", "surrogatepass")).digest()
