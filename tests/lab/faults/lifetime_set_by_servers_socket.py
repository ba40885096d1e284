# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's own socket lets its packets live for two hops: enough for its node, and not for another one."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving

PROGRAM = """
import socket
s = socket.create_server(("0.0.0.0", 8080))
s.setsockopt(0, 2, 2)
while True:
    one, peer = s.accept()
    one.recv(1000)
    one.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n")
    one.close()
"""


class FaultClass(Made):
    """The server's own socket lets its packets live for two hops: enough for its node, and not for another one."""

    truth = Truth(
        id="ttl-exceeded", location={"node": "node-2", "pod": "short-1"}, destination="pod:default/short-1", port=8080
    )
    modes = ("nftables", "host-gw")
    born_broken = True
    changes = (serving("short-1", command=["python3", "-c", PROGRAM]),)
