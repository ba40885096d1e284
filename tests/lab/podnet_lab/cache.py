# SPDX-License-Identifier: GPL-3.0-or-later
"""The cache: each thing in a directory named by a hash of what it is built from."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .config import cache_directory


def digest(*parts: str | Path) -> str:
    """A short hash of texts and of files (a directory stands for all files in it)."""
    total = hashlib.sha256()
    for part in parts:
        if isinstance(part, Path):
            files = sorted(part.rglob("*")) if part.is_dir() else [part]
            for file in files:
                if file.is_file():
                    total.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
        else:
            total.update(part.encode() + b"\0")
    return total.hexdigest()[:16]


@dataclass(frozen=True)
class Item:
    """One thing to build: build(directory) fills an empty directory.

    seconds is how long that took on a machine with two cores; about names it for people.
    """

    name: str
    key: str
    about: str
    build: Callable[[Path], None]
    seconds: float = 10

    @property
    def path(self) -> Path:
        """Where it is once it is built."""
        return cache_directory() / self.name / self.key

    def built(self) -> bool:
        """Whether it is there. A directory gets its name only when it is complete."""
        return self.path.is_dir()

    def ensure(self) -> Path:
        """Build it unless it is there; return its directory."""
        if not self.built():
            work = self.path.with_name(f"{self.key}.partial")
            remove_tree(work)
            work.mkdir(parents=True)
            self.build(work)
            os.rename(work, self.path)
        return self.path


def say(text: str) -> None:
    """A line of progress for the person who waits."""
    print(f"lab: {text}", file=sys.stderr, flush=True)


def remove_tree(path: Path) -> None:
    """Remove a directory and everything in it; nothing happens if it is not there."""
    if path.exists():
        shutil.rmtree(path)


@contextmanager
def locked() -> Iterator[None]:
    """Only one builder at a time."""
    directory = cache_directory()
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("w", encoding="utf-8") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
