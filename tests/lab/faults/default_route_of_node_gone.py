# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 has no default route: its pods reach nobody outside the cluster."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 has no default route: its pods reach nobody outside the cluster."""

    truth = Truth(id="route-missing", location={"node": "node-1"}, destination="host:outside", port=22)
    modes = ("iptables", "host-gw")
    changes = (Run("node-1", "ip route del default", "ip route replace default via 192.0.2.1 dev eth0"),)
