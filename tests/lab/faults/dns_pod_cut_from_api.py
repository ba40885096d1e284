# SPDX-License-Identifier: GPL-3.0-or-later
"""The firewall of cluster DNS' node rejects what its pods ask the API server, and DNS never becomes ready."""

from __future__ import annotations

from podnet_lab.changes import Patched, Rule
from podnet_lab.cluster_changes import Anew
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The firewall of cluster DNS' node rejects what its pods ask the API server, and DNS never becomes ready."""

    truth = Truth(
        id="netfilter-reject", location={"node": "node-2"}, destination="web.default.svc.cluster.local", port=80
    )
    modes = ("iptables", "nftables")
    changes_pods = True
    settle_seconds = 90
    scene = (
        Patched(
            "deployment coredns kube-system",
            {"spec": {"template": {"spec": {"nodeSelector": {"kubernetes.io/hostname": "node-2"}}}}},
            {"spec": {"template": {"spec": {"nodeSelector": None}}}},
            rollout=True,
        ),
    )
    changes = (
        Rule("node-2", "filter FORWARD -i cni0 -p tcp --dport 6443 -j REJECT --reject-with icmp-host-prohibited"),
        Anew("k8s-app=kube-dns", "kube-system"),
    )
