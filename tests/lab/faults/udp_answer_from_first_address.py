# SPDX-License-Identifier: GPL-3.0-or-later
"""A server of UDP on node-2 is asked at the node's second address, and answers from the first."""

from __future__ import annotations

from podnet_lab.changes import Run, Running
from podnet_lab.faults import Truth
from podnet_lab.made import Made

SERVER = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("ADDRESS", 5353))
print("ready", flush=True)
while True:
    data, peer = s.recvfrom(4000)
    s.sendto(data, peer)
"""


class FaultClass(Made):
    """A server of UDP on node-2 is asked at the node's second address, and answers from the first."""

    truth = Truth(
        id="udp-answer-from-elsewhere", location={"node": "node-2"}, destination="192.0.2.77", port=5353, protocol="udp"
    )
    modes = ("nftables", "host-gw")
    born_broken = True
    changes = (
        Run("node-2", "ip address add 192.0.2.77/24 dev eth0", "ip address del 192.0.2.77/24 dev eth0"),
        Running("node-2", SERVER.replace("ADDRESS", "0.0.0.0"), name="podnet-udp"),
    )
