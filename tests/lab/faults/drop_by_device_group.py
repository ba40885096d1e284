# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops what leaves by a group of devices."""

from __future__ import annotations

from podnet_lab.changes import Run, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 drops what leaves by a group of devices."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    changes = (
        Run("node-2", "ip link set cni0 group 77", "ip link set cni0 group default"),
        nft_chain("node-2", "inet", "postrouting", "oifgroup 77 ip daddr <web-2> drop", "-150"),
    )
