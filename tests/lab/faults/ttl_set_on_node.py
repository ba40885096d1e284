# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 sets the time to live of the client's packets to one."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 sets the time to live of the client's packets to one."""

    truth = Truth(id="ttl-exceeded", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (Rule("node-1", "mangle PREROUTING -s <client-1>/32 -d <web-2>/32 -j TTL --ttl-set 1"),)
