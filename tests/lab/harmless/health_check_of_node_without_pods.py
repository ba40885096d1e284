# SPDX-License-Identifier: GPL-3.0-or-later
"""A balancer asks a node whether it has pods of a Service, and the node rightly says that it has none."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.cluster_changes import Assigned
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A balancer asks a node whether it has pods of a Service, and the node rightly says that it has none."""

    truth = Truth(id="", source="host:outside", destination="node:node-1", port=31500)
    modes = ("iptables", "nftables")
    scene = (
        Objects(
            (
                pod("edge-1"),
                service("edge-1", type="LoadBalancer", externalTrafficPolicy="Local", healthCheckNodePort=31500),
            ),
            ready=("edge-1",),
        ),
        Assigned("edge-1", "192.0.2.50"),
    )
    changes = (Run("node-1", "true"),)
