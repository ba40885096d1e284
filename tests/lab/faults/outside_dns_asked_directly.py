# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 lets a pod ask no DNS server but that of the cluster, and it asks one outside."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.sometimes import Questions


class FaultClass(Made):
    """node-1 lets a pod ask no DNS server but that of the cluster, and it asks one outside."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="203.0.113.53", port=53, protocol="udp")
    modes = ("nftables",)
    traffic = Questions("pod:default/client-1", "203.0.113.53")
    changes = (Rule("node-1", "filter FORWARD -s <client-1>/32 ! -d 10.244.0.0/16 -p udp --dport 53 -j DROP"),)
