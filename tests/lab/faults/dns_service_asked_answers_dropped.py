# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops what cluster DNS answers to one pod by UDP, which asks its Service."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.sometimes import Questions


class FaultClass(Made):
    """node-1 drops what cluster DNS answers to one pod by UDP, which asks its Service."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-1"},
        destination="service:kube-system/kube-dns",
        port=53,
        protocol="udp",
    )
    modes = ("nftables",)
    traffic = Questions("pod:default/client-1", "<service:kube-system/kube-dns>")
    changes = (nft_chain("node-1", "inet", "forward", "ip daddr <client-1> udp sport 53 drop", "-10"),)
