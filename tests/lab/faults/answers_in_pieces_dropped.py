# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops fragments, so that the large answers to small questions are lost."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.programs import LargeAnswers
from podnet_lab.scene import serving

SERVER = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", 9000))
while True:
    data, peer = s.recvfrom(4000)
    s.sendto(data.ljust(3000) if data.startswith(b"get") else data, peer)
"""
BODY = """
chain early {
type filter hook prerouting priority -450; policy accept;
ip saddr 10.244.0.0/16 ip frag-off & 0x3fff != 0 drop
}
"""


class FaultClass(Made):
    """node-1 drops fragments, so that the large answers to small questions are lost."""

    truth = Truth(
        id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/large-1", port=9000, protocol="udp"
    )
    scene = (serving("large-1", command=["python3", "-c", SERVER], port=9000),)
    traffic = LargeAnswers("pod:default/client-1", "<large-1>", 9000, "udp", size=3000)
    changes = (Nft("node-1", "ip", BODY),)
