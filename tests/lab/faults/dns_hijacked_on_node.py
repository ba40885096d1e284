# SPDX-License-Identifier: GPL-3.0-or-later
"""Against strange name servers node-1 sends all questions to the company's own, which knows no cluster."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made

RULES = """
chain prerouting {
type nat hook prerouting priority dstnat - 10; policy accept;
iifname "cni0" meta l4proto { tcp, udp } th dport 53 dnat to 203.0.113.53
}
"""


class FaultClass(Made):
    """Against strange name servers node-1 sends all questions to the company's own, which knows no cluster."""

    truth = Truth(
        id="dns-answer-wrong",
        # The rule translates before kube-proxy's, and so leads to the server that denies.
        also=("service-rules-bypassed",),
        location={"node": "node-1"},
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("nftables",)
    changes = (Nft("node-1", "ip", RULES, "parental"),)
