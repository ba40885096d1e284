# SPDX-License-Identifier: GPL-3.0-or-later
"""The Service of cluster DNS has another name than Kubernetes' own, and node-1 drops the questions of one pod."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.dns_names import renamed
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The Service of cluster DNS has another name than Kubernetes' own, and node-1 drops the questions of one pod."""

    about = "Cluster DNS has another name than Kubernetes' own, and node-1 drops the questions of one pod"
    truth = Truth(
        id="netfilter-drop", location={"node": "node-1"}, destination="web.default.svc.cluster.local", port=80
    )
    modes = ("iptables",)
    changes = (*renamed(), Rule("node-1", "filter FORWARD -s <client-1>/32 -p udp --dport 53 -j DROP"))
