# SPDX-License-Identifier: GPL-3.0-or-later
"""What comes faster than a limit is counted and marked on node-2, and goes on."""

from __future__ import annotations

from podnet_lab.changes import Rule, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """What comes faster than a limit is counted and marked on node-2, and goes on."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        nft_chain(
            "node-2",
            "ip",
            "forward",
            "tcp dport 8080 limit rate over 1/second burst 1 packets counter meta mark set 0x7",
        ),
        Rule("node-2", "mangle FORWARD -p tcp -m limit --limit 1/s --limit-burst 1 -j RETURN"),
    )
