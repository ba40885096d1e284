# SPDX-License-Identifier: GPL-3.0-or-later
"""The server marks what its socket sends, and a rule of its namespace throws marked packets away."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving

PROGRAM = """
import socket, threading, time
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, 0x4D)
s.bind(("0.0.0.0", 8080))
s.listen(20)
while True:
    one, peer = s.accept()
    one.recv(1000)
    one.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n")
    one.close()
"""


class FaultClass(Made):
    """The server marks what its socket sends, and a rule of its namespace throws marked packets away."""

    truth = Truth(
        id="policy-route-diverts",
        location={"node": "node-2", "namespace": "default", "pod": "marker-1"},
        destination="pod:default/marker-1",
        port=8080,
    )
    modes = ("iptables", "nftables")
    scene = (
        serving(
            "marker-1",
            command=["python3", "-c", PROGRAM],
            container={"securityContext": {"capabilities": {"add": ["NET_ADMIN"]}}},
        ),
    )
    changes = (in_pod("marker-1", "ip rule add pref 40 fwmark 0x4d blackhole", "ip rule del pref 40"),)
