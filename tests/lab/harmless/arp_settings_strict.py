# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes that answer and ask by the right device only, as hardening guides want it."""

from __future__ import annotations

from podnet_lab.changes import Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Nodes that answer and ask by the right device only, as hardening guides want it."""

    truth = Truth(id="", destination="service:default/web", port=80)
    changes = tuple(
        Sysctl(node, f"net/ipv4/conf/all/{key}", value, "0")
        for node in ("node-1", "node-2")
        for key, value in (("arp_ignore", "1"), ("arp_announce", "2"), ("arp_filter", "1"))
    )
