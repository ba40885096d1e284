# SPDX-License-Identifier: GPL-3.0-or-later
"""A server of UDP reads every question and answers six of ten."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving
from podnet_lab.traffic import Traffic

SERVER = """
import random, socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", 5353))
while True:
    data, peer = s.recvfrom(4000)
    if random.random() < 0.6: s.sendto(data, peer)
"""


class FaultClass(Made):
    """A server of UDP reads every question and answers six of ten."""

    truth = Truth(
        id="backend-unhealthy",
        location={"namespace": "default", "pod": "half-1"},
        destination="pod:default/half-1",
        port=5353,
        protocol="udp",
    )
    modes = ("nftables",)
    born_broken = True
    traffic = Traffic("pod:default/client-1", "<half-1>", 5353, "udp")
    attempts = 40
    lost = (6, 34)
    changes = (serving("half-1", command=["python3", "-c", SERVER], port=5353),)
