# SPDX-License-Identifier: GPL-3.0-or-later
"""One chain of node-2 watches two devices, and drops on the second what a pod answers."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """One chain of node-2 watches two devices, and drops on the second what a pod answers."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    changes = (
        nft_chain("node-2", "netdev", "ingress devices = { eth0, cni0 }", "ip saddr <web-2> tcp sport 8080 drop", "-5"),
    )
