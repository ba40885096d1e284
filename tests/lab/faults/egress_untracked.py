# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 does not track what the client sends outside, so nobody masquerades it."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 does not track what the client sends outside, so nobody masquerades it."""

    truth = Truth(id="conntrack-bypassed", location={"node": "node-1"}, destination="198.51.100.10", port=22)
    modes = ("nftables", "host-gw")
    changes = (nft_chain("node-1", "ip", "prerouting", "ip saddr <client-1> ip daddr != 10.0.0.0/8 notrack", "-300"),)
