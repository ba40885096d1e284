# SPDX-License-Identifier: GPL-3.0-or-later
"""A mark that node-1 sets on a pod's packets leads them to another table."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A mark that node-1 sets on a pod's packets leads them to another table."""

    truth = Truth(
        id="policy-route-diverts", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("iptables", "nftables")
    changes = (
        Run(
            "node-1",
            "ip route add default via 192.0.2.1 dev eth0 table 203\nip rule add pref 103 fwmark 0x200/0x200 lookup 203",
            "ip rule del pref 103\nip route flush table 203",
        ),
        Rule("node-1", "mangle PREROUTING -s <client-1>/32 -d 10.244.0.0/16 -j MARK --set-xmark 0x200/0x200"),
    )
