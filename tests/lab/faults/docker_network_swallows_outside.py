# SPDX-License-Identifier: GPL-3.0-or-later
"""A bridge of Docker on node-1 has a network that an outside server is in."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A bridge of Docker on node-1 has a network that an outside server is in."""

    truth = Truth(id="route-wrong", location={"node": "node-1"}, destination="host:outside", port=22)
    modes = ("nftables", "iptables")
    changes = (
        Run(
            "node-1",
            """ip link add br-5c2e type bridge
            ip address add 198.51.100.1/28 dev br-5c2e
            ip link add docker-veth type veth peer name docker-end
            ip link set docker-veth master br-5c2e up
            ip link set docker-end up
            ip link set br-5c2e up""",
            """ip link del docker-veth
            ip link del br-5c2e""",
        ),
    )
