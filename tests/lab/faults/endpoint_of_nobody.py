# SPDX-License-Identifier: GPL-3.0-or-later
"""A slice that a person wrote names an address that no pod has."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import endpoints, service


class FaultClass(Made):
    """A slice that a person wrote names an address that no pod has."""

    truth = Truth(
        id="endpoint-address-unknown",
        location={"namespace": "default", "service": "by-hand"},
        destination="service:default/by-hand",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (Objects((service("by-hand", app=None), endpoints("by-hand", "10.244.2.251"))),)
