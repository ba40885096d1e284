# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops the port by which a balancer asks whether it has pods of a Service."""

from __future__ import annotations

from podnet_lab.changes import Objects, Rule
from podnet_lab.cluster_changes import Assigned
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """node-2 drops the port by which a balancer asks whether it has pods of a Service."""

    truth = Truth(
        id="netfilter-drop", location={"node": "node-2"}, source="host:outside", destination="node:node-2", port=31500
    )
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
    changes = (Rule("node-2", "filter INPUT -i eth0 -p tcp --dport 31500 -j DROP"),)
