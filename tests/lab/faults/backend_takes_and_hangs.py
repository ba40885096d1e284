# SPDX-License-Identifier: GPL-3.0-or-later
"""One of two backends takes connections and answers no request."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service
from podnet_lab.traffic import Traffic

HANGS = """
import socket, time
s = socket.create_server(("0.0.0.0", 8080), backlog=200)
held = []
while True:
    held.append(s.accept()[0])
"""


class FaultClass(Made):
    """One of two backends takes connections and answers no request."""

    truth = Truth(
        id="backend-unhealthy",
        location={"node": "node-2", "namespace": "default", "pod": "pair-2"},
        destination="service:default/pair",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    traffic = Traffic("pod:default/client-1", "<service:pair>", 80, size=10, seconds=3.0)
    attempts = 24
    lost = (3, 22)
    changes = (
        Objects(
            (
                pod("pair-1", "node-1", labels={"app": "pair"}),
                pod("pair-2", command=["python3", "-c", HANGS], labels={"app": "pair"}),
                service("pair"),
            ),
            ready=("pair-1", "pair-2"),
        ),
    )
