# SPDX-License-Identifier: GPL-3.0-or-later
"""Cluster DNS was told to bind an address of loopback, and says that it is ready."""

from __future__ import annotations

from podnet_lab.cluster_changes import Corefile
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Cluster DNS was told to bind an address of loopback, and says that it is ready."""

    truth = Truth(
        id="port-listening-on-loopback",
        location={"namespace": "kube-system"},
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("iptables", "nftables")
    changes_pods = True
    changes = (Corefile(".:53 {", ".:53 {\n    bind 127.0.0.1"),)
