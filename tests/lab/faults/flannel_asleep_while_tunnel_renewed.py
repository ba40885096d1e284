# SPDX-License-Identifier: GPL-3.0-or-later
"""flannel of node-1 is stopped and has not heard that node-2's tunnel was made anew with another MAC address."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Patched, Run
from podnet_lab.cluster_changes import PodOf
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """flannel of node-1 is stopped and has not heard that node-2's tunnel was made anew with another MAC address."""

    truth = Truth(id="neighbour-failed", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables",)
    changes = (
        Frozen("node-1", "flanneld", replaced=True),
        Patched(
            "node node-2",
            {"metadata": {"annotations": {"flannel.alpha.coreos.com/backend-data": "null"}}},
            {"metadata": {"labels": {}}},
        ),
        Run("node-2", "ip link del flannel.1"),
        PodOf("node-2", "app=flannel", "kube-flannel", after=False),
    )
