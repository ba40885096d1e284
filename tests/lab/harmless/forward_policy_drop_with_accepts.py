# SPDX-License-Identifier: GPL-3.0-or-later
"""FORWARD's policy is DROP on both nodes, and flannel's own rules accept all pods."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """FORWARD's policy is DROP on both nodes, and flannel's own rules accept all pods."""

    truth = Truth(id="", destination="pod:default/client-2", protocol="icmp")
    modes = ("iptables", "nftables", "host-gw")
    changes = (
        Run("node-1", "iptables -P FORWARD DROP", "iptables -P FORWARD ACCEPT"),
        Run("node-2", "iptables -P FORWARD DROP", "iptables -P FORWARD ACCEPT"),
    )
