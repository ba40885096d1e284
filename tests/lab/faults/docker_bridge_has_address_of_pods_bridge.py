# SPDX-License-Identifier: GPL-3.0-or-later
"""docker0 of node-2 has the address of the pods' bridge, and its route comes first.

Public report: flannel-io/flannel#1013, kubernetes/kubernetes#59687.
"""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """docker0 of node-2 has the address of the pods' bridge, and its route comes first."""

    # The one address twice is what has two routes: to mend either is to mend both.
    truth = Truth(
        id="duplicate-address",
        also=("route-wrong",),
        location={"node": "node-2"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "host-gw")
    changes = (
        Run(
            "node-2",
            """ip link add docker0 type bridge
            ip address add 10.244.2.1/24 brd + dev docker0
            ip link set docker0 up
            ip route del 10.244.2.0/24 dev cni0
            ip route append 10.244.2.0/24 dev cni0 proto kernel scope link src 10.244.2.1""",
            "ip link del docker0",
        ),
    )
