# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops what its route leads by a device of a smaller size."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 drops what its route leads by a device of a smaller size."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables",)
    changes = (nft_chain("node-1", "inet", "forward", "ip daddr <web-2> tcp dport 8080 rt mtu < 1460 drop"),)
