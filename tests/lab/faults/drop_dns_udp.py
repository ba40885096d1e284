# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops the DNS questions of one pod, UDP only."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 drops the DNS questions of one pod, UDP only."""

    truth = Truth(
        id="netfilter-drop", location={"node": "node-1"}, destination="web.default.svc.cluster.local", port=80
    )
    modes = ("iptables", "nftables")
    changes = (Rule("node-1", "filter FORWARD -s <client-1>/32 -p udp --dport 53 -j DROP"),)
