# SPDX-License-Identifier: GPL-3.0-or-later
"""A slice written by hand calls its port by another name than the Service."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import endpoints, service

PORTS = [{"name": "http", "port": 8080, "protocol": "TCP"}]


class FaultClass(Made):
    """A slice written by hand calls its port by another name than the Service."""

    truth = Truth(
        id="service-no-endpoints",
        also=("service-target-port-mismatch",),
        location={"namespace": "default", "service": "named-1"},
        destination="service:default/named-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (Objects((service("named-1", app=None), {**endpoints("named-1", "<web-2>"), "ports": PORTS})),)
