# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops every third connection to the address of a Service, and counts nothing."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-1 drops every third connection to the address of a Service, and counts nothing."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="service:default/web", port=80)
    modes = ("nftables",)
    traffic = Traffic("pod:default/client-1", "<service:web>", 80, seconds=0.7)
    attempts = 30
    lost = (4, 25)
    changes = (
        nft_chain(
            "node-1",
            "ip",
            "prerouting",
            "ip daddr <service:web> tcp flags & (syn | ack) == syn numgen inc mod 3 == 0 drop",
            "-150",
        ),
    )
