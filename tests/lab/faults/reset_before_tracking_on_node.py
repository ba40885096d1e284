# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 resets connections to a port of its own before connection tracking sees them."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 resets connections to a port of its own before connection tracking sees them."""

    truth = Truth(id="netfilter-reject", location={"node": "node-2"}, destination="node:node-2", port=10250)
    modes = ("nftables", "host-gw")
    changes = (
        nft_chain(
            "node-2",
            "inet",
            "prerouting",
            "ip daddr <node-2> ip saddr != 192.0.2.2 tcp dport 10250 reject with tcp reset",
            "-340",
        ),
    )
