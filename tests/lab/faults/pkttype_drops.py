# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops unicast packets from the tunnel."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 drops unicast packets from the tunnel."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (Rule("node-2", "mangle PREROUTING -i flannel.1 -m pkttype --pkt-type unicast -j DROP"),)
