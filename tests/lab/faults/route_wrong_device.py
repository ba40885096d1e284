# SPDX-License-Identifier: GPL-3.0-or-later
"""A host route of node-1 leads the other node's address into a pod.

Public report: k3s-io/k3s#9625, dhcpcd and connman on veths.
"""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A host route of node-1 leads the other node's address into a pod."""

    truth = Truth(id="route-wrong", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables",)
    changes = (
        Run(
            "node-1", "ip route add 192.0.2.12/32 dev <client-1.veth>", "ip route del 192.0.2.12/32 dev <client-1.veth>"
        ),
    )
