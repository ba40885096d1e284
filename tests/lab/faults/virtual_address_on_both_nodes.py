# SPDX-License-Identifier: GPL-3.0-or-later
"""After a network was parted, two nodes have the virtual address, and one of them sends from it to the other.

Public report: kube-vip/kube-vip#1385.
"""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """After a network was parted, two nodes have the virtual address, and one of them sends from it to the other."""

    truth = Truth(
        id="duplicate-address",
        # The packets' source is the address that both have: to send from another one would help, too.
        also=("source-address-wrong",),
        source="node:node-1",
        destination="node:node-2",
        port=10250,
    )
    modes = ("iptables", "nftables")
    changes = (
        Run(
            "node-1",
            """ip address add 192.0.2.100/32 dev eth0
            ip route add 192.0.2.12/32 dev eth0 src 192.0.2.100""",
            "ip route del 192.0.2.12/32 dev eth0\nip address del 192.0.2.100/32 dev eth0",
        ),
        Run("node-2", "ip address add 192.0.2.100/32 dev eth0", "ip address del 192.0.2.100/32 dev eth0"),
    )
