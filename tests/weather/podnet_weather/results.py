# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was measured, kept in a folder, so that the table may be played in slices and shown as a page."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import re
from collections.abc import Sequence


@dataclasses.dataclass(frozen=True)
class Result:
    """One case, or one random run: how it went. slack: by how much the machine was slower than a quiet one."""

    group: str
    name: str
    seconds: float
    slack: float
    verdict: str
    problems: Sequence[str]


class Results:
    """One JSON record a line, the last one of a case counts; the output of a case that went wrong beside them."""

    def __init__(self, folder: pathlib.Path | None) -> None:
        """known: by group and name; now: what was added by this process."""
        self.folder = folder
        self.known: dict[tuple[str, str], Result] = {}
        self.now: set[tuple[str, str]] = set()
        if folder is not None and (folder / "results.jsonl").exists():
            for line in (folder / "results.jsonl").read_text(encoding="utf-8").splitlines():
                result = Result(**json.loads(line))
                self.known[result.group, result.name] = result

    def good(self, group: str, name: str) -> bool:
        """Whether a case was played already, and was as it should be."""
        result = self.known.get((group, name))
        return result is not None and not result.problems

    def add(self, result: Result, output: str) -> None:
        """Keep a result, and what was printed where it is wrong."""
        self.known[result.group, result.name] = result
        self.now.add((result.group, result.name))
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "results.jsonl").open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(dataclasses.asdict(result)) + "\n")
        if result.problems:
            name = re.sub(r"[^A-Za-z0-9]+", "-", f"{result.group} {result.name}").strip("-")
            (self.folder / f"{name[:120]}.log").write_text(output, encoding="utf-8")
