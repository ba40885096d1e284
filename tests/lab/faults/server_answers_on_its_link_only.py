# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's socket sends to neighbours on its own wire only."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving

PROGRAM = """
import socket, threading, time
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.setsockopt(socket.SOL_SOCKET, socket.SO_DONTROUTE, 1)
s.bind(("0.0.0.0", 8080))
s.listen(20)
while True:
    one, peer = s.accept()
    one.recv(1000)
    one.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n")
    one.close()
"""


class FaultClass(Made):
    """The server's socket sends to neighbours on its own wire only."""

    truth = Truth(
        id="backend-unhealthy",
        location={"namespace": "default", "pod": "near-2"},
        destination="pod:default/near-2",
        port=8080,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (serving("near-2", command=["python3", "-c", PROGRAM]),)
