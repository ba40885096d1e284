# SPDX-License-Identifier: GPL-3.0-or-later
"""Traffic that is not like a probe: large answers, datagrams in pieces, names that have to come soon."""

from __future__ import annotations

from dataclasses import dataclass

from .context import Context
from .traffic import Traffic

LAST_ANSWER = "/run/podnet-last-answer"
# Attempts at the same time; an attempt that ends within its seconds counts.
FRAME = """
import socket, sys, threading, time
host, port, count, seconds, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5])
passed = []
def timed(number):
    begin = time.monotonic()
    try:
        if attempt(begin + seconds) and time.monotonic() - begin <= seconds:
            passed.append(number)
    except OSError:
        pass
def run():
    threads = [threading.Thread(target=timed, args=(number,), daemon=True) for number in range(count)]
    for thread in threads: thread.start()
    for thread in threads: thread.join(seconds + 1)
    print(len(passed))
"""
DOWNLOAD = """
def attempt(until):
    with socket.create_connection((host, port), seconds) as one:
        one.settimeout(seconds)
        one.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
        head = b""
        while b"\\r\\n\\r\\n" not in head:
            part = one.recv(65536)
            if not part: return False
            head += part
        head, _unused, body = head.partition(b"\\r\\n\\r\\n")
        left = int(head.lower().partition(b"content-length:")[2].split()[0]) - len(body)
        while left > 0 and time.monotonic() < until:
            part = one.recv(65536)
            if not part: return False
            left -= len(part)
        return left <= 0
run()
"""
DATAGRAM = """
def attempt(until):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.settimeout(seconds)
        one.setsockopt(socket.IPPROTO_IP, 10, 0)
        one.sendto(b"x" * size, (host, port))
        return len(one.recv(65536)) == size
run()
"""
ANSWER = """
def attempt(until):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.settimeout(seconds)
        one.sendto(b"get", (host, port))
        return len(one.recv(65536)) == size
run()
"""
NAME = """
def attempt(until):
    return bool(socket.getaddrinfo(host, port))
run()
"""

TLS = """
import ssl
def attempt(until):
    out = ssl.MemoryBIO()
    hello = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), out, server_hostname="x.example")
    try: hello.do_handshake()
    except ssl.SSLWantReadError: pass
    with socket.create_connection((host, port), seconds) as one:
        one.settimeout(seconds)
        one.sendall(out.read())
        return one.recv(1)[:1] in (b"\\x15", b"\\x16")
run()
"""


def _passed(traffic: Traffic, lab: Context, program: str, count: int) -> int:
    how = (str(traffic.port or 0), str(count), str(traffic.seconds), str(traffic.size))
    namespace, _slash, pod = lab.fill(traffic.source).partition(":")[2].partition("/")
    argv = ["python3", "-c", FRAME + program, lab.fill(traffic.host), *how]
    said = lab.inside_pod(pod, argv, namespace, 30).stdout.strip()
    return int(said) if said.isdigit() else 0


@dataclass(frozen=True)
class Download(Traffic):
    """Whole answers to GET, from a pod."""

    def passed(self, lab: Context, count: int) -> int:
        """How many came in time."""
        return _passed(self, lab, DOWNLOAD, count)


@dataclass(frozen=True)
class Datagrams(Traffic):
    """Datagrams of a size that an echo server sends back, from a pod; larger ones go in pieces."""

    def passed(self, lab: Context, count: int) -> int:
        """How many came back whole."""
        return _passed(self, lab, DATAGRAM, count)


@dataclass(frozen=True)
class NamesSoon(Traffic):
    """Names that a pod's resolver knows within some seconds, for both families as programs ask."""

    def passed(self, lab: Context, count: int) -> int:
        """How many were known in time."""
        return _passed(self, lab, NAME, count)


@dataclass(frozen=True)
class LastAnswer(Traffic):
    """A client that runs on its own beside the pod, on the pod's node, and writes down when the last answer came."""

    def passed(self, lab: Context, count: int) -> int:
        """All, where one came within the last two seconds."""
        node = lab.fill(f"<{self.source.rpartition('/')[2]}.node>")
        code = f"import time; print(int(time.time() - float(open({LAST_ANSWER!r}).read()) < 2))"
        said = lab.exec_in(node, ["python3", "-c", code], check=False).stdout.strip()
        return count if said == "1" else 0


@dataclass(frozen=True)
class TlsHello(Traffic):
    """The first message of TLS, from a pod."""

    def passed(self, lab: Context, count: int) -> int:
        """How many were answered by a message of TLS."""
        return _passed(self, lab, TLS, count)


@dataclass(frozen=True)
class LargeAnswers(Traffic):
    """Small questions with answers of a size, from a pod."""

    def passed(self, lab: Context, count: int) -> int:
        """How many came whole."""
        return _passed(self, lab, ANSWER, count)
