# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Which of several nodes is the odd one out: by majority, by configuration, by what was announced; else it is open."""

from __future__ import annotations

import collections
import dataclasses
import enum
import typing as t


class By(enum.Enum):
    """What decided."""

    CONFIGURATION = "configuration"
    MAJORITY = "majority"
    ANNOUNCED = "announcement"
    NOTHING = "nothing"


@dataclasses.dataclass(frozen=True)
class Odd:
    """nodes: those that differ from what is wanted; all of them where nothing decided. wanted is None then."""

    nodes: tuple[str, ...]
    wanted: t.Any
    by: By


def odd_one_out(
    values: t.Mapping[str, t.Any], configured: t.Any = None, announced: t.Mapping[str, t.Any] | None = None
) -> Odd | None:
    """Compare one setting of several nodes; None where they agree (with each other, and with the configuration).

    configured: what one configuration wants of all of them. announced: what each node told the others about itself,
    also of nodes that were not read. The configuration decides before the majority: it is what a restart would bring.
    """
    known = {node: value for node, value in values.items() if value is not None}
    differ = len(set(map(repr, known.values()))) > 1
    if configured is not None:
        odd = tuple(node for node, value in known.items() if value != configured)
        # Where every node differs from the file alike, the file is what was changed, and they work together.
        if odd and (differ or len(odd) < len(known)):
            return Odd(odd, configured, By.CONFIGURATION)
    if not differ:
        return None
    votes = collections.Counter(map(repr, known.values()))
    for node, value in (announced or {}).items():
        if node not in known and value is not None:
            votes[repr(value)] += 1
    (first, most), *others = votes.most_common()
    if not others or most > others[0][1]:
        odd = tuple(node for node, value in known.items() if repr(value) != first)
        wanted = next((value for value in known.values() if repr(value) == first), None)
        return Odd(odd, wanted, By.MAJORITY)
    if announced:
        odd = tuple(
            node for node, value in known.items() if announced.get(node) is not None and announced[node] != value
        )
        if odd and len(odd) < len(known):
            wanted = next(value for node, value in known.items() if node not in odd)
            return Odd(odd, wanted, By.ANNOUNCED)
    return Odd(tuple(known), None, By.NOTHING)
