# SPDX-License-Identifier: GPL-3.0-or-later
"""A routing daemon of node-1 leads to node-2's pods by an IPv6 next hop that nobody has any more.

Public report: FRRouting/frr#19910.
"""

from __future__ import annotations

from podnet_lab.changes import Frozen, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A routing daemon of node-1 leads to node-2's pods by an IPv6 next hop that nobody has any more."""

    truth = Truth(id="route-wrong", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("host-gw",)
    changes = (
        Frozen("node-1", "flanneld", replaced=True),
        Run(
            "node-1",
            "ip route replace 10.244.2.0/24 via inet6 fe80::dead dev eth0",
            "ip route replace 10.244.2.0/24 via 192.0.2.12 dev eth0",
        ),
    )
