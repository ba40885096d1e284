# SPDX-License-Identifier: GPL-3.0-or-later
"""A sender of UDP outside that keeps its port, and the entry that node-1 made of it before a pod had the host port."""

from __future__ import annotations

from dataclasses import dataclass

from .changes import Change, Running
from .config import OUTSIDE, OUTSIDE_ADDRESS, node_address
from .context import Context
from .last_answer import LastAnswer, sender

NODE, PORT, SOURCE_PORT = "node-1", 5514, 40124
ANSWERED = "/run/podnet-sender.answered"
SENDING = Running(OUTSIDE, sender(node_address(NODE), PORT, SOURCE_PORT, ANSWERED), name="podnet-sender")
FLOW = ["-p", "udp", "-s", OUTSIDE_ADDRESS, "-d", node_address(NODE)]
PORTS = ["--sport", str(SOURCE_PORT), "--dport", str(PORT)]


@dataclass(frozen=True)
class Sender(Change):
    """The sender."""

    def make(self, lab: Context) -> None:
        """Start it."""
        SENDING.make(lab)

    def undo(self, lab: Context) -> None:
        """End it."""
        SENDING.undo(lab)
        lab.exec_in(OUTSIDE, ["rm", "-f", ANSWERED])


@dataclass(frozen=True)
class EarlyEntry(Change):
    """The flow's entry translates nothing, as one does that is older than the rule."""

    def make(self, lab: Context) -> None:
        """Let the sender rest while its entry is replaced."""
        SENDING.undo(lab)
        self._forget(lab)
        lab.exec_in(NODE, ["conntrack", "-I", *FLOW, *PORTS, "-t", "28"])
        SENDING.make(lab)

    def undo(self, lab: Context) -> None:
        """Forget the entry, so that the next datagram makes another one."""
        SENDING.undo(lab)
        self._forget(lab)
        SENDING.make(lab)

    @staticmethod
    def _forget(lab: Context) -> None:
        lab.exec_in(NODE, ["conntrack", "-D", *FLOW, *PORTS], check=False)


@dataclass(frozen=True)
class SenderFlow(LastAnswer):
    """The sender's own flow."""

    at = OUTSIDE
    answered = ANSWERED
