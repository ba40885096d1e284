# SPDX-License-Identifier: GPL-3.0-or-later
"""A program listens on IPv6 only, which the table of sockets hardly shows.

Public report: tryretool/retool-helm#335.
"""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod

SIX = """
import socket
s = socket.socket(socket.AF_INET6)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
s.bind(("::", 8080))
s.listen()
while True:
    s.accept()[0].close()
"""


class FaultClass(Made):
    """A program listens on IPv6 only, which the table of sockets hardly shows."""

    truth = Truth(
        id="port-not-listening",
        location={"node": "node-2", "namespace": "default", "pod": "six-1"},
        destination="pod:default/six-1",
        port=8080,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (Objects((pod("six-1", command=["python3", "-c", SIX]),), ready=("six-1",)),)
