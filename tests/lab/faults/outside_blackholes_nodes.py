# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine outside throws away what it sends to the nodes, as somebody blocked a scanner."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A machine outside throws away what it sends to the nodes, as somebody blocked a scanner."""

    truth = Truth(id="route-blackhole", location={"node": "outside"}, destination="host:outside", port=22)
    modes = ("nftables",)
    changes = (Run("outside", "ip route add blackhole 192.0.2.8/29", "ip route del blackhole 192.0.2.8/29"),)
