# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod's device on node-1 got a link-local address, and the cloud's metadata service is in its network."""

from __future__ import annotations

from podnet_lab.changes import Run, Running
from podnet_lab.faults import Truth
from podnet_lab.made import Made

PROGRAM = """
import socket
s = socket.create_server(("169.254.169.254", 8088))
print("ready", flush=True)
while True: s.accept()[0].close()
"""


class FaultClass(Made):
    """A pod's device on node-1 got a link-local address, and the cloud's metadata service is in its network."""

    truth = Truth(id="route-wrong", location={"node": "node-1"}, destination="169.254.169.254", port=8088)
    modes = ("iptables", "nftables")
    scene = (
        Run("outside", "ip address add 169.254.169.254/32 dev lo", "ip address del 169.254.169.254/32 dev lo"),
        Running("outside", PROGRAM),
        Run("fabric", "ip route add 169.254.169.254/32 via 198.51.100.10", "ip route del 169.254.169.254/32"),
    )
    changes = (
        Run(
            "node-1",
            "ip address add 169.254.66.7/16 dev <web-1.veth>",
            "ip address del 169.254.66.7/16 dev <web-1.veth>",
        ),
    )
