# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs of a node that are started anew, and what containerd is told."""

from __future__ import annotations

from dataclasses import dataclass

from .changes import Change
from .context import Context

_REPLACE = (
    "import pathlib, sys; p = pathlib.Path('/etc/containerd/config.toml'); "
    "p.write_text(p.read_text().replace(*sys.argv[1:]))"
)


@dataclass(frozen=True)
class StartedAnew(Change):
    """A program of a node that ends, and is started again by what watches it."""

    node: str
    daemon: str

    def make(self, lab: Context) -> None:
        """End it."""
        lab.signal_daemon(self.node, self.daemon, "TERM")

    def undo(self, lab: Context) -> None:
        """It runs already."""


@dataclass(frozen=True)
class ContainerdSays(Change):
    """A text in containerd's configuration replaced by another; containerd starts anew, and its pods run on."""

    node: str
    old: str
    new: str

    def make(self, lab: Context) -> None:
        """Replace it."""
        self._write(lab, self.old, self.new)

    def undo(self, lab: Context) -> None:
        """Put it back."""
        self._write(lab, self.new, self.old)

    def _write(self, lab: Context, old: str, new: str) -> None:
        lab.exec_in(self.node, ["python3", "-c", _REPLACE, old, new])
        lab.signal_daemon(self.node, "containerd", "TERM")
