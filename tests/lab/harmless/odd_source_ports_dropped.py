# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops connections from odd source ports, which programs that just connect do not have."""

from __future__ import annotations

from podnet_lab.changes import Run, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-2 drops connections from odd source ports, which programs that just connect do not have."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, usual=True)
    attempts = 24
    # What was tried from other ports before is none of it.
    scene = (Run("node-1", "conntrack -F"), Run("node-2", "conntrack -F"))
    changes = (nft_chain("node-2", "inet", "forward", "ip daddr <web-2> tcp dport 8080 tcp sport & 1 == 1 drop"),)
