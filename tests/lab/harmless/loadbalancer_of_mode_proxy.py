# SPDX-License-Identifier: GPL-3.0-or-later
"""A balancer outside wants to see all clients itself: its address is in no node's rules."""

from __future__ import annotations

from podnet_lab.balancers import relayed
from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A balancer outside wants to see all clients itself: its address is in no node's rules."""

    truth = Truth(id="", destination="host:outside", port=8099)
    modes = ("iptables", "nftables")
    scene = relayed()
    changes = (Run("node-1", "true"),)
