# SPDX-License-Identifier: GPL-3.0-or-later
"""Cluster DNS refuses the questions of a network that its access list names, and pods are in it.

Public report: coredns/coredns#4697.
"""

from __future__ import annotations

from podnet_lab.cluster_changes import Corefile
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Cluster DNS refuses the questions of a network that its access list names, and pods are in it."""

    truth = Truth(
        id="dns-server-down",
        also=("dns-config-wrong",),
        location={"namespace": "kube-system"},
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("iptables", "nftables")
    changes_pods = True
    changes = (Corefile("errors", "errors\n    acl {\n       block net 10.0.0.0/8\n    }"),)
