# SPDX-License-Identifier: GPL-3.0-or-later
"""A balancer is a pod that leads to a node port, and its filter lets through the port before the translation.

Public report: k3s-io/klipper-lb#54.
"""

from __future__ import annotations

from podnet_lab.balancer_pods import HOST_PORT, balancer_pod, in_balancer
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A balancer is a pod that leads to a node port, and its filter lets through the port before the translation."""

    # The policy is that of a pod's namespace: that it drops is a rule as true as any other.
    truth = Truth(
        id="forward-policy-drop",
        also=("netfilter-drop",),
        location={"node": "node-1", "namespace": "default", "pod": "svclb-1"},
        source="host:outside",
        destination="node:node-1",
        port=HOST_PORT,
    )
    modes = ("nftables", "iptables")
    scene = balancer_pod("<node-1>:30080")
    changes = (
        in_balancer(
            """iptables -w 10 -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            iptables -w 10 -A FORWARD -s 0.0.0.0/0 -p tcp --dport 8080 -j ACCEPT
            iptables -w 10 -P FORWARD DROP""",
            """iptables -w 10 -P FORWARD ACCEPT
            iptables -w 10 -F FORWARD""",
        ),
    )
