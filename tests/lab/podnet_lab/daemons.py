# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs of a node that are started anew, and what they are told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .changes import Change
from .context import Context

_REPLACE = (
    "import pathlib, sys; p = pathlib.Path(sys.argv[1]); p.write_text(p.read_text().replace(sys.argv[2], sys.argv[3]))"
)


@dataclass(frozen=True)
class StartedAnew(Change):
    """A program of a node that ends, and is started again by what watches it; last: when the change is undone, not
    when it is made."""

    node: str
    daemon: str
    last: bool = False

    def make(self, lab: Context) -> None:
        """End it now."""
        if not self.last:
            lab.signal_daemon(self.node, self.daemon, "TERM")

    def undo(self, lab: Context) -> None:
        """End it last; else it runs already."""
        if self.last:
            lab.signal_daemon(self.node, self.daemon, "TERM")


@dataclass(frozen=True)
class _Says(Change):
    """A text in a program's configuration replaced by another; it starts anew, and its pods run on."""

    node: str
    old: str
    new: str
    daemon: ClassVar[str]
    file: ClassVar[str]
    quote: ClassVar[str] = ""

    def make(self, lab: Context) -> None:
        """Replace it."""
        self._write(lab, self.old, self.new)

    def undo(self, lab: Context) -> None:
        """Put it back."""
        self._write(lab, self.new, self.old)

    def _write(self, lab: Context, *texts: str) -> None:
        quoted = [f"{self.quote}{text}{self.quote}" for text in texts]
        lab.exec_in(self.node, ["python3", "-c", _REPLACE, self.file, *quoted])
        lab.signal_daemon(self.node, self.daemon, "TERM")


class KubeletSays(_Says):
    """A value in a kubelet's configuration replaced by another."""

    daemon = "kubelet"
    file = "/etc/kubernetes/kubelet-config.yaml"
    quote = '"'


class ContainerdSays(_Says):
    """A text in containerd's configuration replaced by another."""

    daemon = "containerd"
    file = "/etc/containerd/config.toml"
