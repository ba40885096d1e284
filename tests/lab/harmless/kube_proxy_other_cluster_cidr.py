# SPDX-License-Identifier: GPL-3.0-or-later
"""kube-proxy is told another pod network than the cluster has, and masquerades what pods ask."""

from __future__ import annotations

from podnet_lab.cluster_changes import KubeProxyConfig
from podnet_lab.faults import Truth
from podnet_lab.made import Made

OLD, NEW = "clusterCIDR: 10.244.0.0/16", "clusterCIDR: 10.200.0.0/16"


class FaultClass(Made):
    """kube-proxy is told another pod network than the cluster has, and masquerades what pods ask."""

    truth = Truth(id="", destination="service:default/web", port=80)
    modes = ("nftables", "host-gw")
    changes = (KubeProxyConfig(OLD, NEW),)
