# SPDX-License-Identifier: GPL-3.0-or-later
"""A server of UDP answers from another port than it was asked at, as TFTP does, and nothing expects that."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod

TFTP = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", 6900))
while True:
    data, peer = s.recvfrom(4000)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.sendto(data, peer)
"""


class FaultClass(Made):
    """A server of UDP answers from another port than it was asked at, as TFTP does, and nothing expects that."""

    truth = Truth(
        id="udp-answer-from-elsewhere",
        location={"namespace": "default", "pod": "tftp-1"},
        destination="pod:default/tftp-1",
        port=6900,
        protocol="udp",
    )
    born_broken = True
    changes = (Objects((pod("tftp-1", command=["python3", "-c", TFTP], port=6900),), ready=("tftp-1",)),)
