# SPDX-License-Identifier: GPL-3.0-or-later
"""A server of UDP answers what is small, and nothing else."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving

SERVER = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", 9000))
while True:
    data, peer = s.recvfrom(4000)
    if len(data) <= 512: s.sendto(data, peer)
"""


class FaultClass(Made):
    """A server of UDP answers what is small, and nothing else."""

    truth = Truth(id="", destination="pod:default/small-1", port=9000, protocol="udp")
    born_broken = True
    changes = (serving("small-1", command=["python3", "-c", SERVER], port=9000),)
