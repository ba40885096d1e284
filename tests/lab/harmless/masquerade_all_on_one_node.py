# SPDX-License-Identifier: GPL-3.0-or-later
"""kube-proxy of node-1 masquerades all that it translates, and that of node-2 only what it must."""

from __future__ import annotations

from podnet_lab.cluster_changes import KubeProxyConfig
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """kube-proxy of node-1 masquerades all that it translates, and that of node-2 only what it must."""

    truth = Truth(id="", destination="service:default/web", port=80)
    modes = ("iptables",)
    settle_seconds = 60
    changes_pods = True
    changes = (KubeProxyConfig("mode:", "iptables: {masqueradeAll: true}\nmode:", ("node-1",)),)
