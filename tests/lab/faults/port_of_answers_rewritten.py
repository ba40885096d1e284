# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 writes another source port into the answers of a pod, before it tracks them."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 writes another source port into the answers of a pod, before it tracks them."""

    truth = Truth(id="packet-rewritten", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    changes = (nft_chain("node-2", "ip", "prerouting", "ip saddr <web-2> tcp sport 8080 tcp sport set 8081", "-310"),)
