# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 translates what goes to a pod to its own loopback address, which no packet from outside may reach."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made

BODY = """
chain prerouting {
type nat hook prerouting priority -110; policy accept;
ip daddr <web-2> tcp dport 8080 dnat to 127.0.0.1:8080
}
"""


class FaultClass(Made):
    """node-1 translates what goes to a pod to its own loopback address, which no packet from outside may reach."""

    truth = Truth(
        id="redirect-target-missing",
        location={"node": "node-1"},
        also=("service-rules-bypassed",),
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("nftables",)
    changes = (Nft("node-1", "ip", BODY),)
