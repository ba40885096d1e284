# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops what comes from where its route leads by eth0."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 drops what comes from where its route leads by eth0."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("host-gw",)
    changes = (nft_chain("node-2", "ip", "prerouting", "fib saddr oifname eth0 tcp dport 8080 drop", "-140"),)
