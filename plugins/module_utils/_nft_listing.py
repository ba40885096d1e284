# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""What nft -j prints, read one object after the other: all objects of a large ruleset at once need ten times the memory
of its text.

Source: libnftables-json(5): {"nftables": [OBJECT, ...]}.
"""

from __future__ import annotations

import json
import re
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject

_DECODER = json.JSONDecoder(strict=False)
_HEAD = re.compile(r'\s*\{\s*"nftables"\s*:\s*\[\s*')
_BETWEEN = re.compile(r"\s*(,?)\s*")
_TAIL = re.compile(r"\s*\]\s*\}\s*\Z")
_TAIL_LENGTH = 64


class ListingError(ValueError):
    """It is not what nft -j prints."""


def objects(text: str) -> t.Iterator[tuple[JsonObject, int, int]]:
    """Each object of a listing, and the positions of its text. Raises ListingError."""
    position = _begin(text)
    more = True
    while _TAIL.match(text, position) is None:
        item, end = _decode(text, position)
        between = t.cast("re.Match[str]", _BETWEEN.match(text, end))
        if not more:
            raise ListingError("nft's listing is no JSON")
        more = bool(between.group(1))
        if isinstance(item, dict):
            yield item, position, end
        position = between.end()


def body(text: str) -> str:
    """The text of the objects of a listing, not read, without the one of nft itself (metainfo). Raises ListingError."""
    position = _begin(text)
    if _TAIL.match(text, position) is None:
        item, end = _decode(text, position)
        if isinstance(item, dict) and "metainfo" in item:
            position = t.cast("re.Match[str]", _BETWEEN.match(text, end)).end()
    tail = _TAIL.search(text, max(position, len(text) - _TAIL_LENGTH))
    if tail is None:
        raise ListingError("nft's listing is no JSON")
    return text[position : tail.start()]


def _begin(text: str) -> int:
    found = _HEAD.match(text)
    if found is None:
        raise ListingError("nft's listing is no ruleset")
    return found.end()


def _decode(text: str, position: int) -> tuple[t.Any, int]:
    try:
        return _DECODER.raw_decode(text, position)
    except (ValueError, RecursionError):
        raise ListingError("nft's listing is no JSON") from None
