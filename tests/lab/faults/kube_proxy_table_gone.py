# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody deleted kube-proxy's whole table on node-1 while kube-proxy is stopped, nftables mode."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Somebody deleted kube-proxy's whole table on node-1 while kube-proxy is stopped, nftables mode."""

    truth = Truth(id="kube-proxy-rules-stale", location={"node": "node-1"}, destination="service:default/web", port=80)
    modes = ("nftables",)
    changes = (Frozen("node-1", "kube-proxy", replaced=True), Run("node-1", "nft delete table ip kube-proxy"))
