# SPDX-License-Identifier: GPL-3.0-or-later
"""The server of UDP behind a Service reads every question and answers seven of ten."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service
from podnet_lab.traffic import Traffic

SERVER = """
import random, socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", 5353))
while True:
    data, peer = s.recvfrom(4000)
    if random.random() < 0.7: s.sendto(data, peer)
"""


class FaultClass(Made):
    """The server of UDP behind a Service reads every question and answers seven of ten."""

    truth = Truth(
        id="backend-unhealthy",
        location={"namespace": "default", "pod": "most-1"},
        destination="service:default/most",
        port=5300,
        protocol="udp",
    )
    born_broken = True
    traffic = Traffic("pod:default/client-1", "<service:most>", 5300, "udp")
    attempts = 40
    lost = (4, 34)
    changes = (
        Objects(
            (
                pod("most-1", command=["python3", "-c", SERVER], port=5353, labels={"app": "most"}),
                service("most", port=5300, target=5353, protocol="UDP"),
            ),
            ready=("most-1",),
        ),
    )
