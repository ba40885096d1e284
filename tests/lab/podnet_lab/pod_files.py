# SPDX-License-Identifier: GPL-3.0-or-later
"""Files inside a pod's container, as its application sees them."""

from __future__ import annotations

from dataclasses import dataclass

from .changes import Change
from .context import Context
from .errors import LabError


@dataclass(frozen=True)
class Mode(Change):
    """The mode of a file in a pod's first container, and what it is normally."""

    pod: str
    path: str
    mode: str
    normal: str

    def make(self, lab: Context) -> None:
        """Set it."""
        self._set(lab, self.mode)

    def undo(self, lab: Context) -> None:
        """Set it back."""
        self._set(lab, self.normal)

    def _set(self, lab: Context, mode: str) -> None:
        done = lab.inside_pod(self.pod, ["chmod", mode, self.path])
        if done.returncode != 0:
            raise LabError(f"Cannot set the mode of {self.path} in {self.pod}: {done.stderr.strip()}")
