# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops pings to a pod in table security, where nobody looks."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 drops pings to a pod in table security, where nobody looks."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-2"},
        source="node:node-1",
        destination="pod:default/client-2",
        protocol="icmp",
    )
    modes = ("nftables", "host-gw")
    changes = (Rule("node-2", "security FORWARD -d <client-2>/32 -p icmp --icmp-type echo-request -j DROP"),)
