# SPDX-License-Identifier: GPL-3.0-or-later
"""kube-proxy is told to write no more than once an hour, and a new Service has to wait.

Public report: kubernetes/kubernetes#114230, #98570.
"""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import KubeProxyConfig
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service, serving

HOURLY = (
    "".join(f"{mode}:\n  minSyncPeriod: 1h\n  syncPeriod: 2h\n" for mode in ("iptables", "nftables")) + "conntrack:"
)


class FaultClass(Made):
    """kube-proxy is told to write no more than once an hour, and a new Service has to wait."""

    truth = Truth(
        id="kube-proxy-rules-stale", location={"node": "node-1"}, destination="service:default/late-1", port=80
    )
    modes = ("iptables", "nftables")
    born_broken = True
    settle_seconds = 90
    scene = (serving("late-1"),)
    changes = (KubeProxyConfig("conntrack:", HOURLY), Objects((service("late-1"),)))
