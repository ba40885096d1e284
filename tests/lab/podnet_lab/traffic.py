# SPDX-License-Identifier: GPL-3.0-or-later
"""Real traffic: does what a diagnosis is asked about pass, and how much of it?"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .config import CONTROLLER, CONTROLLER_ADDRESS, OUTSIDE, OUTSIDE_ADDRESS, node_address
from .context import Context
from .errors import LabError
from .truth import Truth

# Attempts at the same time, each with a socket of its own: a drop costs its timeout once.
PROGRAM = """
import errno, os, socket, sys, threading, time
kind, host = sys.argv[1:3]
port, count, seconds, size = int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]), int(sys.argv[6])
apart = float(sys.argv[7])
os.setgroups([])
os.setgid(int(sys.argv[9]))
os.setuid(int(sys.argv[8]))
head = b"POST / HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: %d\\r\\n\\r\\n" % size
usual = sys.argv[10] == "usual"
passed = []
def connected():
    if not usual:
        try:
            return socket.create_connection((host, port), seconds, ("", 0))
        except OSError as exc:
            if exc.errno not in (errno.EADDRINUSE, errno.EADDRNOTAVAIL):
                raise
    return socket.create_connection((host, port), seconds)
def attempt(number):
    try:
        if kind == "tcp":
            with connected() as one:
                one.settimeout(seconds)
                if size:
                    one.sendall(head + b"x" * size)
                    if b" 200 " not in one.recv(100):
                        return
        elif kind == "name":
            socket.getaddrinfo(host, port)
        else:
            family = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
            with socket.socket(family[0], socket.SOCK_DGRAM) as one:
                one.settimeout(seconds)
                one.connect(family[4])
                one.send(b"podnet %d" % number)
                one.recv(2000)
        passed.append(number)
    except OSError:
        pass
threads = [threading.Thread(target=attempt, args=(number,), daemon=True) for number in range(count)]
for thread in threads:
    thread.start()
    time.sleep(apart)
for thread in threads: thread.join(seconds + 6)
print(len(passed))
"""
RECEIVED = re.compile(r"(\d+) received")


@dataclass(frozen=True)
class Traffic:
    """Who sends what to whom. protocol: tcp, udp, icmp, or name to resolve only.

    size: bytes of an HTTP request's body, or of an echo; whole: which must not be fragmented. apart: seconds between
    attempts. uid, gid: whom the program runs as, as that of a container would. usual: connect from the source ports
    that connect() takes, as probes do; without it half-open connections are left at ports that no probe comes from.
    """

    source: str
    host: str
    port: int | None = None
    protocol: str = "tcp"
    size: int = 0
    seconds: float = 1.0
    apart: float = 0.0
    uid: int = 0
    gid: int = 0
    whole: bool = True
    usual: bool = False

    def passed(self, lab: Context, count: int) -> int:
        """How many of count attempts were answered."""
        host = lab.fill(self.host)
        if self.protocol == "icmp":
            return self._pings(lab, host, count)
        number = str(self.port or 0)
        numbers = (count, self.seconds, self.size, self.apart, self.uid, self.gid)
        how = (*map(str, numbers), "usual" if self.usual else "bound")
        argv = ["python3", "-c", PROGRAM, self.protocol, host, number, *how]
        said = self._run(lab, argv, 30).strip()
        return int(said) if said.isdigit() else 0

    def _pings(self, lab: Context, host: str, count: int) -> int:
        argv = ["ping", "-n", "-q", "-c", str(count), "-i", "0.02", "-W", "1", host]
        if self.size:
            argv[1:1] = ["-M", "do" if self.whole else "dont", "-s", str(self.size)]
        received = RECEIVED.search(self._run(lab, argv, 20))
        return int(received.group(1)) if received else 0

    def _run(self, lab: Context, argv: list[str], timeout: float) -> str:
        kind, _unused, name = lab.fill(self.source).partition(":")
        if kind in ("node", "host"):
            return lab.exec_in(name, argv, timeout, check=False).stdout
        if kind == "pod":
            namespace, _unused, pod = name.partition("/")
            return lab.inside_pod(pod, argv, namespace, timeout).stdout
        raise LabError(f"Cannot send from {self.source}.")


def asked(truth: Truth) -> Traffic:
    """The traffic that a question is about: its destination's address, or its name where it is one."""
    return Traffic(truth.source, _host(truth.destination), truth.port, truth.protocol)


def _host(destination: str) -> str:
    kind, colon, name = destination.partition(":")
    if not colon:
        return destination
    if kind == "pod":
        pod = name.rpartition("/")[2]
        return f"{pod.removesuffix('.name>')}>" if pod.endswith(".name>") else f"<{pod}>"
    if kind == "service":
        namespace, _unused, service = name.rpartition("/")
        return f"<service:{namespace}/{service}>"
    return {CONTROLLER: CONTROLLER_ADDRESS, OUTSIDE: OUTSIDE_ADDRESS}.get(name) or node_address(name)
