# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 maps the server's address into another network."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 maps the server's address into another network."""

    truth = Truth(
        id="redirect-target-missing", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("iptables", "nftables")
    changes = (Rule("node-1", "nat PREROUTING -d <web-2>/32 -j NETMAP --to 10.99.7.7/32"),)
