# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 marks what one of its pods answers, and a rule sends marked packets elsewhere."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 marks what one of its pods answers, and a rule sends marked packets elsewhere."""

    truth = Truth(
        id="policy-route-diverts", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("iptables", "host-gw")
    changes = (
        Run(
            "node-2",
            "ip route add blackhole default table 77\nip rule add pref 77 fwmark 0x77 lookup 77",
            "ip rule del pref 77\nip route flush table 77",
        ),
        Rule("node-2", "mangle PREROUTING -i cni0 -s <web-2>/32 -p tcp --sport 8080 -j MARK --set-mark 0x77"),
    )
