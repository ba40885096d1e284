# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1's old iptables translates, marks and drops what others send."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1's old iptables translates, marks and drops what others send."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    changes = (
        Rule("node-1", "nat PREROUTING -d 10.244.2.250/32 -p tcp -j DNAT --to-destination 10.244.2.249", legacy=True),
        Rule("node-1", "nat POSTROUTING -s 172.17.0.0/16 -j MASQUERADE", legacy=True),
        Rule("node-1", "mangle PREROUTING -p tcp --dport 8081 -j MARK --set-xmark 0x500/0xf00", legacy=True),
        Rule("node-1", "filter FORWARD -p tcp --dport 9090 -j DROP", legacy=True),
    )
