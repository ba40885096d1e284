# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod beside the client has its address too, and node-1 hands the answers to that one, which resets them."""

from __future__ import annotations

from podnet_lab.changes import Running, in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving

# Asks for its gateway from that address, as every pod does that has something to send.
ASKS = """
import socket, time
mac = bytes.fromhex("<twin-1.mac>".replace(":", ""))
own, gateway = socket.inet_aton("<client-1>"), socket.inet_aton("10.244.1.1")
head = bytes.fromhex("0806" "0001" "0800" "06" "04" "0001")
one = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
one.bind(("eth0", 0))
print("ready", flush=True)
while True:
    one.send(b"\\xff" * 6 + mac + head + mac + own + bytes(6) + gateway)
    time.sleep(0.02)
"""


class FaultClass(Made):
    """A pod beside the client has its address too, and node-1 hands the answers to that one, which resets them."""

    truth = Truth(
        id="duplicate-address", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("nftables", "host-gw")
    scene = (serving("twin-1", "node-1"),)
    changes = (
        in_pod("twin-1", "ip address add <client-1>/32 dev eth0", "ip address del <client-1>/32 dev eth0"),
        Running("node-1", ASKS, pod="twin-1"),
    )
