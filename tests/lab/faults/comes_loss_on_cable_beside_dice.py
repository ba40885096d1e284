# SPDX-License-Identifier: GPL-3.0-or-later
"""The network between the nodes loses six of a hundred packets, while a rule of node-2 drops others by chance."""

from __future__ import annotations

from podnet_lab.changes import Rule, Running, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic

# Packets of another type of service, which is nothing that the rule's addresses or ports exclude.
OTHERS = """
import socket, time
one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
one.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, 8)
print("ready", flush=True)
while True:
    try:
        one.sendto(b"others", ("<node-1>", 9))
    except OSError:
        pass
    time.sleep(0.0125)
"""


class FaultClass(Made):
    """The network between the nodes loses six of a hundred packets, while a rule of node-2 drops others by chance."""

    about = "The network between the nodes loses six of a hundred packets; a rule of node-2 drops others by chance"
    truth = Truth(id="packet-loss", destination="pod:default/<web-2.name>", port=8080)
    traffic = Traffic("pod:default/client-1", "<web-2>", protocol="icmp")
    attempts = 400
    lost = (3, 200)
    changes = (
        Running("node-2", OTHERS),
        Rule("node-2", "filter OUTPUT -m tos --tos 0x08 -m statistic --mode random --probability 0.5 -j DROP"),
        nft_chain("fabric", "bridge", "forward", "udp dport 8472 numgen random mod 100 < 6 drop"),
    )
