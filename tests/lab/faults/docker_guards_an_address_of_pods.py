# SPDX-License-Identifier: GPL-3.0-or-later
"""A container of Docker had an address that a pod of node-2 has now, and Docker's raw table guards it.

Public report: psviderski/uncloud#293, moby/moby#51015.
"""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made

BODY = """
chain PREROUTING {
type filter hook prerouting priority raw; policy accept;
ip daddr 172.18.0.2 iifname != "br-3cdb1cb92a36" counter drop
ip daddr <web-2> iifname != "br-15fc2fdf8f2c" counter drop
}
"""


class FaultClass(Made):
    """A container of Docker had an address that a pod of node-2 has now, and Docker's raw table guards it."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    changes = (Nft("node-2", "ip", BODY, "docker-raw"),)
