# SPDX-License-Identifier: GPL-3.0-or-later
"""Traffic that shows what comes and goes: questions to DNS, connections that say nothing for a while."""

from __future__ import annotations

from dataclasses import dataclass

from .context import Context
from .traffic import Traffic

ASK = """
import random, select, socket, struct, sys, time
server, count = sys.argv[1], int(sys.argv[2])
name = b"".join(bytes([len(part)]) + part.encode() for part in "web.default.svc.cluster.local".split(".")) + b"\\0"
waiting = {}
for number in range(count):
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.sendto(struct.pack("!HHHHHH", number + 1, 0x100, 1, 0, 0, 0) + name + struct.pack("!HH", 1, 1), (server, 53))
    waiting[one] = number
    time.sleep(0.005)
until, answered = time.monotonic() + 1.5, 0
while waiting and time.monotonic() < until:
    for one in select.select(list(waiting), [], [], 0.1)[0]:
        del waiting[one]
        answered += 1
print(answered)
"""
KEEP_SILENT = """
import socket, sys, threading, time
host, port, count, silence = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
passed = []
def attempt(number):
    try:
        with socket.create_connection((host, port), 2) as one:
            time.sleep(silence)
            one.settimeout(2)
            one.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
            if one.recv(100):
                passed.append(number)
    except OSError:
        pass
threads = [threading.Thread(target=attempt, args=(number,)) for number in range(count)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(passed))
"""


def _count(lab: Context, source: str, argv: list[str]) -> int:
    namespace, _slash, pod = lab.fill(source).partition(":")[2].partition("/")
    said = lab.pod_exec(pod, argv, namespace, 40).stdout.strip()
    return int(said) if said.isdigit() else 0


@dataclass(frozen=True)
class Questions(Traffic):
    """Questions to a DNS server, each from a socket of its own; none is repeated."""

    def passed(self, lab: Context, count: int) -> int:
        """How many were answered."""
        return _count(lab, self.source, ["python3", "-c", ASK, lab.fill(self.host), str(count)])


@dataclass(frozen=True)
class Silent(Traffic):
    """HTTP requests, each on a connection that said nothing for some seconds after it was opened."""

    silence: float = 8.0

    def passed(self, lab: Context, count: int) -> int:
        """How many were answered."""
        argv = ["python3", "-c", KEEP_SILENT, lab.fill(self.host), str(self.port), str(count), str(self.silence)]
        return _count(lab, self.source, argv)
