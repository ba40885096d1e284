# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Sets and maps of nft, indexed so that a look-up does not walk through them.

The same set may be asked with keys of other data types; it is indexed once for each.
"""

from __future__ import annotations

import bisect
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter import _nft_values
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._nft_values import (
    Part,
    Prefixed,
    Span,
    Unreadable,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import NamedSet

Kinds = tuple[t.Optional[str], ...]
# An element that a look-up may meet, whose parts are not all known, is looked for among at most as many.
MAX_POSSIBLE = 16


class Entry:
    """An element: the parts of its key and, in a map, its data. data is as nft printed it."""

    __slots__ = ("data", "parts")

    def __init__(self, parts: tuple[Part, ...], data: t.Any) -> None:
        self.parts = parts
        self.data = data

    def fits(self, values: t.Sequence[t.Any]) -> bool:
        """Whether a key may be this element's; a part of the key that is None may have any value."""
        return len(values) == len(self.parts) and all(
            value is None or fits(value, part) for value, part in zip(values, self.parts)
        )


def fits(value: t.Any, part: Part) -> bool:
    """Whether a value is a constant, or within it."""
    if isinstance(part, Span):
        return isinstance(value, int) and part.low <= value <= part.high
    if isinstance(part, Prefixed):
        return isinstance(value, str) and value.startswith(part.start)
    return bool(value == part)


class Index:
    """The elements of a set for one list of data types. unread: elements that were not understood."""

    def __init__(self, elements: t.Iterable[tuple[t.Any, t.Any]], kinds: Kinds) -> None:
        self._exact: dict[tuple[t.Any, ...], Entry] = {}
        self._first: dict[t.Any, list[Entry]] = {}
        self._wide: list[Entry] = []
        self._spans: list[tuple[int, Entry]] = []
        self._default: Entry | None = None
        self.unread = 0
        for key, data in elements:
            self._add(key, data, kinds)
        self._spans.sort(key=lambda each: each[0])
        self._lows = [low for low, _entry in self._spans]

    def _add(self, key: t.Any, data: t.Any, kinds: Kinds) -> None:
        if key == "*" and "ifname" not in kinds:
            self._default = Entry((), data)
            return
        try:
            parts = parts_of(key, kinds)
        except (Unreadable, KeyError, IndexError, TypeError, ValueError, RecursionError):
            self.unread += 1
            return
        entry = Entry(parts, data)
        if not any(isinstance(part, (Span, Prefixed)) for part in parts):
            self._exact.setdefault(parts, entry)
            self._first.setdefault(parts[0], []).append(entry)
        elif len(parts) == 1 and isinstance(parts[0], Span):
            self._spans.append((parts[0].low, entry))
        else:
            self._wide.append(entry)

    def find(self, values: tuple[t.Any, ...]) -> Entry | None:
        """The element that a key belongs to."""
        found = self._exact.get(values)
        if found is not None:
            return found
        if self._spans and isinstance(values[0], int):
            # Intervals of one set do not overlap.
            position = bisect.bisect_right(self._lows, values[0]) - 1
            if position >= 0 and self._spans[position][1].fits(values):
                return self._spans[position][1]
        for entry in self._wide:
            if entry.fits(values):
                return entry
        return self._default

    def possible(self, values: tuple[t.Any, ...]) -> list[Entry]:
        """The elements that a key of which not everything is known (None) may belong to, not all of a great number."""
        near: t.Iterable[Entry]
        near = self._exact.values() if values[0] is None else self._first.get(values[0], ())
        found = []
        for entry in (*near, *(entry for _low, entry in self._spans), *self._wide):
            if entry.fits(values):
                found.append(entry)
                if len(found) >= MAX_POSSIBLE:
                    break
        return [*found, self._default] if self._default is not None else found


def parts_of(key: t.Any, kinds: Kinds) -> tuple[Part, ...]:
    """An element's key as constants of the data types."""
    if isinstance(key, dict) and len(key) == 1 and "elem" in key:
        key = key["elem"]["val"]
    if isinstance(key, dict) and len(key) == 1 and "concat" in key:
        inside = key["concat"]
        return tuple(
            _nft_values.constant(each, kinds[position] if position < len(kinds) else None)
            for position, each in enumerate(inside)
        )
    return (_nft_values.constant(key, kinds[0] if kinds else None),)


def has_room(named: NamedSet, more: int) -> bool | None:
    """Whether a rule can add one more element than those more to a set as it was read (nft_rhash_update(), which adds
    none where the set has its size); None where it depends on elements that may have expired since.
    """
    size = named.options.get("size")
    if size is None or len(named.elements) + more < int(size):
        return True
    return None if any(element.timeout for element in named.elements) else False


def index_of(named: NamedSet, kinds: Kinds) -> Index:
    """The index of a set, made when it is asked for the first time."""
    found = named.indexes.get(kinds)
    if not isinstance(found, Index):
        found = Index(((element.key, element.data) for element in named.elements), kinds)
        named.indexes[kinds] = found
    return found
