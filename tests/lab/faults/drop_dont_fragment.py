# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops packets that must not be fragmented."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 drops packets that must not be fragmented."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (nft_chain("node-2", "ip", "forward", "ip daddr <web-2> ip frag-off & 0x4000 != 0 drop", "5"),)
