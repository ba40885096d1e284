# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service selects the next version of a workload, which nobody has rolled out."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service


class FaultClass(Made):
    """A Service selects the next version of a workload, which nobody has rolled out."""

    truth = Truth(
        id="service-selector-mismatch",
        location={"namespace": "default", "service": "current"},
        source="host:outside",
        destination="node:node-2",
        port=30107,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (
        Objects(
            (service("current", app=None, selector={"app": "web", "version": "2"}, type="NodePort", nodePort=30107),)
        ),
    )
