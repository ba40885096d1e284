# SPDX-License-Identifier: GPL-3.0-or-later
"""A narrower route of node-1 leads into a device without a carrier."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A narrower route of node-1 leads into a device without a carrier."""

    truth = Truth(id="route-wrong", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        Run(
            "node-1",
            """ip link add fo0 type veth peer name fo1
            ip link set fo0 up
            ip addr add 10.77.0.1/30 dev fo0
            ip route add 10.244.2.0/25 via 10.77.0.2 dev fo0
            ip route add 10.244.2.128/25 via 10.77.0.2 dev fo0""",
            "ip link del fo0",
        ),
    )
