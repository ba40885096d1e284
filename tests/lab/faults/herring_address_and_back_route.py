# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 has a second address that nobody uses, and its route to the client's pods is gone."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made

ODD = """
ip address add 192.0.2.78/24 dev eth0
ip route add 10.244.1.0/25 via 192.0.2.11 dev eth0 table 98
"""
BACK = "10.244.1.0/24 via 192.0.2.11 dev eth0"


class FaultClass(Made):
    """node-2 has a second address that nobody uses, and its route to the client's pods is gone."""

    truth = Truth(id="route-missing", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("host-gw",)
    changes = (
        Run("node-2", ODD, "ip route flush table 98\nip address del 192.0.2.78/24 dev eth0"),
        Frozen("node-2", "flanneld"),
        Run("node-2", f"ip route del {BACK}", f"ip route replace {BACK}"),
    )
