# SPDX-License-Identifier: GPL-3.0-or-later
"""A route of node-1 throws one pod's packets out of the main table, and no other table takes them."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A route of node-1 throws one pod's packets out of the main table, and no other table takes them."""

    truth = Truth(id="route-blackhole", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    changes = (Run("node-1", "ip route add throw <web-2>/32", "ip route del throw <web-2>/32"),)
