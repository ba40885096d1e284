# SPDX-License-Identifier: GPL-3.0-or-later
"""kube-proxy trusts the authority of another cluster, so it learns nothing from the API server."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.credentials import KubeProxyTrusts
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service, serving


class FaultClass(Made):
    """kube-proxy trusts the authority of another cluster, so it learns nothing from the API server."""

    truth = Truth(
        id="kube-proxy-rules-stale", location={"node": "node-1"}, destination="service:default/late-1", port=80
    )
    modes = ("nftables",)
    born_broken = True
    settle_seconds = 90
    scene = (serving("late-1"),)
    changes = (KubeProxyTrusts(), Objects((service("late-1"),)))
