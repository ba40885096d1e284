# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops at an hour that is not now."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 drops at an hour that is not now."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        nft_chain(
            "node-2",
            "inet",
            "forward",
            'meta day "Monday" ip daddr <web-2> meta hour "03:00"-"03:01" meta length > 60000 drop',
        ),
    )
