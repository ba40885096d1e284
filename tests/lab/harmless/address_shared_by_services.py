# SPDX-License-Identifier: GPL-3.0-or-later
"""Two Services have one load balancer's address, and the one that is not asked has no pods."""

from __future__ import annotations

from podnet_lab.balancers import announced
from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Assigned
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service


class FaultClass(Made):
    """Two Services have one load balancer's address, and the one that is not asked has no pods."""

    truth = Truth(id="", source="host:outside", destination="192.0.2.50", port=80)
    modes = ("iptables", "nftables")
    scene = announced()
    changes = (Objects((service("edge-2", port=443, type="LoadBalancer"),)), Assigned("edge-2", "192.0.2.50"))
