# SPDX-License-Identifier: GPL-3.0-or-later
"""A harmless program sits on the client's device, and node-2 drops the packets."""

from __future__ import annotations

from podnet_lab.bpf import Bpf
from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A harmless program sits on the client's device, and node-2 drops the packets."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        Bpf("node-1", "<client-1.veth>", 9, "tc"),
        nft_chain("node-2", "ip", "forward", "ip daddr <web-2> tcp dport 8080 drop"),
    )
