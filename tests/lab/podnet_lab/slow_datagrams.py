# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service whose server answers a datagram after three seconds, and who asks it."""

from __future__ import annotations

from .changes import Objects
from .scene import pod, service
from .traffic import Traffic
from .truth import Truth

_SLOW = """
import socket, threading
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", 5353))
while True:
    data, peer = s.recvfrom(4000)
    threading.Timer(3.0, s.sendto, (data, peer)).start()
"""
SLOW = Objects(
    (
        pod("slow-1", command=["python3", "-c", _SLOW], port=5353, labels={"app": "slow"}),
        service("slow", port=5300, target=5353, protocol="UDP"),
    ),
    ready=("slow-1",),
)
ASKED = Traffic("pod:default/client-1", "<service:slow>", 5300, "udp", seconds=5.0)
# That node-1 forgets who asked before the answer comes.
FORGOTTEN = Truth(
    id="conntrack-timeout-short",
    location={"node": "node-1"},
    destination="service:default/slow",
    port=5300,
    protocol="udp",
)
