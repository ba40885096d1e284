# SPDX-License-Identifier: GPL-3.0-or-later
"""A balancer is a pod whose rules lead to a Service, and its namespace does not forward.

Public report: k3s-io/klipper-lb#6, k3s-io/k3s#3116.
"""

from __future__ import annotations

from podnet_lab.balancer_pods import HOST_PORT, balancer_pod, in_balancer
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A balancer is a pod whose rules lead to a Service, and its namespace does not forward."""

    truth = Truth(
        id="ip-forwarding-off",
        location={"node": "node-1", "namespace": "default", "pod": "svclb-1"},
        source="host:outside",
        destination="node:node-1",
        port=HOST_PORT,
    )
    modes = ("iptables", "nftables")
    scene = balancer_pod()
    changes = (
        in_balancer('sh -c "echo 0 > /proc/sys/net/ipv4/ip_forward"', 'sh -c "echo 1 > /proc/sys/net/ipv4/ip_forward"'),
    )
