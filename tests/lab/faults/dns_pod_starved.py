# SPDX-License-Identifier: GPL-3.0-or-later
"""The only pod of cluster DNS gets a thousandth of a processor."""

from __future__ import annotations

from podnet_lab.containers import starved
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The only pod of cluster DNS gets a thousandth of a processor."""

    truth = Truth(
        id="process-backlog-full",
        also=("dns-server-down", "readiness-probe-failing", "container-not-ready"),
        location={"namespace": "kube-system"},
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("nftables",)
    settle_seconds = 60
    changes = (starved("<dns.name>", "kube-system"),)
