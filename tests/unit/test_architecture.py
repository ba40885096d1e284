# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture of docs/architecture.md is that of the imports, and the recipes of docs/development.md lead somewhere."""

from __future__ import annotations

import pathlib
import re

import pytest
from podnet_tools import architecture

ROOT = pathlib.Path(__file__).resolve().parents[2]

DEVELOPMENT = ROOT / "docs" / "development.md"
RECIPE = re.compile(r"^### … [^\n]*\(as `([a-z-]+)`\)\n((?:\d\. [^\n]*\n)+)", re.MULTILINE)
RECIPES = RECIPE.findall(DEVELOPMENT.read_text(encoding="utf-8"))
PLACES = [
    (example, place) for example, lines in RECIPES for place in re.findall(r"^\d\. `([^`]+)`", lines, re.MULTILINE)
]


def test_the_picture_is_that_of_the_imports() -> None:
    text = architecture.PAGE.read_text(encoding="utf-8")
    assert architecture.page(text) == text, "draw it anew: make architecture"


def test_no_rooms_need_each_other() -> None:
    assert architecture.cycles(architecture.graph()) == []


@pytest.mark.parametrize("room", ["plugin_utils/_findings", "plugin_utils/_health", "module_utils/_agent"])
def test_no_rooms_within_a_room_need_each_other(room: str) -> None:
    inner = architecture.inside(room)
    assert len(inner) >= 3 and any(inner.values())
    assert architecture.cycles(inner) == []


def test_every_room_is_explained() -> None:
    rooms = {room.rpartition("/")[2] for room in architecture.graph()}
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", architecture.PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    explained = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert explained == rooms, f"a row for each room in docs/architecture.md: {explained ^ rooms}"


def test_an_arrow_that_follows_from_others_is_left_out() -> None:
    assert architecture.reduced({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == {"a": {"b"}, "b": {"c"}, "c": set()}
    assert architecture.cycles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [("a", "b"), ("a", "c"), ("b", "c")]


def test_there_is_a_recipe_for_each_thing_that_is_added_often() -> None:
    assert len(RECIPES) == 5 and all(lines.count("\n") == 5 for _example, lines in RECIPES)
    assert len(PLACES) == 25


@pytest.mark.parametrize(("example", "place"), PLACES, ids=lambda text: pathlib.PurePath(text).name)
def test_a_recipe_names_places_in_which_its_example_stands(example: str, place: str) -> None:
    path = ROOT / place
    assert path.exists()
    if path.suffix == ".py":
        text = path.read_text(encoding="utf-8")
        assert any(word in text for word in (example, example.replace("-", "_"), example.split("-")[0])), place
