# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops what comes from the client's hardware address."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 drops what comes from the client's hardware address."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (Rule("node-1", "raw PREROUTING -m mac --mac-source <client-1.mac> -j DROP"),)
