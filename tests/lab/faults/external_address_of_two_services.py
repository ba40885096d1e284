# SPDX-License-Identifier: GPL-3.0-or-later
"""Two Services claim one external address and port: kube-proxy serves it for the one that has no use for it."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service, serving


class FaultClass(Made):
    """Two Services claim one external address and port: kube-proxy serves it for the one that has no use for it."""

    about = "Two Services claim one external address and port: kube-proxy serves it for the one that has no use for it"
    truth = Truth(
        id="service-claims-address",
        location={"namespace": "default"},
        source="pod:default/client-1",
        destination="198.51.100.30",
        port=80,
    )
    scene = (
        serving("shop-2"),
        serving("shop-1", port=9090),
        Objects((service("shop-2", externalIPs=["198.51.100.30"]),)),
    )
    changes = (Objects((service("shop-1", externalIPs=["198.51.100.30"]),)),)
