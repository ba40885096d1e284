# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops a node port, and the pod behind it has no way back."""

from __future__ import annotations

from podnet_lab.changes import Objects, Rule, in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service
from podnet_lab.truth import Cause


class FaultClass(Made):
    """node-1 drops a node port, and the pod behind it has no way back."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-1"},
        second=Cause("route-blackhole", {"node": "node-2", "namespace": "default", "pod": "port-1"}),
        source="host:outside",
        destination="node:node-1",
        port=30095,
    )
    modes = ("iptables", "nftables")
    scene = (Objects((pod("port-1"), service("port-1", type="NodePort", nodePort=30095)), ready=("port-1",)),)
    changes = (
        Rule("node-1", "raw PREROUTING -p tcp --dport 30095 -j DROP"),
        in_pod("port-1", "ip route add blackhole 10.244.1.0/24", "ip route del blackhole 10.244.1.0/24"),
    )
