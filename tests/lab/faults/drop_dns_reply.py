# SPDX-License-Identifier: GPL-3.0-or-later
"""The node of cluster DNS drops its answers to one pod."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The node of cluster DNS drops its answers to one pod."""

    truth = Truth(
        id="netfilter-drop", location={"node": "<dns.node>"}, destination="web.default.svc.cluster.local", port=80
    )
    changes = (
        nft_chain("<dns.node>", "inet", "prerouting", "ip saddr <dns> ip daddr <client-1> udp sport 53 drop", "-5"),
    )
