# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 writes one identification into all that its pods send, and that it may be cut in pieces."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 writes one identification into all that its pods send, and that it may be cut in pieces."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    changes = (nft_chain("node-2", "ip", "forward", "ip saddr <web-2> ip id set 1 ip frag-off set 0", "10"),)
