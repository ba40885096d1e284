# SPDX-License-Identifier: GPL-3.0-or-later
"""Cluster DNS is told to ask a zone's server by TCP alone, and that serves UDP only."""

from __future__ import annotations

from podnet_lab.cluster_changes import Corefile
from podnet_lab.dns_responder import PORT, wildcard
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Cluster DNS is told to ask a zone's server by TCP alone, and that serves UDP only."""

    truth = Truth(
        id="dns-upstream-failing", location={"namespace": "kube-system"}, destination="outside.lab.example", port=22
    )
    modes = ("nftables", "host-gw")
    changes_pods = True
    changes = (
        wildcard("198.51.100.10"),
        Corefile(
            ".:53 {",
            "lab.example:53 {\n    errors\n    forward . "
            f"203.0.113.53:{PORT} {{\n        force_tcp\n    }}\n}}\n.:53 {{",
        ),
    )
