# SPDX-License-Identifier: GPL-3.0-or-later
"""A server of UDP has connected its socket to another client."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving

SERVER = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", 5353))
s.connect(("<client-2>", 5353))
while True:
    try:
        s.send(s.recv(4000))
    except OSError:
        pass
"""


class FaultClass(Made):
    """A server of UDP has connected its socket to another client."""

    truth = Truth(
        id="port-not-listening",
        location={"namespace": "default", "pod": "echo-1"},
        destination="pod:default/echo-1",
        port=5353,
        protocol="udp",
    )
    modes = ("host-gw",)
    born_broken = True
    changes = (serving("echo-1", command=["python3", "-c", SERVER], port=5353),)
