# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service without pods, a pod that crashes and one that fits nowhere: none of them was asked about."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A Service without pods, a pod that crashes and one that fits nowhere: none of them was asked about."""

    truth = Truth(id="", destination="service:default/web", port=80)
    modes = ("iptables", "nftables")
    changes = (
        Objects(
            (
                service("matches-nothing", app="nobody"),
                pod("crashes", command=["false"]),
                pod("fits-nowhere", nodeName=None, nodeSelector={"disk": "fast"}),
            )
        ),
        Event("crashes", "BackOff"),
    )
