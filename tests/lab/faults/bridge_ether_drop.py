# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1's bridge family drops frames of the client's hardware address."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1's bridge family drops frames of the client's hardware address."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (nft_chain("node-1", "bridge", "prerouting", "ether saddr <client-1.mac> drop"),)
