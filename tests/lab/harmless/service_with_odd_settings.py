# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service with many settings: a second port that nobody serves, affinity, an external address, hints."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service

ODD = service(
    "odd", app="web", sessionAffinity="ClientIP", externalIPs=["203.0.113.9"], trafficDistribution="PreferClose"
)
ODD["spec"]["publishNotReadyAddresses"] = True
ODD["spec"]["ports"][0].update({"targetPort": "http", "appProtocol": "kubernetes.io/h2c"})
ODD["spec"]["ports"].append({"name": "metrics", "port": 9100, "targetPort": 9999})


class FaultClass(Made):
    """A Service with many settings: a second port that nobody serves, affinity, an external address, hints."""

    truth = Truth(id="", destination="service:default/odd", port=80)
    modes = ("nftables", "host-gw")
    born_broken = True
    changes = (Objects((ODD,)),)
