# SPDX-License-Identifier: GPL-3.0-or-later
"""A balancer is a pod whose rules lead to the address that a Service had before it was made anew."""

from __future__ import annotations

from podnet_lab.balancer_pods import HOST_PORT, balancer_pod
from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Gone
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service

BEFORE = Objects((service("behind", app="web", clusterIP="10.96.78.10"),))


class FaultClass(Made):
    """A balancer is a pod whose rules lead to the address that a Service had before it was made anew."""

    truth = Truth(
        id="redirect-target-missing",
        location={"node": "node-1", "namespace": "default", "pod": "svclb-1"},
        source="host:outside",
        destination="node:node-1",
        port=HOST_PORT,
    )
    modes = ("iptables", "host-gw")
    scene = (BEFORE, *balancer_pod("10.96.78.10:80"))
    changes = (Gone(BEFORE), Objects((service("behind", app="web", clusterIP="10.96.78.11"),)))
