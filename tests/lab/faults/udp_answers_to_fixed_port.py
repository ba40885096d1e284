# SPDX-License-Identifier: GPL-3.0-or-later
"""A server of UDP answers to a fixed port of its client, wherever the question came from."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod

FIXED = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", 5353))
while True:
    data, peer = s.recvfrom(4000)
    s.sendto(data, (peer[0], 5353))
"""


class FaultClass(Made):
    """A server of UDP answers to a fixed port of its client, wherever the question came from."""

    truth = Truth(
        id="backend-unhealthy",
        location={"namespace": "default", "pod": "fixed-1"},
        destination="pod:default/fixed-1",
        port=5353,
        protocol="udp",
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (Objects((pod("fixed-1", command=["python3", "-c", FIXED], port=5353),), ready=("fixed-1",)),)
