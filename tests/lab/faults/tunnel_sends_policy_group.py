# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1's tunnel writes the mark of packets into its header, which node-2's tunnel does not know."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.tunnels import Tunnel


class FaultClass(Made):
    """node-1's tunnel writes the mark of packets into its header, which node-2's tunnel does not know."""

    truth = Truth(
        id="tunnel-vni-mismatch", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("iptables", "nftables")
    changes = (
        Frozen("node-1", "flanneld"),
        Tunnel("node-1", ("node-2",), options="gbp"),
        Rule("node-1", "mangle FORWARD -d <web-2>/32 -j MARK --set-xmark 0x64/0xff"),
    )
