# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops questions for IPv6 addresses: each name takes the resolver's whole patience."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.programs import NamesSoon


class FaultClass(Made):
    """node-1 drops questions for IPv6 addresses: each name takes the resolver's whole patience."""

    truth = Truth(
        id="netfilter-drop", location={"node": "node-1"}, destination="web.default.svc.cluster.local", port=80
    )
    modes = ("nftables", "host-gw")
    traffic = NamesSoon("pod:default/client-1", "web.default.svc.cluster.local", 80, "name", seconds=2.0)
    changes = (
        Rule(
            "node-1",
            "mangle PREROUTING -i cni0 -p udp --dport 53 -m string --algo bm --hex-string |00001c0001| -j DROP",
        ),
        Run("node-1", "ip address add 169.254.20.10/32 dev lo", "ip address del 169.254.20.10/32 dev lo"),
    )
