# SPDX-License-Identifier: GPL-3.0-or-later
"""Another machine answers for node-2's address."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Another machine answers for node-2's address."""

    truth = Truth(id="neighbour-failed", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables", "host-gw")
    stay_seconds = 1
    changes = (
        Run("controller", "ip addr add 192.0.2.12/32 dev eth0", "ip addr del 192.0.2.12/32 dev eth0"),
        Run(
            "node-1",
            "sh -c 'ip neigh replace 192.0.2.12 dev eth0 nud reachable "
            "lladdr $(ip -o neigh show 192.0.2.2 | grep -o ..:..:..:..:..:..)'",
            "ip neigh del 192.0.2.12 dev eth0",
        ),
    )
