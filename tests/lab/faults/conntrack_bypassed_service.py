# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 does not track a pod's connections to Services, so nobody translates them."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 does not track a pod's connections to Services, so nobody translates them."""

    truth = Truth(id="conntrack-bypassed", location={"node": "node-1"}, destination="service:default/web", port=80)
    modes = ("iptables", "nftables")
    changes = (Rule("node-1", "raw PREROUTING -s <client-1>/32 -d 10.96.0.0/16 -j CT --notrack"),)
