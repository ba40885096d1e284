# SPDX-License-Identifier: GPL-3.0-or-later
"""Narrower routes over a device without a carrier, which node-1 is told to ignore."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Narrower routes over a device without a carrier, which node-1 is told to ignore."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        Run(
            "node-1",
            """sysctl -w net.ipv4.conf.all.ignore_routes_with_linkdown=1
            ip link add fo0 type veth peer name fo1
            sysctl -w net.ipv4.conf.fo0.ignore_routes_with_linkdown=1
            ip link set fo0 up
            ip addr add 10.77.0.1/30 dev fo0
            ip route add 10.244.2.0/25 via 10.77.0.2 dev fo0
            ip route add 10.244.2.128/25 via 10.77.0.2 dev fo0""",
            """ip link del fo0
            sysctl -w net.ipv4.conf.all.ignore_routes_with_linkdown=0""",
        ),
    )
