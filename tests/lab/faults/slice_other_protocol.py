# SPDX-License-Identifier: GPL-3.0-or-later
"""A slice written by hand has the port for UDP, and its Service for TCP."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import endpoints, service

PORTS = [{"name": "main", "port": 8080, "protocol": "UDP"}]


class FaultClass(Made):
    """A slice written by hand has the port for UDP, and its Service for TCP."""

    truth = Truth(
        id="service-no-endpoints",
        also=("service-protocol-mismatch",),
        location={"namespace": "default", "service": "proto-1"},
        destination="service:default/proto-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (Objects((service("proto-1", app=None), {**endpoints("proto-1", "<web-2>"), "ports": PORTS})),)
