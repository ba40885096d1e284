# SPDX-License-Identifier: GPL-3.0-or-later
"""kube-proxy of node-1 writes rules of iptables, and that of node-2 still those of nftables."""

from __future__ import annotations

from podnet_lab.cluster_changes import KubeProxyConfig
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """kube-proxy of node-1 writes rules of iptables, and that of node-2 still those of nftables."""

    truth = Truth(id="", destination="service:default/web", port=80)
    modes = ("nftables",)
    changes_pods = True
    settle_seconds = 60
    changes = (KubeProxyConfig("mode: nftables", "mode: iptables", ("node-1",)),)
