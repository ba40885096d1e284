# SPDX-License-Identifier: GPL-3.0-or-later
"""A path MTU that a host learns from an ICMP error which nobody ought to have sent."""

from __future__ import annotations

from dataclasses import dataclass

from .changes import Change
from .context import Context

# Sends itself the error: it quotes an echo reply of this host to the destination, which needs no socket.
TEACH = """
import socket, struct, sys
own, dst, mtu = sys.argv[1], sys.argv[2], int(sys.argv[3])
def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF
head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 1400, 1, 0x4000, 64, 1, 0, socket.inet_aton(own), socket.inet_aton(dst))
head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
body = struct.pack("!BBHHH", 3, 4, 0, 0, mtu) + head + struct.pack("!BBHHH", 0, 0, 0, 1, 1)
body = body[:2] + struct.pack("!H", checksum(body)) + body[4:]
socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP).sendto(body, (own, 0))
"""


@dataclass(frozen=True)
class Learned(Change):
    """A host believes that packets to an address must not be larger; below 552 bytes it keeps 552, locked."""

    host: str
    to: str
    mtu: int = 300

    def make(self, lab: Context) -> None:
        """Teach it; some packet must meet the size before the kernel shows it."""
        own = lab.fill(f"<{self.host}>")
        lab.exec_in(self.host, ["python3", "-c", TEACH, own, lab.fill(self.to), str(self.mtu)])
        lab.exec_in(self.host, ["ip", "route", "get", lab.fill(self.to)])

    def undo(self, lab: Context) -> None:
        """Let it forget."""
        lab.exec_in(self.host, ["ip", "route", "flush", "cache"])


# The error's sender has to be the next hop that the client has now.
REDIRECT = """
import socket, struct, sys
client, gateway, better, dst = map(socket.inet_aton, sys.argv[1:5])
def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF
head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28, 1, 0, 64, 1, 0, client, dst)
head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
body = struct.pack("!BBH4s", 5, 1, 0, better) + head + struct.pack("!BBHHH", 0, 0, 0, 1, 1)
body = body[:2] + struct.pack("!H", checksum(body)) + body[4:]
one = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
one.bind((socket.inet_ntoa(gateway), 0))
one.sendto(body, (socket.inet_ntoa(client), 0))
"""


@dataclass(frozen=True)
class Redirected(Change):
    """A pod has believed its gateway that another neighbour is the better next hop to an address."""

    host: str
    pod: str
    gateway: str
    better: str
    to: str

    def make(self, lab: Context) -> None:
        """Let the pod know the neighbour, tell it, and let it look the route up."""
        words = [lab.fill(word) for word in (f"<{self.pod}>", self.gateway, self.better, self.to)]
        self._inside(lab, "ping", "-c", "1", "-W", "1", words[2])
        self._inside(lab, "ping", "-c", "1", "-W", "1", words[3])
        lab.exec_in(self.host, ["python3", "-c", REDIRECT, *words])
        self._inside(lab, "ping", "-c", "1", "-W", "1", words[3])

    def undo(self, lab: Context) -> None:
        """Let it forget."""
        self._inside(lab, "ip", "route", "flush", "cache")

    def _inside(self, lab: Context, *argv: str) -> None:
        netns = lab.fill(f"--net=/run/netns/<{self.pod}.netns>")
        lab.exec_in(self.host, ["nsenter", netns, "--", *argv], check=False)
