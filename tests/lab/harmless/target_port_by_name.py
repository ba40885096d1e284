# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service names its target port, and two pods give that name to different numbers."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A Service names its target port, and two pods give that name to different numbers."""

    truth = Truth(id="", destination="service:default/named", port=80)
    modes = ("iptables", "nftables")
    scene = (
        Objects(
            (
                pod("named-1", "node-1", port=8080, labels={"app": "named"}),
                pod("named-2", "node-2", port=8081, labels={"app": "named"}),
                service("named", target="http"),
            ),
            ready=("named-1", "named-2"),
        ),
    )
    changes = (Run("node-1", "true"),)
