# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 sends all questions of its pods to cluster DNS' own pod, whatever server they ask."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made

RULES = """
chain prerouting {
type nat hook prerouting priority dstnat - 10; policy accept;
iifname "cni0" meta l4proto { tcp, udp } th dport 53 dnat to <dns>
}
"""


class FaultClass(Made):
    """node-1 sends all questions of its pods to cluster DNS' own pod, whatever server they ask."""

    truth = Truth(id="", destination="web.default.svc.cluster.local", port=80)
    modes = ("nftables",)
    changes = (Nft("node-1", "ip", RULES, "dns"),)
