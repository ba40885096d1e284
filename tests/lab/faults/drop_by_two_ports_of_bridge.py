# SPDX-License-Identifier: GPL-3.0-or-later
"""A map of node-1's bridge drops what goes from one port to another: two pods of one node."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving


class FaultClass(Made):
    """A map of node-1's bridge drops what goes from one port to another: two pods of one node."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/near-1", port=8080)
    modes = ("iptables", "host-gw")
    scene = (serving("near-1", "node-1"),)
    changes = (
        nft_chain(
            "node-1",
            "bridge",
            "forward",
            "iifname . oifname vmap @pairs",
            sets="map pairs {\ntype ifname . ifname : verdict;\n"
            'elements = { "<near-1.veth>" . "<client-1.veth>" : drop, "eth7" . "eth8" : accept }\n}',
        ),
    )
