# SPDX-License-Identifier: GPL-3.0-or-later
"""Two nodes announce a load balancer's address with policy Local, and one of them has no pod for it."""

from __future__ import annotations

from podnet_lab.changes import Objects, Patched, Run, nft_chain
from podnet_lab.cluster_changes import Assigned
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

# The router shares flows out by their ports.
BY_PORTS = (
    Run(
        "fabric",
        """ip route add 203.0.113.60/32 via 192.0.2.12
        ip route add 203.0.113.60/32 via 192.0.2.11 dev nodes table 60
        ip rule add pref 60 fwmark 0x60 lookup 60""",
        """ip rule del pref 60
        ip route flush table 60
        ip route del 203.0.113.60/32""",
    ),
    nft_chain("fabric", "ip", "prerouting", "ip daddr 203.0.113.60 tcp sport & 2 == 2 meta mark set 0x60", "-150"),
)


class FaultClass(Made):
    """Two nodes announce a load balancer's address with policy Local, and one of them has no pod for it."""

    truth = Truth(
        id="service-external-traffic-local",
        location={"namespace": "default", "service": "edge-1"},
        source="host:outside",
        destination="203.0.113.60",
        port=80,
    )
    modes = ("iptables", "nftables")
    attempts = 30
    lost = (4, 26)
    scene = (
        Objects((pod("edge-1"), service("edge-1", type="LoadBalancer")), ready=("edge-1",)),
        Assigned("edge-1", "203.0.113.60"),
        *BY_PORTS,
    )
    changes = (
        Patched(
            "service edge-1",
            {"spec": {"externalTrafficPolicy": "Local"}},
            {"spec": {"externalTrafficPolicy": "Cluster"}},
        ),
    )
