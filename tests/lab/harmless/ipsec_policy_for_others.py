# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 has an IPsec policy that blocks, for other addresses and another direction."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 has an IPsec policy that blocks, for other addresses and another direction."""

    truth = Truth(id="", destination="pod:default/client-2", protocol="icmp")
    modes = ("nftables",)
    changes = (
        Run(
            "node-1",
            "ip xfrm policy add src 10.244.1.0/24 dst 203.0.113.0/24 dir fwd action block\n"
            "ip xfrm policy add src 203.0.113.0/24 dst 10.244.2.0/24 dir out action block",
            "ip xfrm policy flush",
        ),
    )
