# SPDX-License-Identifier: GPL-3.0-or-later
"""kube-proxy of node-1 is told another pod network, and node-2 admits nobody but pods to its pod."""

from __future__ import annotations

from podnet_lab.changes import Objects, Rule
from podnet_lab.cluster_changes import KubeProxyConfig
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """kube-proxy of node-1 is told another pod network, and node-2 admits nobody but pods to its pod."""

    truth = Truth(id="netfilter-reject", location={"node": "node-2"}, destination="service:default/inner-1", port=80)
    modes = ("host-gw",)
    scene = (Objects((pod("inner-1"), service("inner-1")), ready=("inner-1",)),)
    changes = (
        Rule("node-2", "filter FORWARD -d <inner-1>/32 ! -s 10.244.0.0/16 -j REJECT"),
        KubeProxyConfig("clusterCIDR: 10.244.0.0/16", "clusterCIDR: 10.200.0.0/16", ("node-1",)),
    )
