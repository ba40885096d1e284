# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops the half of the connections by a hash of their ports."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 drops the half of the connections by a hash of their ports."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    attempts = 40
    lost = (6, 34)
    changes = (
        nft_chain(
            "node-2", "inet", "forward", "ip daddr <web-2> jhash ip saddr . tcp sport mod 2 seed 0x7 0 drop", "-5"
        ),
    )
