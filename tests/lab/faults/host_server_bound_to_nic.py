# SPDX-License-Identifier: GPL-3.0-or-later
"""A server in the host's network is bound to the NIC, and its own node's pods come in by the bridge."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod

PROGRAM = """
import socket
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b'eth0')
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('0.0.0.0', 8077))
s.listen()
while True: s.accept()
"""


class FaultClass(Made):
    """A server in the host's network is bound to the NIC, and its own node's pods come in by the bridge."""

    truth = Truth(id="port-not-listening", location={"node": "node-1"}, destination="node:node-1", port=8077)
    modes = ("iptables", "host-gw")
    born_broken = True
    changes = (
        Objects(
            (pod("nic-bound-1", "node-1", command=["python3", "-c", PROGRAM], port=8077, hostNetwork=True),),
            ready=("nic-bound-1",),
        ),
    )
