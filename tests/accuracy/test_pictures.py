# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures in the documentation show what a real run says now."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from podnet_accuracy.pictures import IMAGES, PICTURES, Picture, draw, said, svg

# Wording may change without a new picture, the outcome may not.
OUTCOME = ("FAULT FOUND", "Root cause", "Where", "Confidence", "PASS ", "FAIL ", "ERROR ", "SKIPPED ", "$ ansible")
SECONDS = re.compile(r"  [0-9.]+ s$")


def outcome(drawn: str) -> list[str]:
    return [SECONDS.sub("", line) for line in said(drawn) if line.startswith(OUTCOME)]


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: str(picture.name))
def test_a_picture_shows_what_the_run_says_now(picture: Picture) -> None:
    shown = outcome((IMAGES / f"{picture.name}.svg").read_text(encoding="utf-8"))
    assert len(shown) > 3 and shown == outcome(draw(picture)), "run `make pictures`"


def test_no_picture_of_a_terminal_is_made_by_hand() -> None:
    assert {path.stem for path in IMAGES.glob("*.svg")} == {picture.name for picture in PICTURES}


def test_what_is_drawn_is_text_whatever_is_in_it() -> None:
    drawn = svg(["\x1b[31m<script>&\x1b[0m"])
    (tspan,) = ElementTree.fromstring(drawn).iter("{http://www.w3.org/2000/svg}tspan")
    assert tspan.text == "<script>&" and tspan.attrib["fill"].startswith("#")
