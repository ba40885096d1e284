# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule of node-1's old iptables sets a mark that a routing rule knows."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A rule of node-1's old iptables sets a mark that a routing rule knows."""

    truth = Truth(
        id="policy-route-diverts", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("iptables", "host-gw")
    changes = (
        Rule("node-1", "mangle PREROUTING -i cni0 -p tcp --dport 8080 -j MARK --set-xmark 0x500/0xf00", legacy=True),
        Run(
            "node-1",
            "ip route add default via 192.0.2.1 dev eth0 table 305\nip rule add pref 305 fwmark 0x500/0xf00 lookup 305",
            "ip rule del pref 305\nip route flush table 305",
        ),
    )
