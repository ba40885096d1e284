# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops connections to Services that one of two pods is to answer."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 drops connections to Services that one of two pods is to answer."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="service:default/web", port=80)
    modes = ("iptables", "host-gw")
    attempts = 24
    lost = (3, 21)
    changes = (
        nft_chain("node-1", "inet", "postrouting", "ct original proto-dst 80 ct reply ip saddr <web-2> drop", "-40"),
    )
