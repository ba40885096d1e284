# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Findings in the order people read them: causes first, each with its consequences beneath it."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import SEVERITY, Finding
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._content import Report


@dataclasses.dataclass(frozen=True)
class Branch:
    """A finding, its number (unique in the report: an id may be found twice) and what it explains."""

    number: int
    finding: Finding
    consequences: tuple[Branch, ...]

    def walk(self) -> t.Iterator[Branch]:
        """This branch and everything beneath it."""
        yield self
        for branch in self.consequences:
            yield from branch.walk()


@dataclasses.dataclass(frozen=True)
class Grouped:
    """All findings, each exactly once."""

    causes: tuple[Branch, ...]
    others: tuple[Branch, ...]
    info: tuple[Branch, ...]

    def everything(self) -> t.Iterator[Branch]:
        """Every branch in reading order."""
        for group in (self.causes, self.others, self.info):
            for branch in group:
                yield from branch.walk()


def group(report: Report) -> Grouped:
    """Sort the findings into root causes (with consequences), others and info."""
    numbered = list(enumerate(report.findings, start=1))
    taken: set[int] = set()

    def take(names: t.Iterable[str]) -> tuple[Branch, ...]:
        """The branches of these ids; a finding already placed is left out, which also ends cycles."""
        branches: list[Branch] = []
        for name in names:
            mine = [(number, finding) for number, finding in numbered if finding.id == name and number not in taken]
            taken.update(number for number, finding in mine)
            branches.extend(Branch(number, finding, take(finding.explains)) for number, finding in mine)
        return tuple(branches)

    causes = take(report.verdict.root_causes)
    explained = {name for finding in report.findings for name in finding.explains}
    remaining = sorted((finding for finding in report.findings), key=_rank)
    heads = [finding.id for finding in remaining if finding.id not in explained]
    rest = take(dict.fromkeys(heads + [finding.id for finding in remaining]))
    return Grouped(
        causes=causes,
        others=tuple(branch for branch in rest if not _is_info(branch)),
        info=tuple(branch for branch in rest if _is_info(branch)),
    )


def _is_info(branch: Branch) -> bool:
    return all(each.finding.severity == "info" for each in branch.walk())


def _rank(finding: Finding) -> int:
    return SEVERITY.index(finding.severity) if finding.severity in SEVERITY else len(SEVERITY)
