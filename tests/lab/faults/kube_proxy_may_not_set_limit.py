# SPDX-License-Identifier: GPL-3.0-or-later
"""kube-proxy is told a size for connection tracking that it may not set, and ends again and again."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import KubeProxyConfig
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service, serving


class FaultClass(Made):
    """kube-proxy is told a size for connection tracking that it may not set, and ends again and again."""

    truth = Truth(
        id="kube-proxy-missing",
        also=("kube-proxy-rules-stale",),
        location={"node": "node-1"},
        destination="service:default/late-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    settle_seconds = 90
    scene = (serving("late-1"),)
    changes = (KubeProxyConfig("maxPerCore: 0", "maxPerCore: 4194304"), Objects((service("late-1"),)))
