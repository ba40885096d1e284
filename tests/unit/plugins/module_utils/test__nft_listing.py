# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listings of nft, read one object after the other."""

from __future__ import annotations

import json

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._nft_listing import ListingError, body, objects

META = {"metainfo": {"version": "1.0.6", "json_schema_version": 1}}
TABLE = {"table": {"family": "ip", "name": "a]}", "comment": 'x "]}'}}
RULE = {"rule": {"family": "ip", "table": "a]}", "expr": [{"match": {"right": {"set": [1, 2]}}}]}}
LISTINGS = (
    json.dumps({"nftables": [META, TABLE, RULE]}),
    json.dumps({"nftables": [META, TABLE, RULE]}, separators=(",", ":")) + "\n",
    json.dumps({"nftables": [META, TABLE, RULE]}, indent=2) + "\n\n",
)


@pytest.mark.parametrize("text", LISTINGS)
def test_each_object_with_its_place(text: str) -> None:
    found = list(objects(text))
    assert [item for item, _begin, _end in found] == [META, TABLE, RULE]
    assert [json.loads(text[begin:end]) for _item, begin, end in found] == [META, TABLE, RULE]


@pytest.mark.parametrize("text", LISTINGS)
def test_the_body_is_what_stands_behind_the_metainfo(text: str) -> None:
    assert json.loads(f"[{body(text)}]") == [TABLE, RULE]


@pytest.mark.parametrize("items", [[], [META], [TABLE]])
def test_short_listings(items: list[object]) -> None:
    text = json.dumps({"nftables": items})
    assert [item for item, _begin, _end in objects(text)] == items
    assert json.loads(f"[{body(text)}]") == [item for item in items if item != META]


def test_what_is_no_object_is_passed_over() -> None:
    assert [item for item, _begin, _end in objects('{"nftables": [1, null, {"a": "\t"}]}')] == [{"a": "\t"}]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"nftables": 1}', "JSON support not compiled-in"])
def test_what_is_no_ruleset(text: str) -> None:
    with pytest.raises(ListingError, match="no ruleset"):
        list(objects(text))
    with pytest.raises(ListingError, match="no ruleset"):
        body(text)


@pytest.mark.parametrize("cut", [1, 2, 3, 20, 60])
def test_a_listing_that_was_cut(cut: int) -> None:
    text = LISTINGS[0][:-cut]
    with pytest.raises(ListingError, match="no JSON"):
        list(objects(text))


@pytest.mark.parametrize(
    "text", ['{"nftables": [{"a": 1} {"b": 2}]}', '{"nftables": [{"a": 1}]} more', '{"nftables": [' + "[" * 100_000]
)
def test_what_is_no_json(text: str) -> None:
    with pytest.raises(ListingError, match="no JSON"):
        list(objects(text))


@pytest.mark.parametrize("text", [LISTINGS[0][:-1], LISTINGS[0][:-2], LISTINGS[0] + " more", '{"nftables": ['])
def test_the_body_of_a_listing_without_an_end(text: str) -> None:
    with pytest.raises(ListingError, match="no JSON"):
        body(text)
