# SPDX-License-Identifier: GPL-3.0-or-later
"""Cluster DNS' configuration has a hosts block that lets nothing fall through, so all other names are denied."""

from __future__ import annotations

from podnet_lab.cluster_changes import Corefile
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Cluster DNS' configuration has a hosts block that lets nothing fall through, so all other names are denied."""

    truth = Truth(
        id="dns-name-missing",
        location={"namespace": "kube-system"},
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("iptables", "nftables")
    changes_pods = True
    changes = (Corefile("    ready\n", "    ready\n    hosts {\n       198.51.100.44 intranet.corp.example\n    }\n"),)
