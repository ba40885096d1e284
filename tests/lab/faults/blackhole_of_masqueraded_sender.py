# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 throws away what goes to node-1's own address in the pod network: masqueraded clients get no answer."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """node-2 throws away what goes to node-1's own address in the pod network: masqueraded clients get no answer."""

    truth = Truth(
        id="route-blackhole", location={"node": "node-2"}, source="host:outside", destination="node:node-1", port=30094
    )
    modes = ("iptables",)
    scene = (Objects((pod("far-4"), service("far-4", type="NodePort", nodePort=30094)), ready=("far-4",)),)
    changes = (Run("node-2", "ip route add blackhole 10.244.1.0/32", "ip route del blackhole 10.244.1.0/32"),)
