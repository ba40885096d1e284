# SPDX-License-Identifier: GPL-3.0-or-later
"""Another pod of node-2 has the server's hardware address."""

from __future__ import annotations

from podnet_lab.changes import Running, in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made

TWIN = """
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
print("ready", flush=True)
while True:
    s.sendto(b"x", ("10.244.2.1", 9))
    time.sleep(0.01)
"""


class FaultClass(Made):
    """Another pod of node-2 has the server's hardware address."""

    truth = Truth(
        id="duplicate-address", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080
    )
    changes = (
        in_pod(
            "client-2",
            "ip link set eth0 alias was-<client-2.mac>\nip link set eth0 address <web-2.mac>",
            "ip link set eth0 address <client-2.mac>\nip link set eth0 alias ''",
        ),
        Running("node-2", TWIN, pod="client-2"),
    )
