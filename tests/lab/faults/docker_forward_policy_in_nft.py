# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker has its own table for nft on node-2, and its policy drops what it does not know."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made

BODY = """
chain filter-FORWARD {
type filter hook forward priority 0; policy drop;
ct state established,related accept
iifname "docker0" counter accept
oifname "docker0" counter jump filter-docker
}
chain filter-docker {
counter drop
}
"""


class FaultClass(Made):
    """Docker has its own table for nft on node-2, and its policy drops what it does not know."""

    truth = Truth(
        id="forward-policy-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("nftables", "host-gw")
    changes = (Nft("node-2", "ip", BODY, "docker-bridges"),)
