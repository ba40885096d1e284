# SPDX-License-Identifier: GPL-3.0-or-later
"""kube-proxy ends again and again, and the rules that it wrote before fit the Service."""

from __future__ import annotations

from podnet_lab.cluster_changes import KubeProxyConfig
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """kube-proxy ends again and again, and the rules that it wrote before fit the Service."""

    truth = Truth(id="", destination="service:default/web", port=80)
    modes = ("iptables",)
    settle_seconds = 60
    changes = (KubeProxyConfig("maxPerCore: 0", "maxPerCore: 4194304"),)
