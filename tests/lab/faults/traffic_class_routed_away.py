# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 gives a port's packets a traffic class, and a rule for that class leads to an uplink without pods."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 gives a port's packets a traffic class, and a rule for that class leads to an uplink without pods."""

    truth = Truth(
        id="policy-route-diverts", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("iptables", "host-gw")
    changes = (
        Rule("node-1", "mangle PREROUTING -i cni0 -p tcp --dport 8080 -j TOS --set-tos 0x10"),
        Run(
            "node-1",
            """ip route add default via 192.0.2.1 dev eth0 table 210
            ip rule add pref 1100 tos 0x10 lookup 210""",
            """ip rule del pref 1100
            ip route flush table 210""",
        ),
    )
