# SPDX-License-Identifier: GPL-3.0-or-later
"""Cluster DNS listens on another port than its Service leads to."""

from __future__ import annotations

from podnet_lab.cluster_changes import Corefile
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Cluster DNS listens on another port than its Service leads to."""

    truth = Truth(
        id="port-not-listening",
        also=("service-target-port-mismatch", "dns-config-wrong"),
        location={"namespace": "kube-system"},
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("iptables", "nftables")
    changes_pods = True
    changes = (Corefile(".:53 {", ".:1053 {"),)
