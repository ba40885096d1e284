# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops clients by a cluster match, the rest of an old balancer."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 drops clients by a cluster match, the rest of an old balancer."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    changes = (
        Rule(
            "node-2",
            "mangle FORWARD -d <web-2>/32 -p tcp --dport 8080 -m cluster --cluster-total-nodes 2 "
            "--cluster-local-nodemask 3 --cluster-hash-seed 0xdeadbeef -j DROP",
        ),
    )
