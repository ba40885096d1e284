# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Expressions of nft rules for one packet: fields, and what is made of them: arithmetic, concatenations, maps.

Sources: libnftables-json(5), nft(8).
"""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter import _nft_values
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._nft_fields import (
    FIELDS,
    HIDDEN,
    NOTHING,
    Dice,
    Found,
    Hidden,
    Nothing,
    kind_of,
    kinds_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._nft_sets import Entry, index_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._nft_values import (
    Prefixed,
    Span,
    Unreadable,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import NamedSet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._view import View

_BITWISE: t.Mapping[str, t.Callable[[int, int], int]] = {
    "&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "<<": lambda a, b: a << min(b, 128),
    ">>": lambda a, b: a >> min(b, 128),
}
# Sides of a dice that are looked up one by one.
_MAX_SIDES = 4096


class Chosen(t.NamedTuple):
    """An element that a look-up may find, or that there is none. share: 1 for certain, less by dice, None if unsure."""

    entry: Entry | None
    share: float | None


def evaluate(view: View, expression: t.Any, kind: str | None = None) -> Found:
    """The value of an expression for a packet. kind: the data type that a constant in its place has."""
    if isinstance(expression, dict) and len(expression) == 1:
        ((name, inside),) = expression.items()
        function = FIELDS.get(name)
        if function is not None:
            return function(view, inside)
        if name == "concat":
            return _concat(view, inside)
        if name == "map":
            return _map(view, inside)
        if name in _BITWISE:
            return _bitwise(view, name, inside, kind)
    try:
        part = _nft_values.constant(expression, kind)
    except (Unreadable, KeyError, IndexError, TypeError, ValueError, RecursionError):
        return HIDDEN
    return HIDDEN if isinstance(part, (Span, Prefixed)) else part


def _bitwise(view: View, name: str, operands: t.Any, kind: str | None) -> Found:
    if not isinstance(operands, list) or len(operands) < 2:
        return HIDDEN
    kind = kind_of(operands[0]) or kind
    total = evaluate(view, operands[0], kind)
    for operand in operands[1:]:
        value = evaluate(view, operand, kind)
        if isinstance(total, Nothing) or isinstance(value, Nothing):
            return NOTHING
        if name == "&" and 0 in (total, value):
            total = 0
            continue
        if not isinstance(total, int) or not isinstance(value, int):
            return HIDDEN
        total = _BITWISE[name](total, value)
    return total


def _concat(view: View, parts: t.Any) -> Found:
    values = tuple(evaluate(view, each) for each in parts) if isinstance(parts, list) else (HIDDEN,)
    return NOTHING if any(isinstance(each, Nothing) for each in values) else values


def _map(view: View, data: t.Any) -> Found:
    found = look_up(view, data.get("key"), data.get("data"))
    if found is None or len(found) != 1 or found[0].share is None:
        return HIDDEN
    entry = found[0].entry
    if entry is None:
        return NOTHING
    return evaluate(view, entry.data)


def set_of(view: View, data: t.Any) -> NamedSet | None:
    """The set or map that a rule refers to: by its name ("@name"), or its own."""
    if isinstance(data, str):
        return view.rules.sets.get((view.backend, view.family, view.table, data[1:]))
    inside = data.get("set") if isinstance(data, dict) else None
    return inside if isinstance(inside, NamedSet) else None


def look_up(view: View, key: t.Any, data: t.Any) -> list[Chosen] | None:
    """What a set or map has for the value of an expression; None where the packet has no such value."""
    found_set = set_of(view, data)
    value = evaluate(view, key)
    if isinstance(value, Nothing):
        return None
    if found_set is None:
        return [Chosen(None, None)]
    index = index_of(found_set, kinds_of(key))
    if isinstance(value, Dice):
        return _thrown(index, value)
    parts = value if isinstance(value, tuple) else (value,)
    if any(isinstance(each, (Hidden, Dice)) for each in parts):
        bare = tuple(None if isinstance(each, (Hidden, Dice)) else each for each in parts)
        possible = index.possible(bare)
        if not possible:
            return [Chosen(None, 1.0)]
        return [*(Chosen(entry, None) for entry in possible), Chosen(None, None)]
    entry = index.find(parts)
    if entry is None and (view.family, view.table, found_set.name, parts) in view.added:
        entry = Entry(parts, None)
    return [Chosen(entry, 1.0)]


def _thrown(index: t.Any, dice: Dice) -> list[Chosen]:
    """Each element by its probability."""
    if dice.modulus > _MAX_SIDES:
        return [Chosen(None, None)]
    shares: dict[Entry | None, float] = {}
    for side in range(dice.offset, dice.offset + dice.modulus):
        entry = index.find((side,))
        shares[entry] = shares.get(entry, 0.0) + 1 / dice.modulus
    return [Chosen(entry, share) for entry, share in shares.items()]
