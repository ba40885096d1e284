# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's socket is bound to the loopback device."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod


class FaultClass(Made):
    """The server's socket is bound to the loopback device."""

    truth = Truth(
        id="port-listening-on-loopback",
        location={"namespace": "default", "pod": "bound-1"},
        destination="pod:default/bound-1",
        port=8080,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (
        Objects(
            (
                pod(
                    "bound-1",
                    command=[
                        "python3",
                        "-c",
                        "import socket\ns = socket.socket()\n"
                        "s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b'lo')\n"
                        "s.bind(('0.0.0.0', 8080))\ns.listen()\nwhile True:\n    s.accept()",
                    ],
                ),
            ),
            ready=("bound-1",),
        ),
    )
