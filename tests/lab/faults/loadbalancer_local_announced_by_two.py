# SPDX-License-Identifier: GPL-3.0-or-later
"""Two nodes announce a load balancer's address with policy Local, and one of them has no pod for it."""

from __future__ import annotations

from podnet_lab.changes import Objects, Patched, Run, Sysctl
from podnet_lab.cluster_changes import Assigned
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


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
        Sysctl("fabric", "net/ipv4/fib_multipath_hash_policy", "1", "0"),
        Run(
            "fabric",
            "ip route add 203.0.113.60/32 nexthop via 192.0.2.11 dev nodes nexthop via 192.0.2.12 dev nodes",
            "ip route del 203.0.113.60/32",
        ),
    )
    changes = (
        Patched(
            "service edge-1",
            {"spec": {"externalTrafficPolicy": "Local"}},
            {"spec": {"externalTrafficPolicy": "Cluster"}},
        ),
    )
