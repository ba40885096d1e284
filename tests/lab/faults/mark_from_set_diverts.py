# SPDX-License-Identifier: GPL-3.0-or-later
"""A set of node-1 maps a client to a mark, as a provider's shaper does, and the mark's table has no way."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A set of node-1 maps a client to a mark, as a provider's shaper does, and the mark's table has no way."""

    truth = Truth(
        id="policy-route-diverts", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080
    )
    changes = (
        Run(
            "node-1",
            """ipset create classes hash:ip skbinfo
            ipset add classes <client-1> skbmark 0x30
            iptables -t mangle -A PREROUTING -j SET --map-set classes src --map-mark
            ip route add default via 192.0.2.1 dev eth0 table 130
            ip rule add pref 900 fwmark 0x30 lookup 130""",
            """ip rule del pref 900
            ip route flush table 130
            iptables -t mangle -D PREROUTING -j SET --map-set classes src --map-mark
            ipset destroy classes""",
        ),
    )
