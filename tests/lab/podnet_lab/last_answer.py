# SPDX-License-Identifier: GPL-3.0-or-later
"""A sender of UDP that keeps its port for ever, and whether it is answered: its one flow is asked, not a new one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .context import Context
from .traffic import Traffic


def sender(address: str, port: int, source_port: int, answered: str) -> str:
    """A program that sends to an address from one port, and writes down in a file when the last answer came."""
    return f"""
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", {source_port}))
s.settimeout(0.3)
print("begins", flush=True)
while True:
    try:
        s.sendto(b"podnet", ("{address}", {port}))
        s.recv(100)
        open("{answered}", "w").write(str(time.time()))
    except OSError:
        pass
    time.sleep(0.2)
"""


@dataclass(frozen=True)
class LastAnswer(Traffic):
    """The sender's own flow: whether an answer came within the last second and a half.

    at, answered: its host, and the file that it writes.
    """

    at: ClassVar[str]
    answered: ClassVar[str]

    def passed(self, lab: Context, count: int) -> int:
        """All or nothing."""
        code = f"import time; print(int(time.time() - float(open('{self.answered}').read()) < 1.5))"
        said = lab.exec_in(self.at, ["python3", "-c", code], check=False).stdout.strip()
        return count if said == "1" else 0
