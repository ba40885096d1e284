# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 gives what the client sends to the outside a second address of its own, as egress gateways do."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 gives what the client sends to the outside a second address of its own, as egress gateways do."""

    truth = Truth(id="", destination="198.51.100.10", port=22)
    modes = ("nftables", "host-gw")
    changes = (
        Run("node-1", "ip address add 192.0.2.77/32 dev eth0", "ip address del 192.0.2.77/32 dev eth0"),
        Rule("node-1", "nat POSTROUTING -s <client-1>/32 ! -d 10.0.0.0/8 -j SNAT --to-source 192.0.2.77"),
    )
