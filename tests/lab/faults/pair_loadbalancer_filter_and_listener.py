# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops what asks a load balancer, and the pod behind it listens on loopback alone."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run, nft_chain
from podnet_lab.cluster_changes import Assigned
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import http_server, pod, service
from podnet_lab.truth import Cause


class FaultClass(Made):
    """node-1 drops what asks a load balancer, and the pod behind it listens on loopback alone."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-1"},
        second=Cause("port-listening-on-loopback", {"namespace": "default", "pod": "edge-1"}),
        source="host:outside",
        destination="192.0.2.50",
        port=80,
    )
    modes = ("nftables", "host-gw")
    born_broken = True
    scene = (
        Objects(
            (pod("edge-1", command=http_server(address="127.0.0.1")), service("edge-1", type="LoadBalancer")),
            running=("edge-1",),
        ),
        Assigned("edge-1", "192.0.2.50"),
        Run("node-1", "ip address add 192.0.2.50/32 dev lo", "ip address del 192.0.2.50/32 dev lo"),
    )
    changes = (nft_chain("node-1", "inet", "forward", "ip saddr 198.51.100.0/24 tcp dport 8080 drop", "5"),)
