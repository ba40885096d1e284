# SPDX-License-Identifier: GPL-3.0-or-later
"""A load balancer's source ranges hold nobody, in the annotation of before, which kube-proxy does not read."""

from __future__ import annotations

from podnet_lab.balancers import announced
from podnet_lab.changes import Patched
from podnet_lab.faults import Truth
from podnet_lab.made import Made

RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges"


class FaultClass(Made):
    """A load balancer's source ranges hold nobody, in the annotation of before, which kube-proxy does not read."""

    truth = Truth(id="", source="host:outside", destination="192.0.2.50", port=80)
    modes = ("nftables", "host-gw")
    scene = announced()
    changes = (
        Patched(
            "service edge-1",
            {"metadata": {"annotations": {RANGES: "203.0.113.128/28"}}},
            {"metadata": {"annotations": {RANGES: None}}},
        ),
    )
