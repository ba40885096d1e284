# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 has two uplinks: answers take the mark of their connection, and their table has no route to pods."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 has two uplinks: answers take the mark of their connection, and their table has no route to pods."""

    truth = Truth(
        id="policy-route-diverts", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080
    )
    changes = (
        Rule("node-2", "mangle PREROUTING -i cni0 -m connmark ! --mark 0x0 -j CONNMARK --restore-mark"),
        Rule("node-2", "mangle PREROUTING -i flannel.1 -m conntrack --ctstate NEW -j CONNMARK --set-mark 0x2"),
        Run(
            "node-2",
            """ip route add default via 192.0.2.1 dev eth0 table 202
            ip rule add pref 1000 fwmark 0x2 lookup 202""",
            """ip rule del pref 1000
            ip route flush table 202""",
        ),
    )
