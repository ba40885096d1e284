# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops what comes by a port of its bridge, where the bridge itself is what it comes by."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 drops what comes by a port of its bridge, where the bridge itself is what it comes by."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "iptables")
    changes = (nft_chain("node-1", "inet", "forward", "iifname <client-1.veth> drop", "-10"),)
