# SPDX-License-Identifier: GPL-3.0-or-later
"""kube-proxy serves node ports on addresses of another network only."""

from __future__ import annotations

from podnet_lab.cluster_changes import KubeProxyConfig
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """kube-proxy serves node ports on addresses of another network only."""

    truth = Truth(
        id="nodeport-address-excluded",
        location={"node": "node-2", "namespace": "default", "service": "web-nodeport"},
        source="host:outside",
        destination="node:node-2",
        port=30080,
    )
    modes = ("iptables", "nftables")
    changes_pods = True
    changes = (KubeProxyConfig("mode:", 'nodePortAddresses: ["198.51.100.0/24"]\nmode:'),)
