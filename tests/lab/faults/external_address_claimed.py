# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service without pods claims the address of an outside server, which refuses pods only.

Public report: kubernetes/kubernetes#22650.
"""

from __future__ import annotations

from podnet_lab.changes import Objects, Run, Running
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service
from podnet_lab.servers import closing


class FaultClass(Made):
    """A Service without pods claims the address of an outside server, which refuses pods only."""

    truth = Truth(
        id="service-claims-address",
        location={"namespace": "default", "service": "billing"},
        destination="198.51.100.20",
        port=8443,
    )
    modes = ("iptables", "nftables")
    scene = (
        Run("outside", "ip address add 198.51.100.20/32 dev eth0", "ip address del 198.51.100.20/32 dev eth0"),
        Running("outside", closing("198.51.100.20", 8443)),
    )
    changes = (Objects((service("billing", port=8443, externalIPs=["198.51.100.20"]),)),)
