# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule that once moved the tunnel to another port is left on node-2, and leads its packets to where nobody is."""

from __future__ import annotations

from podnet_lab.changes import Nft, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving

BODY = """
chain moved {
type nat hook prerouting priority dstnat; policy accept;
udp dport 8472 redirect to :4789
}
"""


class FaultClass(Made):
    """A rule that once moved the tunnel to another port is left on node-2, and leads its packets to where nobody is."""

    truth = Truth(
        id="redirect-target-missing", location={"node": "node-2"}, destination="pod:default/moved-9", port=8080
    )
    modes = ("nftables", "three")
    scene = (serving("moved-9"),)
    changes = (Nft("node-2", "ip", BODY), Run("node-2", "conntrack -D -p udp --dport 8472"))
