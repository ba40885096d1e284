# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 has a wrong MAC address for node-2."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 has a wrong MAC address for node-2."""

    truth = Truth(
        id="neighbour-failed", location={"node": "node-1"}, destination="pod:default/client-2", protocol="icmp"
    )
    modes = ("iptables", "host-gw")
    changes = (
        Run(
            "node-1",
            "ip neigh replace 192.0.2.12 lladdr 02:00:5e:00:53:97 dev eth0 nud permanent",
            "ip neigh del 192.0.2.12 dev eth0",
        ),
    )
