# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops what goes by one next hop, as the host-gw mode has it."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 drops what goes by one next hop, as the host-gw mode has it."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("host-gw",)
    changes = (nft_chain("node-1", "ip", "forward", "rt nexthop 192.0.2.12 tcp dport 8080 drop"),)
