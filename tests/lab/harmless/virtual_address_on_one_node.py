# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 has the virtual address, and sends from it to the other node."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 has the virtual address, and sends from it to the other node."""

    truth = Truth(id="", source="node:node-1", destination="node:node-2", port=10250)
    modes = ("iptables", "nftables")
    changes = (
        Run(
            "node-1",
            """ip address add 192.0.2.100/32 dev eth0
            ip route add 192.0.2.12/32 dev eth0 src 192.0.2.100""",
            "ip route del 192.0.2.12/32 dev eth0\nip address del 192.0.2.100/32 dev eth0",
        ),
    )
