# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 tracks a pod's packets and their answers in one zone of their own."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 tracks a pod's packets and their answers in one zone of their own."""

    truth = Truth(id="", destination="service:default/web", port=80)
    modes = ("nftables",)
    changes = (
        Rule("node-1", "raw PREROUTING -s <client-1>/32 -j CT --zone 5"),
        Rule("node-1", "raw PREROUTING -d <client-1>/32 -j CT --zone 5"),
    )
