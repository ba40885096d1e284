# SPDX-License-Identifier: GPL-3.0-or-later
"""Cluster DNS forwards one zone of the company to a server that is gone; all others are well."""

from __future__ import annotations

from podnet_lab.cluster_changes import Corefile
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Cluster DNS forwards one zone of the company to a server that is gone; all others are well."""

    truth = Truth(
        id="dns-upstream-failing", location={"namespace": "kube-system"}, destination="outside.lab.example", port=22
    )
    modes = ("iptables", "nftables")
    changes_pods = True
    changes = (Corefile(".:53 {", "lab.example:53 {\n    errors\n    forward . 203.0.113.99\n}\n.:53 {"),)
