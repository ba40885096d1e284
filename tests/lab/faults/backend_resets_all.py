# SPDX-License-Identifier: GPL-3.0-or-later
"""One of two backends takes every connection and resets it at once."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service
from podnet_lab.traffic import Traffic

RESETS = """
import socket, struct
s = socket.create_server(("0.0.0.0", 8080), backlog=128)
while True:
    c = s.accept()[0]
    c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    c.close()
"""


class FaultClass(Made):
    """One of two backends takes every connection and resets it at once."""

    truth = Truth(
        id="backend-unhealthy",
        location={"node": "node-2", "namespace": "default", "pod": "pair-2"},
        destination="service:default/pair",
        port=80,
    )
    modes = ("nftables", "host-gw")
    born_broken = True
    traffic = Traffic("pod:default/client-1", "<service:pair>", 80, size=10, seconds=3.0)
    attempts = 24
    lost = (3, 22)
    changes = (
        Objects(
            (
                pod("pair-1", "node-1", labels={"app": "pair"}),
                pod("pair-2", command=["python3", "-c", RESETS], labels={"app": "pair"}),
                service("pair"),
            ),
            ready=("pair-1", "pair-2"),
        ),
    )
