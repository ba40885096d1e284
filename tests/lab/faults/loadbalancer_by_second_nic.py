# SPDX-License-Identifier: GPL-3.0-or-later
"""A load balancer's address is announced by node-1's second NIC, which takes only what it would answer itself."""

from __future__ import annotations

from podnet_lab.balancers import announced
from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made

MAC = "02:00:5e:00:01:32"


class FaultClass(Made):
    """A load balancer's address is announced by node-1's second NIC, which takes only what it would answer itself."""

    truth = Truth(
        id="rp-filter-drop", location={"node": "node-1"}, source="host:outside", destination="192.0.2.50", port=80
    )
    modes = ("iptables", "nftables")
    scene = announced()
    stay_seconds = 1
    changes = (
        Run(
            "node-1",
            f"""ip link add link eth0 name eth1 address {MAC} type macvlan mode bridge
            ip link set eth1 up
            ip address add 192.0.2.212/24 dev eth1 noprefixroute
            ip route add 192.0.2.0/24 dev eth1 src 192.0.2.212 metric 101""",
            "ip link del eth1",
        ),
        Run("node-1", "sh -c 'echo 1 > /proc/sys/net/ipv4/conf/eth1/rp_filter'"),
        Run(
            "fabric",
            f"ip neigh replace 192.0.2.50 dev nodes nud permanent lladdr {MAC}",
            "ip neigh del 192.0.2.50 dev nodes",
        ),
    )
