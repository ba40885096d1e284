# SPDX-License-Identifier: GPL-3.0-or-later
"""A routing rule of node-1 for what is bound to its NIC takes the tunnel's packets, and nothing else."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A routing rule of node-1 for what is bound to its NIC takes the tunnel's packets, and nothing else."""

    truth = Truth(
        id="policy-route-diverts", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("nftables", "iptables")
    changes = (Run("node-1", "ip rule add pref 53 oif eth0 blackhole", "ip rule del pref 53"),)
