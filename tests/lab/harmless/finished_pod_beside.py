# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service's selector also holds the pod of a job that has ended."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Phase
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A Service's selector also holds the pod of a job that has ended."""

    truth = Truth(id="", destination="service:default/shop", port=80)
    modes = ("iptables", "nftables")
    scene = (Objects((pod("shop-1", labels={"app": "shop"}), service("shop")), ready=("shop-1",)),)
    changes = (
        Objects((pod("migrate-1", "node-1", ["true"], labels={"app": "shop"}, restartPolicy="Never"),)),
        Phase("migrate-1", "Succeeded"),
    )
