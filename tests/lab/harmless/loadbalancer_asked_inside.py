# SPDX-License-Identifier: GPL-3.0-or-later
"""A load balancer's Service has no address yet, and is asked inside the cluster."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A load balancer's Service has no address yet, and is asked inside the cluster."""

    truth = Truth(id="", destination="service:default/edge-1", port=80)
    modes = ("iptables", "nftables")
    scene = (Objects((pod("edge-1"), service("edge-1", type="LoadBalancer")), ready=("edge-1",)),)
    changes = (Run("node-1", "true"),)
