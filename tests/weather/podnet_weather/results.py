# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was measured, kept in a folder, so that the table may be played in slices and shown as a page."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import re
import subprocess
from collections.abc import Iterable, Sequence


@dataclasses.dataclass(frozen=True)
class Result:
    """One case, or one random run: how it went. slack: by how much the machine was slower than a quiet one; commit: of
    what was measured, empty where nobody has noted it."""

    group: str
    name: str
    seconds: float
    slack: float
    verdict: str
    problems: Sequence[str]
    commit: str = ""


class Results:
    """One JSON record a line, the last one of a case counts; the output of a case that went wrong beside them."""

    def __init__(self, folder: pathlib.Path | None, commit: str = "") -> None:
        """known: by group and name; now: what was added by this process."""
        self.folder = folder
        self.commit = commit
        self.known: dict[tuple[str, str], Result] = {}
        self.now: set[tuple[str, str]] = set()
        if folder is not None and (folder / "results.jsonl").exists():
            for line in (folder / "results.jsonl").read_text(encoding="utf-8").splitlines():
                result = Result(**json.loads(line))
                self.known[result.group, result.name] = result

    def before(self, results: Iterable[Result]) -> None:
        """Results of before, which count where the folder has none."""
        self.known = {**{(one.group, one.name): one for one in results}, **self.known}

    def good(self, group: str, name: str) -> bool:
        """Whether a case was played already, and was as it should be."""
        result = self.known.get((group, name))
        return result is not None and not result.problems

    def add(self, result: Result, output: str) -> None:
        """Keep a result, and what was printed where it is wrong."""
        result = dataclasses.replace(result, commit=self.commit)
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


def commit_of(folder: pathlib.Path) -> str:
    """The short name of the commit that a folder has; empty where it is no clone."""
    command = ["git", "-C", str(folder), "rev-parse", "--short=9", "HEAD"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
