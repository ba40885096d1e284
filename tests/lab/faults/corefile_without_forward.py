# SPDX-License-Identifier: GPL-3.0-or-later
"""Cluster DNS' configuration says nothing about names outside the cluster, so they are refused."""

from __future__ import annotations

from podnet_lab.cluster_changes import Corefile
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Cluster DNS' configuration says nothing about names outside the cluster, so they are refused."""

    truth = Truth(
        id="dns-upstream-failing", location={"namespace": "kube-system"}, destination="outside.lab.example", port=22
    )
    modes = ("iptables", "nftables")
    changes_pods = True
    changes = (Corefile("    forward . /etc/resolv.conf {\n       max_concurrent 1000\n    }\n", "    # no forward\n"),)
