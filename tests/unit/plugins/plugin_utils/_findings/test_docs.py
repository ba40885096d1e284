# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every finding that can be given has its page, and every page a finding."""

from __future__ import annotations

import pathlib
import re

import ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._verdict as verdict

PLUGINS = pathlib.Path(verdict.__file__).resolve().parents[1]
PAGES = PLUGINS.parents[1] / "docs" / "findings"
QUOTED = re.compile(r'"([a-z]+(?:-[a-z]+)+)"')
HEADINGS = ["## What it means", "## How it is proven", "## What to change", "## What looks alike"]


def _pages() -> set[str]:
    return {path.stem for path in PAGES.glob("*.md")} - {"README"}


def _given() -> set[str]:
    """Ids that stand in the rules themselves (what only explains something is not enough)."""
    rules = [
        path
        for folder in ("_findings", "_path")
        for path in (PLUGINS / folder).glob("*.py")
        if path.name not in ("_verdict.py", "_steps.py")
    ]
    return {name for path in rules for name in QUOTED.findall(path.read_text(encoding="utf-8"))} & _pages()


def test_every_page_is_given_by_a_rule() -> None:
    assert _pages() - _given() == set()


def test_every_cause_has_a_page_with_all_its_parts() -> None:
    for name in {*verdict.EXPLAINS, *_given()}:
        text = (PAGES / f"{name}.md").read_text(encoding="utf-8")
        assert text.startswith(f"# {name}\n")
        assert [line for line in text.splitlines() if line.startswith("## ")] == HEADINGS, name
        for other in re.findall(r"\]\(([a-z-]+)\.md\)", text):
            assert (PAGES / f"{other}.md").exists(), (name, other)
