# SPDX-License-Identifier: GPL-3.0-or-later
"""A routing rule of node-1 throws away what is bound to its NIC, which the tunnel's packets are not."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A routing rule of node-1 throws away what is bound to its NIC, which the tunnel's packets are not."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "iptables")
    changes = (Run("node-1", "ip rule add pref 53 oif eth0 blackhole", "ip rule del pref 53"),)
