# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 prohibits its pods' packets to port 8080 by a routing rule."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 prohibits its pods' packets to port 8080 by a routing rule."""

    truth = Truth(
        id="policy-route-diverts", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("iptables", "nftables")
    changes = (Run("node-1", "ip rule add pref 90 iif cni0 ipproto tcp dport 8080 prohibit", "ip rule del pref 90"),)
