# SPDX-License-Identifier: GPL-3.0-or-later
"""A set of node-2 holds devices, addresses and ports together, and what leaves by them is dropped."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made

SETS = """
set closed {
type ifname . ipv4_addr . inet_service
elements = { "docker0" . 172.17.0.2 . 8080, "cni0" . <web-2> . 8080 }
}
"""


class FaultClass(Made):
    """A set of node-2 holds devices, addresses and ports together, and what leaves by them is dropped."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    changes = (
        nft_chain("node-2", "inet", "postrouting", "oifname . ip daddr . tcp dport @closed drop", "50", sets=SETS),
    )
