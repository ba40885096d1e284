# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service has two ports; the second leads to a port where no pod listens."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

TWO = service("two")
TWO["spec"]["ports"].append({"name": "admin", "port": 81, "targetPort": 8099, "protocol": "TCP"})


class FaultClass(Made):
    """A Service has two ports; the second leads to a port where no pod listens."""

    truth = Truth(
        id="service-target-port-mismatch",
        location={"namespace": "default", "service": "two"},
        destination="service:default/two",
        port=81,
    )
    modes = ("nftables", "host-gw")
    born_broken = True
    changes = (Objects((pod("two-1", labels={"app": "two"}), TWO), ready=("two-1",)),)
