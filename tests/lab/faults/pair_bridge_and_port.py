# SPDX-License-Identifier: GPL-3.0-or-later
"""On one node the bridge drops one pair's packets, and the server listens on another port."""

from __future__ import annotations

from podnet_lab.changes import Objects, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod
from podnet_lab.truth import Cause


class FaultClass(Made):
    """On one node the bridge drops one pair's packets, and the server listens on another port."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-2"},
        second=Cause("port-not-listening", {"node": "node-2", "namespace": "default", "pod": "other-1"}),
        source="pod:default/client-2",
        destination="pod:default/other-1",
        port=8080,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (
        Objects((pod("other-1", port=9090),), ready=("other-1",)),
        nft_chain("node-2", "bridge", "forward", "ip saddr <client-2> ip daddr <other-1> drop"),
    )
