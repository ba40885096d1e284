# SPDX-License-Identifier: GPL-3.0-or-later
"""A second program shares the port of a server of UDP, is given half of the datagrams, and answers none."""

from __future__ import annotations

from podnet_lab.changes import Running
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving
from podnet_lab.traffic import Traffic

SERVER = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
s.bind(("0.0.0.0", 9000))
print("ready", flush=True)
while True:
    data, peer = s.recvfrom(4000)
    ANSWER
"""


class FaultClass(Made):
    """A second program shares the port of a server of UDP, is given half of the datagrams, and answers none."""

    truth = Truth(
        id="backend-unhealthy",
        location={"namespace": "default", "pod": "shared-1"},
        destination="pod:default/shared-1",
        port=9000,
        protocol="udp",
    )
    traffic = Traffic("pod:default/client-1", "<shared-1>", 9000, "udp")
    attempts = 24
    lost = (3, 22)
    scene = (
        serving("shared-1", command=["python3", "-c", SERVER.replace("ANSWER", "s.sendto(data, peer)")], port=9000),
    )
    changes = (Running("node-2", SERVER.replace("ANSWER", "pass"), pod="shared-1", name="podnet-udp"),)
