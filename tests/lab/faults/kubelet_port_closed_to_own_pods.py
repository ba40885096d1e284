# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 lets its own pods not ask its kubelet; those of other nodes come by another device."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 lets its own pods not ask its kubelet; those of other nodes come by another device."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="node:node-1", port=10250)
    modes = ("nftables",)
    changes = (
        Rule("node-1", "filter INPUT -i cni0 -p tcp --dport 10250 -j DROP"),
        Rule("node-2", "filter INPUT -i cni0 -p tcp --dport 10250 -j DROP"),
    )
