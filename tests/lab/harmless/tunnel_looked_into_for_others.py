# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 looks into the tunnel's packets for a pod that nobody is, and at checksums of other ports."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 looks into the tunnel's packets for a pod that nobody is, and at checksums of other ports."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables",)
    changes = (
        nft_chain(
            "node-2",
            "ip",
            "input",
            "udp dport 8472 @th,368,32 0x0af402fa drop\nudp dport 8473 udp checksum 0 drop",
            "-1",
        ),
    )
