# SPDX-License-Identifier: GPL-3.0-or-later
"""A load balancer's Service gets another address, and its clients and node-1 keep the one before."""

from __future__ import annotations

from podnet_lab.balancers import announced
from podnet_lab.cluster_changes import Assigned
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A load balancer's Service gets another address, and its clients and node-1 keep the one before."""

    truth = Truth(
        id="service-address-unknown",
        # The node has the address and no program or rule for it: what it does is as true as why.
        also=("port-not-listening",),
        source="host:outside",
        destination="192.0.2.50",
        port=80,
    )
    modes = ("iptables", "nftables")
    scene = announced()
    changes = (Assigned("edge-1", "192.0.2.51", before="192.0.2.50"),)
