# SPDX-License-Identifier: GPL-3.0-or-later
"""A sender of UDP outside that keeps its port, and the entry that node-1 made of it before a pod had the host port."""

from __future__ import annotations

from dataclasses import dataclass

from .changes import Change, Running
from .config import OUTSIDE, OUTSIDE_ADDRESS, node_address
from .context import Context
from .traffic import Traffic

NODE, PORT, SOURCE_PORT = "node-1", 5514, 40124
ANSWERED = "/run/podnet-sender.answered"
PROGRAM = f"""
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", {SOURCE_PORT}))
s.settimeout(0.3)
print("begins", flush=True)
while True:
    try:
        s.sendto(b"podnet", ("{node_address(NODE)}", {PORT}))
        s.recv(100)
        open("{ANSWERED}", "w").write(str(time.time()))
    except OSError:
        pass
    time.sleep(0.2)
"""
SENDING = Running(OUTSIDE, PROGRAM, name="podnet-sender")
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
class SenderFlow(Traffic):
    """The sender's own flow: whether an answer came within the last second and a half."""

    def passed(self, lab: Context, count: int) -> int:
        """All or nothing."""
        code = f"import time; print(int(time.time() - float(open('{ANSWERED}').read()) < 1.5))"
        said = lab.exec_in(OUTSIDE, ["python3", "-c", code], check=False).stdout.strip()
        return count if said == "1" else 0
