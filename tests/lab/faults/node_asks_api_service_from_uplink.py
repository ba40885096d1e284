# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1's default route lends an address that the API server cannot answer; kube-proxy knows no pod network."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.cluster_changes import KubeProxyConfig
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1's default route lends an address that the API server cannot answer; kube-proxy knows no pod network."""

    truth = Truth(
        id="source-address-wrong",
        # The route lends the address, and kube-proxy, told no pod network, does not replace it: either one mends it.
        also=("snat-missing",),
        location={"node": "node-1"},
        source="node:node-1",
        destination="service:default/kubernetes",
        port=443,
    )
    modes = ("iptables", "nftables")
    settle_seconds = 60
    scene = (KubeProxyConfig("clusterCIDR: 10.244.0.0/16", 'clusterCIDR: ""'),)
    changes = (
        Run(
            "node-1",
            """ip address add 203.0.113.11/32 dev lo
            ip route replace default via 192.0.2.1 dev eth0 src 203.0.113.11""",
            """ip route replace default via 192.0.2.1 dev eth0
            ip address del 203.0.113.11/32 dev lo""",
        ),
    )
