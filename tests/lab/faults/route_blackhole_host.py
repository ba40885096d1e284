# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 swallows what is sent to one pod: a /32 that no configuration explains."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 swallows what is sent to one pod: a /32 that no configuration explains."""

    truth = Truth(
        id="route-blackhole", location={"node": "node-1"}, destination="pod:default/client-2", protocol="icmp"
    )
    modes = ("iptables", "nftables", "host-gw")
    changes = (Run("node-1", "ip route add blackhole <client-2>/32", "ip route del blackhole <client-2>/32"),)
