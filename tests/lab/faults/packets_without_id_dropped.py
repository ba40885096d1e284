# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops packets whose identification is 0, as what accepts a connection has it."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 drops packets whose identification is 0, as what accepts a connection has it."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    changes = (nft_chain("node-1", "inet", "forward", "ip saddr 10.244.2.0/24 tcp sport 8080 ip id 0 drop"),)
