# SPDX-License-Identifier: GPL-3.0-or-later
"""The network drops the tunnel, and node-2 has a rule about contents that never matched."""

from __future__ import annotations

from podnet_lab.changes import Rule, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The network drops the tunnel, and node-2 has a rule about contents that never matched."""

    truth = Truth(id="tunnel-port-blocked", destination="pod:default/<web-2.name>", port=8080)
    changes = (
        Rule("node-2", "filter FORWARD -d <web-2>/32 -p tcp -m string --algo bm --string SECRET -j DROP"),
        nft_chain("fabric", "bridge", "forward", "ip saddr <node-1> ip daddr <node-2> udp dport 8472 counter drop"),
    )
