# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops what came without IPsec, and the pods have none."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 drops what came without IPsec, and the pods have none."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    changes = (
        nft_chain(
            "node-2", "inet", "forward", "ip daddr <web-2> ip saddr 10.244.1.0/24 meta secpath missing drop", "-8"
        ),
        Rule("node-1", "mangle FORWARD -d <web-2>/32 -m policy --dir out --pol ipsec -j DROP"),
        Run("node-1", "ip route add blackhole 10.244.2.250/32", "ip route del blackhole 10.244.2.250/32"),
    )
