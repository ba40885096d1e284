# SPDX-License-Identifier: GPL-3.0-or-later
"""A second program is bound to the pod's own address, takes all datagrams, and answers none."""

from __future__ import annotations

from podnet_lab.changes import Running
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving

SERVER = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("ADDRESS", 5353))
print("ready", flush=True)
while True:
    data, peer = s.recvfrom(4000)
    try:
        s.sendto(data, peer)
    except OSError:
        pass
"""
TAKES = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("<echo-1>", 5353))
print("ready", flush=True)
while True:
    s.recv(4000)
"""


class FaultClass(Made):
    """A second program is bound to the pod's own address, takes all datagrams, and answers none."""

    truth = Truth(
        id="backend-unhealthy",
        location={"namespace": "default", "pod": "echo-1"},
        destination="pod:default/echo-1",
        port=5353,
        protocol="udp",
    )
    modes = ("nftables",)
    scene = (serving("echo-1", command=["python3", "-c", SERVER.replace("ADDRESS", "0.0.0.0")], port=5353),)
    changes = (Running("node-2", TAKES, pod="echo-1", name="podnet-udp"),)
