# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule of node-1's old iptables leads a pod's port to an address that nobody has."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A rule of node-1's old iptables leads a pod's port to an address that nobody has."""

    truth = Truth(
        id="redirect-target-missing", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("iptables", "host-gw")
    changes = (
        Rule(
            "node-1",
            "nat PREROUTING -d <web-2>/32 -p tcp --dport 8080 -j DNAT --to-destination 10.244.2.249:8080",
            legacy=True,
        ),
    )
