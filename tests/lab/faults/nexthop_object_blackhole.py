# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1's route to node-2's pods names a next hop object that is a black hole."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1's route to node-2's pods names a next hop object that is a black hole."""

    truth = Truth(id="route-blackhole", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        Run(
            "node-1",
            "ip nexthop add id 5 blackhole\nip route replace 10.244.2.0/24 nhid 5",
            "ip route replace 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink\nip nexthop del id 5",
        ),
    )
