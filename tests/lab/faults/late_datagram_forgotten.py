# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 forgets UDP after a second, and the server answers after three: the answer has the wrong sender."""

from __future__ import annotations

from podnet_lab.changes import Objects, Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service
from podnet_lab.traffic import Traffic

SLOW = """
import socket, threading
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", 5353))
while True:
    data, peer = s.recvfrom(4000)
    threading.Timer(3.0, s.sendto, (data, peer)).start()
"""


class FaultClass(Made):
    """node-1 forgets UDP after a second, and the server answers after three: the answer has the wrong sender."""

    truth = Truth(
        id="conntrack-timeout-short",
        location={"node": "node-1"},
        destination="service:default/slow",
        port=5300,
        protocol="udp",
    )
    modes = ("nftables", "host-gw")
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
    changes = (Sysctl("node-1", "net/netfilter/nf_conntrack_udp_timeout", "1", "30"),)
