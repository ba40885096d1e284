# SPDX-License-Identifier: GPL-3.0-or-later
"""A server of UDP on node-2 is bound to the node's second address, at which it is asked."""

from __future__ import annotations

from podnet_lab.changes import Run, Running
from podnet_lab.faults import Truth
from podnet_lab.made import Made

SERVER = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("ADDRESS", 5353))
print("ready", flush=True)
while True:
    data, peer = s.recvfrom(4000)
    try:
        s.sendto(data, peer)
    except OSError:
        pass
"""


class FaultClass(Made):
    """A server of UDP on node-2 is bound to the node's second address, at which it is asked."""

    truth = Truth(id="", destination="192.0.2.77", port=5353, protocol="udp")
    modes = ("nftables", "host-gw")
    scene = (
        Run("node-2", "ip address add 192.0.2.77/24 dev eth0", "ip address del 192.0.2.77/24 dev eth0"),
        Running("node-2", SERVER.replace("ADDRESS", "192.0.2.77"), name="podnet-udp"),
    )
    changes = (Run("node-2", "ip address add 192.0.2.78/24 dev eth0", "ip address del 192.0.2.78/24 dev eth0"),)
