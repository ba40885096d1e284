# SPDX-License-Identifier: GPL-3.0-or-later
"""Cluster DNS is restricted to the Services of one namespace."""

from __future__ import annotations

from podnet_lab.cluster_changes import Corefile
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Cluster DNS is restricted to the Services of one namespace."""

    truth = Truth(
        id="dns-name-missing",
        also=("dns-config-wrong",),
        location={"namespace": "kube-system"},
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("iptables", "nftables")
    changes_pods = True
    changes = (Corefile("pods insecure", "pods insecure\n       namespaces kube-system"),)
