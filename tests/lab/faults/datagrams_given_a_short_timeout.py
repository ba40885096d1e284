# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule of node-1 gives UDP connections a timeout object of one second, and the server answers after three."""

from __future__ import annotations

from podnet_lab.changes import Nft, Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service
from podnet_lab.traffic import Traffic

SLOW = """
import socket, threading, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", 5353))
def late(data, peer):
    time.sleep(3)
    s.sendto(data, peer)
while True: threading.Thread(target=late, args=s.recvfrom(4000), daemon=True).start()
"""

BODY = """
ct timeout hasty {
protocol udp
l3proto ip
policy = { unreplied : 1, replied : 1 }
}
chain first {
type filter hook prerouting priority -150; policy accept;
meta l4proto udp ct timeout set "hasty"
}
"""


class FaultClass(Made):
    """A rule of node-1 gives UDP connections a timeout object of one second, and the server answers after three."""

    truth = Truth(
        id="conntrack-timeout-short",
        location={"node": "node-1"},
        destination="service:default/slow",
        port=5300,
        protocol="udp",
    )
    modes = ("iptables", "host-gw")
    traffic = Traffic("pod:default/client-1", "<service:slow>", 5300, "udp", seconds=5.0)
    scene = (
        Objects(
            (
                pod("slow-1", command=["python3", "-c", SLOW], port=5353, labels={"app": "slow"}),
                service("slow", port=5300, target=5353, protocol="UDP"),
            ),
            ready=("slow-1",),
        ),
    )
    changes = (Nft("node-1", "ip", BODY, "timeouts"),)
