# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker on node-1 publishes a port whose number is a node port, for a container that is gone.

Public report: moby/moby#40065.
"""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Docker on node-1 publishes a port whose number is a node port, for a container that is gone."""

    truth = Truth(
        id="redirect-target-missing",
        location={"node": "node-1"},
        source="host:outside",
        destination="node:node-1",
        port=30080,
    )
    modes = ("iptables", "nftables")
    changes = (
        Run(
            "node-1",
            """
            ip link add docker0 type bridge
            ip address add 172.17.0.1/16 brd + dev docker0
            ip link set docker0 up
            iptables -w 10 -t nat -N DOCKER
            iptables -w 10 -t nat -A DOCKER -i docker0 -j RETURN
            iptables -w 10 -t nat -A DOCKER ! -i docker0 -p tcp --dport 30080 -j DNAT --to-destination 172.17.0.2:80
            iptables -w 10 -t nat -I PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
            """,
            """
            iptables -w 10 -t nat -D PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
            iptables -w 10 -t nat -F DOCKER
            iptables -w 10 -t nat -X DOCKER
            ip link del docker0
            """,
        ),
    )
