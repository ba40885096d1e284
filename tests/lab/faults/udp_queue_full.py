# SPDX-License-Identifier: GPL-3.0-or-later
"""A server of UDP reads nothing, and its queue is full."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving

SERVER = """
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
s.bind(("0.0.0.0", 5353))
time.sleep(10**9)
"""
FILL = (
    "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM);"
    ' [s.sendto(bytes(900), ("<echo-1>", 5353)) for _ in range(99)]'
)


class FaultClass(Made):
    """A server of UDP reads nothing, and its queue is full."""

    truth = Truth(
        id="process-backlog-full",
        location={"namespace": "default", "pod": "echo-1"},
        destination="pod:default/echo-1",
        port=5353,
        protocol="udp",
    )
    modes = ("nftables",)
    born_broken = True
    changes = (
        serving("echo-1", command=["python3", "-c", SERVER], port=5353),
        in_pod("client-2", f"python3 -c '{FILL}'"),
    )
