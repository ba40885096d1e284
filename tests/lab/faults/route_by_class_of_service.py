# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 has a route of its own for one class of service, which refuses, and the client uses that class."""

from __future__ import annotations

from podnet_lab.changes import Run, pod_rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 has a route of its own for one class of service, which refuses, and the client uses that class."""

    truth = Truth(id="route-blackhole", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    scene = (pod_rule("client-1", "mangle OUTPUT -p tcp --dport 8080 -j TOS --set-tos 0x10"),)
    changes = (
        Run(
            "node-1",
            "ip route add unreachable 10.244.2.0/24 tos 0x10",
            "ip route del unreachable 10.244.2.0/24 tos 0x10",
        ),
    )
