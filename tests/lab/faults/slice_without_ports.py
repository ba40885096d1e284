# SPDX-License-Identifier: GPL-3.0-or-later
"""A slice written by hand has an address and no port."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import endpoints, service


class FaultClass(Made):
    """A slice written by hand has an address and no port."""

    truth = Truth(
        id="service-no-endpoints",
        also=("service-target-port-mismatch",),
        location={"namespace": "default", "service": "bare-1"},
        destination="service:default/bare-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (Objects((service("bare-1", app=None), {**endpoints("bare-1", "<web-2>"), "ports": []})),)
