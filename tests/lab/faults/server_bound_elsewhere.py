# SPDX-License-Identifier: GPL-3.0-or-later
"""The server is bound to an address that its pod does not have."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod


class FaultClass(Made):
    """The server is bound to an address that its pod does not have."""

    truth = Truth(
        id="port-not-listening",
        location={"namespace": "default", "pod": "else-1"},
        destination="pod:default/else-1",
        port=8080,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (
        Objects(
            (
                pod(
                    "else-1",
                    command=[
                        "python3",
                        "-c",
                        "import socket\ns = socket.socket()\ns.setsockopt(0, 15, 1)\ns.bind(('10.244.9.9', 8080))\n"
                        "s.listen()\nwhile True:\n    s.accept()",
                    ],
                ),
            ),
            ready=("else-1",),
        ),
    )
