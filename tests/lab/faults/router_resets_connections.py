# SPDX-License-Identifier: GPL-3.0-or-later
"""The firewall of the router resets connections in the name of the machine outside, which never sees them."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The firewall of the router resets connections in the name of the machine outside, which never sees them."""

    truth = Truth(id="network-blocked", destination="host:outside", port=22)
    modes = ("nftables",)
    changes = (
        nft_chain("fabric", "ip", "forward", "ip daddr 198.51.100.10 tcp dport 22 counter reject with tcp reset"),
    )
