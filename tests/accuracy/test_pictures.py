# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures in the documentation show what a real run says now."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from podnet_accuracy.pictures import IMAGES, PICTURES, XHTML, Picture, draw, framed, said, shown, svg

# Wording may change without a new picture, the outcome may not.
OUTCOME = ("FAULT FOUND", "Root cause", "Where", "Confidence", "PASS ", "FAIL ", "ERROR ", "SKIPPED ", "$ ansible")
SECONDS = re.compile(r"  [0-9.]+ s$")
# Of a page: the verdict, the ids of what was found, the state of each hop and of each pair of nodes.
ON_PAGE = ("word", "id", "pill-text", "badge", "c")


def outcome(drawn: str) -> list[str]:
    if XHTML in drawn:
        return shown(drawn, *ON_PAGE)
    return [SECONDS.sub("", line) for line in said(drawn) if line.startswith(OUTCOME)]


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: str(picture.name))
def test_a_picture_shows_what_the_run_says_now(picture: Picture) -> None:
    there = outcome((IMAGES / f"{picture.name}.svg").read_text(encoding="utf-8"))
    assert len(there) > 3 and there == outcome(draw(picture)), "run `make pictures`"


def test_no_picture_is_made_by_hand() -> None:
    assert {path.name for path in IMAGES.iterdir()} == {f"{picture.name}.svg" for picture in PICTURES}


def test_what_is_drawn_is_text_whatever_is_in_it() -> None:
    drawn = svg(["\x1b[31m<script>&\x1b[0m"])
    (tspan,) = ElementTree.fromstring(drawn).iter("{http://www.w3.org/2000/svg}tspan")
    assert tspan.text == "<script>&" and tspan.attrib["fill"].startswith("#")


def test_a_page_is_drawn_from_itself_alone_in_one_size() -> None:
    page = (
        "<!DOCTYPE html>\n<html><head><style>p { color: red }\n@media (max-width: 9px) {\n  p { color: blue }\n}\n"
        "</style></head><body><main><p>a &lt;b&gt;</p><section><svg><path /></svg></section><section>last</section>"
        "</main></body></html>\n"
    )
    drawn = framed(page, 100, 50)
    root = ElementTree.fromstring(drawn)
    assert root.attrib["viewBox"] == "0 0 100 50" and "color: red" in drawn and "blue" not in drawn
    assert [each.text for each in root.iter(f"{{{XHTML}}}p")] == ["a <b>"] and "last" not in drawn
    assert root.find(".//{http://www.w3.org/2000/svg}path") is not None, "a drawing is of no namespace"
