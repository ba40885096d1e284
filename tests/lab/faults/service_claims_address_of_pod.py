# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service without pods claims the address of a pod for an external one: who asks the pod asks the Service."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service


class FaultClass(Made):
    """A Service without pods claims the address of a pod for an external one: who asks the pod asks the Service."""

    truth = Truth(
        id="service-claims-address",
        location={"namespace": "default", "service": "legacy-web"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("nftables", "host-gw")
    changes = (Objects((service("legacy-web", port=8080, externalIPs=["<web-2>"]),)),)
