# SPDX-License-Identifier: GPL-3.0-or-later
"""A balancer is a pod with a host port, whose rules lead to a Service.

Public report: k3s-io/klipper-lb#31.
"""

from __future__ import annotations

from podnet_lab.balancer_pods import HOST_PORT, balancer_pod
from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A balancer is a pod with a host port, whose rules lead to a Service."""

    truth = Truth(id="", source="host:outside", destination="node:node-1", port=HOST_PORT)
    modes = ("iptables", "nftables")
    scene = balancer_pod()
    changes = (Run("node-1", "true"),)
