# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 tracks what a pod sends in a zone of its own, and answers where all others are."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 tracks what a pod sends in a zone of its own, and answers where all others are."""

    truth = Truth(id="", destination="service:default/web", port=80)
    modes = ("nftables", "host-gw")

    changes = (Rule("node-1", "raw PREROUTING -s <client-1>/32 -j CT --zone-orig 5"),)
