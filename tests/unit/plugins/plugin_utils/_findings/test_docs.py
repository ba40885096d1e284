# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every finding that can be given has its page, and every page a finding."""

from __future__ import annotations

import pathlib
import re

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings import _catalogue as catalogue

RULES = pathlib.Path(catalogue.__file__).resolve().parent
PAGES = RULES.parents[2] / "docs" / "findings"
QUOTED = re.compile(r'"([a-z]+(?:-[a-z]+)+)"')
HEADINGS = [
    "## What it means",
    "## How it is proven",
    "## How to confirm by hand",
    "## What to change",
    "## What looks alike",
    "## What others call it",
]


def _given() -> set[str]:
    """Words that look like ids in the rules themselves."""
    files = [path for path in RULES.rglob("*.py") if path.name not in ("_catalogue.py", "_steps.py")]
    return {name for path in files for name in QUOTED.findall(path.read_text(encoding="utf-8"))}


def test_every_id_has_a_page_and_every_page_an_id() -> None:
    assert {path.stem for path in PAGES.glob("*.md")} - {"README"} == set(catalogue.CATALOGUE)


def test_every_id_is_given_by_a_rule() -> None:
    assert set(catalogue.CATALOGUE) - _given() == set()


@pytest.mark.parametrize("name", sorted(catalogue.CATALOGUE))
def test_a_page_has_all_its_parts(name: str) -> None:
    text = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {name}\n")
    assert [line for line in text.splitlines() if line.startswith("## ")] == HEADINGS
    for other in re.findall(r"\]\(([a-z-]+)\.md\)", text):
        assert (PAGES / f"{other}.md").exists(), other


def test_the_overview_lists_them_all() -> None:
    text = (PAGES / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| \[([a-z-]+)\]", text, re.MULTILINE) == list(catalogue.CATALOGUE)
