# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 has a second address, and drops what a server of UDP on it answers."""

from __future__ import annotations

from podnet_lab.changes import Run, Running, nft_chain
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
    """node-2 has a second address, and drops what a server of UDP on it answers."""

    truth = Truth(
        id="netfilter-drop", location={"node": "node-2"}, destination="node:node-2", port=5353, protocol="udp"
    )
    modes = ("nftables", "host-gw")
    scene = (
        Run("node-2", "ip address add 192.0.2.77/24 dev eth0", "ip address del 192.0.2.77/24 dev eth0"),
        Running("node-2", SERVER.replace("ADDRESS", "0.0.0.0"), name="podnet-udp"),
    )
    changes = (nft_chain("node-2", "inet", "output", "udp sport 5353 drop"),)
