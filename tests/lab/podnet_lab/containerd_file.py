# SPDX-License-Identifier: GPL-3.0-or-later
"""containerd's configuration file, which only a fresh containerd reads."""

from __future__ import annotations

from dataclasses import dataclass

from .changes import Change
from .context import Context


@dataclass(frozen=True)
class ReadAnew(Change):
    """containerd of a node ends and starts: when the change is undone, or, not after it, when it is made."""

    host: str
    after: bool = True

    def make(self, lab: Context) -> None:
        """End it now, unless it is to be ended last."""
        if not self.after:
            lab.signal_daemon(self.host, "containerd", "TERM")

    def undo(self, lab: Context) -> None:
        """End it last."""
        if self.after:
            lab.signal_daemon(self.host, "containerd", "TERM")
