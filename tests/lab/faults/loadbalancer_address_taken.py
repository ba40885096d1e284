# SPDX-License-Identifier: GPL-3.0-or-later
"""Another machine of the network has a load balancer's address, too, and answers for it."""

from __future__ import annotations

from podnet_lab.balancers import announced
from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Another machine of the network has a load balancer's address, too, and answers for it."""

    truth = Truth(id="duplicate-address", source="host:outside", destination="192.0.2.50", port=80)
    modes = ("iptables", "host-gw")
    scene = announced()
    stay_seconds = 1
    changes = (
        Run("controller", "ip address add 192.0.2.50/32 dev eth0", "ip address del 192.0.2.50/32 dev eth0"),
        Run(
            "fabric",
            "sh -c 'ping -c 1 192.0.2.2 && ip neigh replace 192.0.2.50 dev nodes nud permanent "
            "lladdr $(ip -o neigh show 192.0.2.2 | grep -o ..:..:..:..:..:..)'",
            "ip neigh del 192.0.2.50 dev nodes",
        ),
    )
