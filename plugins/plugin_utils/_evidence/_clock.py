# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""How far the clocks of the nodes are apart, by packets that were captured on both: the way NTP tells (RFC 5905,
section 8). The quickest packet of each direction counts; what it took is shared by the two directions."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject


@dataclasses.dataclass(frozen=True)
class Crossing:
    """A packet that was seen on two nodes: when it left the first, when it came to the second (ns, each node's own)."""

    first: str
    left: int
    second: str
    came: int


@dataclasses.dataclass(frozen=True)
class Clock:
    """A node's clock: offset is what it is ahead of the reference's, uncertain by so much either way (ns).

    both_ways: packets of both directions were seen. Else the quickest packet is taken to have needed no time, and how
    far that is wrong is not known: uncertainty is None.
    """

    node: str
    reference: str
    offset: int
    uncertainty: int | None
    both_ways: bool

    def to_json(self) -> JsonObject:
        """As in the index."""
        return dataclasses.asdict(self)

    def __str__(self) -> str:
        ahead = "ahead of" if self.offset >= 0 else "behind"
        told = f"the clock of {self.node} is {abs(self.offset) / 1e6:.3f} ms {ahead} that of {self.reference}"
        if self.uncertainty is None:
            return f"{told}, by packets of one direction, as if they took no time"
        return f"{told}, give or take {self.uncertainty / 1e6:.3f} ms"


def clocks(reference: str, nodes: t.Iterable[str], crossings: t.Sequence[Crossing]) -> dict[str, Clock]:
    """The clocks of those nodes that share packets with the reference, or with one whose clock is known by now."""
    found = {reference: Clock(reference, reference, 0, 0, True)}
    waiting = [node for node in dict.fromkeys(nodes) if node != reference]
    while waiting:
        known = {
            node: clock
            for node in waiting
            for near in found.values()
            for clock in [_between(near, node, crossings)]
            if clock is not None
        }
        if not known:
            break
        found.update(known)
        waiting = [node for node in waiting if node not in found]
    return found


def _between(near: Clock, node: str, crossings: t.Sequence[Crossing]) -> Clock | None:
    there = [one.came - one.left for one in crossings if (one.first, one.second) == (near.node, node)]
    back = [one.came - one.left for one in crossings if (one.first, one.second) == (node, near.node)]
    if there and back:
        offset, half = (min(there) - min(back)) // 2, abs(min(there) + min(back)) // 2
        certain = near.uncertainty is not None
        uncertainty = half + near.uncertainty if near.uncertainty is not None else None
        return Clock(node, near.reference, near.offset + offset, uncertainty, certain)
    if there or back:
        offset = min(there) if there else -min(back)
        return Clock(node, near.reference, near.offset + offset, None, False)
    return None
