# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 rewrites sources, and node-2 drops by a group of devices."""

from __future__ import annotations

from podnet_lab.changes import Run, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.truth import Cause


class FaultClass(Made):
    """node-1 rewrites sources, and node-2 drops by a group of devices."""

    truth = Truth(
        id="snat-wrong",
        location={"node": "node-1"},
        second=Cause("netfilter-drop", {"node": "node-2"}),
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    changes = (
        nft_chain(
            "node-1", "ip", "postrouting", "ip saddr <client-1> ip daddr 10.244.2.0/24 ip saddr set 10.244.1.251", "110"
        ),
        Run("node-2", "ip link set cni0 group 77", "ip link set cni0 group default"),
        nft_chain("node-2", "inet", "postrouting", "oifgroup 77 ip daddr <web-2> drop", "-150"),
    )
