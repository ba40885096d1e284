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


@dataclass(frozen=True)
class Overwritten(Change):
    """A file in a pod's first container with another text than it had."""

    pod: str
    path: str
    text: str

    def make(self, lab: Context) -> None:
        """Write the text, and keep the one before with the lab's names."""
        lab.names.known[f"was {self.path}"] = lab.inside_pod(self.pod, ["cat", self.path]).stdout
        self._write(lab, self.text)

    def undo(self, lab: Context) -> None:
        """Write what was there, where it was overwritten."""
        was = lab.names.known.pop(f"was {self.path}", None)
        if was is not None:
            self._write(lab, was)

    def _write(self, lab: Context, text: str) -> None:
        write = ["python3", "-c", "import sys; open(sys.argv[1], 'w').write(sys.argv[2])", self.path, text]
        done = lab.inside_pod(self.pod, write)
        if done.returncode != 0:
            raise LabError(f"Cannot write {self.path} in {self.pod}: {done.stderr.strip()}")
