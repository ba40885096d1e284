# SPDX-License-Identifier: GPL-3.0-or-later
"""A DNS server that says one thing to all questions, for zones that cluster DNS forwards to it."""

from __future__ import annotations

from .changes import Running
from .cluster_changes import Corefile
from .config import DNS_UPSTREAM_ADDRESS, OUTSIDE

PORT = 5354
RCODES = {"noerror": 0, "servfail": 2, "nxdomain": 3, "refused": 5}
_PROGRAM = """
import socket, struct, threading
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("%s", %d))
print("ready", flush=True)
while True:
    data, peer = s.recvfrom(4096)
    end = data.index(0, 12) + 5
    said = data[:2] + struct.pack("!HHHHH", 0x8180 | %d, 1, 0, 0, 0) + data[12:end]
    threading.Timer(%s, s.sendto, (said, peer)).start()
"""


def responder(rcode: str, seconds: float = 0.0, port: int = PORT) -> Running:
    """A server on the outside host that says that to every question, after some seconds."""
    program = _PROGRAM % (DNS_UPSTREAM_ADDRESS, port, RCODES[rcode], seconds)
    return Running(OUTSIDE, program, name=f"podnet-dns-{port}")


def truncating(port: int = PORT) -> Running:
    """A server on the outside host that answers every question by UDP with "too long", and takes no TCP."""
    program = _PROGRAM.replace("0x8180", "0x8380") % (DNS_UPSTREAM_ADDRESS, port, RCODES["noerror"], 0.0)
    return Running(OUTSIDE, program, name=f"podnet-dns-{port}")


_WILDCARD = """
import socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("%s", %d))
back = socket.socket(socket.AF_INET, socket.SOCK_DGRAM) if %r else s
print("ready", flush=True)
while True:
    data, peer = s.recvfrom(4096)
    end = data.index(0, 12) + 5
    a = data[end - 4:end - 2] == bytes((0, 1))
    said = data[:2] + struct.pack("!HHHHH", 0x8580 | (0 if a else %d), 1, a, 0, 0) + data[12:end]
    if a:
        said += struct.pack("!HHHIH", 0xC00C, 1, 1, 30, 4) + socket.inet_aton("%s")
    back.sendto(said, peer)
"""


def wildcard(address: str, port: int = PORT, other: str = "noerror", elsewhere: bool = False) -> Running:
    """A server on the outside host that knows every name by one IPv4 address.

    other: what it says to other questions; elsewhere: its answers come from another port than it was asked at.
    """
    program = _WILDCARD % (DNS_UPSTREAM_ADDRESS, port, elsewhere, RCODES[other], address)
    return Running(OUTSIDE, program, name=f"podnet-dns-{port}")


def forwarded(zone: str, *servers: str) -> Corefile:
    """A server block that forwards one zone to servers of its own."""
    return Corefile(".:53 {", f"{zone}:53 {{\n    errors\n    forward . {' '.join(servers)}\n}}\n.:53 {{")
