# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops what its route to the other node's pods gives a realm."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 drops what its route to the other node's pods gives a realm."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    changes = (
        Run(
            "node-1",
            "ip route replace 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink realm 5",
            "ip route replace 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink",
        ),
        Rule("node-1", "filter FORWARD -m realm --realm 5 -j DROP"),
    )
