# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 answers no question for its hardware address."""

from __future__ import annotations

from podnet_lab.changes import Run, Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 answers no question for its hardware address."""

    truth = Truth(
        id="neighbour-failed",
        location={"node": "node-2"},
        access="ssh",
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("host-gw",)
    changes = (
        Sysctl("node-2", "net/ipv4/conf/eth0/arp_ignore", "8", "0"),
        Run("node-1", "ip neighbour del 192.0.2.12 dev eth0"),
    )
