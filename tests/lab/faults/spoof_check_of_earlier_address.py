# SPDX-License-Identifier: GPL-3.0-or-later
"""A check against forged senders holds a pod's port to the address of the pod that had it before."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made

RULES = """
chain prerouting {
type filter hook prerouting priority -300; policy accept;
iifname "<client-1.veth>" jump port
}
chain port {
ether type arp arp saddr ip 10.244.1.201 return
ether type ip ip saddr { 0.0.0.0, 10.244.1.201 } return
ether type ip drop
}
"""


class FaultClass(Made):
    """A check against forged senders holds a pod's port to the address of the pod that had it before."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables",)
    changes = (Nft("node-1", "bridge", RULES, "nwfilter"),)
