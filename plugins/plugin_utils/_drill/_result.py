# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Whether an answer is right, and the truth with the shortest way to it: what the page of its finding says."""

from __future__ import annotations

import dataclasses
import pathlib
import re
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._drill._exercises import Exercise

PAGES = pathlib.Path(__file__).resolve().parents[3] / "docs" / "findings"
_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
_ID = re.compile(r"[a-z][a-z0-9-]*\Z")


@dataclasses.dataclass(frozen=True)
class Result:
    """How a drill ended. seconds: from the question to the answer."""

    exercise: Exercise
    player: str
    answer: str
    seconds: float

    @property
    def right(self) -> bool:
        """Whether the answer names the cause."""
        return self.answer in (self.exercise.finding, *self.exercise.also)

    def to_dict(self) -> dict[str, t.Any]:
        """For the next job."""
        return {
            "exercise": self.exercise.name,
            "player": self.player,
            "answer": self.answer,
            "right": self.right,
            "finding": self.exercise.finding,
            "seconds": round(self.seconds, 1),
        }

    def text(self) -> str:
        """For people."""
        given = self.answer or "no answer"
        page = sections(self.exercise.finding)
        lines = [
            f"{'RIGHT' if self.right else 'WRONG'}   {given}  after {self.seconds:.0f} s ({self.player})",
            f"Truth       {self.exercise.finding}: {self.exercise.about}",
        ]
        if page.get("How to confirm by hand"):
            lines += ["Shortest way", *_indented(page["How to confirm by hand"])]
        if page.get("What to change"):
            lines += ["Mend it by", *_indented(page["What to change"])]
        if not self.right and self.answer and sections(self.answer):
            meaning = sections(self.answer).get("What it means", "")
            lines += [f"What {self.answer} would have meant", *_indented(meaning)]
        return "\n".join(lines)


def read_answer(text: str) -> str:
    """The id that a person has typed; other words as they are, in one line of bounded length."""
    return " ".join(text.split())[:200].lower().removesuffix(".md")


def sections(finding: str) -> dict[str, str]:
    """The sections of a finding's page; none if there is no such page."""
    path = PAGES / f"{finding}.md"
    if not _ID.match(finding) or not path.is_file():
        return {}
    parts = _SECTION.split(path.read_text(encoding="utf-8"))
    return {title: text.strip() for title, text in zip(parts[1::2], parts[2::2])}


def _indented(text: str) -> list[str]:
    kept = [line for line in text.splitlines() if line.strip() and not line.startswith("```")]
    return [f"  {line}" for line in kept]
