# SPDX-License-Identifier: GPL-3.0-or-later
"""The client still uses the address of a Service that was made anew."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Gone
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service


class FaultClass(Made):
    """The client still uses the address of a Service that was made anew."""

    truth = Truth(id="service-address-unknown", location={}, destination="10.96.77.77", port=80)
    modes = ("iptables", "nftables")
    scene = (Objects((service("moved", app="web", clusterIP="10.96.77.77"),)),)
    changes = (
        Gone(Objects((service("moved", app="web", clusterIP="10.96.77.77"),))),
        Objects((service("moved", app="web", clusterIP="10.96.77.78"),)),
    )
