# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule accepts another pod's packets before kube-proxy's rules."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A rule accepts another pod's packets before kube-proxy's rules."""

    truth = Truth(id="", destination="service:default/web", port=80)
    modes = ("nftables",)
    changes = (
        Rule("node-1", "nat PREROUTING -s 203.0.113.0/24 -j ACCEPT"),
        Rule("node-1", "nat PREROUTING -s <client-1>/32 -p udp -j RETURN"),
    )
